"""One layer with all its intermediate results, to find where a computation parts from the real one."""

from torch import Tensor

from course_utils.reference.add_and_norm import self_output
from course_utils.reference.feed_forward import intermediate, output
from course_utils.reference.self_attention import attention_scores, linear, merge_heads, softmax, split_heads


def trace_layer(
    hidden_states: Tensor, params: dict[str, Tensor], config, mask: Tensor | None = None
) -> dict[str, Tensor]:
    """Run one layer and keep every intermediate result, in the order of computation.

    hidden_states: (batch, tokens, hidden).
    params: the layer's 16 tensors.
    config: has `num_attention_heads` and `layer_norm_eps`.
    mask: None, or (batch, 1, 1, tokens), added to the scores.

    Returns: a dict: `query`, `key` and `value` (batch, heads, tokens, head size);
        `scores` and `probabilities` (batch, heads, tokens, tokens); `context` and
        `attention_output` (batch, tokens, hidden); `intermediate`
        (batch, tokens, intermediate); `layer_output` (batch, tokens, hidden).
    """
    heads = config.num_attention_heads
    trace = {}
    for name in ("query", "key", "value"):
        weight, bias = params[f"attention.self.{name}.weight"], params[f"attention.self.{name}.bias"]
        trace[name] = split_heads(linear(hidden_states, weight, bias), heads)
    scores = attention_scores(trace["query"], trace["key"])
    trace["scores"] = scores if mask is None else scores + mask
    trace["probabilities"] = softmax(trace["scores"], dim=-1)
    trace["context"] = merge_heads(trace["probabilities"] @ trace["value"])
    trace["attention_output"] = self_output(trace["context"], hidden_states, params, config.layer_norm_eps)
    trace["intermediate"] = intermediate(trace["attention_output"], params)
    trace["layer_output"] = output(trace["intermediate"], trace["attention_output"], params, config.layer_norm_eps)
    return trace

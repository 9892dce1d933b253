"""Padding with BERT's own eps, a large eps without a mask, and fewer tokens than heads. The rows of padding do not count."""

from types import SimpleNamespace

from torch import Tensor

from course_utils.checks.encoder_layer.inputs import (
    layer_cases,
    real_tokens,
)
from course_utils.judge import Check, Mistake
from course_utils.reference.add_and_norm import self_output
from course_utils.reference.embeddings import layer_norm
from course_utils.reference.encoder_layer import bert_layer
from course_utils.reference.feed_forward import gelu, intermediate, output
from course_utils.reference.self_attention import linear, self_attention


def _pre_norm(hidden_states: Tensor, params: dict, config: SimpleNamespace, mask: Tensor | None = None) -> Tensor:
    def norm(x: Tensor, name: str) -> Tensor:
        return layer_norm(x, params[f"{name}.weight"], params[f"{name}.bias"], config.layer_norm_eps)

    def dense(x: Tensor, name: str) -> Tensor:
        return linear(x, params[f"{name}.weight"], params[f"{name}.bias"])

    normed = norm(hidden_states, "attention.output.LayerNorm")
    context = self_attention(normed, params, config.num_attention_heads, mask)
    hidden_states = hidden_states + dense(context, "attention.output.dense")
    inner = gelu(dense(norm(hidden_states, "output.LayerNorm"), "intermediate.dense"))
    return hidden_states + dense(inner, "output.dense")


def _attended(x: Tensor, params: dict, config: SimpleNamespace, mask: Tensor | None) -> Tensor:
    context = self_attention(x, params, config.num_attention_heads, mask)
    return self_output(context, x, params, config.layer_norm_eps)


def _fed(x: Tensor, params: dict, config: SimpleNamespace) -> Tensor:
    return output(intermediate(x, params), x, params, config.layer_norm_eps)


def _feed_forward_first(
    hidden_states: Tensor, params: dict, config: SimpleNamespace, mask: Tensor | None = None
) -> Tensor:
    return _attended(_fed(hidden_states, params, config), params, config, mask)


def _in_parallel(hidden_states: Tensor, params: dict, config: SimpleNamespace, mask: Tensor | None = None) -> Tensor:
    return _attended(hidden_states, params, config, mask) + _fed(hidden_states, params, config)


def _applied_twice(hidden_states: Tensor, params: dict, config: SimpleNamespace, mask: Tensor | None = None) -> Tensor:
    return bert_layer(bert_layer(hidden_states, params, config, mask), params, config, mask)


check = Check(
    bert_layer,
    layer_cases,
    axes=("batch", "tokens", "hidden"),
    view=real_tokens,
    functions=(
        Mistake(
            "pre_norm",
            "The norms come before the sublayers, as in GPT-2. In BERT each comes after its sum: post-norm.",
            function=_pre_norm,
        ),
        Mistake(
            "feed_forward_first",
            "The feed-forward comes before the attention. It is the other way round.",
            function=_feed_forward_first,
        ),
        Mistake(
            "in_parallel",
            "Attention and feed-forward both start from the layer's input and are added. In BERT the second works on the "
            "result of the first.",
            function=_in_parallel,
        ),
        Mistake("applied_twice", "The layer is applied twice.", function=_applied_twice),
    ),
)

"""The encoder layer: attention, add & norm, feed-forward, add & norm; and the stack of them."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils.reference.add_and_norm import self_output
from course_utils.reference.feed_forward import intermediate, output
from course_utils.reference.self_attention import self_attention


def layer_params(state_dict: dict[str, Tensor], layer: int) -> dict[str, Tensor]:
    """Pick one layer's 16 tensors out of a model's state dict.

    state_dict: the whole model's tensors, under names such as
        `encoder.layer.0.attention.self.query.weight`.
    layer: the layer's number, counted from 0.

    A model may have more than ten layers: the tensors of layer 10 do not belong to
    layer 1.

    Returns: a dict of the same tensors, not copies, under names without the layer's
        prefix, such as `attention.self.query.weight`.
    """
    prefix = f"encoder.layer.{layer}."
    params = {}
    for name, tensor in state_dict.items():
        if name.startswith(prefix):
            params[name.removeprefix(prefix)] = tensor
    return params


def bert_layer(
    hidden_states: Tensor,
    params: dict[str, Tensor],
    config,
    mask: Tensor | None = None,
) -> Tensor:
    """Run one layer of BERT: two sublayers, each followed by its own add & norm.

    hidden_states: (batch, tokens, hidden).
    params: the layer's 16 tensors.
    config: has `num_attention_heads` and `layer_norm_eps`.
    mask: None, or (batch, 1, 1, tokens), added to the scores.

    Build it from `self_attention`, `self_output`, `intermediate` and `output`.

    Returns: (batch, tokens, hidden).
    Source: Devlin et al. 2018, arXiv 1810.04805, section 3; `BertLayer.forward` in
        transformers; Vaswani et al. 2017, figure 1 (left).
    """
    context = self_attention(hidden_states, params, config.num_attention_heads, mask)
    attention_output = self_output(context, hidden_states, params, config.layer_norm_eps)
    intermediate_states = intermediate(attention_output, params)  # (batch, tokens, intermediate)
    return output(intermediate_states, attention_output, params, config.layer_norm_eps)


def run_encoder(
    hidden_states: Tensor,
    state_dict: dict[str, Tensor],
    config,
    mask: Tensor | None = None,
) -> list[Tensor]:
    """Run all layers, one after the other, and keep every result.

    hidden_states: (batch, tokens, hidden), the embeddings' output.
    state_dict: the whole model's tensors.
    config: has `num_hidden_layers`, and what `bert_layer` needs.
    mask: None, or (batch, 1, 1, tokens), the same for all layers.

    Returns: a list of L + 1 tensors (batch, tokens, hidden): the input, then each
        layer's output.
    Equal to: the model's `hidden_states`.
    """
    all_states = [hidden_states]
    for layer in range(config.num_hidden_layers):
        params = layer_params(state_dict, layer)
        hidden_states = bert_layer(hidden_states, params, config, mask)  # (batch, tokens, hidden)
        all_states.append(hidden_states)
    return all_states


def first_difference(
    mine: dict[str, Tensor],
    reference: dict[str, Tensor],
    atol: float = 1e-5,
) -> str | None:
    """Find where two computations first differ, to find a bug in a deep model.

    mine: intermediate results by name.
    reference: the right results by name.
    atol: the largest difference that is still allowed.

    Go through `reference` in its order. A place differs if `mine` lacks its name, if
    its tensor in `mine` has another shape, if any values differ by more than `atol`, or
    if there is a NaN in either tensor. What only `mine` has does not matter.

    Returns: the name of the first place that differs; None if there is none.
    """
    for name, expected in reference.items():
        if name not in mine:
            return name
        actual = mine[name]
        if actual.shape != expected.shape:
            return name
        difference = (actual - expected).abs()
        if difference.isnan().any() or (difference > atol).any():
            return name
    return None


def mended_layer(
    hidden_states: Tensor,
    params: dict[str, Tensor],
    config,
    mask: Tensor | None = None,
) -> dict[str, Tensor]:
    """Write `broken_layer` without its three bugs.

    hidden_states: (batch, tokens, hidden).
    params: the layer's 16 tensors.
    config: has `num_attention_heads` and `layer_norm_eps`.
    mask: None, or (batch, 1, 1, tokens), added to the scores.

    Copy the code of `broken_layer`, and let `first_difference` compare what it returns
    with what `trace_layer` returns: the first place that differs has a bug on the way
    into it. Mend that, and compare again: only then the next one can be found.

    Returns: a dict of every intermediate result, under the names of `broken_layer`.
        Only `layer_output` (batch, tokens, hidden) is judged.
    Equal to: `BertLayer.forward` in transformers.
    """
    batch, tokens, hidden = hidden_states.shape
    heads, eps = config.num_attention_heads, config.layer_norm_eps
    names = {name.rpartition(".")[0] for name in params}
    pairs = {name: (params[f"{name}.weight"], params[f"{name}.bias"]) for name in names}
    trace = {}
    for name in ("query", "key", "value"):
        projected = F.linear(hidden_states, *pairs[f"attention.self.{name}"])  # (batch, tokens, hidden)
        trace[name] = projected.view(batch, tokens, heads, hidden // heads).transpose(1, 2)
    scores = trace["query"] @ trace["key"].transpose(2, 3) / math.sqrt(hidden // heads)
    trace["scores"] = scores if mask is None else scores + mask
    trace["probabilities"] = trace["scores"].softmax(dim=-1)
    mixed = trace["probabilities"] @ trace["value"]  # (batch, heads, tokens, head size)
    trace["context"] = mixed.transpose(1, 2).reshape(batch, tokens, hidden)
    added = F.linear(trace["context"], *pairs["attention.output.dense"]) + hidden_states
    trace["attention_output"] = F.layer_norm(added, (hidden,), *pairs["attention.output.LayerNorm"], eps)
    trace["intermediate"] = F.gelu(F.linear(trace["attention_output"], *pairs["intermediate.dense"]))
    added = F.linear(trace["intermediate"], *pairs["output.dense"]) + trace["attention_output"]
    trace["layer_output"] = F.layer_norm(added, (hidden,), *pairs["output.LayerNorm"], eps)
    return trace


def layer_parameters(config) -> int:
    """Count the parameters of one encoder layer.

    config: has `hidden_size` and `intermediate_size`.

    A layer has four dense layers of hidden by hidden, one that widens and one that
    narrows, each with its bias, and two norms with weight and bias.

    Returns: the count, as a Python int.
    Equal to: the number of parameters of `model.encoder.layer[0]`.
    """
    hidden, inner = config.hidden_size, config.intermediate_size
    attention = 4 * (hidden * hidden + hidden)
    widening = hidden * inner + inner
    narrowing = inner * hidden + hidden
    norms = 2 * (2 * hidden)
    return attention + widening + narrowing + norms


def to_torch_layer(params: dict[str, Tensor], config) -> nn.TransformerEncoderLayer:
    """Put one layer's weights into PyTorch's own encoder layer.

    params: the layer's 16 tensors.
    config: has `hidden_size`, `num_attention_heads`, `intermediate_size` and
        `layer_norm_eps`.

    The layer then computes what `bert_layer` computes. PyTorch keeps query, key and
    value one below the other in one weight, `self_attn.in_proj_weight`
    (3 · hidden, hidden), and in one bias. Its dense layers are `self_attn.out_proj`,
    `linear1` and `linear2`, its norms `norm1` and `norm2`.

    Returns: an `nn.TransformerEncoderLayer` in eval mode: batch first, norm last, exact
        GELU, BERT's eps.
    """
    query_weight = params["attention.self.query.weight"]
    torch_layer = nn.TransformerEncoderLayer(
        d_model=config.hidden_size,
        nhead=config.num_attention_heads,
        dim_feedforward=config.intermediate_size,
        activation="gelu",
        layer_norm_eps=config.layer_norm_eps,
        batch_first=True,
        norm_first=False,
        device=query_weight.device,
        dtype=query_weight.dtype,
    )
    fused_weight = [params[f"attention.self.{name}.weight"] for name in ("query", "key", "value")]
    fused_bias = [params[f"attention.self.{name}.bias"] for name in ("query", "key", "value")]
    torch_names = {
        "attention.output.dense": "self_attn.out_proj",
        "attention.output.LayerNorm": "norm1",
        "intermediate.dense": "linear1",
        "output.dense": "linear2",
        "output.LayerNorm": "norm2",
    }
    weights = {
        "self_attn.in_proj_weight": torch.cat(fused_weight),  # (3 · hidden, hidden)
        "self_attn.in_proj_bias": torch.cat(fused_bias),  # (3 · hidden,)
    }
    for bert_name, torch_name in torch_names.items():
        weights[f"{torch_name}.weight"] = params[f"{bert_name}.weight"]
        weights[f"{torch_name}.bias"] = params[f"{bert_name}.bias"]
    torch_layer.load_state_dict(weights)
    return torch_layer.eval()

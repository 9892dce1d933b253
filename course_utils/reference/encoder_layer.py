"""The encoder layer: attention, add & norm, feed-forward, add & norm; and the stack of them."""

import torch
from torch import Tensor, nn

from course_utils.reference.add_and_norm import self_output
from course_utils.reference.feed_forward import intermediate, output
from course_utils.reference.self_attention import (
    attention_scores,
    linear,
    merge_heads,
    self_attention,
    softmax,
    split_heads,
)


def layer_params(state_dict: dict[str, Tensor], layer: int) -> dict[str, Tensor]:
    """Pick one layer's 16 tensors out of a model's state dict, under names without the layer's prefix.

    state_dict: has names such as `encoder.layer.0.attention.self.query.weight`. layer: counted from 0.
    Returns names such as `attention.self.query.weight`; the tensors are the same, not copies.
    A model may have more than ten layers: those of layer 10 do not belong to layer 1.
    """
    prefix = f"encoder.layer.{layer}."
    params = {}
    for name, tensor in state_dict.items():
        if name.startswith(prefix):
            params[name.removeprefix(prefix)] = tensor
    return params


def bert_layer(hidden_states: Tensor, params: dict[str, Tensor], config, mask: Tensor | None = None) -> Tensor:
    """Run one layer of BERT: two sublayers, each followed by its own add & norm.

    hidden_states: (batch, tokens, hidden). params: the layer's 16 tensors. config: has `num_attention_heads`
    and `layer_norm_eps`. mask: None, or (batch, 1, 1, tokens), added to the scores. Returns (batch, tokens,
    hidden). Build it from `self_attention`, `self_output`, `intermediate` and `output`.
    Source: Devlin et al. 2018, arXiv 1810.04805, section 3; Vaswani et al. 2017, figure 1 (left);
    `BertLayer.forward`.
    """
    context = self_attention(hidden_states, params, config.num_attention_heads, mask)
    attention_output = self_output(context, hidden_states, params, config.layer_norm_eps)
    intermediate_states = intermediate(attention_output, params)  # (batch, tokens, intermediate)
    return output(intermediate_states, attention_output, params, config.layer_norm_eps)


def run_encoder(
    hidden_states: Tensor, state_dict: dict[str, Tensor], config, mask: Tensor | None = None
) -> list[Tensor]:
    """Run all layers, one after the other, and keep every result.

    hidden_states: the embeddings' output, (batch, tokens, hidden). state_dict: the whole model's tensors.
    config: has `num_hidden_layers`, besides what `bert_layer` needs. mask: the same one for all layers.
    Returns L + 1 tensors (batch, tokens, hidden): the input, then each layer's output. Equal to the model's
    `hidden_states`.
    """
    all_states = [hidden_states]
    for layer in range(config.num_hidden_layers):
        params = layer_params(state_dict, layer)
        hidden_states = bert_layer(hidden_states, params, config, mask)  # (batch, tokens, hidden)
        all_states.append(hidden_states)
    return all_states


def trace_layer(
    hidden_states: Tensor, params: dict[str, Tensor], config, mask: Tensor | None = None
) -> dict[str, Tensor]:
    """Run one layer and keep every intermediate result, in the order in which they are computed.

    Takes what `bert_layer` takes. Returns query, key and value (batch, heads, tokens, head size), scores and
    probabilities (batch, heads, tokens, tokens), context and attention_output (batch, tokens, hidden), intermediate
    (batch, tokens, intermediate) and layer_output (batch, tokens, hidden).
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


def first_difference(mine: dict[str, Tensor], reference: dict[str, Tensor], atol: float = 1e-5) -> str | None:
    """Find the first place where two computations part: the way to find a bug in a deep model.

    mine, reference: named intermediate results. Go through `reference` in its order and return the first name
    whose tensor has another shape in `mine`, or values that differ by more than `atol`, or a NaN in either;
    or that `mine` lacks. None if there is no such name. What only `mine` has does not matter.
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


def layer_parameters(config) -> int:
    """Count the parameters of one encoder layer.

    config: has `hidden_size` and `intermediate_size`. Four dense layers of hidden by hidden, one that widens,
    one that narrows, each with its bias; two norms with weight and bias.
    Equal to the number of parameters of `model.encoder.layer[0]`.
    """
    hidden, inner = config.hidden_size, config.intermediate_size
    attention = 4 * (hidden * hidden + hidden)
    widening = hidden * inner + inner
    narrowing = inner * hidden + hidden
    norms = 2 * (2 * hidden)
    return attention + widening + narrowing + norms


def to_torch_layer(params: dict[str, Tensor], config) -> nn.TransformerEncoderLayer:
    """Put one layer's weights into PyTorch's own encoder layer, which then computes the same.

    params: the layer's 16 tensors. config: has `hidden_size`, `num_attention_heads`, `intermediate_size`,
    `layer_norm_eps`.
    Returns an `nn.TransformerEncoderLayer` in eval mode: batch first, norm last, exact GELU, BERT's eps.
    PyTorch keeps query, key and value one below the other in one weight, `self_attn.in_proj_weight` (3 ·
    hidden, hidden), and one bias; the dense layers are `self_attn.out_proj`, `linear1` and `linear2`, the
    norms `norm1` and `norm2`.
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

"""Lesson 06: ways to wire a layer and to compare what it gives."""

import torch
import torch.nn.functional as F
from torch import nn
from transformers.models.bert.modeling_bert import BertLayer

from course_utils.reference.encoder_layer import bert_layer, first_difference, layer_params, run_encoder, to_torch_layer
from tests.answers import Told


def layer_params_by_comprehension(state_dict, layer):
    start = f"encoder.layer.{layer}."
    return {name[len(start) :]: tensor for name, tensor in state_dict.items() if name.startswith(start)}


def layer_params_by_split(state_dict, layer):
    parts = {name: name.split(".", 3) for name in state_dict}
    return {rest[3]: state_dict[name] for name, rest in parts.items() if rest[:3] == ["encoder", "layer", str(layer)]}


def layer_by_torch(hidden_states, params, config, mask=None):
    """The same formulas from torch.nn.functional, attention fused."""
    batch, tokens, hidden = hidden_states.shape

    def dense(x, name):
        return F.linear(x, params[f"{name}.weight"], params[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, (hidden,), params[f"{name}.weight"], params[f"{name}.bias"], config.layer_norm_eps)

    heads = [
        dense(hidden_states, f"attention.self.{name}")
        .view(batch, tokens, config.num_attention_heads, -1)
        .transpose(1, 2)
        for name in ("query", "key", "value")
    ]
    context = F.scaled_dot_product_attention(*heads, attn_mask=mask).transpose(1, 2).reshape(batch, tokens, hidden)
    attended = norm(dense(context, "attention.output.dense") + hidden_states, "attention.output.LayerNorm")
    inner = F.gelu(dense(attended, "intermediate.dense"))
    return norm(dense(inner, "output.dense") + attended, "output.LayerNorm")


def layer_in_float64(hidden_states, params, config, mask=None):
    params = {name: tensor.double() for name, tensor in params.items()}
    mask = None if mask is None else mask.double()
    return bert_layer(hidden_states.double(), params, config, mask).to(hidden_states.dtype)


def layer_by_torch_layer(hidden_states, params, config, mask=None):
    padding = None if mask is None else mask[:, 0, 0] < 0
    with torch.no_grad():
        return to_torch_layer(params, config)(hidden_states, src_key_padding_mask=padding)


def encoder_by_recursion(hidden_states, state_dict, config, mask=None, layer=0):
    if layer == config.num_hidden_layers:
        return [hidden_states]
    after = layer_by_torch(hidden_states, layer_params(state_dict, layer), config, mask)
    return [hidden_states, *encoder_by_recursion(after, state_dict, config, mask, layer + 1)]


def difference_by_allclose(mine, reference, atol=1e-5):
    for name in reference:
        there = name in mine and mine[name].shape == reference[name].shape
        if not there or not torch.allclose(mine[name], reference[name], rtol=0, atol=atol):
            return name
    return None


def difference_by_next(mine, reference, atol=1e-5):
    def differs(name):
        if name not in mine or mine[name].shape != reference[name].shape:
            return True
        return not bool(((mine[name] - reference[name]).abs() <= atol).all())

    return next(filter(differs, reference), None)


def parameters_by_torch_layer(config):
    layer = nn.TransformerEncoderLayer(
        config.hidden_size, config.num_attention_heads, config.intermediate_size, device="meta"
    )
    return sum(parameter.numel() for parameter in layer.parameters())


def parameters_by_transformers(config):
    return sum(parameter.numel() for parameter in BertLayer(config).parameters())


def parameters_by_formula(config):
    d, i = config.hidden_size, config.intermediate_size
    return 4 * d * d + 2 * d * i + 9 * d + i


def _torch_layer(config, dropout=0.0, activation=F.gelu):
    """PyTorch's layer with BERT's options and random weights."""
    sizes = (config.hidden_size, config.num_attention_heads, config.intermediate_size)
    return nn.TransformerEncoderLayer(*sizes, dropout, activation, config.layer_norm_eps, batch_first=True)


def torch_layer_by_copy(params, config):
    layer = _torch_layer(config)
    names = {
        "self_attn.out_proj": "attention.output.dense",
        "linear1": "intermediate.dense",
        "linear2": "output.dense",
        "norm1": "attention.output.LayerNorm",
        "norm2": "output.LayerNorm",
    }
    with torch.no_grad():
        for kind in ("weight", "bias"):
            fused = torch.cat([params[f"attention.self.{name}.{kind}"] for name in ("query", "key", "value")])
            getattr(layer.self_attn, f"in_proj_{kind}").copy_(fused)
            for theirs, ours in names.items():
                getattr(layer.get_submodule(theirs), kind).copy_(params[f"{ours}.{kind}"])
    return layer.eval()


def torch_layer_with_the_models_dropout(params, config):
    """Off in eval mode, so it may be there."""
    layer = _torch_layer(config, config.hidden_dropout_prob, config.hidden_act)
    layer.load_state_dict(to_torch_layer(params, config).state_dict())
    return layer.eval()


def layer_with_both_residuals_halved(hidden_states, params, config, mask=None):
    return 0.5 * (bert_layer(hidden_states, params, config, mask) + hidden_states)


def layer_with_an_extra_gelu(hidden_states, params, config, mask=None):
    return bert_layer(F.gelu(hidden_states), params, config, mask)


def encoder_with_a_residual_over_all(hidden_states, state_dict, config, mask=None):
    states = run_encoder(hidden_states, state_dict, config, mask)
    return [*states[:-1], states[-1] + hidden_states]


def encoder_with_two_layers_swapped(hidden_states, state_dict, config, mask=None):
    other = {name.replace("layer.0.", "layer.x."): t for name, t in state_dict.items()}
    other = {name.replace("layer.1.", "layer.0."): t for name, t in other.items()}
    other = {name.replace("layer.x.", "layer.1."): t for name, t in other.items()}
    return run_encoder(hidden_states, other, config, mask)[:1] + run_encoder(hidden_states, other, config, mask)[:-1]


def encoder_as_a_generator(hidden_states, state_dict, config, mask=None):
    yield from run_encoder(hidden_states, state_dict, config, mask)


def _difference_by(same):
    """Compares each name's tensors by `same`; a missing name differs."""

    def found(mine, reference, atol=1e-5):
        for name, expected in reference.items():
            if name not in mine or mine[name].shape != expected.shape or not same(mine[name], expected, atol):
                return name
        return None

    return found


difference_of_the_sums = _difference_by(lambda x, y, atol: abs(float(x.sum() - y.sum())) <= atol)
difference_at_the_tolerance = _difference_by(lambda x, y, atol: bool(((x - y).abs() < atol).all()))
difference_where_nan_equals_nan = _difference_by(lambda x, y, atol: torch.allclose(x, y, 0, atol, equal_nan=True))
difference_of_the_largest = _difference_by(lambda x, y, atol: bool((x.abs().max() - y.abs().max()).abs() <= atol))
difference_squared = _difference_by(lambda x, y, atol: float(((x - y) ** 2).mean()) <= atol)


def difference_by_the_first_axis(mine, reference, atol=1e-5):
    for name, expected in reference.items():
        if name not in mine or len(mine[name]) != len(expected) or mine[name].dim() != expected.dim():
            return name
        if mine[name].shape[::-1] == expected.shape != mine[name].shape:
            return name
        if not bool(((mine[name] - expected).abs() <= atol).all()):
            return name
    return None


def difference_in_the_alphabets_order(mine, reference, atol=1e-5):
    return first_difference(mine, {name: reference[name] for name in sorted(reference)}, atol)


def difference_that_is_largest(mine, reference, atol=1e-5):
    """Where the two are furthest apart, which is seldom where the bug is."""
    gaps = {}
    for name, expected in reference.items():
        if first_difference(mine, {name: expected}, atol):
            if name not in mine or mine[name].shape != expected.shape or (mine[name] - expected).isnan().any():
                return name
            gaps[name] = (mine[name] - expected).abs().max()
    return max(gaps, key=gaps.get) if gaps else None


def parameters_plus_one(config):
    return parameters_by_formula(config) + 1


def torch_layer_with_value_bias_doubled(params, config):
    return to_torch_layer({**params, "attention.self.value.bias": 2 * params["attention.self.value.bias"]}, config)


def torch_layer_in_float64(params, config):
    return to_torch_layer(params, config).double()


def torch_layer_with_a_weight_on_its_side(params, config):
    layer = to_torch_layer(params, config)
    layer.linear1.weight.data = params["output.dense.weight"]
    return layer


def torch_layer_with_all_defaults(params, config):
    """Only the sizes are given: ReLU, another eps, tokens first."""
    layer = nn.TransformerEncoderLayer(config.hidden_size, config.num_attention_heads, config.intermediate_size)
    layer.load_state_dict(to_torch_layer(params, config).state_dict())
    return layer.eval()


def layer_params_with_a_dot_in_front(state_dict, layer):
    return {f".{name}": tensor for name, tensor in layer_params(state_dict, layer).items()}


def encoder_that_keeps_before_it_runs(hidden_states, state_dict, config, mask=None):
    all_states = []
    for layer in range(config.num_hidden_layers):
        all_states.append(hidden_states)
        hidden_states = bert_layer(hidden_states, layer_params(state_dict, layer), config, mask)
    return all_states


def parameters_without_one_bias(config):
    return parameters_by_formula(config) - config.hidden_size


def torch_layer_not_loaded(params, config):
    """The names are BERT's, so none fits, and without strictness nothing complains."""
    layer = _torch_layer(config, 0.1, "gelu")
    layer.load_state_dict(params, strict=False)
    return layer.eval()


RIGHT = {
    "layer_params": [layer_params_by_comprehension, layer_params_by_split],
    "bert_layer": [layer_by_torch, layer_in_float64, layer_by_torch_layer],
    "run_encoder": [encoder_by_recursion],
    "first_difference": [difference_by_allclose, difference_by_next],
    "layer_parameters": [parameters_by_torch_layer, parameters_by_transformers, parameters_by_formula],
    "to_torch_layer": [torch_layer_by_copy, torch_layer_with_the_models_dropout],
}

UNNAMED = {
    "bert_layer": [layer_with_both_residuals_halved, layer_with_an_extra_gelu],
    "run_encoder": [encoder_with_a_residual_over_all, encoder_with_two_layers_swapped, encoder_as_a_generator],
    "first_difference": [
        difference_of_the_sums,
        difference_at_the_tolerance,
        difference_where_nan_equals_nan,
        difference_of_the_largest,
        difference_squared,
        difference_by_the_first_axis,
        difference_in_the_alphabets_order,
        difference_that_is_largest,
    ],
    "layer_parameters": [parameters_plus_one],
    "to_torch_layer": [
        torch_layer_with_value_bias_doubled,
        torch_layer_in_float64,
        torch_layer_with_a_weight_on_its_side,
        torch_layer_with_all_defaults,
    ],
}

TOLD = {
    "layer_params": [Told(layer_params_with_a_dot_in_front, says=("missing from the dict, which has '.",))],
    "run_encoder": [
        Told(encoder_that_keeps_before_it_runs, says=("each state kept before its layer has run",)),
    ],
    "layer_parameters": [Told(parameters_without_one_bias, says=("one of the attention's four",))],
    "to_torch_layer": [
        Told(
            torch_layer_with_all_defaults,
            says=(
                "`batch_first=True` is missing",
                "The activation is not the exact GELU",
                "eps is not `config.layer_norm_eps`",
            ),
            never=("number of heads", "The norms come first"),
        ),
        Told(torch_layer_in_float64, says=("expected the dtype float32, got float64",)),
        Told(torch_layer_with_a_weight_on_its_side, says=("It raises when it is called",)),
        Told(torch_layer_not_loaded, diagnosis=("not_loaded",)),
    ],
}

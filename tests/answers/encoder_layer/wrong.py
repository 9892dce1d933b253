"""Wrong ways to wire a layer and to compare what it gives."""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.reference.add_and_norm import self_output
from course_utils.reference.encoder_layer import bert_layer, first_difference, layer_params, run_encoder, to_torch_layer
from course_utils.reference.feed_forward import intermediate, output
from course_utils.reference.self_attention import linear, split_heads
from tests.answers.encoder_layer.right import berts_torch_layer, parameters_by_formula
from tests.answers.self_attention.wrong import self_attention_of_as_many_heads_as_tokens


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


def encoder_with_layers_sorted_as_text(hidden_states, state_dict, config, mask=None):
    states = [hidden_states]
    for layer in sorted({name.split(".")[2] for name in state_dict if name.startswith("encoder.layer.")}):
        states.append(bert_layer(states[-1], layer_params(state_dict, int(layer)), config, mask))
    return states


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


def broken(hidden_states, params, config, mask=None, bugs=(1, 2, 3)):
    """The layer that learners are given, with only some of its bugs."""
    hidden, heads = config.hidden_size, config.num_attention_heads
    if 3 in bugs:
        names = {f"output.LayerNorm.{kind}": f"attention.output.LayerNorm.{kind}" for kind in ("weight", "bias")}
        params = params | {name: params[other] for name, other in names.items()}
    query, key, value = (
        split_heads(
            linear(hidden_states, params[f"attention.self.{n}.weight"], params[f"attention.self.{n}.bias"]), heads
        )
        for n in ("query", "key", "value")
    )
    scores = query @ key.transpose(2, 3) / (hidden if 1 in bugs else hidden // heads) ** 0.5
    context = (scores if mask is None else scores + mask).softmax(dim=-1) @ value
    context = (context if 2 in bugs else context.transpose(1, 2)).reshape(hidden_states.shape)
    attended = self_output(context, hidden_states, params, config.layer_norm_eps)
    return {"layer_output": output(intermediate(attended, params), attended, params, config.layer_norm_eps)}


def mended_but_for_the_first(hidden_states, params, config, mask=None):
    return broken(hidden_states, params, config, mask, bugs=(1,))


def mended_but_for_the_second(hidden_states, params, config, mask=None):
    return broken(hidden_states, params, config, mask, bugs=(2,))


def mended_but_for_the_third(hidden_states, params, config, mask=None):
    return broken(hidden_states, params, config, mask, bugs=(3,))


def mended_the_first(hidden_states, params, config, mask=None):
    return broken(hidden_states, params, config, mask, bugs=(2, 3))


def mended_the_second(hidden_states, params, config, mask=None):
    return broken(hidden_states, params, config, mask, bugs=(1, 3))


def mended_the_third(hidden_states, params, config, mask=None):
    return broken(hidden_states, params, config, mask, bugs=(1, 2))


def mended_output_alone(hidden_states, params, config, mask=None):
    return bert_layer(hidden_states, params, config, mask)


def mended_without_output(hidden_states, params, config, mask=None):
    return {"output": bert_layer(hidden_states, params, config, mask)}


def mended_with_an_extra_gelu(hidden_states, params, config, mask=None):
    return {"layer_output": layer_with_an_extra_gelu(hidden_states, params, config, mask)}


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


def layer_params_copied(state_dict, layer):
    return {name: tensor.clone() for name, tensor in layer_params(state_dict, layer).items()}


def layer_params_by_a_number(state_dict, layer):
    parts = {name: name.split(".", 3) for name in state_dict if name.startswith("encoder.layer.")}
    return {rest[3]: state_dict[name] for name, rest in parts.items() if rest[2] == layer}


def layer_in_float32(hidden_states, params, config, mask=None):
    params = {name: tensor.float() for name, tensor in params.items()}
    return bert_layer(hidden_states.float(), params, config, mask)


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
    layer = berts_torch_layer(config, 0.1, "gelu")
    layer.load_state_dict(params, strict=False)
    return layer.eval()


def layer_of_as_many_heads_as_tokens(hidden_states, params, config, mask=None):
    """Where there are more tokens than heads, the last slices are empty."""
    context = self_attention_of_as_many_heads_as_tokens(hidden_states, params, config.num_attention_heads, mask)
    attended = self_output(context, hidden_states, params, config.layer_norm_eps)
    return output(intermediate(attended, params), attended, params, config.layer_norm_eps)


def encoder_of_as_many_heads_as_tokens(hidden_states, state_dict, config, mask=None):
    states = [hidden_states]
    for layer in range(config.num_hidden_layers):
        params = layer_params(state_dict, layer)
        states.append(layer_of_as_many_heads_as_tokens(states[-1], params, config, mask))
    return states

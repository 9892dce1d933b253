"""Wrong ways to count, compare, pick, replay and repeat."""

import math

import numpy as np
import torch

from course_utils.reference.orientation import count_parameters
from tests.answers.orientation.right import all_runs_first, by_name, guarded, in_float64, with_a_generator


def recursive_without_memory(module):
    return sum(p.numel() for p in module.parameters(recurse=False)) + 2 * sum(map(with_a_generator, module.children()))


def only_large_ones(module):
    return sum(p.numel() for p in module.parameters() if p.numel() > 10)


def one_too_many(module):
    return with_a_generator(module) + 1


def median(actual, expected):
    return math.inf if (actual - expected).isnan().any() else (actual - expected).abs().median().item()


def of_the_first_sentence(actual, expected):
    return in_float64(*guarded(actual, expected)) if actual.dim() < 2 else in_float64(actual[0], expected[0])


def returns_the_error(actual, expected):
    if actual.shape != expected.shape or not actual.numel():
        return ValueError("shapes")
    return in_float64(actual, expected)


def of_absolute_values(actual, expected):
    actual, expected = guarded(actual, expected)
    difference = (actual.abs() - expected.abs()).abs().max().item()
    return math.inf if math.isnan(difference) else difference


def to_four_digits(actual, expected):
    return round(in_float64(actual, expected), 4)


def to_six_digits(actual, expected):
    return round(in_float64(actual, expected), 6)


def in_half(actual, expected):
    actual, expected = guarded(actual, expected)
    return float(torch.nan_to_num((actual - expected).abs().max().half(), nan=math.inf))


def mean_with_the_input(hidden_states, layer):
    return (hidden_states[layer] + hidden_states[layer + 1]) / 2


def update_only(hidden_states, layer):
    return hidden_states[layer + 1] - hidden_states[layer]


def all_halved(layer, hidden_states):
    return {name: part / 2 for name, part in by_name(layer, hidden_states).items()}


def normalised_once_more(layer, hidden_states):
    parts = by_name(layer, hidden_states)
    return parts | {"layer_output": layer.output.LayerNorm(parts["layer_output"])}


def layer_twice(layer, hidden_states):
    return by_name(layer, by_name(layer, hidden_states)["layer_output"])


def one_sentence_at_a_time_reversed(layer, hidden_states):
    return by_name(layer, hidden_states.flip(0))


def train_mode_means_no(model, inputs, runs=2):
    return not model.training and all_runs_first(model, inputs, runs)


def one_run_proves_nothing(model, inputs, runs=2):
    return runs > 1 and all_runs_first(model, inputs, runs)


def count_of_numpy(module):
    return np.int64(count_parameters(module))


def count_that_switches_gradients(module):
    for parameter in module.parameters():
        parameter.requires_grad_(not parameter.requires_grad)
    return count_parameters(module)


def always_raises(actual, expected):
    raise ValueError("they differ")


def by_identity_with_none(module):
    """Where a part has no bias, its entry is None."""
    unique = {id(p): p for part in module.modules() for p in part._parameters.values()}
    return sum(p.nelement() for p in unique.values())


def nan_of_the_inputs(actual, expected):
    actual, expected = guarded(actual, expected)
    if torch.isnan(actual).any() or torch.isnan(expected).any():
        return math.inf
    return max((actual - expected).max().item(), (expected - actual).max().item())


def nan_of_the_sum(actual, expected):
    actual, expected = guarded(actual, expected)
    worst = 0.0
    for one, other in zip(actual.flatten().tolist(), expected.flatten().tolist(), strict=True):
        if math.isnan(one + other):
            return float("inf")
        worst = max(worst, abs(one - other))
    return worst


def with_hooks_that_stay(layer, hidden_states):
    seen = {}

    def keep(name):
        return lambda _part, _inputs, result: seen.__setitem__(name, result[0] if isinstance(result, tuple) else result)

    layer.attention.self.register_forward_hook(keep("context"))
    layer.attention.output.register_forward_hook(keep("attention_output"))
    layer.intermediate.register_forward_hook(keep("intermediate"))
    layer.output.register_forward_hook(keep("layer_output"))
    layer(hidden_states)
    return seen


def with_one_hook_that_stays(layer, hidden_states):
    seen = {}
    layer.intermediate.register_forward_hook(lambda _part, _inputs, result: seen.update(intermediate=result))
    layer(hidden_states)
    return by_name(layer, hidden_states) | seen

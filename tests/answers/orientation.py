"""Lesson 00: ways to count, compare, pick, replay and repeat."""

import math

import numpy as np
import torch

from course_utils.reference.orientation import count_parameters
from tests.answers import Told

# count_parameters -----------------------------------------------------------------------------------------------------


def with_a_generator(module):
    return sum(parameter.numel() for parameter in module.parameters())


def by_products_of_sizes(module):
    return sum(math.prod(parameter.shape) for _, parameter in module.named_parameters())


def by_identity(module):
    unique = {id(p): p for part in module.modules() for p in part._parameters.values() if p is not None}
    return sum(p.nelement() for p in unique.values())


def flattened(module):
    vectors = [parameter.detach().flatten() for parameter in module.parameters()]
    return len(torch.cat(vectors)) if vectors else 0


def recursive_without_memory(module):
    return sum(p.numel() for p in module.parameters(recurse=False)) + 2 * sum(map(with_a_generator, module.children()))


def only_large_ones(module):
    return sum(p.numel() for p in module.parameters() if p.numel() > 10)


def one_too_many(module):
    return with_a_generator(module) + 1


# max_abs_diff ---------------------------------------------------------------------------------------------------------


def guarded(actual, expected):
    if actual.shape != expected.shape or not actual.numel():
        raise ValueError("shapes")
    return actual, expected


def in_float64(actual, expected):
    actual, expected = guarded(actual, expected)
    difference = torch.max(torch.abs(actual.double() - expected.double())).item()
    return math.inf if math.isnan(difference) else difference


def by_infinity_norm(actual, expected):
    actual, expected = guarded(actual, expected)
    difference = torch.linalg.vector_norm(actual - expected, ord=math.inf)
    return float(torch.nan_to_num(difference, nan=math.inf))


def with_numpy(actual, expected):
    actual, expected = guarded(actual, expected)
    difference = np.abs(actual.numpy() - expected.numpy()).max()
    return math.inf if np.isnan(difference) else float(difference)


def with_a_loop(actual, expected):
    actual, expected = guarded(actual, expected)
    worst = 0.0
    for one, other in zip(actual.flatten().tolist(), expected.flatten().tolist(), strict=True):
        if math.isnan(one - other):
            return float("inf")
        worst = max(worst, abs(one - other))
    return worst


def both_signs(actual, expected):
    actual, expected = guarded(actual, expected)
    if torch.isnan(actual).any() or torch.isnan(expected).any():
        return math.inf
    return max((actual - expected).max().item(), (expected - actual).max().item())


def own_exception(actual, expected):
    class ShapeError(ValueError):
        pass

    if actual.shape != expected.shape or actual.numel() == 0:
        raise ShapeError
    return in_float64(actual, expected)


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


# layer_output ---------------------------------------------------------------------------------------------------------


def without_the_first(hidden_states, layer):
    return hidden_states[1:][layer]


def stacked(hidden_states, layer):
    return torch.stack(hidden_states)[layer + 1]


def counted_from_the_end(hidden_states, layer):
    return hidden_states[layer + 1 - len(hidden_states)].clone()


def mean_with_the_input(hidden_states, layer):
    return (hidden_states[layer] + hidden_states[layer + 1]) / 2


def update_only(hidden_states, layer):
    return hidden_states[layer + 1] - hidden_states[layer]


# replay_layer ---------------------------------------------------------------------------------------------------------


def by_name(layer, hidden_states):
    parts = {"context": layer.attention.self(hidden_states=hidden_states)[0]}
    parts["attention_output"] = layer.attention.output(parts["context"], input_tensor=hidden_states)
    parts["intermediate"] = layer.intermediate(parts["attention_output"])
    parts["layer_output"] = layer.output(parts["intermediate"], parts["attention_output"])
    return parts


def with_hooks(layer, hidden_states):
    seen = {}

    def keep(name):
        return lambda _part, _inputs, result: seen.__setitem__(name, result[0] if isinstance(result, tuple) else result)

    hooks = [
        layer.attention.self.register_forward_hook(keep("context")),
        layer.attention.output.register_forward_hook(keep("attention_output")),
        layer.intermediate.register_forward_hook(keep("intermediate")),
        layer.output.register_forward_hook(keep("layer_output")),
    ]
    layer(hidden_states)
    for hook in hooks:
        hook.remove()
    return seen


@torch.no_grad()
def end_from_the_layer(layer, hidden_states):
    return {**by_name(layer, hidden_states), "layer_output": layer(hidden_states)}


def all_halved(layer, hidden_states):
    return {name: part / 2 for name, part in by_name(layer, hidden_states).items()}


def normalised_once_more(layer, hidden_states):
    parts = by_name(layer, hidden_states)
    return parts | {"layer_output": layer.output.LayerNorm(parts["layer_output"])}


def layer_twice(layer, hidden_states):
    return by_name(layer, by_name(layer, hidden_states)["layer_output"])


def one_sentence_at_a_time_reversed(layer, hidden_states):
    return by_name(layer, hidden_states.flip(0))


# is_deterministic -----------------------------------------------------------------------------------------------------


def all_runs_first(model, inputs, runs=2):
    with torch.inference_mode():
        results = [model(**inputs)[0] for _ in range(runs)]
    return all(torch.equal(results[0], result) for result in results)


def run_after_run(model, inputs, runs=2):
    previous = model(**inputs).last_hidden_state
    for _ in range(1, runs):
        current = model(**inputs).last_hidden_state
        if (previous != current).any():
            return False
        previous = current
    return True


def as_bytes(model, inputs, runs=2):
    seen = {model(**inputs).last_hidden_state.detach().numpy().tobytes() for _ in range(runs)}
    return len(seen) == 1


def largest_difference_is_zero(model, inputs, runs=2):
    with torch.no_grad():
        first, *others = (model(**inputs).last_hidden_state for _ in range(runs))
    return max((float((first - other).abs().max()) for other in others), default=0.0) == 0.0


def train_mode_means_no(model, inputs, runs=2):
    return not model.training and all_runs_first(model, inputs, runs)


def one_run_proves_nothing(model, inputs, runs=2):
    return runs > 1 and all_runs_first(model, inputs, runs)


# What cards say ---------------------------------------------------------------------------------------------------------


def count_of_numpy(module):
    return np.int64(count_parameters(module))


def count_that_switches_gradients(module):
    for parameter in module.parameters():
        parameter.requires_grad_(not parameter.requires_grad)
    return count_parameters(module)


def always_raises(actual, expected):
    raise ValueError("they differ")


RIGHT = {
    "count_parameters": [with_a_generator, by_products_of_sizes, by_identity, flattened],
    "max_abs_diff": [in_float64, by_infinity_norm, with_numpy, with_a_loop, both_signs, own_exception],
    "layer_output": [without_the_first, stacked, counted_from_the_end],
    "replay_layer": [by_name, with_hooks, end_from_the_layer],
    "is_deterministic": [all_runs_first, run_after_run, as_bytes, largest_difference_is_zero],
}

UNNAMED = {
    "count_parameters": [recursive_without_memory, only_large_ones, one_too_many],
    "max_abs_diff": [
        median,
        of_the_first_sentence,
        returns_the_error,
        of_absolute_values,
        to_four_digits,
        to_six_digits,
        in_half,
    ],
    "layer_output": [mean_with_the_input, update_only],
    "replay_layer": [all_halved, normalised_once_more, layer_twice, one_sentence_at_a_time_reversed],
    "is_deterministic": [train_mode_means_no, one_run_proves_nothing],
}

TOLD = {
    "count_parameters": [
        Told(count_of_numpy, says=("count_parameters: not yet. Expected an int, got numpy's int64, 66; `.item()`",)),
        Told(count_that_switches_gradients, diagnosis=("changes_inputs",)),
    ],
    "max_abs_diff": [Told(always_raises, says=("expected      0.70004",))],
}

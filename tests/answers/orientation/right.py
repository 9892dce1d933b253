"""Right ways to count, compare, pick, replay and repeat."""

import math

import numpy as np
import torch


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
    if torch.isnan(actual - expected).any():
        return math.inf
    return max((actual - expected).max().item(), (expected - actual).max().item())


def own_exception(actual, expected):
    class ShapeError(ValueError):
        pass

    if actual.shape != expected.shape or actual.numel() == 0:
        raise ShapeError
    return in_float64(actual, expected)


def without_the_first(hidden_states, layer):
    return hidden_states[1:][layer]


def stacked(hidden_states, layer):
    return torch.stack(hidden_states)[layer + 1]


def counted_from_the_end(hidden_states, layer):
    return hidden_states[layer + 1 - len(hidden_states)].clone()


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

"""Numbers where the forms of GELU differ, and functions that treat tokens one by one or only seem to. It knows no answers."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.checks.inputs import INTERMEDIATE, Draw, in_float64
from course_utils.judge import Case, Property
from course_utils.judge.weights import Misfit
from course_utils.judge.words import describe


def gelu_cases(draw: Draw) -> list[Case]:
    """The cases of both forms of GELU."""
    large = draw.normal(3, 4, scale=12)
    large[0, 0], large[2, 3] = 30, -30  # so large that exp overflows in a tanh made of exp
    return [
        Case((torch.tensor([-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]),), "nine numbers"),
        in_float64(Case((draw.normal(2, 5, INTERMEDIATE, scale=2),), "a tensor (batch, tokens, intermediate)")),
        Case((large,), "large values"),
    ]


def _is_0_at_0(value: Tensor, x: Tensor) -> bool:
    return bool((value[x == 0] == 0).all())


def _is_x_or_0_far_out(value: Tensor, x: Tensor) -> bool:
    return torch.allclose(value[x > 6], x[x > 6]) and bool((value[x < -6].abs() < 1e-4).all())


GELU_PROPERTIES = (
    Property(_is_0_at_0, "GELU of 0 is 0, since x is a factor; yours is not."),
    Property(_is_x_or_0_far_out, "Far to the right GELU is x itself, far to the left it is 0; yours is not."),
)


# What a neuron that was written by hand does.


def use_write_neuron(answer: Callable, x: Tensor, wanted: int, message: Tensor) -> dict[str, str]:
    """What the neuron adds to every token, in words that are the same for all neurons that do what was asked.

    In float64: how the three were rounded says nothing of whether they were right.
    """
    if not torch.allclose(x.norm(dim=-1), torch.tensor(x.shape[-1] ** 0.5, dtype=x.dtype), rtol=1e-2):
        raise ValueError("not vectors after a norm")  # a smaller case must keep the statement's word
    key, bias, value = (each.double() for each in _neuron(answer(x, wanted, message), x))
    before = x.double() @ key + bias  # (tokens,)
    added = torch.nn.functional.gelu(before)[:, None] * value  # (tokens, hidden)
    gap = (added[wanted] - message.double()).abs().max()
    rest = added.abs().amax(dim=-1)  # (tokens,)
    rest[wanted] = 0
    return {
        "what it adds to the wanted token": _near_the_message(added[wanted], message.double(), float(gap)),
        "what it adds to the other tokens": "0"
        if rest.max() <= 1e-3
        else f"up to {rest.max():.2g}, to token {int(rest.argmax())}",
    }


def _near_the_message(added: Tensor, message: Tensor, gap: float) -> str:
    if gap != gap or gap == float("inf"):
        return "something that is not a number"
    if gap <= 1e-3:
        return "the message"
    if added.abs().max() < 1e-3:
        return "nothing"
    times = float(added @ message / (message @ message))
    if torch.allclose(added, times * message, rtol=1e-3, atol=1e-3):
        return f"{times:.3g} times the message"
    return f"something else than the message, off by up to {gap:.2g}"


def _neuron(neuron: object, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Key, bias and value. Raises Misfit, in the learner's words: of the dict that is made of them they know nothing."""
    if not isinstance(neuron, (tuple, list)) or len(neuron) != 3:
        raise Misfit(f"Expected a tuple of 3, key, bias and value, got {describe(neuron)}.")
    for which, found, shape in zip(("key", "bias", "value"), neuron, (x.shape[1:], (), x.shape[1:]), strict=True):
        if not isinstance(found, Tensor):
            raise Misfit(f"Expected three tensors; the {which} is {describe(found)}.")
        if found.shape != shape or found.dtype != x.dtype:
            wanted = describe(torch.empty(shape, dtype=x.dtype))
            raise Misfit(f"Expected {wanted} for the {which}, got {describe(found)}.")
    return tuple(neuron)


# What `is_position_wise` is asked about. The docstrings are what a card says of the case.


def mixes_features(x: Tensor) -> Tensor:
    """Position-wise: features change places within each token, and bend."""
    return x.flip(-1) * (x + 1)


def the_same_for_all(x: Tensor) -> Tensor:
    """Position-wise: every token becomes the same vector, whatever it was."""
    return torch.ones_like(x)


def adds_all_squares(x: Tensor) -> Tensor:
    """Mixes tokens: the others make every number larger."""
    return x + x.square().sum(dim=1, keepdim=True)


def subtracts_all_squares(x: Tensor) -> Tensor:
    """Mixes tokens: the others make every number smaller."""
    return x - x.square().sum(dim=1, keepdim=True)


def attention_without_positions(x: Tensor) -> Tensor:
    """Mixes tokens, whatever their order."""
    return (x @ x.transpose(1, 2) / 100).softmax(dim=-1) @ x  # so small that every token looks at all of them


def minus_mean_over_tokens(x: Tensor) -> Tensor:
    """Mixes tokens by their mean, whatever their order."""
    return x - x.mean(dim=1, keepdim=True)


def running_sum(x: Tensor) -> Tensor:
    """The first token sees only itself."""
    return x.cumsum(dim=1)


def first_looks_at_last(x: Tensor) -> Tensor:
    """All tokens but the first see only themselves."""
    return torch.cat([x[:, :1] + x[:, -1:], x[:, 1:]], dim=1) if x.shape[1] > 1 else x


def first_two_look_ahead(x: Tensor) -> Tensor:
    """The first two tokens see the next one, all others only themselves."""
    return torch.cat([x[:, :2] + x[:, 1:3], x[:, 2:]], dim=1) if x.shape[1] > 2 else x


def last_looks_at_first(x: Tensor) -> Tensor:
    """All tokens but the last see only themselves."""
    return torch.cat([x[:, :-1], x[:, -1:] + x[:, :1]], dim=1) if x.shape[1] > 1 else x


def adds_rounding_noise(x: Tensor) -> Tensor:
    """Position-wise up to rounding: the sum is off by some 1e-6, as long matrix products may be."""
    return x + 1e-6 * x.shape[1]


def looks_around_a_little(x: Tensor) -> Tensor:
    """Mixes tokens by a thousandth: little, but far more than rounding."""
    return x + 1e-3 * x.mean(dim=1, keepdim=True)


def grows_with_the_length(x: Tensor) -> Tensor:
    """Mixes nothing, yet counts: the longer the sentence, the larger every number."""
    return x * x.shape[1]


def looks_around_in_later_texts(x: Tensor) -> Tensor:
    """Mixes tokens in all texts of the batch but the first."""
    return torch.cat([x[:1], x[1:] + x[1:].mean(dim=1, keepdim=True)])


def looks_around_in_one_feature(x: Tensor) -> Tensor:
    """Mixes tokens, but only their last feature."""
    return torch.cat([x[..., :-1], x[..., -1:].cumsum(dim=1)], dim=-1)


SUSPECTS = (
    mixes_features,
    the_same_for_all,
    adds_all_squares,
    subtracts_all_squares,
    attention_without_positions,
    minus_mean_over_tokens,
    running_sum,
    first_looks_at_last,
    first_two_look_ahead,
    last_looks_at_first,
    adds_rounding_noise,
    looks_around_a_little,
    grows_with_the_length,
    looks_around_in_later_texts,
    looks_around_in_one_feature,
)

"""Sublayers and norms to wrap, some to follow by eye, some that no sum passes through unchanged. Nothing here knows the answers."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case
from course_utils.judge.weights import Misfit
from course_utils.judge.words import describe


def wrap_cases(draw: Draw) -> list[Case]:
    """The cases of `pre_ln` and of `post_ln`."""
    x = torch.tensor([[[1.0, 2.0], [3.0, 5.0]]])
    return [
        Case((x, ten_times_and_one, square), "easy to follow: the sublayer is 10 · x + 1, the norm x²"),
        in_float64(
            Case((draw.hidden_states(), mix_tokens, steep_norm), "a sublayer that mixes tokens, and a layer norm")
        ),
    ]


def ten_times_and_one(x: Tensor) -> Tensor:
    """A sublayer whose result can be checked by eye, and is no multiple of x."""
    return 10 * x + 1


def square(x: Tensor) -> Tensor:
    """In place of the norm: no sum passes through it unchanged."""
    return x * x


def mix_tokens(x: Tensor) -> Tensor:
    """A sublayer that bends, shifts and looks at the neighbour, as attention does."""
    return torch.sin(1.3 * x) + 0.7 * x.roll(1, dims=1) + 0.2


def steep_norm(x: Tensor) -> Tensor:
    """A layer norm with a weight, a bias and an eps that show."""
    centred = x - x.mean(dim=-1, keepdim=True)
    return centred / (centred.square().mean(dim=-1, keepdim=True) + 0.1).sqrt() * 1.3 + 0.4


def use_invisible_updates(answer: Callable, x: Tensor) -> dict[str, str]:
    """What the two updates do to a layer norm, in words that are the same for all pairs that hide from it.

    In float64: how an update was rounded says nothing of whether it was the right one.
    """
    first, second = (update.double() for update in _two_like(answer(x), x))
    cosine = torch.nn.functional.cosine_similarity(first, second, dim=-1).abs().max()
    return {
        "the norm with the first update": _seen_by_the_norm(x.double(), first),
        "the norm with the second update": _seen_by_the_norm(x.double(), second),
        "the length of the first update": _long(first),
        "the length of the second update": _long(second),
        "the angle between the two": "a right angle" if cosine <= 1e-3 else f"a cosine of {cosine:.2g} at one token",
    }


def _two_like(value: object, x: Tensor) -> tuple[Tensor, Tensor]:
    """The two updates. Raises Misfit, in the learner's words: of the dict that is made of them they know nothing."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Misfit(f"Expected a tuple of 2 updates, got {describe(value)}.")
    for which, update in zip(("first", "second"), value, strict=True):
        if not isinstance(update, Tensor):
            raise Misfit(f"Expected two tensors; the {which} update is {describe(update)}.")
        if update.shape != x.shape or update.dtype != x.dtype:
            raise Misfit(f"An update has the shape and dtype of x, {describe(x)}; the {which} is {describe(update)}.")
    return tuple(value)


def _plain_norm(x: Tensor) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], eps=1e-12)


def _seen_by_the_norm(x: Tensor, update: Tensor) -> str:
    before, after = _plain_norm(x), _plain_norm(x + update)
    gap = (after - before).abs().amax(dim=-1)  # (batch, tokens)
    if not gap.isfinite().all():
        return "a result that is not a number"
    if gap.max() <= 1e-4:
        return "the same result as without it"
    batch, token = divmod(int(gap.argmax()), gap.shape[1])
    if torch.allclose(after[batch, token], -before[batch, token], atol=1e-4):
        return "the opposite sign in every feature of a token"
    return f"a result that differs by {gap.max():.2g}"


def _long(update: Tensor) -> str:
    shortest = float(update.norm(dim=-1).min())
    return "at least 1" if shortest >= 1 - 1e-6 else f"{shortest:.2g} at one token"

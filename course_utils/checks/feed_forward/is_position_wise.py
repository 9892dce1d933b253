"""Functions to judge: tokens that mix at the ends, in one feature, in one text, by a thousandth, or only by rounding."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.checks.feed_forward.inputs import SUSPECTS, adds_all_squares, subtracts_all_squares
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.feed_forward import is_position_wise

Function = Callable[[Tensor], Tensor]


def cases(draw: Draw) -> list[Case]:
    x = draw.hidden_states(hidden=3)  # fewer features than tokens: a loop over the wrong axis ends too early
    x = x + 3  # away from 0, so that a difference shows everywhere
    x[0, 0, 0] = 0.01  # except for one number: here a relative tolerance alone is too strict for rounding
    return [Case((fn, x), (fn.__doc__ or "").rstrip(".")) for fn in SUSPECTS]


def _sees_differences_of_one_sign(value: bool, fn: Function, x: Tensor) -> bool:
    return value is not True or fn not in (adds_all_squares, subtracts_all_squares)


def _by_shuffling(fn: Function, x: Tensor) -> bool:
    order = torch.arange(x.shape[1] - 1, -1, -1)
    return torch.allclose(fn(x[:, order]), fn(x)[:, order], rtol=1e-5, atol=1e-5)


def _text_by_text(fn: Function, x: Tensor) -> bool:
    whole = fn(x)
    return all(torch.allclose(fn(x[b : b + 1]), whole[b : b + 1], rtol=1e-5, atol=1e-5) for b in range(len(x)))


def _by_zeroing(fn: Function, x: Tensor) -> bool:
    whole, tokens = fn(x), torch.arange(x.shape[1])
    alone = (fn(x * (tokens == t)[:, None])[:, t] for t in tokens)
    return all(torch.allclose(one, whole[:, t], rtol=1e-5, atol=1e-5) for t, one in enumerate(alone))


def _by_prefix(fn: Function, x: Tensor) -> bool:
    whole = fn(x)
    return all(torch.allclose(fn(x[:, : t + 1])[:, t], whole[:, t], rtol=1e-5, atol=1e-5) for t in range(x.shape[1]))


check = Check(
    is_position_wise,
    cases,
    properties=(
        Property(
            _sees_differences_of_one_sign,
            "Here all numbers of the difference have the same sign: do you take its absolute value before you look for the "
            "largest?",
        ),
    ),
    functions=(
        Mistake(
            "by_shuffling",
            "You test whether shuffling the tokens shuffles the result. Attention without positions passes that test, too: it "
            "mixes tokens whatever their order. Take a token out of its sentence and run it alone.",
            function=_by_shuffling,
        ),
        Mistake(
            "text_by_text",
            "You take the texts of the batch apart, not the tokens of a text. Axis 1 is the one to cut: `x[:, t : t + 1]`.",
            function=_text_by_text,
        ),
        Mistake(
            "others_zeroed",
            "The other tokens are 0, not gone: the sentence is still as long, which a function may notice. Take the token "
            "out: `x[:, t : t + 1]`.",
            function=_by_zeroing,
        ),
        Mistake(
            "only_without_those_after",
            "You take away only the tokens after the one that you try, so it still sees those before it. Take it out of its "
            "sentence: `x[:, t : t + 1]`.",
            function=_by_prefix,
        ),
    ),
)

"""Tokens with means and spreads of all kinds, numbers so small that an eps in the variance shows, and numbers near 1,000."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.add_and_norm import normalization_stats

Pair = tuple[Tensor, Tensor]  # mean and variance


def cases(draw: Draw) -> list[Case]:
    small = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [2.0, 4.0, 6.0, 9.0]]])
    return [
        Case((small,), "two tokens of four features"),
        in_float64(Case((draw.hidden_states(),), "tokens with means and spreads of all kinds")),
        # So small that an eps of 1e-5 in the variance is more than the tolerance.
        Case(((draw.normal(3, 1, 8) * 2 - 1) / 100,), "one token per sentence, of small numbers", tolerance=1e-7),
        Case((draw.normal(2, 3, 40) + 1000,), "features near 1,000"),
    ]


def _fit(value: Pair, x: Tensor) -> bool:
    """Whether the two results broadcast against x: another shape would give numbers that say nothing of their values."""
    return all(result.shape == (*x.shape[:2], 1) for result in value)


def _variance_is_not_negative(value: Pair, x: Tensor) -> bool:
    return bool((value[1] >= 0).all())


def _mean_is_the_middle(value: Pair, x: Tensor) -> bool:
    return not _fit(value, x) or bool(((x - value[0]).mean(dim=-1).abs() < 1e-4).all())


def _variance_is_the_spread(value: Pair, x: Tensor) -> bool:
    if not _fit(value, x):
        return True
    return bool((((x - value[0]).square().mean(dim=-1, keepdim=True) - value[1]).abs() < 1e-4).all())


check = Check(
    normalization_stats,
    cases,
    axes=("batch", "tokens", "last axis"),
    properties=(
        Property(
            _variance_is_not_negative,
            "A variance is never negative, but some of yours are.",
        ),
        Property(
            _mean_is_the_middle,
            "After subtracting your mean, a token's features should average to 0; they do not.",
        ),
        Property(
            _variance_is_the_spread,
            "Your variance is not the mean of the squared distances from your mean.",
        ),
    ),
)

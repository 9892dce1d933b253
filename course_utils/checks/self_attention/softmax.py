"""Rows that overflow unless their own largest score is subtracted, and axes that are not the last."""

from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.self_attention import softmax


def cases(draw: Draw) -> list[Case]:
    large = draw.normal(2, 4, 5)
    large[0] += 1e4
    large[1] -= 1e4
    large[0, 1, ::2] = 0  # a row with scores near 0 and near 10,000
    large[1, 1, 3] -= 120  # here exp overflows if the row's smallest score is subtracted, but not if its mean is
    large[1, 2, 3] -= 1000  # here it does if its mean is, but not if its median or its first score is
    # A row near 0: it vanishes if the largest of all scores is subtracted, but not if its own largest absolute value is.
    large[1, 3] += 1e4
    return [
        Case((draw.normal(2, 3, 4, 5, scale=2),), "the last axis, which is the default"),
        in_float64(Case((draw.normal(2, 3, 5, scale=2), 1), "along axis 1")),
        Case((draw.normal(2, 3, 5, scale=2), 0), "along axis 0"),
        # In float32 numbers near 10,000 are 0.001 apart, which an answer that subtracts a logarithm runs into.
        Case((large,), "scores around 10,000, around -10,000 and around 0", tolerance=1e-3),
    ]


def _sums_to_1(value: Tensor, x: Tensor, dim: int = -1) -> bool:
    return bool(((value.sum(dim) - 1).abs() < 1e-3).all())


def _has_no_negatives(value: Tensor, *_: object) -> bool:
    return not bool((value < 0).any())


check = Check(
    softmax,
    cases,
    properties=(
        Property(_sums_to_1, "The weights along `dim` do not sum to 1."),
        Property(_has_no_negatives, "Some weights are negative."),
    ),
)

"""Vectors whose lengths are whole numbers, and drawn ones: what divides in another order or over another axis shows."""

import torch
from torch import Tensor

from course_utils.checks.inputs import HIDDEN, Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.add_and_norm import update_ratio


def cases(draw: Draw) -> list[Case]:
    x = torch.tensor([[[3.0, 4.0], [0.0, 2.0]]])
    update = torch.tensor([[[6.0, 8.0], [1.0, 0.0]]])
    return [
        Case((x, update), "vectors of length 5 and 2, updates of length 10 and 1"),
        in_float64(Case((draw.hidden_states(), draw.normal(2, 5, HIDDEN, scale=0.6) - 0.3), "updates smaller than x")),
    ]


def _is_not_negative(value: Tensor, *_: object) -> bool:
    return not bool((value < 0).any())


check = Check(
    update_ratio,
    cases,
    axes=("batch", "tokens"),
    properties=(Property(_is_not_negative, "A ratio of lengths is never negative, but yours is."),),
)

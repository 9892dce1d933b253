"""A square weight, with which a missing transpose raises nothing, a wide one, and an input without a batch axis."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.self_attention import linear


def cases(draw: Draw) -> list[Case]:
    x = draw.normal(2, 5, 7) + 0.5
    square, wide = draw.linear(7, 7), draw.linear(11, 7)
    return [
        Case((x, *square), "as many outputs as inputs: a wrong shape cannot give anything away"),
        Case((x, *wide), "7 inputs, 11 outputs"),
        in_float64(Case((x[1], *wide), "one sequence, no batch axis")),
    ]


def _not_x_times_w(value: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> bool:
    square = weight.shape[0] == weight.shape[1]
    return not (square and torch.allclose(value, x @ weight + bias, atol=1e-4))


check = Check(
    linear,
    cases,
    properties=(
        Property(
            _not_x_times_w,
            "With this square weight yours is x W + b, without the transpose. A reshape or a view does not transpose: it "
            "keeps the numbers in their order in memory.",
        ),
    ),
)

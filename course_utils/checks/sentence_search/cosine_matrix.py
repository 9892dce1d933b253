"""Vectors of very different lengths, and two sets of the same size, where a swap does not show in the shape."""

import torch

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.sentence_search import cosine_matrix


def cases(draw: Draw) -> list[Case]:
    a, b = draw.normal(3, 7) + 0.2, draw.normal(5, 7) * torch.tensor([[0.2], [1.0], [3.0], [10.0], [0.7]])
    return [
        Case((a, b), "3 vectors with 5, of different lengths"),
        in_float64(Case((2 * draw.normal(4, 7), draw.normal(4, 7)), "4 vectors with 4")),
    ]


check = Check(
    cosine_matrix,
    cases,
    axes=("first set", "second set"),
    properties=(
        Property(
            lambda value, a, b: not bool((value.abs() > 1 + 1e-4).any()), "Some numbers are not between -1 and 1."
        ),
    ),
)

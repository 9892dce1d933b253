"""Different numbers of heads and features per head, and a single head; whatever the split, the parts must add up to the whole."""

import torch
from torch import Tensor

from course_utils.checks.inputs import HEAD_SIZE, HEADS, HIDDEN, Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.add_and_norm import head_contributions


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(2, HEADS, 5, HEAD_SIZE), draw.normal(HIDDEN, HIDDEN, scale=0.3)), "3 heads of size 7"),
        in_float64(Case((draw.normal(1, 4, 3, 2), draw.normal(8, 8)), "more heads than features per head")),
        Case((draw.normal(3, 1, 2, 5), draw.normal(5, 5)), "a single head"),
    ]


def _adds_up(value: Tensor, context: Tensor, weight: Tensor) -> bool:
    whole = context.transpose(1, 2).flatten(2) @ weight.T
    return value.shape[0] == whole.shape[0] and torch.allclose(value.sum(dim=1), whole, atol=1e-4)


check = Check(
    head_contributions,
    cases,
    axes=("batch", "heads", "tokens", "hidden"),
    properties=(
        Property(
            _adds_up,
            "The contributions of all heads should add up to the dense layer of the merged heads (without its bias); yours "
            "do not.",
        ),
    ),
)

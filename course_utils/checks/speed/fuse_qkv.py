"""Square weights, in which only the values tell rows from columns."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.speed import fuse_qkv


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.layer_params(6, 11),), "square weights: only the values tell rows from columns"),
        in_float64(Case((draw.layer_params(10, 13),), "hidden size 10")),
    ]


def _is_third(mine: Tensor, third: int, block: Tensor) -> bool:
    """Whether a third of the fused tensor is the block that belongs there; a wrong shape or dtype says nothing about it."""
    if mine.shape != (3 * len(block), *block.shape[1:]) or mine.dtype != block.dtype:
        return True
    return bool(torch.equal(mine.chunk(3)[third], block))


def _begins_with_query(value: tuple[Tensor, Tensor], params: dict[str, Tensor]) -> bool:
    return _is_third(value[0], 0, params["attention.self.query.weight"])


def _ends_with_value(value: tuple[Tensor, Tensor], params: dict[str, Tensor]) -> bool:
    return _is_third(value[1], 2, params["attention.self.value.bias"])


check = Check(
    fuse_qkv,
    cases,
    axes=(("three times hidden", "hidden"), ("three times hidden",)),
    properties=(
        Property(_begins_with_query, "The first third of the rows is not the query's weight."),
        Property(_ends_with_value, "The last third of the bias is not the value's bias."),
    ),
)

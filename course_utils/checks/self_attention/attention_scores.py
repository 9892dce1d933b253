"""Fewer queries than keys, then as many, and two head sizes: a wrong divisor or a wrong transpose shows in one of them."""

from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.self_attention import attention_scores


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(2, 3, 4, 7), draw.normal(2, 3, 5, 7)), "4 queries, 5 keys"),
        in_float64(
            Case((draw.normal(2, 3, 5, 11, scale=3), draw.normal(2, 3, 5, 11)), "as many queries as keys, head size 11")
        ),
    ]


def _rows_do_not_sum_to_1(value: Tensor, *_: object) -> bool:
    return not bool(((value.sum(dim=-1) - 1).abs() < 1e-4).all())


check = Check(
    attention_scores,
    cases,
    axes=("batch", "heads", "query tokens", "key tokens"),
    properties=(
        Property(
            _rows_do_not_sum_to_1,
            "Every row sums to 1: did you apply a softmax already? Return the scores themselves.",
        ),
    ),
)

"""Batch, tokens, heads and head size all differ, so that no two axes can be confused."""

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.self_attention import split_heads


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(2, 5, 21), 3), "3 heads of size 7"),
        Case((draw.normal(1, 4, 10), 5), "5 heads of size 2"),
    ]


check = Check(
    split_heads,
    cases,
    axes=("batch", "heads", "tokens", "head size"),
)

"""Batch, heads, tokens and head size all differ, so that no two axes can be confused."""

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.self_attention import merge_heads


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(2, 3, 5, 7),), "3 heads of size 7"),
        Case((draw.normal(1, 5, 4, 2),), "5 heads of size 2"),
    ]


check = Check(
    merge_heads,
    cases,
    axes=("batch", "tokens", "hidden"),
)

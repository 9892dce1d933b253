"""The first, the third and the last of seven layers."""

from course_utils.checks.inputs import BATCH, HIDDEN, TOKENS, Draw
from course_utils.judge import Case, Check
from course_utils.reference.orientation import layer_output


def cases(draw: Draw) -> list[Case]:
    states = tuple(draw.normal(BATCH, TOKENS, HIDDEN) for _ in range(8))
    return [
        Case((states, 0), "the first of seven layers"),
        Case((states, 2), "the third of seven layers"),
        Case((states, 6), "the last of seven layers"),
    ]


check = Check(
    layer_output,
    cases,
    axes=("batch", "tokens", "hidden"),
)

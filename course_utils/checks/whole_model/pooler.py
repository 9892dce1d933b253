"""A square weight, which fits transposed as well, and a batch of one, whose axis must stay."""

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.whole_model import pooler


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.hidden_states(2, 5, 7), *draw.linear(7, 7)), "two sequences of five tokens"),
        in_float64(Case((0.5 * draw.hidden_states(4, 3, 10), *draw.linear(10, 10)), "four sequences of three tokens")),
        Case((draw.hidden_states(1, 4, 6), *draw.linear(6, 6)), "one sequence: the batch axis stays"),
    ]


check = Check(
    pooler,
    cases,
    axes=("batch", "hidden"),
)

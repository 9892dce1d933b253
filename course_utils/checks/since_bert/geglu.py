"""A square wi, whose transpose only the values tell; then hidden and intermediate that share no factor, in float64."""

from course_utils.checks.inputs import HIDDEN, INTERMEDIATE, Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.since_bert import geglu


def cases(draw: Draw) -> list[Case]:
    def call(batch: int, tokens: int, hidden: int, intermediate: int) -> tuple:
        x = draw.normal(batch, tokens, hidden) * 1.5 + 0.4
        (wi, _), (wo, _) = draw.linear(2 * intermediate, hidden), draw.linear(hidden, intermediate)
        return x, wi, wo

    return [
        Case(call(2, 5, 10, 5), "wi is square"),
        in_float64(Case(call(2, 5, HIDDEN, INTERMEDIATE), "wider inside")),
        Case(call(1, 3, 8, 3), "narrower inside"),
    ]


check = Check(
    geglu,
    cases,
    axes=("batch", "tokens", "hidden"),
)

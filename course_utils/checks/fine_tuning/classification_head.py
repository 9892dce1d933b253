"""A square weight, with which a missing transpose raises nothing, a wide one, and a batch of one text."""

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.fine_tuning import classification_head


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(5, 7) + 0.4, *draw.linear(7, 7)), "as many classes as features"),
        in_float64(Case((draw.normal(4, 11) + 0.4, *draw.linear(3, 11)), "three classes")),
        Case((draw.normal(1, 7) + 0.4, *draw.linear(12, 7)), "one text: the batch axis stays"),
    ]


check = Check(
    classification_head,
    cases,
    axes=("batch", "classes"),
)

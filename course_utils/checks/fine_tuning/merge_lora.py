"""A layer in which no size is another, and square ones with which a missing transpose or an exchange raises nothing."""

from course_utils.checks.fine_tuning.inputs import low_rank
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.fine_tuning import merge_lora


def cases(draw: Draw) -> list[Case]:
    def case(sizes: tuple[int, int, int], alpha: float, about: str) -> Case:
        weight, _ = draw.linear(*sizes[:2])
        return Case((weight, *low_rank(draw, *sizes), alpha), about)

    return [
        case((5, 5, 5), 3.0, "5 outputs, 5 inputs, rank 5: all shapes fit, and none gives anything away"),
        case((7, 7, 2), 5.0, "7 outputs, 7 inputs, rank 2: a transposed correction fits, too"),
        in_float64(case((11, 7, 3), 8.0, "11 outputs, 7 inputs, rank 3")),
    ]


check = Check(
    merge_lora,
    cases,
    axes=("out", "in"),
)

"""A layer in which no size is another, and square ones with which a missing transpose or an exchange raises nothing."""

from course_utils.checks.fine_tuning.inputs import low_rank
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.fine_tuning import lora_linear


def cases(draw: Draw) -> list[Case]:
    def case(tokens: int, sizes: tuple[int, int, int], alpha: float, about: str) -> Case:
        x = draw.normal(2, tokens, sizes[1]) + 0.5
        return Case((x, *draw.linear(*sizes[:2]), *low_rank(draw, *sizes), alpha), about)

    return [
        case(4, (5, 5, 5), 3.0, "5 outputs, 5 inputs, rank 5: all shapes fit, and none gives anything away"),
        case(3, (7, 7, 2), 5.0, "7 outputs, 7 inputs, rank 2: exchanged matrices fit, too"),
        in_float64(case(5, (11, 7, 3), 8.0, "11 outputs, 7 inputs, rank 3")),
    ]


check = Check(
    lora_linear,
    cases,
    axes=("batch", "tokens", "out"),
)

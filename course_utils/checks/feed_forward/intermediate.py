"""All tensors of a layer, so that others can be taken by mistake, and a width that is not four times the hidden size."""

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.feed_forward import intermediate


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.hidden_states(), draw.layer_params()), "not four times as wide"),
        in_float64(
            Case((draw.normal(3, 4, 6), draw.layer_params(hidden=6, intermediate=24)), "four times as wide, as in BERT")
        ),
    ]


check = Check(
    intermediate,
    cases,
    axes=("batch", "tokens", "intermediate"),
)

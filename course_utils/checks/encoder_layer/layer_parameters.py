"""Sizes of real models, and drawn ones where the intermediate size is not four times the hidden size."""

from course_utils.checks.encoder_layer.inputs import HEADS, encoder_config
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.encoder_layer import layer_parameters


def cases(draw: Draw) -> list[Case]:
    drawn = encoder_config(hidden_size=HEADS * draw.number(7, 13), intermediate_size=draw.number(50, 90))
    return [
        Case((encoder_config(hidden_size=384, intermediate_size=1536),), "MiniLM"),
        Case((encoder_config(hidden_size=768, intermediate_size=3072),), "bert-base"),
        Case((drawn,), "sizes that no BERT has"),
    ]


check = Check(
    layer_parameters,
    cases,
)

"""Models of which some parameters are trained and some are not: compared are the names, and what is trained afterwards.

With twelve layers the names of two begin like that of layer 1, and as text "10" comes before "9". With no layer `[-0:]` is all.
"""

from course_utils.checks.fine_tuning.inputs import names, sketch, use_trainable
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.fine_tuning import trainable


def cases(draw: Draw) -> list[Case]:
    return [
        Case((sketch(draw, 3), 1), "the last of three layers; before, some of every part is trained"),
        Case((sketch(draw, 4), 0), "the head alone"),
        Case((sketch(draw, 12), 2), "the last two of twelve layers"),
        Case((sketch(draw, 2, mixed=False), 2), "both of two layers; before, everything is trained"),
    ]


def _returns_what_is_trained(value, model, last_layers) -> bool:
    trained = [name for name, each in zip(names(model.layers), value["each"].tolist(), strict=True) if each]
    return sorted(value["returned"]) == sorted(trained)


check = Check(
    trainable,
    cases,
    use=use_trainable,
    words={"returned": "", "each": "`requires_grad` of the parameters afterwards"},
    properties=(
        Property(
            _returns_what_is_trained,
            "The names that are returned are not those of the parameters that are trained now.",
        ),
    ),
)

"""The first step, the top, the last step and steps after it; a warm-up of no steps, and steps that no whole number of per cent has."""

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.fine_tuning import linear_warmup


def cases(draw: Draw) -> list[Case]:
    warmup = draw.number(9, 20)
    total = warmup + draw.number(40, 60)
    return [
        Case((0, 10, 50), "the first step"),
        Case((3, 10, 50), "on the way up"),
        Case((10, 10, 50), "the top"),
        Case((20, 10, 50), "on the way down"),
        Case((50, 10, 50), "the end"),
        Case((60, 10, 50), "after the end"),
        Case((draw.number(1, warmup), warmup, total), "some step on the way up"),
        Case((draw.number(warmup + 1, total), warmup, total), "some step on the way down"),
        Case((0, 0, 20), "the first step, without a warm-up"),
        Case((5, 0, 20), "on the way down, without a warm-up"),
    ]


def small(draw: Draw) -> Case:
    """A warm-up of 0 to 3 steps, a fall of 1 to 4, a step on the way or just after it."""
    warmup = draw.number(0, 4)
    total = warmup + 1 + draw.number(0, 4)
    return Case((draw.number(0, total + 3), warmup, total))


check = Check(
    linear_warmup,
    cases,
    small=small,
    properties=(
        Property(lambda value, *_: not value < 0, "It is negative: a step would go uphill."),
        Property(lambda value, *_: not value > 1, "It is above 1, where the learning rate is at its full size."),
    ),
)

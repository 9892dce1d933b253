"""Differences of both signs, in the last bit, in NaN and in inf, and shapes that torch would broadcast without a word."""

import math

import torch

from course_utils.checks.inputs import BATCH, HIDDEN, TOKENS, Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.orientation import max_abs_diff


def cases(draw: Draw) -> list[Case]:
    expected, gap = draw.normal(BATCH, TOKENS, HIDDEN), draw.normal(BATCH, TOKENS, HIDDEN, scale=0.1).clamp(-0.3, 0.3)
    # From one side of 0 to the other, or a difference of absolute values would be as large; with more than four digits.
    expected[1, 2, 3], expected[0, 4, 11] = 0.3, -0.4
    below, above, same, holed = -gap.abs(), gap.clone(), draw.normal(13), expected.clone()
    below[1, 2, 3], above[0, 4, 11], holed[0, 1, 2] = -0.70004, 0.90004, math.nan
    nearly, endless = same.clone(), same.clone()
    endless[5] = math.inf
    nearly[5] = torch.nextafter(same[5], torch.tensor(math.inf))
    broadcasting = [((2, 5), (1, 5)), ((2, 5), (2, 1)), ((5, 1), (1, 5)), ((5,), (1, 5)), ((5, 7), (7, 5))]
    return [
        Case((expected + below, expected), "every number is too small"),
        Case((expected + above, expected), "one number is far too large"),
        Case((same, same.clone()), "the same numbers twice"),
        Case((nearly, same), "the last bit of one number", tolerance=1e-9),
        Case((holed, expected), "a NaN in the first"),
        Case((expected, holed), "a NaN in the second"),
        Case((holed, holed.clone()), "a NaN at the same place in both"),
        Case((torch.full((3,), math.nan), draw.normal(3)), "nothing but NaN in the first"),
        Case((endless, endless.clone()), "inf at the same place in both: inf - inf is NaN"),
        *(
            Case((draw.normal(*one), draw.normal(*other)), f"the shapes {one} and {other}", raises=ValueError)
            for one, other in broadcasting
        ),
        Case((torch.empty(0, 3), torch.empty(0, 3)), "no numbers at all", raises=ValueError),
    ]


check = Check(
    max_abs_diff,
    cases,
    properties=(Property(lambda value, *_: not value < 0, "It is negative, which no absolute value is."),),
)

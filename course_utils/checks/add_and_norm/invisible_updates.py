"""Tokens with a large mean, with hardly any mean, and with little spread. What is compared are properties: see `use_invisible_updates`."""

import torch
from torch import Tensor

from course_utils.checks.add_and_norm.inputs import use_invisible_updates
from course_utils.checks.inputs import HIDDEN, Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.add_and_norm import invisible_updates


def cases(draw: Draw) -> list[Case]:
    small = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [2.0, 4.0, 6.0, 9.0]]])
    flat = draw.hidden_states()
    flat[0, 2] = draw.normal(HIDDEN, scale=0.02) + 0.01  # short, of little spread, and with hardly any mean
    return [
        Case((small,), "two tokens of four features"),
        Case((flat,), "a token of little spread, another one nearly 0"),
        in_float64(Case((draw.normal(3, 2, 8) + 20,), "all features far from 0")),
    ]


def small(draw: Draw) -> Case:
    """One or two tokens of three features, which are never all equal."""
    x = draw.integers(0, 9, 1, 1 + draw.number(0, 2), 3).float()
    x[..., 0] = x[..., 1] + 1
    return Case((x,))


def _any_such_pair(value: dict[str, str], x: Tensor) -> str:
    return "Your pair was judged by what it does, and need not be the reference's."


check = Check(
    invisible_updates,
    cases,
    use=use_invisible_updates,
    small=small,
    remark=_any_such_pair,
)

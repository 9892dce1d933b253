"""Tables with rows at right angles, at any angle, and nearly alike; judged is only where each token looks, and how firmly."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.checks.self_attention.inputs import use_look_at_previous
from course_utils.judge import Case, Check, Property
from course_utils.reference.self_attention import look_at_previous

LOOK = "the tokens look"


def cases(draw: Draw) -> list[Case]:
    alike = _at_right_angles(draw, 6, 13) + draw.normal(13, scale=0.6)  # what all rows share is most of each
    return [
        Case((_at_right_angles(draw, 5, 11),), "5 places, their rows of length 1 and at right angles"),
        Case((_stretched(draw, 7, 17),), "7 places, rows of several lengths and at any angle"),
        in_float64(Case((alike,), "6 places with rows that are much alike, as in a learned table")),
    ]


def _at_right_angles(draw: Draw, places: int, hidden: int) -> Tensor:
    """(places, hidden): rows of length 1, each at right angles to all others."""
    return torch.linalg.qr(draw.normal(hidden, places))[0].T.contiguous()


def _stretched(draw: Draw, places: int, hidden: int) -> Tensor:
    """(places, hidden): rows at angles of up to 45 degrees off, from half to twice the length."""
    rows = _at_right_angles(draw, places, hidden)
    lengths = torch.linspace(0.5, 2, places)[:, None]
    return lengths * (rows + 0.5 * rows.roll(2, dims=0))


def _only_what_counts(value: dict, *_: object) -> dict:
    """Without the weights: 0.93 is as good as 1, and 0.1 as bad as 0.2."""
    return {LOOK: value[LOOK]}


def _any_angle(value: dict, positions: Tensor) -> bool:
    """False where an answer fails at a table like this: that of the first case is at right angles, so it has passed."""
    products = positions @ positions.T
    at_right_angles = torch.allclose(products, torch.eye(len(positions), dtype=products.dtype), atol=1e-4)
    return at_right_angles or value[LOOK] == "at the one before"


def _no_row_is_flat(value: dict, *_: object) -> bool:
    return value[LOOK] == "at the one before" or value["largest weight"] >= 0.5


check = Check(
    look_at_previous,
    cases,
    use=use_look_at_previous,
    view=_only_what_counts,
    properties=(
        Property(
            _any_angle,
            "It works for rows of length 1 at right angles, where `positions @ positions.T` is the identity; here it is not.",
        ),
        Property(
            _no_row_is_flat,
            "Some token pays no token even half of its attention: its scores are too close together.",
        ),
    ),
)

"""Positions out of order and not from 0, and a theta that is not 10,000.

They are small: cosines of large angles in float32 differ from right way to right way by more than the tolerance.
"""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.since_bert import rotary_tables

Tables = tuple[Tensor, Tensor]


def cases(draw: Draw) -> list[Case]:
    some = draw.integers(1, 20, 5).cumsum(0)  # rising, from 1 at least
    return [
        Case((torch.arange(7), 10, 160_000.0), "7 tokens, the theta of ModernBERT's global layers"),
        Case((some, 6, 500.0), "positions with gaps, a small theta"),
        Case((torch.tensor([3, 0, 9, 4]), 14, 10_000.0), "positions out of order, the paper's theta"),
        Case((torch.tensor([40]), 8, 160_000.0), "one token, at position 40"),
    ]


def small(draw: Draw) -> Case:
    """One or two positions, one to three pairs: half of the head size, which has to be even."""
    positions = torch.tensor([draw.number(0, 4) for _ in range(1 + draw.number(0, 2))])
    return Case((positions, 2 * (1 + draw.number(0, 3)), (100.0, 10_000.0)[draw.number(0, 2)]))


def _not_complex(value: object, *_: object) -> bool:
    return not (isinstance(value, Tensor) and value.is_complex())


def _is_finite(value: Tables, *_: object) -> bool:
    return all(bool(table.isfinite().all()) for table in value)


def _says_nothing(value: object) -> bool:
    """Whether of these tables nothing more is to be said."""
    return not isinstance(value, tuple) or not _is_finite(value)


def _on_the_circle(value: Tables, *_: object) -> bool:
    return _says_nothing(value) or bool(((value[0].square() + value[1].square() - 1).abs() < 2e-2).all())


def _halves_are_equal(value: Tables, positions: Tensor, head_size: int, theta: float) -> bool:
    fit = all(table.shape == (len(positions), head_size) for table in value)
    return _says_nothing(value) or not fit or all(torch.equal(*table.chunk(2, dim=-1)) for table in value)


def _first_pair_turns_by_1(value: Tables, positions: Tensor, *_: object) -> bool:
    return _says_nothing(value) or all(
        bool(((table[:, 0] - wave).abs() < 2e-2).all())
        for table, wave in zip(value, (positions.cos(), positions.sin()), strict=True)
    )


def _nothing_turns_at_0(value: Tables, positions: Tensor, *_: object) -> bool:
    start = positions == 0
    still = (value[0][start] - 1).abs() + value[1][start].abs() < 2e-2
    return _says_nothing(value) or bool(still.all())


check = Check(
    rotary_tables,
    cases,
    small=small,
    axes=("tokens", "head size"),
    properties=(
        Property(
            _not_complex,
            "These are complex numbers, cosine and sine in one, as in Llama's first code. Return the two apart, as `.real` and "
            "`.imag`, and each twice side by side.",
        ),
        Property(_is_finite, "There is NaN or infinity in the tables: do you divide by 0?"),
        Property(_on_the_circle, "cos² + sin² is not 1: the two tables are not of the same angles."),
        Property(
            _halves_are_equal, "The first half of a table is not its second half: a pair's dimensions need one angle."
        ),
        Property(_nothing_turns_at_0, "Position 0 is not turned: its cosines should be 1 and its sines 0."),
        Property(
            _first_pair_turns_by_1, "Pair 0 turns by one radian per position: its angle should be the position itself."
        ),
    ),
)

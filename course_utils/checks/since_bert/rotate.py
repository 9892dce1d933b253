"""As many heads as tokens, where tables along the heads fit; then sizes all different, and positions with gaps."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.checks.since_bert.inputs import use_rotate
from course_utils.judge import Case, Check, Property
from course_utils.reference.since_bert import rotary_tables, rotate


def cases(draw: Draw) -> list[Case]:
    gaps = draw.integers(1, 9, 5).cumsum(0)
    return [
        Case((draw.normal(3, 3, 3, 8), *rotary_tables(torch.arange(3), 8, 50.0)), "as many heads as tokens and texts"),
        Case((draw.normal(2, 3, 5, 14), *rotary_tables(gaps, 14, 10_000.0)), "positions with gaps"),
        in_float64(Case((draw.normal(1, 2, 7, 6), *rotary_tables(torch.arange(7), 6, 160_000.0)), "7 tokens")),
    ]


def small(draw: Draw) -> Case:
    """One or two tokens of one or two pairs, turned by nothing or by a right angle."""
    tokens, pairs = 1 + draw.number(0, 2), 1 + draw.number(0, 2)
    sin = torch.tensor([[float(draw.number(0, 2)) for _ in range(pairs)] for _ in range(tokens)]).repeat(1, 2)
    return Case((draw.normal(1, 1 + draw.number(0, 2), tokens, 2 * pairs), 1 - sin, sin))


def _lengths_stay(value: Tensor, x: Tensor, cos: Tensor, sin: Tensor) -> bool:
    return bool(((value.norm(dim=-1) - x.norm(dim=-1)).abs() < 1e-4).all())


def _pairs_stay_as_long(value: Tensor, x: Tensor, cos: Tensor, sin: Tensor) -> bool:
    """Whether dimensions i and i + head_size / 2 have together the length that they had."""
    mine, own = (torch.stack(each.chunk(2, dim=-1)).norm(dim=0) for each in (value, x))
    return not _lengths_stay(value, x, cos, sin) or bool(((mine - own).abs() < 1e-4).all())


def _unturned_at_0(value: Tensor, x: Tensor, cos: Tensor, sin: Tensor) -> bool:
    start = (sin == 0).all(dim=-1)  # (tokens,)
    return torch.allclose(value[:, :, start], x[:, :, start])


check = Check(
    rotate,
    cases,
    use=use_rotate,
    small=small,
    axes=("batch", "heads", "tokens", "head size"),
    properties=(
        Property(_unturned_at_0, "At position 0, with cosine 1 and sine 0, x should be returned as it is."),
        Property(_lengths_stay, "The vectors change their lengths. A rotation turns them and keeps their lengths."),
        Property(
            _pairs_stay_as_long,
            "Every vector keeps its length, but its pairs do not: dimension i is to be turned with i + head_size / 2.",
        ),
    ),
)

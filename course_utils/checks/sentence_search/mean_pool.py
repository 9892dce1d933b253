"""Rows with padding on the right, on the left, everywhere and nowhere."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.sentence_search import mean_pool


def cases(draw: Draw) -> list[Case]:
    states = draw.normal(4, 5, 7) + 0.4
    mask = torch.ones(4, 5, dtype=torch.int64)
    mask[1, 3:], mask[2, 1:], mask[3] = 0, 0, 0  # full, two of padding, one real token, none at all
    left = draw.attention_mask(3, 4).flip(0, 1)  # the padding is on the left, and the last row has none
    return [
        Case((states, mask), "the rows have 5, 3, 1 and 0 real tokens"),
        Case(((draw.normal(3, 4, 11) - 0.3).half(), left), "padding on the left, in float16", tolerance=1e-2),
        Case((draw.normal(1, 3, 7), torch.ones(1, 3, dtype=torch.int64)), "a single row without padding"),
    ]


def _padding_does_not_count(value: Tensor, last_hidden_state: Tensor, attention_mask: Tensor) -> bool:
    """Whatever the tokens are, a row's mean lies between the extremes of its real tokens."""
    if value.shape != last_hidden_state[:, 0].shape:
        return True  # the card tells the shape already, and these numbers belong to no row
    kept = attention_mask[:, :, None].bool()
    low = last_hidden_state.masked_fill(~kept, torch.inf).amin(dim=1)  # (batch, hidden)
    high = last_hidden_state.masked_fill(~kept, -torch.inf).amax(dim=1)
    some = attention_mask.bool().any(dim=1)
    return bool(((value >= low - 1e-4) & (value <= high + 1e-4))[some].all())


check = Check(
    mean_pool,
    cases,
    axes=("batch", "hidden"),
    properties=(
        Property(
            _padding_does_not_count, "Some numbers are outside the range of the row's real tokens: a mean cannot be."
        ),
    ),
)

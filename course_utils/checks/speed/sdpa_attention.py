"""As many sequences as heads as tokens, so that a mask of the wrong shape fits; padding in the first; fewer tokens than heads.

What padded queries give is arbitrary, so it is not compared.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.checks.inputs import BATCH, HEAD_SIZE, HEADS, TOKENS, Draw, in_float64
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.speed import sdpa_attention


def cases(draw: Draw) -> list[Case]:
    def three(batch: int, heads: int, tokens: int) -> tuple[Tensor, Tensor, Tensor]:
        return tuple(draw.normal(batch, heads, tokens, HEAD_SIZE, scale=1.3) for _ in range(3))

    return [
        in_float64(Case(three(BATCH, HEADS, TOKENS), "without a mask")),
        Case(
            (*three(3, 3, 3), torch.tensor([[1, 0, 0], [1, 1, 1], [1, 1, 0]])),
            "as many sequences as heads as tokens: a mask of the wrong shape would fit",
        ),
        Case((*three(BATCH, HEADS, TOKENS), draw.attention_mask().flip(0)), "2 sequences, the first with 2 of padding"),
        Case(three(1, HEADS, 2), "fewer tokens than heads"),
    ]


def _real_queries(value: object, query: Tensor, key: Tensor, values: Tensor, attention_mask: Tensor | None = None):
    """Nobody reads what padded queries give: set to 0 on both sides."""
    if attention_mask is None or not isinstance(value, Tensor):
        return value
    return value.masked_fill(attention_mask[:, None, :, None] == 0, 0)


def _is_within_the_values(value: Tensor, query, key, values, attention_mask: Tensor | None = None) -> bool:
    """A mix by positive weights that sum to 1 lies between the smallest and the largest of the values that count."""
    mine = _real_queries(value, query, key, values, attention_mask)
    low, high = values, values
    if attention_mask is not None:
        padded = attention_mask[:, None, :, None] == 0
        low, high = values.masked_fill(padded, torch.inf), values.masked_fill(padded, -torch.inf)
    low, high = low.amin(2, keepdim=True) - 1e-4, high.amax(2, keepdim=True) + 1e-4
    return bool(((mine >= low) & (mine <= high) | (mine == 0) | mine.isnan()).all())


def _over_heads(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else attention_mask[:, None, None, :].bool()
    swapped = (x.transpose(1, 2) for x in (query, key, value))
    return F.scaled_dot_product_attention(*swapped, attn_mask=mask).transpose(1, 2)


check = Check(
    sdpa_attention,
    cases,
    axes=("batch", "heads", "tokens", "head size"),
    view=_real_queries,
    properties=(
        Property(
            _is_within_the_values,
            "Some numbers are outside the range of the values that may be looked at, so they cannot be a mix of them.",
        ),
    ),
    functions=(
        Mistake(
            "over_heads",
            "Heads and tokens are swapped before the call, so the heads look at one another. torch wants (batch, heads, tokens, "
            "head size), which is what you are given.",
            function=_over_heads,
        ),
    ),
)

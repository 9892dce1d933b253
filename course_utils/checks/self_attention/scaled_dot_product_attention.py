"""Padding in the first sequence alone, and no mask at all; fewer tokens than heads; the rows of padded queries do not count."""

import torch
from torch import Tensor

from course_utils.checks.inputs import BATCH, HEAD_SIZE, HEADS, TOKENS, Draw, in_float64
from course_utils.checks.self_attention.inputs import real_queries
from course_utils.judge import Case, Check, Property
from course_utils.reference.self_attention import scaled_dot_product_attention

Pair = tuple[Tensor, Tensor]  # context and probabilities


def cases(draw: Draw) -> list[Case]:
    query, key, value = (draw.normal(BATCH, HEADS, TOKENS, HEAD_SIZE, scale=1.3) for _ in range(3))
    mask = draw.additive_mask(draw.attention_mask().flip(0))
    return [
        Case((query, key, value, mask), "2 sequences, the first with 2 places of padding"),
        in_float64(Case((query, key, value), "without a mask")),
        Case(tuple(draw.normal(1, HEADS, 2, HEAD_SIZE) for _ in range(3)), "fewer tokens than heads"),
    ]


def _one_per_pair(probabilities: Tensor, query: Tensor, key: Tensor) -> bool:
    """Whether the mask fits them: over another shape it would be broadcast into nonsense."""
    return tuple(probabilities.shape) == (*query.shape[:3], key.shape[2])


def _rows_sum_to_1(value: Pair, query: Tensor, key: Tensor, *rest: Tensor) -> bool:
    if not _one_per_pair(value[1], query, key):
        return True
    total = real_queries(value[1], query, key, *rest).sum(dim=-1)
    return bool(((total - 1).abs().minimum(total.abs()) < 1e-4).all())


def _padding_weighs_nothing(
    value: Pair, query: Tensor, key: Tensor, values: Tensor, mask: Tensor | None = None
) -> bool:
    if mask is None or not _one_per_pair(value[1], query, key):
        return True
    weights = real_queries(value[1], query, key, values, mask)
    return float((weights * (mask < 0)).abs().max()) < 1e-4


def _context_is_the_mix(value: Pair, query: Tensor, key: Tensor, values: Tensor, *mask: Tensor) -> bool:
    context, probabilities = value
    if context.shape != values.shape or not _one_per_pair(probabilities, query, key):
        return True
    if not (context.isfinite().all() and probabilities.isfinite().all() and float(probabilities.abs().max()) < 1e6):
        return True  # huge weights overflow in the mix, or cancel
    mine, mix = (real_queries(each, query, key, values, *mask) for each in (context, probabilities @ values))
    if not (mine.isfinite().all() and mix.isfinite().all()):  # numbers so large overflow, whatever was multiplied
        return True
    return torch.allclose(mine, mix, atol=1e-4)


check = Check(
    scaled_dot_product_attention,
    cases,
    axes=(("batch", "heads", "tokens", "head size"), ("batch", "heads", "query tokens", "key tokens")),
    view=real_queries,
    properties=(
        Property(_rows_sum_to_1, "Not every row of your probabilities sums to 1."),
        Property(_padding_weighs_nothing, "Padding has weight in your probabilities."),
        Property(_context_is_the_mix, "Your context is not your probabilities times the values."),
    ),
)

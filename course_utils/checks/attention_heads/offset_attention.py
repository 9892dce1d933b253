"""Offsets in both directions, 0 and beyond 1, so that no fixed diagonal or divisor fits them all."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.checks.attention_heads.inputs import between_0_and_1, draw_probs
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.attention_heads import offset_attention


def cases(draw: Draw) -> list[Case]:
    probs, wider = draw_probs(draw), draw_probs(draw, 2, 7)
    return [
        Case((probs, -1), "the previous token"),
        Case((probs, 1), "the next token"),
        Case((wider, -3), "three tokens back"),
        in_float64(Case((wider, 0), "the token itself")),
        Case((wider, 2), "two tokens ahead"),
    ]


def _by_rolling(probs: Tensor, offset: int) -> Tensor:
    return probs.roll(-offset, dims=-1).diagonal(dim1=1, dim2=2).mean(dim=-1)


def _by_negative_index(probs: Tensor, offset: int) -> Tensor:
    place = torch.arange(probs.shape[-1] - max(0, offset))
    return probs[:, place, place + offset].mean(dim=-1)  # nothing is beyond the last token, but -1 is the last


def _with_last_for_previous(of_all: bool, divisor: Callable[[int, int], int]) -> Callable:
    """The sum, with the last token for what is before the first, divided by what was meant for a sum without it.

    of_all: also the first token for what is after the last, as in `(i + offset) % tokens`.
    """

    def offset_attention(probs: Tensor, offset: int) -> Tensor:
        tokens = probs.shape[-1]
        place = torch.arange(tokens if of_all else tokens - max(0, offset))
        return probs[:, place, (place + offset) % tokens].sum(dim=-1) / divisor(tokens, offset)

    return offset_attention


def _those_inside(tokens: int, offset: int) -> int:
    return tokens - abs(offset)


def _all_but_one(tokens: int, offset: int) -> int:
    return tokens - 1


def _share_of_hits(probs: Tensor, offset: int) -> Tensor:
    places = torch.arange(probs.shape[-1])
    hits = (probs.argmax(dim=-1) == places + offset).to(probs.dtype)  # (heads, tokens)
    inside = (places + offset >= 0) & (places + offset < len(places))
    return hits[:, inside].mean(dim=-1)


def _without_the_ends(probs: Tensor, offset: int) -> Tensor:
    return offset_attention(probs[:, 1:-1, 1:-1], offset)


def _outer_product(probs: Tensor, offset: int) -> Tensor:
    place = torch.arange(max(0, -offset), probs.shape[-1] - max(0, offset))
    return probs[:, place][:, :, place + offset].mean(dim=(1, 2))


_WRONG_SUM = (
    "Your sum has too many queries: the first token has no previous one, and an index of -1 is the last token. Leave out "
    "queries without such a token; you divide by the number of the others already."
)
_WRONG_BOTH = (
    "Your sum has too many queries: the first token has no previous one, and an index of -1 is the last token. And you divide "
    "by tokens - 1 whatever `offset` says. Take the mean over the queries that have such a token."
)

check = Check(
    offset_attention,
    cases,
    axes=("heads",),
    properties=(Property(between_0_and_1, "A mean of weights between 0 and 1 cannot be outside that range."),),
    functions=(
        Mistake(
            "wraps_around",
            'It wraps around: with `roll` (or an index of -1) the first token\'s "previous" is the last token. Leave '
            "out queries without such a token.",
            function=_by_rolling,
        ),
        Mistake(
            "negative_index",
            "You look at column i + offset even where that is below 0, and an index of -1 is the last token. Leave "
            "out queries without such a token at the beginning as well as at the end.",
            function=_by_negative_index,
        ),
        Mistake("negative_index_in_the_sum", _WRONG_SUM, function=_with_last_for_previous(False, _those_inside)),
        Mistake("wraps_around_in_the_sum", _WRONG_SUM, function=_with_last_for_previous(True, _those_inside)),
        Mistake("negative_index_and_all_but_one", _WRONG_BOTH, function=_with_last_for_previous(False, _all_but_one)),
        Mistake("wraps_around_and_all_but_one", _WRONG_BOTH, function=_with_last_for_previous(True, _all_but_one)),
        Mistake(
            "share_of_hits",
            "This counts how often that token gets the most attention. Measure how much it gets, on average.",
            function=_share_of_hits,
        ),
        Mistake(
            "without_the_ends",
            "The first and the last token are left out. Here all tokens count, [CLS] and [SEP] included.",
            function=_without_the_ends,
        ),
        Mistake(
            "all_pairs",
            "You picked whole rows and then whole columns, so the mean is over all pairs of these queries and keys. "
            "Each query has one key of its own: the one `offset` places further on.",
            function=_outer_product,
        ),
    ),
)

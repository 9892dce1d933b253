"""Any penalty that softmax turns into 0 passes, with a remark; float16 has a lowest number of its own."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.self_attention import extended_attention_mask


def cases(draw: Draw) -> list[Case]:
    mask = draw.attention_mask().flip(0)
    return [
        Case((mask, torch.float32), "2 sequences, the first with 2 places of padding"),
        Case((mask, torch.float16), "the same in float16"),
    ]


def _what_softmax_sees(value: Tensor, *_: object) -> Tensor:
    """Below -1000 all numbers are alike: the exponential is 0 in each case."""
    return value.clamp(-1000, 1000)


def _real_tokens_keep_their_scores(value: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> bool:
    return bool((value[attention_mask[:, None, None, :] == 1] == 0).all())


def _padding_is_out_of_reach(value: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> bool:
    return bool((value[attention_mask[:, None, None, :] == 0] <= -1000).all())


def _penalty_remark(value: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> str:
    lowest = float(value.min())
    if lowest == -torch.inf and dtype == torch.float32:
        return (
            "`-inf` does the same here. BERT takes the lowest finite number: after a softmax over `-inf`, a row of nothing but "
            "padding is NaN; with finite numbers it is a harmless row of equal weights."
        )
    if lowest > torch.finfo(dtype).min / 2 and dtype == torch.float32:
        return (
            f"A penalty of {lowest:g} does the same here, and the first BERT had -10000. Today's takes the lowest number of "
            "the dtype: it works whatever the scores are, also in float16, which ends at -65504."
        )
    return ""


check = Check(
    extended_attention_mask,
    cases,
    axes=("batch", "heads", "query tokens", "key tokens"),
    view=_what_softmax_sees,
    remark=_penalty_remark,
    properties=(
        Property(
            _real_tokens_keep_their_scores,
            "Real tokens do not have 0, so their scores would change.",
        ),
        Property(
            _padding_is_out_of_reach,
            "Padding has a penalty above -1000, which is too mild: a high enough score of a padding token outweighs it.",
        ),
    ),
)

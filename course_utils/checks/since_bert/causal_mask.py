"""Several lengths in three dtypes, and a text of a single token, in which nothing is hidden.

Any penalty from -1000 down counts as right: its exponential is 0.
"""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.checks.since_bert.inputs import (
    MASK_AXES,
    TOO_MILD,
    as_softmax_sees_it,
    is_not_mild,
    other_penalty,
    sees_itself,
)
from course_utils.judge import Case, Check, Property
from course_utils.reference.since_bert import causal_mask


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.number(11, 14), torch.float32), "a text of more than ten tokens"),
        Case((4, torch.float64), "4 tokens, float64"),
        Case((3, torch.float16), "3 tokens, float16"),
        Case((1, torch.float32), "a single token: nothing to hide"),
    ]


def small(draw: Draw) -> Case:
    """One to four tokens."""
    return Case((draw.number(1, 5), torch.float32))


def _sees_those_before(value: Tensor, *_: object) -> bool:
    return bool((value.tril(diagonal=-1) == 0).all())


def _sees_nothing_later(value: Tensor, tokens: int, dtype: torch.dtype) -> bool:
    later = torch.ones(tokens, tokens).triu(diagonal=1).bool()
    return bool((value[..., later] <= -1).all())


check = Check(
    causal_mask,
    cases,
    axes=MASK_AXES,
    view=as_softmax_sees_it,
    remark=other_penalty,
    small=small,
    properties=(
        Property(sees_itself, "Some token may not look at itself, or has a score of its own changed."),
        Property(_sees_those_before, "Some token may not look at one that comes before it."),
        Property(_sees_nothing_later, "Some token may look at one that comes later."),
        Property(is_not_mild, TOO_MILD),
    ),
)

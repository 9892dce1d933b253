"""Windows of several sizes, even and odd, none at all and wider than the text, in three dtypes.

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
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.since_bert import sliding_window_mask


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.number(9, 12), 3, torch.float32), "a window of 3"),
        Case((11, 2, torch.bfloat16), "a window of 2, bfloat16"),
        Case((7, 1, torch.float16), "a window of 1, float16"),
        Case((4, 9, torch.float32), "a text shorter than the window"),
        Case((5, 0, torch.float32), "a window of 0: each token sees itself"),
    ]


def _is_symmetric(value: Tensor, *_: object) -> bool:
    return bool(torch.equal(value, value.transpose(-2, -1)))


def _sees_so_many(value: Tensor, tokens: int, window: int, dtype: torch.dtype) -> bool:
    """Whether the middle token, if the text is long enough, sees `window` others to either side and itself."""
    middle = tokens // 2
    seen = (value[0, 0, middle] == 0).sum()
    return middle < window or tokens - middle <= window or int(seen) == 2 * window + 1


def _slices_from_below_0(tokens: int, window: int, dtype: torch.dtype) -> Tensor:
    mask = torch.full((1, 1, tokens, tokens), torch.finfo(dtype).min, dtype=dtype)
    for token in range(tokens):
        mask[..., token, token - window : token + window + 1] = 0
    return mask


check = Check(
    sliding_window_mask,
    cases,
    axes=MASK_AXES,
    view=as_softmax_sees_it,
    remark=other_penalty,
    properties=(
        Property(_is_symmetric, "It is not symmetric: one token may look at another that may not look back."),
        Property(sees_itself, "The diagonal is not 0: a token sees itself, and its score for itself stays as it is."),
        Property(_sees_so_many, "A token in the middle should see itself and `window` others to either side."),
        Property(is_not_mild, TOO_MILD),
    ),
    functions=(
        Mistake(
            "slice_from_below_0",
            "The first tokens see nobody, or not all that they should: where `token - window` is below 0, a slice begins that "
            "far from the *end*. Begin at 0 there.",
            function=_slices_from_below_0,
        ),
    ),
)

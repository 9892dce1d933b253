"""Marks as 0 and 1 and as True and False; in square brackets the former are indices."""

import torch
from torch import Tensor

from course_utils.checks.attention_heads.inputs import between_0_and_1, draw_probs
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.attention_heads import attention_to


def cases(draw: Draw) -> list[Case]:
    probs, wider = draw_probs(draw), draw_probs(draw, 2, 7)
    return [
        Case((probs, torch.tensor([1, 0, 0, 1, 0])), "two marked tokens, as 0 and 1"),
        Case((wider, torch.tensor([0, 0, 1, 0, 1, 1, 0]).bool()), "three marked tokens, as True and False"),
        in_float64(Case((wider, torch.tensor([0, 0, 0, 0, 0, 1, 0])), "one marked token")),
    ]


def _mask_as_indices(probs: Tensor, key_mask: Tensor) -> Tensor:
    return probs[:, :, key_mask].sum(dim=-1).mean(dim=-1)  # a mask of bools selects; one of 0 and 1 is read as indices


def _mask_as_indices_always(probs: Tensor, key_mask: Tensor) -> Tensor:
    return probs[:, :, key_mask.long()].sum(dim=-1).mean(dim=-1)


check = Check(
    attention_to,
    cases,
    axes=("heads",),
    properties=(Property(between_0_and_1, "A share of attention is between 0 and 1; yours is not."),),
    functions=(
        Mistake(
            "mask_as_indices",
            "A mask of 0 and 1 in square brackets is read as indices: you got token 0 and token 1, over and over. "
            "Only a mask of True and False selects: `.bool()` makes one; or multiply.",
            function=_mask_as_indices,
        ),
        Mistake(
            "mask_made_indices",
            "Whole numbers in square brackets are indices, so you got token 0 and token 1, over and over. Only a mask "
            "of True and False selects: `.bool()` makes one; or multiply.",
            function=_mask_as_indices_always,
        ),
    ),
)

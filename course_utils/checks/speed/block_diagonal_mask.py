"""Sequences of different lengths, among them a single token, in three dtypes.

Any penalty from -1000 down counts as right: its exponential is 0.
"""

import itertools

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.speed import block_diagonal_mask


def cases(draw: Draw) -> list[Case]:
    lengths = [draw.number(2, 5), 1, draw.number(3, 6), 2]
    boundaries = torch.tensor([0, *lengths]).cumsum(0)
    return [
        Case((boundaries, torch.float32), "four sequences, one of a single token"),
        Case((torch.tensor([0, 3, 5]), torch.float64), "float64"),
        Case((torch.tensor([0, 2, 5]), torch.float16), "float16"),
        Case((torch.tensor([0, 4]), torch.float32), "one sequence: nothing to keep apart"),
    ]


def _as_softmax_sees_it(value: object, cu_seqlens: Tensor, dtype: torch.dtype):
    """All numbers from -1000 down become the dtype's lowest."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return value
    return value.clamp(max=1000).masked_fill(value <= -1000, torch.finfo(value.dtype).min)


def _other_penalty(value: Tensor, cu_seqlens: Tensor, dtype: torch.dtype) -> str:
    lowest = float(value.min())
    if dtype != torch.float32 or lowest == 0 or (lowest <= torch.finfo(dtype).min and lowest != -torch.inf):
        return ""
    shown = "`-inf`" if lowest == -torch.inf else f"{lowest:g}"
    return f"{shown} does the same here: its exponential is 0, like that of the dtype's lowest number."


def _is_symmetric(value: Tensor, cu_seqlens: Tensor, dtype: torch.dtype) -> bool:
    return bool(torch.equal(value, value.transpose(-2, -1)))


def _has_a_zero_per_pair(value: Tensor, cu_seqlens: Tensor, dtype: torch.dtype) -> bool:
    return int((value == 0).sum()) == int((cu_seqlens.diff() ** 2).sum())


def _is_not_mild(value: Tensor, cu_seqlens: Tensor, dtype: torch.dtype) -> bool:
    return not bool(((value < 0) & (value > -1000)).any())


def _causal_too(cu_seqlens: Tensor, dtype: torch.dtype) -> Tensor:
    mask = block_diagonal_mask(cu_seqlens, dtype)
    return mask.masked_fill(torch.ones(mask.shape[-2:]).triu(1).bool(), torch.finfo(dtype).min)


def _in_blocks(longer: int):
    """Blocks that are filled one after the other, each too long by so many places."""

    def mask_in_blocks(cu_seqlens: Tensor, dtype: torch.dtype) -> Tensor:
        count, bounds = int(cu_seqlens[-1]), cu_seqlens.tolist()
        mask = torch.full((1, 1, count, count), torch.finfo(dtype).min, dtype=dtype)
        for start, end in itertools.pairwise(bounds):
            mask[:, :, start : end + longer, start : end + longer] = 0
        return mask

    return mask_in_blocks


check = Check(
    block_diagonal_mask,
    cases,
    axes=("batch", "heads", "query tokens", "key tokens"),
    view=_as_softmax_sees_it,
    remark=_other_penalty,
    properties=(
        Property(_is_symmetric, "It is not symmetric: one token may look at another that may not look back."),
        Property(_has_a_zero_per_pair, "The number of zeros is not the sum of the squared lengths."),
        Property(
            _is_not_mild,
            "The penalty is so mild that a stranger with a high score would still weigh something: take the dtype's lowest "
            "number.",
        ),
    ),
    functions=(
        Mistake(
            "causal",
            "Within a sequence tokens do not see those after them. That is how GPT looks; BERT looks both ways.",
            function=_causal_too,
        ),
        Mistake(
            "blocks_overlap",
            "Each block is one place too long and reaches the first token of the next sequence: a slice `start : end` already "
            "stops before `end`.",
            function=_in_blocks(1),
        ),
        Mistake(
            "blocks_too_short",
            "Each block is one place too short, so a sequence's last token may look at nobody: a slice `start : end` stops "
            "before `end` by itself.",
            function=_in_blocks(-1),
        ),
    ),
)

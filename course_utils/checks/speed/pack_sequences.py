"""Sequences of equal and of different lengths, among them a single token and a single sequence."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.speed import pack_sequences


def cases(draw: Draw) -> list[Case]:
    def sequence(length: int) -> list[int]:
        return [101, *draw.integers(1000, 30000, length - 2).tolist(), 102]

    four = [sequence(length) for length in (5, 3, 7, 3)]
    return [
        Case((four,), "four sequences of 5, 3, 7 and 3 tokens"),
        Case(([sequence(4), [7]],), "a sequence of one token"),
        Case(([sequence(6)],), "a single sequence"),
    ]


def _has_a_position_per_id(value: tuple[Tensor, Tensor, Tensor], sequences: list[list[int]]) -> bool:
    return value[0].shape == value[1].shape


def _ends_at_the_last_boundary(value: tuple[Tensor, Tensor, Tensor], sequences: list[list[int]]) -> bool:
    return value[0].numel() == int(value[2][-1])


def _padded(sequences: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    rows = [torch.tensor(sequence) for sequence in sequences]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    positions = torch.arange(ids.shape[1]).expand_as(ids)
    return ids, positions, torch.tensor([0, *(len(s) for s in sequences)]).cumsum(0)


def _separated(sequences: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    return pack_sequences([[*sequence, 0] for sequence in sequences])


check = Check(
    pack_sequences,
    cases,
    axes=(("batch", "all tokens"), ("batch", "all tokens"), ("sequences + 1",)),
    properties=(
        Property(_has_a_position_per_id, "There should be one position per id."),
        Property(_ends_at_the_last_boundary, "The last boundary is not the number of tokens in the row."),
    ),
    functions=(
        Mistake(
            "padded",
            "This is a padded batch, one row per sequence. Packed means one row for all, with nothing between them.",
            function=_padded,
        ),
        Mistake(
            "separated",
            "There is a 0 after each sequence. Nothing belongs between them: the boundaries keep them apart.",
            function=_separated,
        ),
    ),
)

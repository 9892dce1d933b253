"""Batches in which real tokens have the id of the padding, and a text without any tokens."""

from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.tokenization import pad_batch


def cases(draw: Draw) -> list[Case]:
    def ids(length: int) -> list[int]:
        return [101, *draw.integers(1000, 30000, length).tolist(), 102]

    return [
        Case(([ids(3), ids(1), ids(5)],), "three lengths"),
        Case(([ids(4), ids(2)], 9), "another pad_token_id"),
        Case(([[101, 7, 0, 8, 102], [101, 0, 102]],), "real tokens with the id of the padding"),
        Case(([ids(2)],), "a batch of one"),
        Case(([ids(3), ids(3)],), "nothing to pad"),
        Case(([[], [5, 6]],), "a text without tokens"),
    ]


def _counts_the_tokens(value: tuple[Tensor, Tensor], sequences: list[list[int]], pad_token_id: int = 0) -> bool:
    return value[1].sum(dim=1).tolist() == [len(ids) for ids in sequences]


check = Check(
    pad_batch,
    cases,
    axes=("batch", "tokens"),
    properties=(
        Property(_counts_the_tokens, "In the mask, each row should have as many ones as its sequence has tokens."),
    ),
)

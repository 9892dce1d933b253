"""Rows of very different lengths, one of them all zeros: what ranks by anything but the cosine comes out in another order."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.embeddings import nearest_tokens


def cases(draw: Draw) -> list[Case]:
    words, others, all_of_them = _table(draw, 17, 5), _table(draw, 23, 7), _table(draw, 11, 5)
    return [
        Case((words[1].clone(), words, 4), "a row of the table"),
        Case((0.1 * draw.normal(7), others, 6), "a short vector that is not a row"),
        Case((3 * draw.normal(5), all_of_them, 11), "as many as there are"),
    ]


def _table(draw: Draw, rows: int, hidden: int) -> Tensor:
    lengths = torch.exp(draw.normal(rows, 1))
    table = draw.normal(rows, hidden) * lengths
    table[draw.number(2, rows)] = 0
    return table


def small(draw: Draw) -> Case:
    """Two or three rows of two features: with a single one all cosines would be alike."""
    rows = 2 + draw.number(0, 2)
    return Case((draw.normal(2), draw.normal(rows, 2), 1 + draw.number(0, rows)))


check = Check(
    nearest_tokens,
    cases,
    small=small,
)

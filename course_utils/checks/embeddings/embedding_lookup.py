"""Tables with more features than rows, so that columns taken for rows give numbers instead of an IndexError."""

import torch

from course_utils.checks.embeddings.inputs import draw_ids
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.embeddings import embedding_lookup


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.normal(11, 13), draw_ids(draw, 11, 2, 5)), "two sentences, the second padded"),
        in_float64(
            Case((draw.normal(7, 16), torch.tensor([[6, 0, 6]])), "the last row, the first, and the last again")
        ),
    ]


check = Check(
    embedding_lookup,
    cases,
    axes=("batch", "tokens", "hidden"),
)

"""More positions than ids and than tokens in the batch, so that wrong position ids give numbers, not an IndexError."""

import torch

from course_utils.checks.embeddings.inputs import draw_ids, draw_tables
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.embeddings import embedding_sum


def cases(draw: Draw) -> list[Case]:
    def case(batch: int, tokens: int, sizes: tuple[int, int, int, int], about: str) -> Case:
        ids = draw_ids(draw, sizes[0], batch, tokens)
        token_types = draw.token_type_ids(batch, tokens) if batch > 1 else torch.zeros_like(ids)
        return Case((ids, token_types, *draw_tables(draw, *sizes)), about)

    # The hidden sizes are even, so that sinusoids fit.
    return [
        case(3, 5, (11, 17, 2, 14), "pairs, one padded"),
        in_float64(case(2, 7, (13, 19, 2, 10), "longer sentences")),
        case(1, 4, (11, 17, 2, 14), "one text, no pair"),
    ]


check = Check(
    embedding_sum,
    cases,
    axes=("batch", "tokens", "hidden"),
)

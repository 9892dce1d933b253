"""Queries with one to seven right texts at known ranks, so many that no other measure gives the same number by chance."""

import torch

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.sentence_search import l2_normalize, recall_at_k


def cases(draw: Draw) -> list[Case]:
    return [
        _case(draw, 23, ((0, 9), (2,), (1, 3, 4, 12), (5, 7, 0, 8, 20), (3, 14, 21, 2, 6, 10, 22), (8,)), 4),
        _case(draw, 17, ((5, 0, 11), (7, 6), (1, 2, 3, 4, 16), (12,), (6, 9, 10, 13, 3, 8, 15)), 7),
        _case(draw, 5, ((0, 4), (3,)), 9, "k is 9, and there are 5 texts"),
    ]


def _case(draw: Draw, texts: int, ranks: tuple[tuple[int, ...], ...], k: int, about: str = "") -> Case:
    """As many queries as there are tuples; the right texts of each are those at these ranks, 0 for the nearest."""
    corpus, queries = l2_normalize(draw.normal(texts, 7)), l2_normalize(draw.normal(len(ranks), 7))
    orders = (queries @ corpus.T).argsort(dim=1, descending=True).tolist()
    relevant = [sorted(order[rank] for rank in own) for order, own in zip(orders, ranks, strict=True)]
    counts = ", ".join(str(len(own)) for own in ranks)
    return Case((queries, corpus, relevant, k), about or f"{len(ranks)} queries with {counts} right texts, k is {k}")


def small(draw: Draw) -> Case:
    """One query along the first axis, four texts at different angles to it, one or two of them right."""
    corpus = torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [-1.0, 0.0]])
    right = sorted({draw.number(0, 4), draw.number(0, 4)})
    return Case((corpus[:1].clone(), corpus, [right], 1 + draw.number(0, 3)))


def _a_share(value: float, *args: object) -> bool:
    return not isinstance(value, float) or 0.0 <= value <= 1.0


check = Check(
    recall_at_k,
    cases,
    small=small,
    properties=(Property(_a_share, "A mean of shares lies between 0 and 1."),),
)

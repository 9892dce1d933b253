"""Cosines spread so that no wrong choice of texts is right by chance, and a k larger than the corpus."""

import torch

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.sentence_search import l2_normalize, search

# The best 4 are positive; two of them are smaller than some negative ones in absolute value, and one is hardly above 0:
# no two rules for which texts to leave out do the same by chance. Of the first five two are negative.
_SPREAD = (-0.25, 0.7, 0.05, -0.8, 0.9, 0.5, -0.1, -0.95, -0.4, -0.65, -0.55)


def cases(draw: Draw) -> list[Case]:
    query = l2_normalize(draw.normal(7))
    cosines = torch.tensor(_SPREAD)[:, None] + 0.02 * draw.normal(11, 1).clamp(-1, 1)
    aside = draw.normal(11, 7)
    aside = l2_normalize(aside - (aside @ query)[:, None] * query)  # at a right angle to the query
    corpus = cosines * query + (1 - cosines**2).sqrt() * aside
    return [
        Case((query, corpus, 4), "the best 4 of 11"),
        Case((corpus[6].clone(), corpus, 3), "the query is one of the corpus"),
        Case((query, corpus[:5], 9), "k is 9, and there are 5 texts"),
    ]


check = Check(
    search,
    cases,
)

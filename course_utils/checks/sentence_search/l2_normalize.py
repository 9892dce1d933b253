"""A vector of zeros, very long and very short ones, and one, two or three axes."""

import torch.nn.functional as F
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.sentence_search import l2_normalize


def cases(draw: Draw) -> list[Case]:
    x = draw.normal(2, 5, 7) + 0.3
    x[0, 1], x[0, 2] = 0, 100 * x[0, 2]
    x[1, 0] *= 0.1 / x[1, 0].norm()  # always this short: or a guard of 1e-6 under the root would pass now and then
    return [
        Case((x,), "with a vector of zeros, a very long one and a short one"),
        in_float64(Case((draw.normal(3, 11),), "(batch, hidden)")),
        Case((draw.normal(7),), "a single vector"),
    ]


def _length_one(value: Tensor, x: Tensor) -> bool:
    if value.shape != x.shape:
        return True  # the card tells the shape already
    return bool(((value.norm(dim=-1)[x.norm(dim=-1) > 0] - 1).abs() < 1e-4).all())


def _short_ones_not_shorter(value: Tensor, x: Tensor) -> bool:
    """False if all point the right way and none is too long, but the shorter ones come out shorter."""
    length, mine = x.norm(dim=-1).flatten(), value.norm(dim=-1).flatten()
    some = length > 0
    straight = F.cosine_similarity(value, x, dim=-1).flatten()[some] > 1 - 1e-5
    mine = mine[some][length[some].argsort()]
    growing = mine[0] < mine[-1] - 1e-5 and (mine.diff() > -1e-6).all() and mine[-1] < 1 + 1e-5
    return not bool(straight.all() and growing)


check = Check(
    l2_normalize,
    cases,
    properties=(
        Property(_length_one, "Not every vector has length 1."),
        Property(
            _short_ones_not_shorter,
            "The shorter a vector, the more it falls short of length 1: what keeps off the division by zero is too "
            "large.",
        ),
    ),
)

"""Scores around 10,000, around -10,000 and of both kinds in a row, labels of the first and of the last class.

The gradient is compared, too: a loss without one teaches nothing.
"""

import torch
from torch import Tensor

from course_utils.checks.fine_tuning.inputs import use_cross_entropy
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.fine_tuning import cross_entropy


def cases(draw: Draw) -> list[Case]:
    large = draw.normal(5, 7)
    large[0] += 1e4
    large[1] -= 1e4
    large[2, ::2] += 1e4  # the right class, 3, has a probability of exactly 0 in float32
    large[3, 2] -= 200  # e to what is left of the others is infinite if the smallest score is subtracted
    large[4, 5] += 200  # here it is if the mean is
    return [
        Case((draw.normal(4, 7, scale=2), _labels(draw, 4, 7)), "four texts, seven classes"),
        in_float64(Case((draw.normal(5, 3, scale=2), _labels(draw, 5, 3)), "five texts, three classes")),
        Case((draw.normal(1, 5, scale=2), torch.tensor([4])), "a single text"),
        # In float32 numbers near 10,000 are 0.001 apart, which an answer that subtracts a logarithm runs into.
        Case((large, torch.tensor([0, 6, 3, 1, 5])), "scores around 10,000 and -10,000", tolerance=1e-3),
    ]


def _labels(draw: Draw, batch: int, classes: int) -> Tensor:
    """Mixed labels, the first and the last class among them, and some class twice."""
    labels = draw.integers(0, classes, batch)
    labels[1], labels[-1], labels[-2] = 0, classes - 1, 0
    return labels


def _is_not_negative(value: dict, logits: Tensor, labels: Tensor) -> bool:
    return not bool((value["loss"] < -1e-4).any())


def _unlikely_is_dear(value: dict, logits: Tensor, labels: Tensor) -> bool:
    """False if large scores give a loss that is far too small, as with a guard against ln 0."""
    right = (logits.logsumexp(dim=-1) - logits.gather(1, labels[:, None])[:, 0]).mean()
    return not bool(right > 100 and 0 <= value["loss"] <= 0.9 * right)  # NaN has another reason


check = Check(
    cross_entropy,
    cases,
    axes={"gradient": ("batch", "classes")},
    use=use_cross_entropy,
    words={"loss": "", "gradient": "its gradient"},
    properties=(
        Property(_is_not_negative, "It is negative, and -ln p never is: p is at most 1."),
        Property(
            _unlikely_is_dear,
            "A class with a probability of nearly 0 costs far too little. Is there a guard, such as `p + 1e-9` or a clamp? "
            "Computed from the scores themselves, -ln p needs none.",
        ),
    ),
)

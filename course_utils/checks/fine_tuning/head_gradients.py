"""Labels of which some occur twice and some never, and scores with which an exponential overflows."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.fine_tuning import head_gradients


def cases(draw: Draw) -> list[Case]:
    large = draw.normal(2, 4)
    large[0] += 1e4
    large[1, 3] -= 1e4
    return [
        Case((draw.normal(5, 7) + 0.4, draw.normal(5, 3), _labels(draw, 5, 3)), "five texts, three classes"),
        in_float64(Case((draw.normal(3, 5), draw.normal(3, 7), _labels(draw, 3, 7)), "three texts, seven classes")),
        Case((draw.normal(1, 4), draw.normal(1, 5), draw.integers(0, 5, 1)), "a single text"),
        # In float32 numbers near 10,000 are 0.001 apart.
        Case((draw.normal(2, 3), large, torch.tensor([1, 3])), "scores around 10,000", tolerance=1e-3),
    ]


def _labels(draw: Draw, batch: int, classes: int) -> Tensor:
    """The first and the last class, and the last once more: with three texts the others do not occur."""
    labels = draw.integers(0, classes, batch)
    labels[0], labels[1], labels[-1] = classes - 1, 0, classes - 1
    return labels


def _sums_to_0(value: tuple[Tensor, Tensor], pooled: Tensor, logits: Tensor, labels: Tensor) -> bool:
    weight, bias = value
    return weight.shape[0] != logits.shape[1] or bool(weight.sum(0).abs().max() < 1e-3 and bias.sum().abs() < 1e-3)


check = Check(
    head_gradients,
    cases,
    axes=(("classes", "hidden"), ("classes",)),
    properties=(
        Property(
            _sums_to_0,
            "Over the classes the gradients do not sum to 0. They should: what one class gains in probability, the others "
            "lose.",
        ),
    ),
)

"""Tokens that are nearly alike, the first and the last one wanted. What is compared is what the neuron does: `use_write_neuron`."""

import torch
from torch import Tensor

from course_utils.checks.feed_forward.inputs import use_write_neuron
from course_utils.checks.inputs import HIDDEN, Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.feed_forward import write_neuron


def cases(draw: Draw) -> list[Case]:
    twins = _normed(draw.normal(6, HIDDEN))
    twins[4] = _normed(twins[1] + draw.normal(HIDDEN, scale=0.15))
    return [
        Case((_normed(draw.normal(5, HIDDEN)), 2, draw.normal(HIDDEN)), "5 tokens, the third wanted"),
        Case((twins, 1, draw.normal(HIDDEN)), "6 tokens, two of them nearly alike"),
        in_float64(Case((_normed(draw.normal(4, 34)), 0, draw.normal(34, scale=3)), "the first token wanted")),
        Case((_normed(draw.normal(7, 13)), 6, draw.normal(13)), "the last token wanted"),
    ]


def small(draw: Draw) -> Case:
    """Two or three tokens of three features, far from alike."""
    corners = torch.eye(3) * 3**0.5
    return Case((corners[: 2 + draw.number(0, 2)], draw.number(0, 2), draw.integers(1, 9, 3).float()))


def _normed(x: Tensor) -> Tensor:
    """Every token √hidden long, with mean 0, as after a norm with weight 1 and bias 0."""
    return torch.nn.functional.layer_norm(x, x.shape[-1:])


def _any_such_neuron(value: dict[str, str], *args) -> str:
    return "Your neuron was judged by what it does, and need not be the reference's."


check = Check(
    write_neuron,
    cases,
    use=use_write_neuron,
    small=small,
    remark=_any_such_neuron,
)

"""Sublayers and norms to wrap, some to follow by eye, some that no sum passes through unchanged. Nothing here knows the answers."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case


def wrap_cases(draw: Draw) -> list[Case]:
    """The cases of `pre_ln` and of `post_ln`."""
    x = torch.tensor([[[1.0, 2.0], [3.0, 5.0]]])
    return [
        Case((x, ten_times, square), "easy to follow: the sublayer is 10 · x, the norm x²"),
        in_float64(
            Case((draw.hidden_states(), mix_tokens, steep_norm), "a sublayer that mixes tokens, and a layer norm")
        ),
    ]


def ten_times(x: Tensor) -> Tensor:
    """A sublayer whose result can be checked by eye."""
    return 10 * x


def square(x: Tensor) -> Tensor:
    """In place of the norm: no sum passes through it unchanged."""
    return x * x


def mix_tokens(x: Tensor) -> Tensor:
    """A sublayer that bends, shifts and looks at the neighbour, as attention does."""
    return torch.sin(1.3 * x) + 0.7 * x.roll(1, dims=1) + 0.2


def steep_norm(x: Tensor) -> Tensor:
    """A layer norm with a weight, a bias and an eps that show."""
    centred = x - x.mean(dim=-1, keepdim=True)
    return centred / (centred.square().mean(dim=-1, keepdim=True) + 0.1).sqrt() * 1.3 + 0.4

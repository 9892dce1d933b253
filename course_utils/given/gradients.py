"""Lesson 04: gradients in a stack of layers that has never been trained, however the layers are wrapped."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def gradient_lengths(
    wrap: Callable[..., Tensor],
    layers: int,
    final_norm: bool = True,
) -> list[float]:
    """Measure the gradient of each layer's weight in a stack of random layers.

    wrap: called as `wrap(x, sublayer, norm)`, as `post_ln` and `pre_ln` are.
    layers: how many layers the stack has.
    final_norm: whether the end of the stack is normalised, too.

    Each layer is ReLU and a dense layer with weights as small as those of a new
    `nn.Linear`; the loss compares the end of the stack with random numbers.

    Returns: the length of each layer's gradient, the first layer's first.
    """
    draw, size = torch.Generator().manual_seed(0), 64
    h, target = torch.randn(2, 4, 16, size, generator=draw)  # (4, 16, size) each
    weights = torch.randn(layers, size, size, generator=draw) / math.sqrt(3 * size)
    with torch.enable_grad():
        parts = [weight.requires_grad_() for weight in weights.unbind()]
        for weight in parts:
            h = wrap(h, lambda x, weight=weight: F.relu(x) @ weight, _norm)
        end = _norm(h) if final_norm else h
        found = torch.autograd.grad(F.mse_loss(end, target), parts)
    return [float(each.norm()) for each in found]


def _norm(x: Tensor) -> Tensor:
    """Normalise each token, without weight and bias.

    x: (..., size).
    """
    return F.layer_norm(x, x.shape[-1:], eps=1e-12)

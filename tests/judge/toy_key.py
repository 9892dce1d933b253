"""A reference of a few small functions, so that the engine's tests do not lean on any lesson."""

import math

import torch
from torch import Tensor, nn


def toy_scores(query: Tensor, key: Tensor) -> Tensor:
    """Scaled products of every query with every key."""
    scores = query @ key.transpose(-1, -2)
    return scores / math.sqrt(query.shape[-1])


def toy_softmax(x: Tensor, dim: int = -1) -> Tensor:
    """Weights that sum to 1 along `dim`."""
    exponentials = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return exponentials / exponentials.sum(dim=dim, keepdim=True)


def toy_attention(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Context and probabilities."""
    probabilities = toy_softmax(toy_scores(query, key), dim=-1)
    return probabilities @ value, probabilities


def toy_root(x: float) -> float:
    """The square root, of what has one."""
    if x < 0:
        raise ValueError("negative")
    return math.sqrt(x)


def toy_pieces(text: str) -> list[str]:
    """The words of a text."""
    pieces = []
    rest = text.strip()
    while rest:
        word, _, rest = rest.partition(" ")
        pieces.append(word.lower())
    return pieces


class ToyModel(nn.Module):
    """Two layers of a size, one after the other."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.layer = nn.ModuleList([nn.Linear(size, size) for _ in range(2)])
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Run both."""
        first = torch.tanh(self.layer[0](x))
        return {"first": first, "last": self.layer[1](self.dropout(first))}

"""Small inputs for an exercise that makes its own, in `Check.small`: a draw whose numbers are chosen by the search."""

import torch
from torch import Tensor

from ..draw import Draw
from . import contents
from .sizes import Choose

_SEEDS = 8


def small_draw(kind: type[Draw], choose: Choose) -> Draw:
    """A draw of this kind whose numbers are small and whole, and chosen one by one by `choose`."""
    return type("SmallDraw", (_Chosen, kind), {})(choose)


class _Chosen(Draw):
    """In place of a generator: the first number of each range is the simplest, tensors have patterns of small numbers."""

    def __init__(self, choose: Choose) -> None:
        super().__init__(0)
        self.choose, self.seed, self.count = choose, choose(_SEEDS), 0

    def normal(self, *shape: int, scale: float = 1.0) -> Tensor:
        """float32, small whole numbers."""
        self.count += 1
        seed = self.seed if self.seed < 2 else 100 * self.seed + self.count
        return contents.filled(torch.zeros(shape), "free", seed)

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """int64 from low to high - 1."""
        return low + self.normal(*shape).long() % (high - low)

    def number(self, low: int, high: int) -> int:
        """One whole number from low to high - 1, the first the simplest."""
        return low + self.choose(high - low)

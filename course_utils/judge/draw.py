"""Random inputs for cases, from a source of their own."""

import torch
from torch import Tensor


class Draw:
    """A source of random inputs with a state of its own: the learner's random numbers are never touched."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape: int, scale: float = 1.0) -> Tensor:
        """float32, normally distributed around 0 with the standard deviation `scale`."""
        return torch.randn(*shape, generator=self.generator) * scale

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """int64 from low to high - 1."""
        return torch.randint(low, high, shape, generator=self.generator)

    def number(self, low: int, high: int) -> int:
        """One whole number from low to high - 1."""
        return int(self.integers(low, high, 1))

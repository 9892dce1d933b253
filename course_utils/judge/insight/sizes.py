"""The sizes of a case, and how to make them small together: equal ones stay equal, products stay products."""

import math
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace

from torch import Tensor

MOST = 3  # of a size in a small input, unless it has to be a product
Choose = Callable[[int], int]  # choose(n): a number from 0 to n - 1; 0 is the simplest


def leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """What is inside of lists, tuples, dicts and configs, each with its name or that of what holds it."""
    if isinstance(value, SimpleNamespace):
        value = vars(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, str(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item, name)
    else:
        yield name, value


def whole_numbers(arguments: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    """The arguments and entries of configs that are whole numbers. (Those in lists are data, not sizes.)"""
    for name, value in arguments.items():
        inside = vars(value).items() if isinstance(value, SimpleNamespace) else [(name, value)]
        yield from ((inner, each) for inner, each in inside if type(each) is int)


class Sizes:
    """The sizes of one case: those of its tensors' axes, and its whole numbers that are no index."""

    def __init__(self, arguments: Mapping[str, object], floors: Mapping[str, int]) -> None:
        """arguments: by name. floors: the smallest number of each name in any case, 0 or less for an index or an offset."""
        tensors = [leaf for _, leaf in leaves(arguments) if isinstance(leaf, Tensor)]
        self.axes = {size for tensor in tensors for size in tensor.shape if size > 1}
        self.numbers = {each for name, each in whole_numbers(arguments) if each > 1 and floors.get(name, 1) > 0}
        self.all = sorted(self.axes | self.numbers)

    def chosen(self, choose: Choose, kept: set[int]) -> dict[int, int] | None:
        """New sizes by the old ones, but for those that are kept; None if one would be larger."""
        new: dict[int, int] = {}
        for size in self.all:
            if size in kept:
                new[size] = size
                continue
            factors = [number for number in self.numbers if number < size and size % number == 0]
            pair = self._product(size) if not factors else None
            if pair:
                new[size] = new[pair[0]] * new[pair[1]]
                continue
            unit = math.lcm(*(new[number] for number in factors)) if factors else 1
            rest = size // factors[0] if len(factors) == 1 else 0
            if rest in self.axes:
                new[size] = unit * new[rest]
            else:
                new[size] = unit * (1 + choose(min(MOST, max(1, size // unit))))
        return new if all(new[size] <= size for size in new) else None

    def _product(self, size: int) -> tuple[int, int] | None:
        """Two axes whose sizes make this one together, as heads and their features make the hidden size."""
        for one in sorted(self.axes):
            other = size // one
            if 1 < one < size and one * other == size and other in self.axes and one != other:
                return one, other
        return None

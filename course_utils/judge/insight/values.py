"""The values of a function's subexpressions, as rewritten code (rewriting.py) hands them over.

`Recorder` keeps a copy of each, and of which others it was made; `Swap` puts another in the place of one.
"""

import ast
from typing import NamedTuple, NoReturn

import numpy as np
import torch
from torch import Tensor

MOST_EVENTS = 6_000  # of one run; a longer one is not followed
MOST_COPIED = 2_000_000  # numbers in all tensors of a run; an item of a list counts as ten
_MOST_NUMBERS, _MOST_ITEMS = 300_000, 400  # of a tensor, of a list or dict, that is copied
_NAME_ONLY = ("name", "bind", "loop", "NamedExpr")  # hand a value on
NO_OPERATION = ("Constant", "Attribute", "Tuple", "List", "Dict")  # nothing is computed by these


class Other:
    """In the place of a value that is not compared: a function, a module, a generator."""


OTHER = Other()


class TooLong(BaseException):
    """Raised in a run that has handed over too many values, or too large ones. A BaseException, so `except Exception` lets it through."""


class Spot(NamedTuple):
    """A place in the source that makes a value: an operator's name, a function's, or one of `_NAME_ONLY`."""

    op: str
    kind: str  # of the tree's node, `BinOp`
    source: ast.AST
    line: int
    inner: tuple[int, ...]  # the spots of its operands
    name: str = ""  # the variable that it reads or sets
    returned: bool = False
    depth: int = 1  # 2 in a function within the function

    @property
    def hands_on(self) -> bool:
        """Whether it only passes on a value that was made elsewhere."""
        return self.op in _NAME_ONLY


class Event(NamedTuple):
    """A value that came by, and the numbers of the events that it was made from."""

    spot: int
    value: object
    operands: tuple[int, ...]


class Recorder:
    """What came by in one run, in order."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots, self.events, self.full = spots, [], False
        self._left = MOST_COPIED
        self._latest: dict[int, int] = {}
        self._set: dict[str, int] = {}
        self._copies: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}  # with the original, so that its id stays taken

    def hooks(self) -> dict[str, object]:
        """The functions that rewritten code calls."""
        return {"__see__": self.see, "__bind__": self.bind}

    def see(self, number: int, value: object) -> object:
        """Records the value of a subexpression and hands it on."""
        if len(self.events) >= MOST_EVENTS:
            self._stop()
        spot = self.spots[number]
        made_from = [self._latest[inner] for inner in spot.inner if inner in self._latest]
        if spot.op == "name" and spot.name in self._set:
            made_from.append(self._set[spot.name])
        if spot.op == "NamedExpr":
            self._set[spot.name] = len(self.events)
        self._latest[number] = len(self.events)
        self.events.append(Event(number, self._copy(value), tuple(made_from)))
        return value

    def bind(self, number: int, value: object) -> bool:
        """Records what a variable is from now on."""
        self.see(number, value)
        self._set[self.spots[number].name] = self._latest[number]
        return True

    def _stop(self) -> NoReturn:
        self.full = True
        raise TooLong

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            self._stop()

    def _copy(self, value: object, depth: int = 0) -> object:
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, Tensor):
            return self._copy_of_tensor(value)
        if isinstance(value, (list, tuple)) and len(value) <= _MOST_ITEMS and depth < 3:
            self._take(10 * len(value))
            return tuple(self._copy(item, depth + 1) for item in value)
        if type(value) is dict and len(value) <= _MOST_ITEMS and depth < 3:
            self._take(10 * len(value))
            return {key: self._copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, np.generic):
            return self._copy(value.item(), depth)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            return self._copy_of_tensor(torch.tensor(value))
        return OTHER

    def _copy_of_tensor(self, value: Tensor) -> object:
        if value.is_sparse or value.is_meta or value.numel() > _MOST_NUMBERS or value.is_complex():
            return OTHER
        key = (id(value), -1 if value.is_inference() else value._version)
        if key[1] < 0 or key not in self._copies:
            self._take(value.numel())
            self._copies[key] = (value, value.detach().clone())
        return self._copies[key][1]


class Swap:
    """Hooks that put another value in the place of one, and record nothing."""

    def __init__(self, number: int, value: object, most: int) -> None:
        self.number, self.value = number, value
        self.most, self.seen = most, 0

    def hooks(self) -> dict[str, object]:
        """The functions that rewritten code calls."""
        return {"__see__": self.see, "__bind__": lambda number, value: True}

    def see(self, number: int, value: object) -> object:
        """The value, or the other one in its place."""
        self.seen += 1
        if self.seen > self.most:
            raise TooLong
        if number != self.number:
            return value
        other = self.value
        if isinstance(value, Tensor) and isinstance(other, Tensor) and value.is_floating_point():
            return other.to(value.dtype) if other.is_floating_point() else other.clone()
        return other.clone() if isinstance(other, Tensor) else other

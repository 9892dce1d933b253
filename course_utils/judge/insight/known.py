"""The values that a run of the key had, and whether another value is among them."""

import bisect
import math
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .values import MOST_COPIED, OTHER, Event, Spot, TooLong

Number = object  # equal values have the same: of a table's entry, or a tuple of such
TRIVIAL = "trivial"  # None, True, 0, an empty list: matches anything, and proves nothing
_SMALL = 4


class Made(NamedTuple):
    """How the key made a value: by which operation, and from which values."""

    op: str
    operands: frozenset
    result: Number


class Known:
    """A table of values; equal ones, up to the tolerance, have one number."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.given: set[Number] = set()  # the arguments
        self.made: list[Made] = []
        self.events: list[Event] = []  # the key's, and the numbers of their values
        self.numbers: list[Number] = []
        self.spots: list[Spot] = []
        self._tensors: dict[tuple, list[tuple[int, Tensor, list[float]]]] = {}
        self._floats: list[tuple[float, int]] = []  # sorted
        self._plain: dict[object, int] = {}
        self._count = 0
        self._room = MOST_COPIED
        self._remembered: dict[int, tuple[object, Number]] = {}

    def add_given(self, value: object, depth: int = 0) -> None:
        """The arguments of a call, with all that is in them. Raises TooLong if that is too much."""
        if isinstance(value, dict) and depth < 4:
            for item in list(value.values())[:200]:
                self.add_given(item, depth + 1)
        elif isinstance(value, (list, tuple)) and depth < 4:
            for item in value[:400]:
                self.add_given(item, depth + 1)
        elif isinstance(value, SimpleNamespace):
            self.add_given(vars(value), depth + 1)
        elif isinstance(value, nn.Module):
            self.add_given(dict(value.state_dict()), depth + 1)
        if isinstance(value, Tensor):
            self._room -= value.numel()
            if self._room < 0:
                raise TooLong
            value = value.detach()
        if isinstance(value, (Tensor, int, float, str, list, tuple)):
            self.given.add(self.number(value, add=True))

    def add_run(self, spots: list[Spot], events: list[Event]) -> None:
        """All that a run of the key had, and how it came by it."""
        self.spots, self.events, numbers = spots, events, self.numbers
        for event in events:
            number = self.number(event.value, add=True)
            numbers.append(number)
            spot = spots[event.spot]
            if not spot.hands_on and number != TRIVIAL:
                self.made.append(Made(spot.op, used(event, events, numbers), number))

    def comes_from(self, index: int, number: Number) -> bool:
        """Whether the key makes the value of its event with this index from the value with this number."""
        waiting, seen = [index], set()
        while waiting:
            each = waiting.pop()
            if each in seen or not telling(self.events[each].value):
                continue
            seen.add(each)
            if each != index and self.numbers[each] == number:
                return True
            waiting += self.events[each].operands
            same = self.numbers[each]  # an argument of a part is a value that was made outside
            if not self.events[each].operands and same != TRIVIAL:
                waiting += [other for other in self._first(same) if other not in seen]
        return False

    def lacks(self, value: object) -> bool:
        """Whether the key may never have had a value, not even one that is not compared otherwise, such as a small number."""
        if value is None or isinstance(value, bool):
            return False
        return not any(_same(value, event.value) for event in self.events)

    def _first(self, number: Number) -> list[int]:
        """The first event that made a value."""
        found = (i for i, each in enumerate(self.events) if self.numbers[i] == number and each.operands)
        return [each for each in (next(found, None),) if each is not None]

    def number(self, value: object, add: bool = False) -> Number | None:
        """The number of a value in the table, None if it is not there; TRIVIAL for what is not compared."""
        if isinstance(value, Tensor):
            remembered = self._remembered.get(id(value))
            if remembered is not None and (remembered[1] is not None or not add):
                return remembered[1]
            found = self._number_of_tensor(value, add)
            self._remembered[id(value)] = (value, found)
            return found
        if isinstance(value, bool) or value is None or value is OTHER:
            return TRIVIAL
        if isinstance(value, (int, float)):
            return self._number_of_number(value, add)
        if isinstance(value, str):
            return self._number_of_plain(value, add) if value else TRIVIAL
        if isinstance(value, dict):
            return self._number_of_items(tuple(value.values()), add)
        if isinstance(value, (list, tuple)):
            return self._number_of_items(tuple(value), add)
        return TRIVIAL

    def _number_of_items(self, items: tuple, add: bool) -> Number | None:
        """A list of words or ids is one value, anything else the values that are in it."""
        plain = all(isinstance(item, (str, int)) and not isinstance(item, bool) for item in items)
        if plain and items and not (all(isinstance(item, int) for item in items) and len(items) <= _SMALL):
            return self._number_of_plain(items, add)
        numbers = [self.number(item, add) for item in items]
        if any(number is None for number in numbers):
            return None
        rest = tuple(number for number in numbers if number != TRIVIAL)
        return ("items", *numbers) if rest else TRIVIAL

    def _number_of_plain(self, value: object, add: bool) -> int | None:
        if value not in self._plain and add:
            self._plain[value] = self._next()
        return self._plain.get(value)

    def _number_of_number(self, value: float, add: bool) -> Number | None:
        if isinstance(value, float) and not value.is_integer():
            if math.isnan(value):
                return None
            place = bisect.bisect_left(self._floats, (value,))
            for other, number in self._floats[max(place - 1, 0) : place + 1]:
                if math.isclose(value, other, rel_tol=self.tolerance):
                    return number
            if not add:
                return None
            self._floats.insert(place, (value, self._next()))
            return self._floats[place][1]
        if abs(value) <= 2:
            return TRIVIAL
        return self._number_of_plain(int(value) if math.isfinite(value) else value, add)

    def _number_of_tensor(self, value: Tensor, add: bool) -> Number | None:
        if value.numel() == 0:
            return TRIVIAL
        if value.numel() == 1:
            return self.number(value.item(), add)
        flat = value.reshape(-1)
        wide = flat.double()
        if self._is_even(wide):  # zeros, ones
            return TRIVIAL
        some = wide[torch.tensor([0, len(wide) // 3, len(wide) // 2, len(wide) - 1])].tolist()
        entries = self._tensors.setdefault(tuple(value.shape), [])
        for number, other, theirs in entries:
            if all(map(self._close, some, theirs)) and torch.allclose(
                wide, other, rtol=self.tolerance, atol=self.tolerance, equal_nan=True
            ):
                return number
        if not add:
            return None
        for size in value.shape:
            self._number_of_number(size, add)
        entries.append((self._next(), wide, some))
        return entries[-1][0]

    def _is_even(self, flat: Tensor) -> bool:
        """Whether all values are the same, up to the tolerance: 1e-39 is as little evidence as zero."""
        if bool((flat == flat[0]).all()):
            return True
        return bool(((flat - flat[0]).abs() <= self.tolerance * (1 + flat[0].abs())).all())

    def _close(self, one: float, other: float) -> bool:
        return one == other or not abs(one - other) > self.tolerance + self.tolerance * abs(other)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _same(one: object, other: object) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.shape == other.shape and bool((one.double() == other.double()).all())
    return type(one) is type(other) and not isinstance(one, Tensor) and one is not OTHER and repr(one) == repr(other)


def used(event: Event, events: list[Event], numbers: list[Number]) -> frozenset:
    """The numbers of the values that an operation is about: sizes and axes only if there is nothing else."""
    operands = {each: numbers[each] for each in event.operands if numbers[each] not in (None, TRIVIAL)}
    about = {number for each, number in operands.items() if telling(events[each].value)}
    return frozenset(about or operands.values())


def telling(value: object) -> bool:
    """Whether to have this value is evidence of the right way: not a small number, nor a letter."""
    if isinstance(value, Tensor):
        return value.numel() > 1
    if isinstance(value, float):
        return math.isfinite(value) and not (2 * value).is_integer()
    if isinstance(value, str):
        return len(value) > 1
    if isinstance(value, dict):
        return telling(tuple(value.values()))
    if isinstance(value, (tuple, list)):
        return any(telling(item) or isinstance(item, (str, int)) for item in value)
    return isinstance(value, int) and abs(value) > 64


def shape_of(value: object) -> tuple:
    """A tensor's shape; the type's name for what has none."""
    return tuple(value.shape) if isinstance(value, Tensor) else (type(value).__name__,)

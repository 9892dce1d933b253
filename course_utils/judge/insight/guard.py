"""A changed answer may make something endless or huge: it is stopped before that.

One call of C can neither be counted nor ended. But what it is given has been handed over before, so a number that is far
larger than the answer's own at that spot ends the run: it may be a size, or how often something is repeated.
"""

from typing import TYPE_CHECKING

from torch import Tensor

from .values import TooLong

if TYPE_CHECKING:
    from .traces import Trace

_GROWTH = 16  # how many times as large as the answer's own a number may be
_SMALL = 1024  # a number that may always be
_LONGEST = 100_000  # of a list or range
_LARGEST = 4_000_000  # numbers of a tensor


class Limits:
    """What a changed answer may do, by what the answer did."""

    def __init__(self, traces: list["Trace"]) -> None:
        self.values_seen = 10 * max(len(trace.events) for trace in traces) + 1000
        self.numbers: dict[int, int] = {}
        for event in (event for trace in traces for event in trace.events):
            if type(event.value) is int:
                self.numbers[event.spot] = max(self.numbers.get(event.spot, 0), _GROWTH * abs(event.value))

    def largest(self, spot: int) -> int:
        """The largest number that may be there."""
        return max(self.numbers.get(spot, 0), _SMALL)


class Guard:
    """Hooks for one run of a changed answer: they raise TooLong where it goes too far, and record nothing."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.seen = limits, 0

    def hooks(self) -> dict[str, object]:
        """The functions that rewritten code calls, and a `range` that is never long."""
        return {"__see__": self.see, "__bind__": lambda number, value: True, "range": _short_range}

    def see(self, number: int, value: object) -> object:
        """The value."""
        self.seen += 1
        if self.seen > self.limits.values_seen or self._is_too_large(number, value):
            raise TooLong
        return value

    def _is_too_large(self, number: int, value: object) -> bool:
        if type(value) is int:
            return abs(value) > self.limits.largest(number)
        if isinstance(value, Tensor):
            return value.numel() > _LARGEST
        return isinstance(value, (list, tuple, str)) and len(value) > _LONGEST


def _short_range(*bounds: int) -> range:
    found = range(*bounds)
    if found and abs((found[-1] - found[0]) // found.step) >= _LONGEST:
        raise TooLong
    return found

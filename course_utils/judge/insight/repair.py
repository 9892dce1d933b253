"""Where an answer is right if one value is replaced by one of the key's: the rest of it is right then."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from torch import Tensor

from ..diagnosis import is_right
from ..trial import Run, call
from .known import TRIVIAL, shape_of, telling
from .values import MOST_EVENTS, NO_OPERATION, Event, Swap, TooLong
from .written import Rewritten

if TYPE_CHECKING:
    from ..check import Check
    from .traces import Trace

_MOST_TRIES = 150
_A_TRY = 200  # what a try costs besides the call
_UNKNOWN = 1024  # calls
_MOST_VALUES = 8  # of the key's, for one value of the answer


class Work:
    """How much may be tried: it is counted, so that a card says the same on a busy machine."""

    def __init__(self, most: int) -> None:
        self.left = most

    def spend(self, steps: int) -> bool:
        """Whether there is as much left; if so, it is used."""
        if steps > self.left:
            return False
        self.left -= steps
        return True


def steps(check: "Check", run: Run, mine: Rewritten) -> int:
    """The calls that are made in one call of the answer, each at most about a microsecond.

    Rounded up to a power of two: there may be one more or less the next time.
    """
    if sys.getprofile() is not None:  # somebody measures; it must not be taken away from them
        return _UNKNOWN
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    answer = mine.make(Swap(-1, None, MOST_EVENTS))
    try:
        sys.setprofile(counted)
        call(check, answer, run.case)
    except (Exception, TooLong):
        pass
    finally:
        sys.setprofile(None)
    return 1 << count.bit_length()


class Repair(NamedTuple):
    """An event of the answer, and the event of the key whose value in its place makes all results right."""

    index: int
    source: int


def repairs(check: "Check", traces: list["Trace"], mine: Rewritten, work: Work) -> Iterator[Repair]:
    """The repairs that there are, in the order of the answer."""
    first, *others = traces
    if not telling(first.run.expected):
        return
    tries, cost = 0, _A_TRY + steps(check, first.run, mine)
    for index in _places(first):
        spot = first.events[index].spot
        for source in _replacements(first, index):
            tries += 1
            if tries > _MOST_TRIES or not work.spend(cost):
                return
            if not _repaired(check, first, mine, spot, first.known.events[source].value):
                continue
            values = [(trace, _same_event(trace, first, source)) for trace in others]
            if all(there and _repaired(check, trace, mine, spot, there.value) for trace, there in values):
                yield Repair(index, source)
                break


def _places(trace: "Trace") -> Iterator[int]:
    """The events that make a value once, in the function itself."""
    often = Counter(event.spot for event in trace.events)
    bound = (event for event in trace.events if trace.spots[event.spot].op == "bind")
    doubles = {each for event in bound for each in event.operands if trace.spots[trace.events[each].spot].op == "name"}
    for index, event in enumerate(trace.events):
        spot = trace.spots[event.spot]
        if (
            often[event.spot] > 1
            or (spot.hands_on and index not in doubles)
            or spot.depth > 1
            or spot.kind in NO_OPERATION
        ):
            continue
        kinds = (Tensor, str, tuple) if trace.numbers[index] is not None else (Tensor, str, tuple, int, float)
        if isinstance(event.value, kinds) and not isinstance(event.value, bool):
            yield index


def _replacements(trace: "Trace", index: int) -> list[int]:
    """Events of the key with other values that may belong there: by the same operation or of the same shape first."""
    event, known = trace.events[index], trace.known
    spot, shape = trace.spots[event.spot], shape_of(event.value)
    found: dict[object, tuple[int, int]] = {}
    for number, other in enumerate(known.events):
        theirs, key = known.spots[other.spot], known.numbers[number]
        if key in (None, TRIVIAL, trace.numbers[index]) or key in found or type(other.value) is not type(event.value):
            continue
        if isinstance(other.value, int) and not isinstance(event.value, int):
            continue
        rank = 2 - (theirs.op == spot.op) - (shape_of(other.value) == shape)
        if rank < 2:
            found[key] = (rank, number)
    return [number for _, number in sorted(found.values())][:_MOST_VALUES]


def _repaired(check: "Check", trace: "Trace", mine: Rewritten, spot: int, value: object) -> bool:
    swap = Swap(spot, value, 3 * len(trace.events) + 500)
    try:
        return is_right(check, trace.run, call(check, mine.make(swap), trace.run.case))
    except (Exception, TooLong):
        return False


def _same_event(trace: "Trace", first: "Trace", source: int) -> Event | None:
    """In another case's run of the key the event at the same spot."""
    spot = first.known.events[source].spot
    before = sum(event.spot == spot for event in first.known.events[:source])
    there = [event for event in trace.known.events if event.spot == spot]
    return there[before] if before < len(there) else None

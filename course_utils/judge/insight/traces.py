"""One case's run of the answer and of the key, with every value: which of the answer's are right."""

from typing import TYPE_CHECKING, NamedTuple

from ..copies import fresh
from ..diagnosis import is_right
from ..trial import Run, call
from .known import TRIVIAL, Known, telling
from .values import Event, Recorder, Spot, TooLong
from .written import Rewritten

if TYPE_CHECKING:
    from ..check import Check


class Trace(NamedTuple):
    """One case's run: what the answer's values are in the key's table, and which of them are right."""

    run: Run
    spots: list[Spot]
    events: list[Event]
    numbers: list[object]  # of the events' values in the table; None for what the key never has
    right: list[bool]
    known: Known


def is_wrong(check: "Check", run: Run) -> bool:
    """Whether the answer raised, or gave something else than what is wanted."""
    if run.error is not None or not run.done:
        return run.error is not None
    return not is_right(check, run, run.value)


def traced(check: "Check", run: Run, mine: Rewritten, key: Rewritten) -> Trace | None:
    """What the answer and the key had in one case; None where one of the runs was too long."""
    recorders = []
    for each in (key, mine):
        recorders.append(Recorder(each.spots))
        try:
            call(check, each.make(recorders[-1]), run.case)
        except (Exception, TooLong):
            if each is key:
                return None
    theirs, ours = recorders
    if theirs.full or ours.full:
        return None
    known = Known(run.tolerance)
    known.add_run(key.spots, theirs.events)
    try:
        for argument in fresh(run.case.args):
            known.add_given(argument)
    except TooLong:
        return None
    numbers = [known.number(event.value) for event in ours.events]
    return Trace(run, mine.spots, ours.events, numbers, _right(mine.spots, ours.events, numbers, known), known)


def _right(spots: list[Spot], events: list[Event], numbers: list[object], known: Known) -> list[bool]:
    """Which values the key has, or lead to one that it has."""
    right = [number is not None for number in numbers]
    for index in range(len(events) - 1, -1, -1):
        number = numbers[index]
        proof = number not in (None, TRIVIAL) and number not in known.given and telling(events[index].value)
        if proof and not spots[events[index].spot].hands_on:
            _mark(index, events, right)
    return right


def _mark(index: int, events: list[Event], right: list[bool]) -> None:
    """Everything that a value was made from is right."""
    waiting = list(events[index].operands)
    while waiting:
        each = waiting.pop()
        if not right[each]:
            right[each] = True
            waiting += events[each].operands

"""The place: the line of an answer in which something is to be changed, as far as that is known for certain.

Small changes are tried, one at a time: where only those in one line make the answer right, that is the place. Else the answer
and the key are run with the value of every subexpression written down, and the key's values are tried in the place of the
answer's. A value is right if the key has it too, or if something is made of it that the key has: there are many ways to one
value.
"""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor

from .. import running
from ..compare import equal
from ..running import guarded
from ..trial import Run
from .alone import Alone, Change
from .doubts import CONVERSIONS, doubtful, is_number, left_out
from .known import TRIVIAL, telling
from .repair import Repair, Work, repairs
from .traces import Trace, is_wrong, traced
from .values import NO_OPERATION, OTHER, Event, Spot
from .written import Rewritten, rewritten, rewritten_key

if TYPE_CHECKING:
    from ..check import Check

_MOST_CASES = 3
_MOST_WORK = 500_000  # as `Work` counts it, about 0.3 s
_LONGEST = 70  # characters that are quoted

Place = tuple[int, str]


def place(check: "Check", answer: Callable, runs: list[Run]) -> Place | None:
    """(line, sentence) of what is to be changed, or None where that is not known for certain.

    The line is counted in the answer's cell or file. The sentence quotes nothing but the answer's own text.
    """
    wrong = [run for run in runs if is_wrong(check, run)][:_MOST_CASES]
    if all(map(_is_of_another_dtype, wrong)):  # or where nothing is wrong: it may be converted anywhere
        return None
    mine = rewritten(answer)
    if mine is None:
        return None
    key = rewritten_key(check.course.key, check.name)
    return guarded(lambda: _search(check, runs, wrong, mine, key), running.DIAGNOSIS_LIMIT, answer=answer).value


def _search(check: "Check", runs: list[Run], wrong: list[Run], mine: Rewritten, key: Rewritten) -> Place | None:
    traces = [traced(check, run, mine, key) for run in wrong]
    if None in traces:
        return None
    work = Work(_MOST_WORK)
    alone = Alone(check, runs, traces, mine, work)
    found = alone.small_changes()
    if found or mine.calls_itself:
        return _told_of_changes(found, traces, mine)
    found = alone.additions()
    if found:
        return _told_of_changes(found, traces, mine, certain=alone.complete)
    return _by_values(check, traces, mine, work)


def _is_of_another_dtype(run: Run) -> bool:
    """Whether that is all that is wrong."""
    mine, expected = run.value, run.expected
    if not (isinstance(mine, Tensor) and isinstance(expected, Tensor)) or mine.dtype == expected.dtype:
        return False
    return equal(mine.to(expected.dtype), expected, run.tolerance)


def _by_values(check: "Check", traces: list[Trace], mine: Rewritten, work: Work) -> Place | None:
    """Where the key's values show that another belongs there, or that the answer returns too early."""
    first, *others = traces
    if all(is_number(trace.run.expected) or not telling(trace.run.expected) for trace in traces):
        return None
    steps_left_out = []
    for each in repairs(check, traces, mine, work):
        if not _skipped(first, each):
            if _unsure(first, each, steps_left_out):
                return None
            return first.spots[first.events[each.index].spot].line, _told_of_values(first, each.index, mine)
        steps_left_out.append(each)
    early = _returned_early(first)
    if early is not None and all(_returned_early(trace) is not None for trace in others):
        return _told_of_early(first, early, mine)
    return None


def _told_of_changes(changes: list[Change], traces: list[Trace], mine: Rewritten, certain: bool = True) -> Place | None:
    """What is said where all changes that make it right are in one statement. certain: no others may do so, too."""
    if len({mine.holds[change.spot].statement for change in changes}) != 1:
        return None
    line = mine.spots[changes[0].spot].line
    wrong = None if mine.calls_itself else _first_wrong(traces[0], line)
    if wrong is not None and all(_is_wrong_in(trace, traces[0].events[wrong].spot) for trace in traces):
        return line, f"{_told_of_values(traces[0], wrong, mine)} A change in that line alone makes yours right."
    if not certain:
        return None
    quoted = _quoted(_operation(changes[0].spot, mine), mine.text)
    says = f"A change in line {line} alone is enough: with something else in the place of `{quoted}`"
    return line, f"{says}, yours gives the right result in every case."


def _first_wrong(trace: Trace, line: int) -> int | None:
    """The first event on a line that makes of the key's values one that the key never has, in a loop every time."""
    known = {event.spot for event, number in zip(trace.events, trace.numbers, strict=True) if number is not None}
    for index, event in enumerate(trace.events):
        if trace.spots[event.spot].line == line and event.spot not in known and _makes(trace, event):
            return index
    return None


def _makes(trace: Trace, event: Event) -> bool:
    spot = trace.spots[event.spot]
    if spot.hands_on or spot.kind in NO_OPERATION or spot.op in (*CONVERSIONS, "empty", "empty_like"):
        return False
    return bool(event.operands) and not any(_is_new(trace, each) for each in event.operands)


def _is_new(trace: Trace, index: int) -> bool:
    """Whether a value is one that the key never has, as far as one can see; what the answer's text states is not."""
    spot, value = trace.spots[trace.events[index].spot], trace.events[index].value
    if spot.kind == "Constant" or (value is OTHER and (spot.hands_on or spot.kind == "Attribute")):
        return False
    return trace.numbers[index] is None or (trace.numbers[index] == TRIVIAL and trace.known.lacks(value))


def _is_wrong_in(trace: Trace, spot: int) -> bool:
    return any(event.spot == spot and number is None for event, number in zip(trace.events, trace.numbers, strict=True))


def _operation(number: int, mine: Rewritten) -> Spot:
    """What a number, a name or the like is a part of: alone it would give the change away."""
    spot = mine.spots[number]
    if spot.kind not in (*NO_OPERATION, "Name", "UnaryOp"):
        return spot
    for outer, each in enumerate(mine.spots):
        source = each.source
        if number in each.inner and not each.hands_on and source.lineno == source.end_lineno == spot.line:
            return _operation(outer, mine)
    return spot


def _skipped(trace: Trace, repair: Repair) -> bool:
    """Whether the value is right as it is, and a later one takes it further than it does in the answer."""
    number, spot = trace.numbers[repair.index], trace.spots[trace.events[repair.index].spot]
    return spot.op != "name" and number not in (None, TRIVIAL) and trace.known.comes_from(repair.source, number)


def _unsure(trace: Trace, repair: Repair, steps_left_out: list[Repair]) -> bool:
    """Whether what it is made from may be wrong."""
    if trace.known.numbers[repair.source] in _results(trace) and not _is_all_that_is_wrong(trace, repair.index):
        return True
    if (
        trace.numbers[repair.index] is not None
        or not _makes(trace, trace.events[repair.index])
        or doubtful(trace, repair.index)
        or left_out(trace, repair.index, steps_left_out)
    ):
        return True
    line = trace.spots[trace.events[repair.index].spot].line
    before = (each for each in range(repair.index) if not trace.right[each])
    return any(trace.spots[trace.events[each].spot].line != line for each in before)


def _is_all_that_is_wrong(trace: Trace, index: int) -> bool:
    """Whether an event makes something wrong where the answer returns, of values that are certainly right."""
    line = trace.spots[trace.events[index].spot].line
    here = [each for each, event in enumerate(trace.events) if trace.spots[event.spot].line == line]
    if trace.numbers[index] is not None or not any(trace.spots[trace.events[each].spot].returned for each in here):
        return False
    variables = [
        each for each in here if trace.spots[trace.events[each].spot].op == "name" and trace.events[each].operands
    ]
    return not any(doubtful(trace, each) for each in here) and all(
        trace.numbers[each] not in (None, TRIVIAL) and telling(trace.events[each].value) for each in variables
    )


def _results(trace: Trace) -> set[object]:
    """The numbers of what the key returns: anything is put right by that in its place."""
    expected = trace.run.expected
    parts = expected if isinstance(expected, (tuple, list)) else [expected]
    return {trace.known.number(each) for each in (expected, *parts)}


def _returned_early(trace: Trace) -> int | None:
    """The event that is returned, if all is right and the key makes its result from this value."""
    if not all(trace.right) or not trace.events or isinstance(trace.run.expected, (tuple, list, dict)):
        return None
    index = max((each for each, event in enumerate(trace.events) if trace.spots[event.spot].returned), default=None)
    if index is None or not telling(trace.events[index].value):
        return None
    number, wanted = trace.numbers[index], trace.known.number(trace.run.expected)
    if number in (TRIVIAL, wanted) or number in trace.known.given or wanted in (None, TRIVIAL):
        return None
    ends = [each for each, other in enumerate(trace.known.numbers) if other == wanted]
    return index if ends and trace.known.comes_from(ends[-1], number) else None


def _told_of_early(trace: Trace, index: int, mine: Rewritten) -> tuple[int, str]:
    spot = trace.spots[trace.events[index].spot]
    says = f"What line {spot.line} returns, `{_quoted(spot, mine.text)}`, is right as a step"
    return spot.line, f"{says}, but the reference goes on from there: at least one step is missing."


def _told_of_values(trace: Trace, index: int, mine: Rewritten) -> str:
    """What is said of a value that the key never has: what was right before it, and whether it is the first one."""
    spot, earlier = trace.spots[trace.events[index].spot], _evidence(trace, index)
    says = ""
    if earlier is not None:
        before = trace.spots[trace.events[earlier].spot]
        says = f"`{_quoted(before, mine.text)}` in line {before.line} is right, as in the reference. "
    made = _quoted(spot, mine.text)
    if _is_first(trace, index):
        return f"{says}The first value that the reference never has is made in line {spot.line}: `{made}`."
    return f"{says}Line {spot.line} makes a value that the reference never has: `{made}`."


def _is_first(trace: Trace, index: int) -> bool:
    """Whether no value before it is one that the key never has, not even on another way to a right one."""
    return not any(not trace.spots[trace.events[each].spot].hands_on and _is_new(trace, each) for each in range(index))


def _evidence(trace: Trace, index: int) -> int | None:
    """The last value before this one that was made by the answer and that the key has, in a loop every time."""
    new = {event.spot for event, number in zip(trace.events, trace.numbers, strict=True) if number is None}
    for each in range(index - 1, -1, -1):
        event, number = trace.events[each], trace.numbers[each]
        if event.spot in new or number == TRIVIAL or number in trace.known.given or not telling(event.value):
            continue
        spot = trace.spots[event.spot]
        if not (spot.hands_on or spot.kind in (*NO_OPERATION, "UnaryOp") or is_number(event.value)):
            return each
    return None


def _quoted(spot: Spot, text: str) -> str:
    said = " ".join((ast.get_source_segment(text, spot.source) or "").split())
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 25]} ... {said[-20:]}"

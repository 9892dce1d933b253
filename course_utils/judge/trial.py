"""Run an answer: the learner's function and the reference on the same cases, and how the learner's behaved."""

import contextlib
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import running
from .compare import Difference, Raised, equal, first_difference, without_hidden
from .copies import Change, changed_argument, fresh, kept, same
from .running import Outcome, guarded
from .running.session import session_kept
from .running.stopping import unwatched
from .running.stops import stop_of

if TYPE_CHECKING:
    from .check import Check


class Case(NamedTuple):
    """One call of the learner's function: its arguments, and what the case is about, in a few words ("with padding").

    `tolerance` replaces the check's where right ways differ by more (large numbers in float32). `raises` is the exception
    that these arguments must raise, in place of a value.
    """

    args: tuple
    about: str = ""
    tolerance: float | None = None
    raises: type[Exception] | None = None


class Property(NamedTuple):
    """Something true of every right answer: `holds(value, *args)`; `broken` is the sentence for when it is not."""

    holds: Callable[..., bool]
    broken: str


@dataclass
class Run:
    """What one case gave: `value` or `error`, and how the function behaved."""

    case: Case
    expected: object
    tolerance: float
    value: object = None
    error: BaseException | None = None
    changed: Change | None = None  # what was done to an argument
    unsteady: bool = False  # a second call with the same arguments gave something else
    done: bool = False


def prepare(check: "Check", cases: list[Case] | None = None) -> list[Run]:
    """Cases, fresh ones unless some are given, and what the reference gives for each; the answer has not run yet."""
    with session_kept():  # a reference that draws random numbers must not use up the learner's
        return [
            Run(case, call(check, check.reference, case), check.tolerance if case.tolerance is None else case.tolerance)
            for case in (check.make_cases() if cases is None else cases)
        ]


def try_out(check: "Check", answer: Callable, runs: list[Run]) -> Outcome:
    """Calls the answer for every case, guarded, and writes into the runs what it gave.

    A stop counts only if it happens again: the first time, a library may have been imported. A loop that went on for long
    and what is still running are not waited for twice.
    """
    outcome = guarded(lambda: _try_all(check, answer, runs), running.TIME_LIMIT, answer=answer)
    if outcome.timed_out and not (outcome.left_running or outcome.waited or _loops(answer, outcome)):
        for run in runs:
            run.value, run.error, run.changed, run.unsteady, run.done = None, None, None, False, False
        outcome = guarded(lambda: _try_all(check, answer, runs), running.TIME_LIMIT, answer=answer)
    return outcome


def _loops(answer: Callable, outcome: Outcome) -> bool:
    stop = stop_of(answer, outcome.spots)
    return stop is not None and stop.loops


def _try_all(check: "Check", answer: Callable, runs: list[Run]) -> None:
    """Each case twice, to see whether the answer is the same; the first exception ends it."""
    for run in runs:
        with unwatched():
            args, more_args = fresh(run.case.args), fresh(run.case.args)
        try:
            value = call(check, answer, run.case, args)
            with unwatched():
                run.value = kept(value)
                run.changed = changed_argument(arguments(check, run.case), args, isinstance(value, Raised))
            with contextlib.redirect_stdout(None):  # its prints have been seen
                again = call(check, answer, run.case, more_args)
            with unwatched():
                run.unsteady = not (same(again, run.value) or equal(again, run.value, run.tolerance))
        except Exception as error:
            run.error = error
            return
        run.done = True


def call(check: "Check", function: Callable, case: Case, args: tuple | None = None) -> object:
    """What a function gives for a case, used as the exercise wants: its value or, where the case must raise, what it raised."""
    if inspect.iscoroutinefunction(function):
        function = _never_awaited(function)
    used = functools.partial(check.use, function) if check.use else function
    try:
        return used(*(fresh(case.args) if args is None else args))
    except Exception as error:
        is_blank = isinstance(error, NotImplementedError) and not str(error)
        if case.raises is None or is_blank:
            raise
        return Raised((case.raises if isinstance(error, case.raises) else type(error)).__name__)


def difference_of(check: "Check", case: Case, value: object, expected: object, tolerance: float) -> Difference | None:
    """The most basic difference of a value from the reference's in what counts of the two, or None."""
    plain = first_difference(value, expected, check.axes, tolerance)
    if plain is None or check.view is None or plain.kind not in ("values", "nan"):
        return plain
    mine, right = (check.view(each, *case.args) for each in (value, expected))
    found = first_difference(mine, right, check.axes, tolerance)
    return found and without_hidden(found, value, expected, tolerance)


def _never_awaited(function: Callable) -> Callable:
    """An `async` function whose coroutines are closed: Python would warn that they were never awaited."""

    @functools.wraps(function)
    def closed(*args: object, **keywords: object) -> object:
        coroutine = function(*args, **keywords)
        coroutine.close()
        return coroutine

    return closed


def arguments(check: "Check", case: Case) -> dict[str, object]:
    """A case's arguments by their names."""
    names = list(inspect.signature(check.use or check.reference).parameters)
    return dict(zip(names[1:] if check.use else names, case.args, strict=False))

"""Which known mistake makes an answer go on for ever: the one that hangs where it hangs, and gives the same elsewhere."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .compare import equal
from .copies import kept
from .diagnosis import Diagnosis, bank_of, told
from .mistakes import Mistake
from .running import Outcome, guarded
from .trial import Run, call

if TYPE_CHECKING:
    from .check import Check

_PATIENCE = 0.1  # seconds of processor time for one case, which takes far less than a hundredth of that
_ENOUGH_HANGING, _MOST_HANGING = 3, 12  # cases: enough if one has ended, and the most that are waited for


def endless_mistake(check: "Check", answer: Callable, runs: list[Run], outcome: Outcome) -> Diagnosis:
    """The one endless mistake, its own or a part's, that does in all cases what the answer does.

    Nothing is said of an answer that ends in no case, and a part is named only if the answer was stopped in it.
    """
    names = {spot.function for spot in outcome.spots}
    bank = [each for each in bank_of(check) if each[1].endless and _was_there(check, each[0], names)]
    if not bank or outcome.left_running:
        return Diagnosis()
    ended, hanging = [], []
    for run in runs:
        value, hangs = (run.value, False) if run.done else _tried(check, answer, run)
        if hangs:
            hanging.append(run)
        elif value is not None:
            ended.append((run, value))
        if len(hanging) >= (_ENOUGH_HANGING if ended else _MOST_HANGING):
            break
    if not ended or not hanging:
        return Diagnosis()
    fitting = [((part, each),) for part, each in bank if _does_the_same(check, part, each, ended, hanging)]
    return told(check, fitting, answer) if len(fitting) == 1 else Diagnosis()


def _was_there(check: "Check", part: str, names: set[str]) -> bool:
    """Whether it was stopped in the part; for a mistake of the exercise itself, in none of its parts."""
    return names.isdisjoint(check.course.key.parts(check.name)) if part == check.name else part in names


def _tried(check: "Check", function: Callable, run: Run) -> tuple[object, bool]:
    """What a function gives for one case, and whether it goes on for too long."""
    outcome = guarded(lambda: kept(call(check, function, run.case)), _PATIENCE, answer=function)
    return outcome.value, outcome.timed_out


def _does_the_same(check: "Check", part: str, mistake: Mistake, ended: list, hanging: list[Run]) -> bool:
    function = check.course.key.plant(check.name, ((part, mistake),))
    for run, value in ended:
        theirs, hangs = _tried(check, function, run)
        if hangs or not equal(theirs, value, run.tolerance):
            return False
    return all(_tried(check, function, run)[1] for run in hanging[:_ENOUGH_HANGING])

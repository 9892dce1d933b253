"""Decide: from what the runs gave to one headline, the first of the verdict order that applies.

Not attempted, time up, raised, wrong type, shape, dtype, NaN, inputs changed, two calls differ, values differ, passed.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor

from course_utils.hiding import hidden_library

from . import facts, patterns, running
from .advice import errors
from .blanks import blank_verdict, ends_without_return, is_blank, not_attempted
from .compare import ORDER, Difference
from .diagnosis import Diagnosis, broken_properties, diagnose
from .endless import endless_mistake
from .insight import insight
from .mistakes import CHANGES_INPUTS, NOT_DETERMINISTIC
from .result import Result
from .running import Outcome
from .running.stops import stop_of
from .trial import Run, arguments, difference_of
from .weights import Misfit
from .wording import place_in_words
from .words import Raised, brief

if TYPE_CHECKING:
    from .check import Check


def decide(check: "Check", answer: Callable, runs: list[Run], outcome: Outcome) -> Result:
    """The verdict over all runs."""
    if outcome.timed_out:
        return _time_up(check, answer, runs, outcome)
    raised = next((run for run in runs if run.error is not None), None)
    if outcome.error is not None:  # SystemExit and the like, which are not an Exception
        raised = next((run for run in runs if not run.done), runs[-1])
        raised.error = outcome.error
    if raised is not None:
        return blank_verdict(check, answer, raised.error) or _raised(check, answer, runs, raised, outcome)
    if is_blank(answer) and all(run.value is None for run in runs):
        return not_attempted(check)
    found = [(run, difference) for run in runs if (difference := _difference(check, run))]
    worst = min(found, key=lambda pair: ORDER.index(pair[1].kind), default=None)
    if worst and worst[1].kind != "values":
        return _wrong(check, answer, runs, *worst, outcome)
    for run in runs:
        if run.changed:
            says = f"It changes what it was given: {run.changed.says}. {run.changed.advice}"
            return _behaved_badly(check, run, CHANGES_INPUTS, says, outcome)
    for run in runs:
        if run.unsteady:
            return _behaved_badly(check, run, NOT_DETERMINISTIC, _unsteady(check), outcome)
    if worst:
        return _wrong(check, answer, runs, *worst, outcome)
    return _passed(check, runs, outcome)


def stumbled(check: "Check", error: Exception) -> Result:
    """The verdict where the check itself has a bug."""
    bug = f"The check itself failed on this answer ({type(error).__name__}: {error}). Please report it."
    says = hidden_library(error) or bug
    return Result(check.name, "error", says)


def _difference(check: "Check", run: Run) -> Difference | None:
    return difference_of(check, run.case, run.value, run.expected, run.tolerance)


def _passed(check: "Check", runs: list[Run], outcome: Outcome) -> Result:
    says = f"Equal to the reference on all {len(runs)} cases." if len(runs) > 1 else "Equal to the reference."
    remarks = ()
    if check.remark:
        found = (check.remark(run.value, *run.case.args) for run in runs)
        remarks = tuple(dict.fromkeys(remark for remark in found if remark))
    return Result(check.name, "passed", says, notes=remarks, facts=facts.printed(outcome))


def _wrong(
    check: "Check", answer: Callable, runs: list[Run], run: Run, difference: Difference, outcome: Outcome
) -> Result:
    """A wrong type, shape, dtype or value: named if a known mistake gives exactly this, else explained and described."""
    found = diagnose(check, runs, answer)
    known = insight(check, answer, runs, named=bool(found) and not found.is_of_two)
    if known.argument:  # simpler than two mistakes
        found = Diagnosis()
    elif found:
        known = known._replace(argument="", relations=())
    sentence = f"{_upper(_said(check, answer, difference))}."
    headline = found.sentence or known.sentence or sentence
    notes = [] if headline == sentence else [sentence]
    if not found:
        notes += [
            *known.relations[1 - bool(known.argument) :],
            *broken_properties(check, run),
            *_passes_some(check, runs),
        ]
    heat, heat_says = (), ""
    mine, expected = difference.mine, difference.expected
    if difference.kind == "values" and isinstance(mine, Tensor) and isinstance(expected, Tensor) and mine.dim():
        if expected.is_floating_point():
            axes = difference.axes if len(difference.axes) == mine.dim() else ()
            if not found:
                notes += patterns.where_wrong(mine, expected, axes, run.tolerance)
            heat, heat_says = patterns.heat(mine, expected, axes)
    return Result(
        check.name,
        "failed",
        headline,
        explanations=found.labels,
        notes=tuple(notes),
        facts=facts.expected_and_returned(check, run, difference) + facts.printed(outcome),
        heat=heat,
        heat_says=heat_says,
        next_step=_hint_line(check),
        **known._asdict(),
    )


def _said(check: "Check", answer: Callable, difference: Difference) -> str:
    """The difference in a sentence, its place in the words of the exercise."""
    where = place_in_words(difference.where, check.words)
    says = difference.says
    if check.words and isinstance(difference.expected, Raised) and not isinstance(difference.mine, Raised):
        return f"it raised nothing, where it is to raise {difference.expected.name}"  # what it returned is unknown here
    if isinstance(difference.expected, bool) and where:
        return f"{where}: {says}"
    if isinstance(difference.expected, str) and difference.where == f"result['{where}']":  # words of the check's own
        return f"{where}: {difference.mine}, where the reference has {difference.expected}"
    if difference.mine is None and difference.kind == "type" and ends_without_return(answer):
        says += " (is there a `return`?)"
    return f"in {where}: {says}" if where else says


def _passes_some(check: "Check", runs: list[Run]) -> list[str]:
    """Which cases an answer of several steps gets right, and which not yet; nothing where it gets none or one of two."""
    wrong = [run for run in runs if _difference(check, run)]
    if len(runs) < 3 or len(wrong) == len(runs) or not all(run.case.about for run in wrong):
        return []
    more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    listed = "; ".join(run.case.about for run in wrong[:3]) + more
    return [f"It passes {len(runs) - len(wrong)} of {len(runs)} cases. Not yet: {listed}."]


def _behaved_badly(check: "Check", run: Run, label: str, says: str, outcome: Outcome) -> Result:
    return Result(
        check.name,
        "failed",
        says,
        explanations=((label,),),
        facts=facts.called_with(check, run) + facts.printed(outcome),
        next_step=_hint_line(check),
    )


def _unsteady(check: "Check") -> str:
    says = "Two calls with the same arguments gave two different results. "
    if "generator" in inspect.signature(check.reference).parameters:
        return says + "All random numbers have to come from `generator`: the same seed, the same result."
    return says + (
        "Is there dropout, a layer created afresh with random weights in every call, another source of randomness, or "
        "something kept from an earlier call?"
    )


def _time_up(check: "Check", answer: Callable, runs: list[Run], outcome: Outcome) -> Result:
    """It was stopped: where, and whether a loop was seen that goes on, is known from looking at it while it ran."""
    run = next((run for run in runs if not run.done), runs[-1])
    stop = stop_of(answer, outcome.spots)
    stuck = "It is stuck inside a library call and goes on in the background; restart the kernel to stop it."
    found = endless_mistake(check, answer, runs, outcome)
    calls = 2 * sum(run.done for run in runs) + 1
    if outcome.waited:
        says = f"It still waited for something after {running.WALL_LIMIT:g} seconds, so it was stopped."
    elif found or (stop and stop.loops):
        says = f"Still running after {running.TIME_LIMIT:g} seconds, so it was stopped: a loop that never ends?"
    else:
        took = f"{calls} calls took" if calls > 1 else "one call took"
        says = f"Too slow: {took} more than {running.TIME_LIMIT:g} seconds, so it was stopped."
    where = (("stopped in your line", f"{stop.line}: {stop.text}"),) if stop else ()
    return Result(
        check.name,
        "error",
        f"{says} {found.sentence}".strip(),
        explanations=found.labels,
        notes=(stuck,) if outcome.left_running else (),
        facts=where + facts.called_with(check, run) + facts.printed(outcome),
        next_step=_hint_line(check),
    )


def _raised(check: "Check", answer: Callable, runs: list[Run], run: Run, outcome: Outcome) -> Result:
    """An exception in the learner's words, with the mistake behind it where an earlier case has given it away."""
    if isinstance(run.error, Misfit):
        return _misfit(check, answer, runs, run, outcome)
    says = errors.explain(run.error)
    hint = errors.nearest_key(
        run.error, arguments(check, run.case), [arguments(check, each.case) for each in runs if each is not run]
    )
    wrong_before = any(done.done and _difference(check, done) for done in runs)
    found = diagnose(check, runs, answer) if wrong_before else Diagnosis()
    line = errors.line_of(run.error, answer)
    where = (("in your line", f"{line[0]}: {line[1]}"),) if line else ()
    # an exception of their own, where none is wanted
    own = line is not None and line[1].startswith("raise ") and run.case.raises is None
    expected = (("expected", brief(run.expected, 300)),) if own else ()
    return Result(
        check.name,
        "error",
        f"{says} {hint}".strip(),
        explanations=found.labels,
        notes=(found.sentence,) if found else (),
        facts=where + facts.called_with(check, run) + expected + facts.printed(outcome),
        next_step=_hint_line(check),
    )


def _misfit(check: "Check", answer: Callable, runs: list[Run], run: Run, outcome: Outcome) -> Result:
    """A class whose parameters are not those of the checkpoint: what is missing tells the mistakes apart."""
    found = diagnose(check, runs, answer)
    return Result(
        check.name,
        "failed",
        found.sentence or str(run.error),
        explanations=found.labels,
        notes=(str(run.error),) if found else (),
        facts=facts.printed(outcome),
        next_step=_hint_line(check),
    )


def _hint_line(check: "Check") -> str:
    return f"Stuck? `{check.command}.hint()` gives the next of three hints."


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

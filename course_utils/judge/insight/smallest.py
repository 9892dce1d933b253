"""The smallest input: a call that one can check by hand, in which the answer is wrong.

The search is Hypothesis's; it only ever draws booleans. For whole numbers Hypothesis would read all of the learner's modules,
and keep what it finds in a folder `.hypothesis` beside their notebooks; and what it draws would depend on what was imported.
"""

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING

from torch import Tensor

from ..compare import ORDER
from ..running import guarded
from ..running.keyboard import NoKeyboard
from ..running.stopping import unwatched
from ..trial import Case, Run, difference_of
from ..weights import Misfit
from . import contents, typed
from .judging import Judge, class_of, weight
from .polishing import polished
from .shrinking import Shrinker
from .sizes import Choose, leaves
from .small_draw import small_draw

if TYPE_CHECKING:
    from ..check import Check

EXAMPLES = 50  # of a search
_CASES = 4  # so many of those in which the answer is wrong are made smaller
_SHORT = 240  # characters of a call that is short as it is


def smallest(check: "Check", answer: Callable, runs: list[Run]) -> str:
    """Three lines: a call, what is expected of it, and what the answer gives; "" if no small input is known.

    Parameters that do not fit say so themselves, and nobody can type for an answer that waits for a keyboard.
    """
    wrong = _wrong_runs(check, runs)
    if not wrong or isinstance(wrong[0][0].error, (Misfit, NoKeyboard)):
        return ""
    if not typed.is_plain(wrong[0][0].expected):
        return ""
    # Here, since an import that the time limit cuts off is broken for the rest of the session.
    importlib.import_module("hypothesis.strategies")
    outcome = guarded(lambda: _search(check, answer, wrong, [run.case for run in runs]), answer=answer)
    return outcome.value if outcome.error is None and isinstance(outcome.value, str) else ""


def _wrong_runs(check: "Check", runs: list[Run]) -> list[tuple[Run, str]]:
    """Those in which the answer is wrong, with the kind of it; the one that the card shows comes first."""
    found = [(run, "raised") for run in runs if isinstance(run.error, Exception)]
    for run in runs:
        if run.done and (difference := difference_of(check, run.case, run.value, run.expected, run.tolerance)):
            found.append((run, difference.kind))
    return sorted(found, key=lambda pair: ORDER.index(pair[1]) if pair[1] in ORDER else -1)


def _search(check: "Check", answer: Callable, wrong: list[tuple[Run, str]], cases: list[Case]) -> str:
    """A smaller case; else one of the given ones if it is short."""
    shown, kind = wrong[0]
    alike = [run for run, its in wrong if class_of(its) == class_of(kind) and run.case.raises is shown.case.raises]
    alike = [shown, *sorted((run for run in alike if run is not shown), key=lambda run: weight(run.case.args))][:_CASES]
    judge = Judge(check, answer, shown, kind, sys.gettrace())
    with unwatched():
        tensors = [leaf for case in cases for _, leaf in leaves(case.args) if isinstance(leaf, Tensor)]
        kinds = {id(tensor): contents.kind_of(tensor) for tensor in tensors}
        plans = [Shrinker(check, run.case, cases, kinds, class_of(kind) != "shape") for run in alike]
        for make, examples in _ways(check, plans):
            found = _smallest_case(make, judge.is_wrong, examples)
            if found and (text := judge.told(polished(found, plans[0].is_free, judge.is_wrong))):
                return text
        return _as_it_is(check, [run.case for run in alike], judge)


def _ways(check: "Check", plans: list[Shrinker]) -> Iterator[tuple[Callable[[Choose], Case | None], int]]:
    """The searches, one after the other, and how many cases each may try: the exercise's own way, or else three ways.

    With small whole numbers, with the numbers of the cases, with their sizes.
    """
    if check.small:
        yield lambda choose: check.small(small_draw(check.course.draw, choose)), 3 * EXAMPLES
        return
    for own, whole in ((False, False), (True, False), (False, True)):
        yield lambda choose, own=own, whole=whole: plans[choose(len(plans))].small(choose, own, whole), EXAMPLES


def _as_it_is(check: "Check", cases: list[Case], judge: Judge) -> str:
    """A case that is short already, its floats with as few digits as show the mistake."""
    judge.finite, judge.limit = False, sys.maxsize
    few = [case for case in cases if weight(case.args) <= _SHORT]  # each that weighs 1 takes a character
    for case, digits in itertools.product(few, (1, 2, 3, 6)):
        case = case._replace(args=contents.with_digits(case.args, digits))
        if len(typed.call(check, case)) <= _SHORT and judge.is_wrong(case):
            return judge.told(case)
    return ""


def _smallest_case(
    make: Callable[[Choose], Case | None], is_wrong: Callable[[Case], bool], examples: int
) -> Case | None:
    """The smallest case of those tried that is wrong, as Hypothesis finds and shrinks it."""
    import hypothesis  # only after a failure: it takes a tenth of a second
    from hypothesis import strategies

    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    best: list[tuple[int, Case]] = []
    tried = 0

    @strategies.composite
    def cases(draw: Callable) -> Case | None:
        def choose(count: int) -> int:
            number = 0
            for _ in range((count - 1).bit_length()):
                number = 2 * number + draw(boolean)
            return number % count

        return make(choose)

    def condition(case: Case | None) -> bool:
        nonlocal tried
        tried += 1
        if tried > 2 * examples:
            raise _Enough
        if case is None or not is_wrong(case):
            return False
        size = weight(case.args)
        if not best or size < best[0][0]:
            best[:] = [(size, case)]
        return True

    boolean = strategies.booleans()
    _without_a_look_at_all_objects(hypothesis.core)
    with suppress(_Enough, hypothesis.errors.HypothesisException):
        hypothesis.find(cases(), condition, settings=settings, random=Random(0))
    return best[0][1] if best else None


def _without_a_look_at_all_objects(core: ModuleType) -> None:
    """In a new thread Hypothesis registers a source of random numbers of its own, unused since a seed is given.

    For that it collects garbage and searches all objects of the process, which takes longer than the whole search.
    """
    with suppress(AttributeError):
        if core.threadlocal._hypothesis_global_random is None:
            core.threadlocal._hypothesis_global_random = Random(0)


class _Enough(BaseException):
    """Ends a search."""

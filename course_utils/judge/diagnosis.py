"""Explain: after a failure, which known mistakes, planted in the key, give exactly what the answer gave."""

from collections.abc import Callable
from itertools import combinations, islice
from typing import TYPE_CHECKING, NamedTuple

from . import running
from .answer_key import Planted
from .compare import equal, first_difference
from .mistakes import CHANGES_INPUTS, NOT_DETERMINISTIC, Edit, Mistake, Unplantable
from .reach import called as called_as
from .running import guarded
from .trial import Case, Run, call, prepare, try_out
from .weights import Misfit

if TYPE_CHECKING:
    from .check import Check

# Small banks: all pairs are tried. Larger ones: pairs that include a mistake of the exercise itself. Beyond: only pairs of
# the exercise's own mistakes. And never more than so many sets in all: a bound that is counted, so that the same answer has
# the same names on a busy machine.
_SMALL_BANK, _LARGE_BANK = 60, 150
MOST_TRIED = 2500
# What planted functions do in the first of cases on which many answers are tried. None remembers nothing: a notebook's cases
# are fresh each time. A grader, whose cases stay, sets a dict.
remembered: dict[tuple, object] | None = None


class Diagnosis(NamedTuple):
    """The mistakes recognised: a group of labels for each set of mistakes that fits, and the sentence for the card."""

    labels: tuple[tuple[str, ...], ...] = ()
    sentence: str = ""

    def __bool__(self) -> bool:
        return bool(self.labels)

    @property
    def is_of_two(self) -> bool:
        """Whether no single mistake explains the answer, but two together do."""
        return bool(self.labels) and all(len(together) > 1 for together in self.labels)


class Seen(NamedTuple):
    """What the learner's function gave for a case (or the exception that it raised), and what was expected."""

    case: Case
    value: object
    expected: object
    tolerance: float


Call = Callable[[Callable, Case], object]  # what a planted function gives for a case


def diagnose(check: "Check", runs: list[Run], answer: Callable | None = None) -> Diagnosis:
    """The known mistakes that give the same values as the answer, and raise what it raises; see `_explanations`.

    If several fit, what the view hides is compared, too: it may tell them apart. answer: tells which parts it calls.
    """

    def search() -> list[Planted]:
        viewed = _seen(check, runs, lambda value, case: safely_viewed(check, value, case))
        found = _explanations(
            check, viewed, lambda function, case: safely_viewed(check, call(check, function, case), case)
        )
        if check.view is None or len(found) < 2:
            return found
        whole = _seen(check, runs, lambda value, case: value)
        exact = [each for each in found if gives(_planted(check, each), whole, lambda f, case: call(check, f, case))]
        return exact or found

    outcome = guarded(search, running.DIAGNOSIS_LIMIT, watched=False)
    return told(check, outcome.value or [], answer)


def bank_of(check: "Check") -> list[tuple[str, Mistake]]:
    """The (function, mistake) pairs that may be in an answer: its own mistakes and those of the parts that it calls."""
    pairs = [(check.name, mistake) for mistake in check.mistakes]
    for part in sorted(check.course.key.parts(check.name)):
        of_part = check.course.find(part)
        if of_part is not None:
            pairs += [(part, mistake) for mistake in of_part.mistakes]
    return pairs


def full_label(check: "Check", part: str, mistake: Mistake) -> str:
    """`unscaled` for a mistake of the exercise itself, `softmax: over_queries` for one of a part."""
    return mistake.label if part == check.name else f"{part}: {mistake.label}"


def broken_properties(check: "Check", run: Run) -> list[str]:
    """What every right answer has, and this one has not."""
    broken = []
    for each in check.properties:
        try:
            if not each.holds(run.value, *run.case.args):
                broken.append(each.broken)
        except Exception:  # this value has no such property, broken or not
            continue
    return broken


def safely_viewed(check: "Check", value: object, case: Case) -> object:
    """The view of a value that may have any type and shape; the value itself where it has no view."""
    try:
        return check.view(value, *case.args) if check.view else value
    except Exception:
        return value


def is_right(check: "Check", run: Run, value: object) -> bool:
    """Whether a value is what the case wants, in what counts of it."""
    mine, expected = (safely_viewed(check, each, run.case) for each in (value, run.expected))
    return equal(mine, expected, run.tolerance)


def _seen(check: "Check", runs: list[Run], view: Callable[[object, Case], object]) -> list[Seen]:
    return [
        Seen(
            run.case,
            run.error if run.error is not None else view(run.value, run.case),
            view(run.expected, run.case),
            run.tolerance,
        )
        for run in runs
        if run.done or run.error is not None
    ]


def _explanations(check: "Check", runs: list[Seen], called: Call) -> list[Planted]:
    """The smallest sets of known mistakes under which the reference gives the answer's outputs, all of that size.

    A mistake of the exercise itself goes before one of a part that does the same. Where the answer raised, one mistake has
    to explain that: two of them only happen to raise the same.
    """
    told_already = (CHANGES_INPUTS, NOT_DETERMINISTIC)  # by the verdict, before any value is compared
    bank = [(part, each) for part, each in bank_of(check) if not each.endless and each.label not in told_already]
    raised = any(isinstance(run.value, BaseException) and not isinstance(run.value, Misfit) for run in runs)
    left = MOST_TRIED
    for size in (1,) if raised else (1, 2):
        most = size if size == 1 or len(bank) <= _SMALL_BANK else 1 if len(bank) <= _LARGE_BANK else 0
        for share in range(most + 1):
            sets = list(islice((each for each in combinations(bank, size) if _parts_in(check, each) == share), left))
            left -= len(sets)
            found = [each for each in sets if _fits(check, each, runs, called)]
            if found:
                return found
        if size == 1:
            bank = _worth_pairing(check, bank, runs, called)
    return []


def _fits(check: "Check", together: Planted, runs: list[Seen], called: Call) -> bool:
    """Whether these mistakes do what the answer did; for the first case that may be remembered."""
    key = (check.name, id(runs[0].case), *((part, mistake.label) for part, mistake in together)) if runs else ()
    if remembered and key in remembered and not _did(remembered[key], runs[0]):
        return False
    function = _planted(check, together)
    if function is None:
        return False
    if remembered is not None and runs and key not in remembered:
        remembered[key] = _what_it_does(function, runs[0].case, called)
    return gives(function, runs, called)


def _parts_in(check: "Check", together: Planted) -> int:
    return sum(part != check.name for part, _ in together)


def _worth_pairing(check: "Check", bank: list, runs: list[Seen], called: Call) -> list[tuple[str, Mistake]]:
    """Of a large bank, the exercise's own mistakes that could contribute to this answer; else its own, and the parts'
    mistakes that show in these cases: the rest would only take time.
    """
    if len(bank) > _LARGE_BANK:
        return [each for each in bank if each[0] == check.name and _may_contribute(check, each, runs[0], called)]
    right = [run._replace(value=run.expected) for run in runs]

    def shows(each: tuple[str, Mistake]) -> bool:
        function = _planted(check, (each,))
        return not (function and gives(function, right, called))

    return [each for each in bank if each[0] == check.name or shows(each)]


def _may_contribute(check: "Check", mistake: tuple[str, Mistake], run: Seen, called: Call) -> bool:
    """Whether a mistake by itself raises where the answer raises, and changes type or shape only if the answer's is wrong."""
    function, answers = _planted(check, (mistake,)), _kind(run.value, run.expected)
    try:
        kind = _kind(called(function, run.case), run.expected)
    except Exception:
        kind = "raised"
    return kind == answers or (kind == "values" and answers != "raised")


def _kind(value: object, expected: object) -> str:
    if isinstance(value, BaseException):
        return "raised"
    difference = first_difference(value, expected)
    return difference.kind if difference and difference.kind in ("type", "shape", "dtype") else "values"


def _planted(check: "Check", together: Planted) -> Callable | None:
    """The reference with these mistakes in it, or None where they do not fit together.

    Two edits that touch make one that neither sentence describes.
    """
    if any(touch(*pair) for pair in combinations(together, 2)):
        return None
    try:
        return check.course.key.plant(check.name, together)
    except (Unplantable, SyntaxError):
        return None


def touch(one: tuple[str, Mistake], other: tuple[str, Mistake]) -> bool:
    """Whether two mistakes change the same function at the same place: together they are a third one, with no name."""
    return one[0] == other[0] and any(_meet(a, b) for a in one[1].edits for b in other[1].edits)


def _meet(one: Edit, other: Edit) -> bool:
    """Whether two edits change the same text, or one of them inserts something beside the other."""
    inserts = one.start == one.end or other.start == other.end
    return one.overlaps(other) or (inserts and one.start <= other.end and other.start <= one.end)


def gives(function: Callable, runs: list[Seen], called: Call) -> bool:
    """Whether a planted function does in every run what the answer did; most candidates are out after the first."""
    return all(_did(_what_it_does(function, run.case, called), run) for run in runs)


def _what_it_does(function: Callable, case: Case, called: Call) -> object:
    """What a planted function gives for a case, or the exception that it raises: the mistake makes this input impossible."""
    try:
        return called(function, case)
    except Exception as error:
        return error.with_traceback(None)


def _did(value: object, run: Seen) -> bool:
    """Whether the answer did the same in a run."""
    if isinstance(value, Exception) or isinstance(run.value, BaseException):
        return type(value) is type(run.value) and not (isinstance(value, Misfit) and str(value) != str(run.value))
    if isinstance(run.expected, float) and type(value) in (int, float) and type(run.value) in (int, float):
        return equal(float(value), float(run.value), run.tolerance)
    # both ways: an int may be given for a float, but not a float for an int
    return equal(value, run.value, run.tolerance) and equal(run.value, value, run.tolerance)


def told(check: "Check", found: list[Planted], answer: Callable | None = None) -> Diagnosis:
    """The diagnosis of these sets of mistakes. What all of several pairs share is told alone: the rest is not certain."""
    shared = [each for each in found[0] if all(each in other for other in found)] if len(found) > 1 else []
    if shared and len(found[0]) > 1:
        alone = _sentence(check, tuple(shared), answer)
        return Diagnosis(
            (tuple(full_label(check, *each) for each in shared),), f"Two things at once. One is certain: {alone}"
        )
    labels = tuple(tuple(full_label(check, *each) for each in together) for together in found)
    sentences = list(dict.fromkeys(_sentence(check, together, answer) for together in found))
    if len(sentences) < 2:
        return Diagnosis(labels, "".join(sentences))
    listed = "\n".join(f"- {each}" for each in sentences[:4])
    return Diagnosis(labels, f"One of these (your output fits each of them):\n{listed}")


def _sentence(check: "Check", together: Planted, answer: Callable | None) -> str:
    each = [
        said.says if part == check.name else f"{where(check, part, answer)}: {said.says}" for part, said in together
    ]
    return each[0] if len(each) == 1 else "Two things at once. " + " ".join(each)


def where(check: "Check", part: str, answer: Callable | None) -> str:
    """Where a part's mistake is: in the learner's own part only if they call one that is not right."""
    theirs = called_as(answer, part) if answer is not None else None
    if theirs is None and answer is not None:
        return f"Where the reference calls `{part}`"
    of_part = check.course.find(part)
    if theirs is not None and of_part is not None and _passes(of_part, theirs):
        return f"Where the reference calls `{part}`"
    return f"In `{part}`"


def _passes(check: "Check", function: Callable) -> bool:
    """Whether a function gives what the reference gives, for fresh cases."""
    if function is check.reference:
        return True
    runs = prepare(check)
    outcome = try_out(check, function, runs)
    return not outcome.timed_out and all(run.done and is_right(check, run, run.value) for run in runs)

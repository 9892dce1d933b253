"""The argument: another call of the reference that gives what the answer gave, in every case.

An answer that ignores `eps` is the right function called with another one. `variants.py` lists the other calls, simplest first.
"""

import inspect
import itertools
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from torch import Tensor, nn

from .. import running
from ..copies import fresh, same
from ..diagnosis import Seen, gives
from ..running import guarded
from ..trial import Case, Run, call
from ..words import Raised
from .likeness import alike, bits, differing, is_summary, viewed
from .sizes import leaves
from .variants import Given, Place, Variant, places, variants

if TYPE_CHECKING:
    from ..check import Check

_ENOUGH = 12.0  # bits that the other call must foretell where the answer is wrong
_LARGEST = 1000  # a size in place of an argument from which tensors may be made
_MOST_TRIED = 400  # other calls, for one answer
_MOST_STEPS, _MOST_STEPS_OF_ONE = 150_000, 20_000  # calls and lines: another argument may make a loop endless


class _TooLong(Exception):
    """The reference does not end with these arguments, or not soon."""


def otherwise(check: "Check", runs: list[Run]) -> str:
    """A sentence on the simplest other call of the reference that gives the answer's values in all cases, or ""."""
    try:
        return guarded(lambda: _search(check, runs), running.DIAGNOSIS_LIMIT, watched=False).value or ""
    except Exception:  # nothing is known, then
        return ""


def _search(check: "Check", runs: list[Run]) -> str:
    if not runs or any(not run.done or run.error is not None for run in runs):
        return ""
    seen = [
        Seen(run.case, viewed(check, run.value, run.case), viewed(check, run.expected, run.case), run.tolerance)
        for run in runs
    ]
    if any(is_summary(run.value, each.value) for run, each in zip(runs, seen, strict=True)) or not _is_telling(seen):
        return ""
    if any(isinstance(each.value, Raised) != isinstance(each.expected, Raised) for each in seen):
        return ""
    seen.sort(key=lambda each: not _worth(each))  # first one where the answer is wrong
    given = [_given(check, each.case) for each in seen]
    own = _own(check, given)
    groups = places(given, list(own), _attributes(check))
    returned = _returned(check, seen, given, groups)
    if returned:
        return f"Yours is {returned} as it was given."
    defaults = {name: each.default for name, each in own.items() if each.default is not each.empty}
    by_case = {id(each.case): values for each, values in zip(seen, given, strict=True)}
    budget = _Steps(check)
    sizes = _sizes(check, [*given, *(each.expected for each in seen)])
    for tried, variant in enumerate(variants(given, groups, defaults, sizes)):
        if tried >= _MOST_TRIED or budget.left <= 0:
            return ""
        if not _changes(variant, given[0]):
            continue

        def called(function: Callable, case: Case, variant: Variant = variant) -> object:
            changed = variant.change(by_case[id(case)])
            args = fresh(tuple(changed.values()))
            return budget.counted(lambda: viewed(check, call(check, function, case, args), case))

        if gives(check.reference, seen, called):
            return f"Yours is what the right {check.kind} gives {variant.phrase}."
    return ""


def _sizes(check: "Check", values: list[object]) -> list[float]:
    """The numbers to try; where tensors are given or expected, none whose square is a tensor of gigabytes."""
    only_numbers = inspect.isfunction(check.reference) and not any(
        isinstance(leaf, (Tensor, nn.Module)) for each in values for _, leaf in leaves(each)
    )
    return [size for size in check.course.sizes if only_numbers or abs(size) <= _LARGEST]


def _is_telling(seen: list[Seen]) -> bool:
    """Whether the answer is wrong, and in such a way that another call would hardly give the same by accident."""
    rich = sum(bits(each.expected) > 1 or bits(each.value) > 1 for each in seen)
    return rich >= min(2, len(seen)) and sum(map(_worth, seen)) >= _ENOUGH


def _worth(seen: Seen) -> float:
    """How much a case proves: the bits of what is wrong there."""
    if alike(seen.value, seen.expected, seen.tolerance):
        return 0.0
    return bits(list(differing(seen.value, seen.expected, seen.tolerance)))


def _changes(variant: Variant, given: Given) -> bool:
    """Whether the variant can be made of these arguments and is another call."""
    try:
        changed = variant.change(given)
    except Exception:
        return False
    return not all(_unchanged(changed[name], given[name]) for name in given)


def _unchanged(one: object, other: object) -> bool:
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):  # most of its entries are the same objects
        return one.keys() == other.keys() and all(_unchanged(one[key], other[key]) for key in one)
    return type(one) is type(other) and not callable(one) and not hasattr(one, "__dict__") and same(one, other)


def _given(check: "Check", case: Case) -> Given:
    """The arguments of a case by their names, those with a default filled in."""
    parameters = list(inspect.signature(check.use or check.reference).parameters.values())
    parameters = parameters[1:] if check.use else parameters
    given = dict(zip((each.name for each in parameters), case.args, strict=False))
    for each in parameters[len(case.args) :]:
        if each.default is each.empty or each.kind is each.KEYWORD_ONLY:
            break
        given[each.name] = each.default
    return given


def _own(check: "Check", given: list[Given]) -> dict[str, inspect.Parameter]:
    """The exercise's own arguments: what only its check has is nothing that a sentence could name."""
    own = dict(inspect.signature(check.reference).parameters)
    if inspect.isclass(check.reference) and hasattr(check.reference, "forward"):
        own = dict(inspect.signature(check.reference.forward).parameters) | own
    own = {name: own[name] for name in given[0] if name in own and all(name in each for each in given)}
    if check.use:
        own = {name: it for name, it in own.items() if _is_as_stated(it, [each[name] for each in given])}
    return own


def _returned(check: "Check", seen: list[Seen], given: list[Given], groups: list[list[Place]]) -> str:
    """The name of an argument, or of its part, that the answer returns as it is."""
    for place in itertools.chain.from_iterable(groups):
        values = [viewed(check, place.read(each), run.case) for each, run in zip(given, seen, strict=True)]
        if all(alike(run.value, value, run.tolerance) for run, value in zip(seen, values, strict=True)):
            return place.name
    return ""


def _is_as_stated(parameter: inspect.Parameter, values: list[object]) -> bool:
    """Whether these are values of the annotated type: a check may have its own way to write an argument down."""
    if parameter.annotation is parameter.empty:
        return True
    stated = re.findall(r"\w+", str(parameter.annotation))
    return all(type(value).__name__ in stated or value is None for value in values)


def _attributes(check: "Check") -> frozenset[str]:
    """The names of all attributes that the reference and its parts read."""
    key = check.course.key
    try:
        texts = [key.body_source(name) for name in (check.name, *key.parts(check.name))]
    except (KeyError, OSError, TypeError):
        return frozenset()
    return frozenset(name for text in texts for name in re.findall(r"\.(\w+)", text))


class _Steps:
    """Counts the calls and the lines of the key that are executed, and ends what executes too many."""

    def __init__(self, check: "Check") -> None:
        self.left = _MOST_STEPS
        self._files = {getattr(sys.modules.get(check.reference.__module__), "__file__", None)}
        self._files |= {getattr(module, "__file__", None) for module in check.course.key.modules}

    def counted(self, work: Callable[[], object]) -> object:
        """What `work()` gives, or _TooLong."""
        before, self._of_this = sys.gettrace(), _MOST_STEPS_OF_ONE
        sys.settrace(self._enter)
        try:
            return work()
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Callable | None:
        self.left -= 1
        return self._count if frame.f_code.co_filename in self._files else None

    def _count(self, frame: FrameType, event: str, argument: object) -> Callable:
        if event == "line":
            self.left -= 1
            self._of_this -= 1
            if min(self.left, self._of_this) <= 0:
                raise _TooLong
        return self._count

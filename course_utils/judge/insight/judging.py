"""Is an answer wrong in a small case, in the way in which it is wrong already, and for certain?"""

import math
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..copies import fresh
from ..trial import Case, Run, call, difference_of
from ..words import Raised
from . import contents, typed
from .likeness import close
from .sizes import leaves

if TYPE_CHECKING:
    from ..check import Check

_LONGEST = 800  # characters of the call
_MANY = 12  # of so many tensors a copy takes its time
_NEARBY = 2  # so many pairs of inputs around one have to give the same; before it is shown, eight


class Judge:
    """Says of a case whether the answer is wrong there, in the way in which it is wrong already, and the reference is right."""

    def __init__(self, check: "Check", answer: Callable, shown: Run, kind: str, watching: Callable | None) -> None:
        """shown: the case of the card, and kind: what is wrong there; watching: the trace function that ends the answer."""
        self.check, self.answer, self.kind, self.watching = check, answer, kind, watching
        self.limit = weight(shown.case.args)
        self.finite, self.raises = is_finite(shown.expected), isinstance(shown.expected, Raised)

    def is_wrong(self, case: Case) -> bool:
        """One call of each; a third one of the reference if the answer is wrong."""
        if weight(case.args) >= self.limit:
            return False
        try:
            expected = call(self.check, self.check.reference, case)
        except Exception:
            return False
        counts = self.check.view(expected, *case.args) if self.check.view else expected
        if (self.finite and not is_finite(expected)) or isinstance(expected, Raised) != self.raises:
            return False
        if any(isinstance(leaf, Exception) for _, leaf in leaves(counts)):
            return False
        mine = self._value(case)
        kind = self._kind(case, mine, expected)
        return class_of(kind) == class_of(self.kind) and (kind != "values" or self._is_settled(case, expected))

    def _value(self, case: Case) -> object:
        args = fresh(case.args)
        sys.settrace(self.watching)
        try:
            return call(self.check, self.answer, case, args)
        except Exception as error:
            return error
        finally:
            sys.settrace(None)

    def _kind(self, case: Case, mine: object, expected: object) -> str:
        if isinstance(mine, Exception):
            return "raised"
        difference = difference_of(self.check, case, mine, expected, _clear(self.check, case))
        return difference.kind if difference else ""

    def _is_settled(self, case: Case, expected: object, tries: int = _NEARBY) -> bool:
        """Whether the reference gives the same for slightly other numbers: no tie, and nothing in which rounding errors grow."""
        seeds = range(tries if len(list(leaves(case.args))) < _MANY else 1)
        return all(self._stays(case, expected, seed, sign) for seed in seeds for sign in (1, -1))

    def _stays(self, case: Case, expected: object, seed: int, sign: int) -> bool:
        for dtype, by, tolerance in ((torch.float64, 1e-7, 2e-5), (torch.float32, 1e-5, 1e-3)):
            args = contents.moved(fresh(case.args), sign * by, dtype, torch.Generator().manual_seed(seed))
            with suppress(Exception):  # a model inside of the arguments is not in float64
                return _near(call(self.check, self.check.reference, case, args), expected, tolerance)
        return True

    def told(self, case: Case) -> str:
        """The three lines, from one more run."""
        expected, mine = call(self.check, self.check.reference, case), self._value(case)
        kind = self._kind(case, mine, expected)
        if not kind or (kind == "values" and not self._is_settled(case, expected, 8)):
            return ""
        text = typed.call(self.check, case, _LONGEST)
        if len(text) > _LONGEST:
            return ""
        if isinstance(mine, Exception):
            return f"{text}\nexpected {typed.result(expected, 3)}\nyours {typed.raised(mine)}"
        difference = difference_of(self.check, case, mine, expected, _clear(self.check, case))
        found = typed.both(self.check, expected, mine, difference)
        if not found:
            return ""
        place, right, wrong = found
        return f"{text}{': ' * bool(place)}{place}\nexpected {right}\nyours {wrong}"


def class_of(kind: str) -> str:
    """A kind of difference without the finer distinctions."""
    return "shape" if kind in ("type", "shape", "dtype") else "values" if kind in ("values", "nan") else kind


def _clear(check: "Check", case: Case) -> float:
    """The tolerance, enlarged: what is shown is no matter of rounding."""
    return max(3 * (check.tolerance if case.tolerance is None else case.tolerance), 3e-5)


def is_finite(value: object) -> bool:
    """Whether all numbers are, wherever they are."""
    for _, leaf in leaves(value):
        if isinstance(leaf, Tensor) and leaf.is_floating_point() and not bool(leaf.isfinite().all()):
            return False
        if isinstance(leaf, float) and not math.isfinite(leaf):
            return False
    return True


def _near(one: object, other: object, tolerance: float) -> bool:
    pairs = list(zip(leaves(one), leaves(other), strict=False))
    return all(_alike(a, b, tolerance) for (_, a), (_, b) in pairs)


def _alike(one: object, other: object, tolerance: float) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return close(one, other, tolerance)
    if isinstance(one, float) and isinstance(other, float):
        return one == other or one != one or abs(one - other) <= tolerance * (1 + abs(other))
    return one == other if isinstance(one, (str, int)) else type(one) is type(other)


def weight(value: object) -> int:
    """How much there is to read: 1 for 0 and 1, 2 for other digits, more for longer numbers, 1 for every letter."""
    total = 0
    for _, leaf in leaves(value):
        if isinstance(leaf, Tensor):
            numbers = leaf.detach().double().abs()
            short = (numbers < 10) & (numbers == numbers.round())
            total += 4 * numbers.numel() - 2 * int(short.sum()) - int((numbers <= 1)[short].sum())
        elif isinstance(leaf, str):
            total += len(leaf)
        elif type(leaf) is int:
            total += 2 * len(str(abs(leaf))) - (abs(leaf) < 2)
        elif isinstance(leaf, nn.Module):
            total += 2 * sum(parameter.numel() for parameter in leaf.parameters())
        elif code := getattr(leaf, "__code__", None):
            total += len(code.co_code) // 4  # the simpler of two functions
    return total

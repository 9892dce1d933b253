"""After a failure: which known mistakes explain the answer, and if none does, where and how it differs."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor

from .answer_key import Mistake, Unplantable, plant
from .compare import equal, first_difference
from .weights import Misfit

Planted = tuple[tuple[str, Mistake], ...]  # (part, mistake) pairs that stand in one function together


# A composite has thousands of pairs. Up to the small size all are tried, up to the large one those in which the exercise
# itself has a hand, beyond it only pairs of its own mistakes.
_SMALL_BANK, _LARGE_BANK = 60, 150


class Seen(NamedTuple):
    """What the learner's function gave for a case (or the exception that it raised), and what was expected."""

    case: object
    value: object
    expected: object
    tolerance: float


def explanations(name: str, bank: list, runs: list[Seen], call: Callable) -> list[Planted]:
    """The smallest sets of known mistakes under which the reference gives the learner's outputs, all of that size.

    bank: the (part, mistake) pairs that may stand in `name`; call(function, case): the value of a planted function,
    viewed as the comparison views it. A mistake of the exercise itself goes before one of a part that does the same.
    """

    def inherited(together: Planted) -> int:
        return sum(part != name for part, _ in together)

    for size in (1, 2):
        most = size if size == 1 or len(bank) <= _SMALL_BANK else 1 if len(bank) <= _LARGE_BANK else 0
        for share in range(most + 1):
            found = [
                together
                for together in combinations(bank, size)
                if inherited(together) == share
                and (function := planted(name, together))
                and gives(function, runs, call)
            ]
            if found:
                return found
        if len(bank) > _LARGE_BANK:  # its own alone, and of these what can have a part in an answer like the learner's
            bank = [each for each in bank if each[0] == name and _may_take_part(name, each, runs[0], call)]
            continue
        right = [run._replace(value=run.expected) for run in runs]
        bank = [  # of the parts' mistakes only those that show in these cases: the rest would only take time
            (part, mistake)
            for part, mistake in bank
            if part == name or not ((function := planted(name, ((part, mistake),))) and gives(function, right, call))
        ]
    return []


def _may_take_part(name: str, mistake: tuple[str, Mistake], run: Seen, call: Callable) -> bool:
    """Whether a mistake by itself raises where the learner's answer raises, and else spoils the type or shape only where
    that is spoilt.
    """
    function, learners = planted(name, (mistake,)), _kind(run.value, run.expected)
    try:
        kind = _kind(call(function, run.case), run.expected)
    except Exception:
        kind = "raised"
    return kind == learners or (kind == "values" and learners != "raised")


def _kind(value: object, expected: object) -> str:
    if isinstance(value, BaseException):
        return "raised"
    difference = first_difference(value, expected)
    return difference.kind if difference and difference.kind in ("type", "shape", "dtype") else "values"


def planted(name: str, together: Planted) -> Callable | None:
    """The reference function with these mistakes in it, or None where they do not fit together."""
    try:
        return plant(name, together)
    except (Unplantable, SyntaxError):
        return None


def gives(function: Callable, runs: list[Seen], call: Callable) -> bool:
    """Whether a planted function does in every run what the learner's did; most candidates are out after the first."""
    for run in runs:
        try:
            value = call(function, run.case)
        except Exception as error:  # the planted mistake makes this input impossible
            value = error
        if isinstance(value, Exception) or isinstance(run.value, BaseException):
            if type(value) is not type(run.value) or (isinstance(value, Misfit) and str(value) != str(run.value)):
                return False
        elif not (equal(value, run.value, run.tolerance) and equal(run.value, value, run.tolerance)):
            return False  # both ways: an int may stand for a float, but not a float for an int
    return True


# Where a wrong tensor is wrong ---------------------------------------------------------------------------------------------


def where_wrong(mine: Tensor, expected: Tensor, axes: tuple, tolerance: float) -> Iterator[str]:
    """Sentences on the pattern of a difference: confined to some rows, a constant factor, a constant shift, a swap."""
    mine, expected = mine.detach().double(), expected.detach().double()
    wrong = (mine - expected).abs() > tolerance + tolerance * expected.abs()
    if len(axes) == mine.dim():
        yield from _confined(wrong, axes)
    both = torch.isfinite(mine) & torch.isfinite(expected)
    big = both & (expected.abs() > 1e-3)
    if big.sum() > 3 and bool(wrong[big].any()):
        ratio = mine[big] / expected[big]
        factor, spread = float(ratio.mean()), float(ratio.std())
        # No factor, if the ratios are as far from each other as from 1: nearly right values, such as cosines near 1.
        if spread < min(1e-4 * abs(factor), 0.1 * abs(factor - 1)) and bool(both.all()):
            yield f"All your values are the reference's times {factor:.4g}."
            return
        shift = (mine - expected)[both]
        if float(shift.std()) < 1e-4 * abs(float(shift.mean())):
            yield f"All your values are the reference's plus {float(shift.mean()):.4g}."
            return
    if mine.dim() >= 2 and mine.shape[-1] == mine.shape[-2] and torch.allclose(mine, expected.mT, atol=1e-4):
        yield "Yours is the reference's result with its last two axes swapped."


def _confined(wrong: Tensor, axes: tuple) -> Iterator[str]:
    for axis, name in enumerate(axes):
        size = wrong.shape[axis]
        others = [other for other in range(wrong.dim()) if other != axis]
        places = (wrong.any(dim=others) if others else wrong).nonzero().flatten().tolist()
        if 0 < len(places) <= size // 2:
            yield f"Along {name}, only {_listed(places)} of 0 to {size - 1} {'is' if len(places) == 1 else 'are'} wrong."
        elif size > 2 and len(places) == size - 1:
            right = next(index for index in range(size) if index not in places)
            yield f"Along {name}, only {right} of 0 to {size - 1} is right."


def _listed(places: list[int]) -> str:
    words = [str(place) for place in places[:4]]
    return ", ".join(words) + (" ..." if len(places) > 4 else "")


def heat(mine: Tensor, expected: Tensor, axes: tuple) -> tuple[tuple[tuple[float, ...], ...], str]:
    """The difference as rows of numbers from 0 to 1 over the last two axes, at most 12 by 24, and what the picture shows."""
    gap = (mine.detach().double() - expected.detach().double()).abs().nan_to_num(0.0, posinf=0.0)
    if gap.dim() < 2 or float(gap.max()) == 0:
        return (), ""
    flat = gap.reshape(-1, *gap.shape[-2:])
    worst = int(flat.amax(dim=(1, 2)).argmax())
    picture = flat[worst][:12, :24]
    if float(picture.max()) == 0:
        return (), ""
    rows = tuple(tuple(round(float(v), 2) for v in row) for row in (picture / picture.max()))
    names = axes if len(axes) == gap.dim() else tuple(f"axis {i}" for i in range(gap.dim()))
    place = torch.unravel_index(torch.tensor(worst), gap.shape[:-2]) if gap.dim() > 2 else ()
    where = ", ".join(f"{name} {int(index)}" for name, index in zip(names, place, strict=False))
    says = f"The difference: rows are {names[-2]}, columns {names[-1]}" + (f", shown for {where}" if where else "")
    return rows, says + "; the fuller the colour the further off, hollow is exact."

"""After a failure: which known mistakes explain the answer, and if none does, where and how it differs."""

from collections.abc import Iterator
from itertools import combinations

import torch
from torch import Tensor

from .answer_key import Mistake, Unplantable, plant
from .compare import equal

Planted = tuple[tuple[str, Mistake], ...]  # (part, mistake) pairs that stand in one function together


def explanations(name, bank, runs, call, tolerance) -> list[Planted]:
    """The smallest sets of known mistakes under which the reference gives the learner's outputs, all of that size.

    bank: the (part, mistake) pairs that may stand in `name`; runs: (case, the learner's value) pairs;
    call(function, case): the value of a planted function, viewed as the comparison views it.
    """
    for size in (1, 2):
        found = [
            planted
            for planted in combinations(bank, size)
            if (function := _planted(name, planted)) and _gives(function, runs, call, tolerance)
        ]
        if found:
            return found
    return []


def _planted(name: str, planted: Planted):
    try:
        return plant(name, planted)
    except Unplantable:
        return None


def _gives(function, runs, call, tolerance) -> bool:
    """Whether a planted function gives the learner's value in every run; most candidates are out after the first."""
    for case, value in runs:
        try:
            if not equal(call(function, case), value, tolerance):
                return False
        except Exception:  # the planted mistake makes this input impossible, so it is not what the learner wrote
            return False
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
        if float(ratio.std()) < 1e-4 * abs(float(ratio.mean())) and bool(both.all()):
            yield f"All your values are the reference's times {float(ratio.mean()):.4g}."
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
            yield f"Only {name} {_listed(places)} of 0 to {size - 1} {'is' if len(places) == 1 else 'are'} wrong."
        elif size > 2 and len(places) == size - 1:
            right = next(index for index in range(size) if index not in places)
            yield f"Only {name} {right} of 0 to {size - 1} is right."


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
    return rows, says + "; darker is further off, hollow is exact."

"""Explain without a name: where a tensor differs from the reference, and in what way."""

from collections.abc import Iterator

import torch
from torch import Tensor


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
            yield f"Along {name}, only {_places(places)} of 0 to {size - 1} {'is' if len(places) == 1 else 'are'} wrong."
        elif size > 2 and len(places) == size - 1:
            right = next(index for index in range(size) if index not in places)
            yield f"Along {name}, only {right} of 0 to {size - 1} is right."


def _places(places: list[int]) -> str:
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
    return rows, says + "; darker is further off, an empty cell is exact."

"""Explain without a name: where a tensor differs from the reference, and in what way."""

from collections.abc import Iterator

import torch
from torch import Tensor


def where_wrong(mine: Tensor, expected: Tensor, axes: tuple, tolerance: float) -> Iterator[str]:
    """Sentences on the places of a difference: along which axis it is confined to some of them."""
    mine, expected = mine.detach().double(), expected.detach().double()
    gap = (mine - expected).abs()
    wrong = gap > tolerance + tolerance * expected.abs()
    if len(axes) == mine.dim():
        # What a check does not compare is 0 on both sides: neither right nor wrong.
        yield from _confined(wrong, gap.nan_to_num(torch.inf), (mine != 0) | (expected != 0), axes)


def _confined(wrong: Tensor, gap: Tensor, shown: Tensor, axes: tuple) -> Iterator[str]:
    """Along which axis only some places are wrong, or all but one. shown: where a value counts at all."""
    for axis, (name, size) in enumerate(zip(axes, wrong.shape, strict=True)):
        others = [other for other in range(wrong.dim()) if other != axis]

        def places(where: Tensor, others: list[int] = others) -> list[int]:
            return (where.any(dim=others) if others else where).nonzero().flatten().tolist()

        compared, bad = places(shown), places(wrong)
        good = [place for place in compared if place not in bad]
        if 0 < len(bad) <= len(compared) // 2:
            yield f"Wrong along {name} only at place{'s' * (len(bad) > 1)} {_places(bad)}."
        elif len(good) == 1 and len(bad) > 1 and _stands_out(gap.movedim(axis, 0).reshape(size, -1), good[0], bad):
            yield f"Right along {name} only at place {good[0]}."


def _stands_out(gap: Tensor, good: int, bad: list[int]) -> bool:
    """Whether the place is exact, beside the others: not the one that by chance is within the tolerance."""
    return float(gap[good].max()) <= 0.01 * float(gap[bad].amax(dim=1).min())


def _places(places: list[int]) -> str:
    words = [str(place) for place in places[:4]]
    return " and ".join(words) if len(places) == 2 else ", ".join(words) + (" ..." if len(places) > 4 else "")


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
    names = axes if len(axes) == gap.dim() else tuple(f"axis {i}:" for i in range(gap.dim()))
    place = torch.unravel_index(torch.tensor(worst), gap.shape[:-2]) if gap.dim() > 2 else ()
    where = ", ".join(f"{name} {int(index)}" for name, index in zip(names, place, strict=False))
    shown = f"{where}; " if where else ""
    return (
        rows,
        f"Where it differs ({shown}rows: {names[-2].rstrip(':')}, columns: {names[-1].rstrip(':')}). Darker: further off. Empty: equal.",
    )

"""Small contents for tensors, lists and texts, of the kind that a case has: masks stay masks, ids stay ids, shares sum to 1."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def kind_of(tensor: Tensor) -> str:
    """What numbers a tensor has: "mask", "ids", "bounds" (rising from 0), "shares" (rows that sum to 1), "unit" (rows of length 1), "odd" or "free"."""
    values = tensor.detach()
    if not values.is_floating_point():
        if values.dtype == torch.bool or _is_0_or_1(values):
            return "mask"
        rising = values.dim() == 1 and len(values) > 1 and values[0] == 0 and bool((values.diff() > 0).all())
        return "bounds" if rising else "ids"
    if not values.numel() or not values.dim():
        return "free"
    if not values.isfinite().all() or (values.numel() > 1 and len(values.unique()) <= 2 and values.abs().max() > 1e3):
        return "odd"  # an additive mask, or NaN
    if values.shape[-1] > 1 and values.numel() > 3:
        if (values >= 0).all() and torch.allclose(values.sum(-1), torch.ones((), dtype=values.dtype), atol=1e-3):
            return "shares"
        if torch.allclose(values.norm(dim=-1), torch.ones((), dtype=values.dtype), atol=1e-3):
            return "unit"
    return "free"


def _may_be_shares(values: Tensor) -> bool:
    """What is told fast: whether the first row sums to 1."""
    first = values.flatten()[: values.shape[-1]]
    return abs(float(first.sum()) - 1) < 1e-3


def _is_0_or_1(values: Tensor) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def cut(tensor: Tensor, new: Mapping[int, int], taken: Mapping[int, tuple[int, int]]) -> Tensor:
    """A part of a tensor with the new sizes. taken: the first place and the step by which places are taken, by old size."""
    for axis, size in enumerate(tensor.shape):
        small = new.get(size, size)
        if small != size:
            start, step = taken.get(size, (0, 1))
            if start + step * (small - 1) >= size:
                start, step = size - small, 1
            tensor = tensor[(slice(None),) * axis + (slice(start, start + step * (small - 1) + 1, step),)]
    return tensor.clone()


def filled(tensor: Tensor, kind: str, seed: int) -> Tensor:
    """A float tensor of this shape and kind with small numbers: all 0 or 1 for the seed 0, counted up from 1 for 1, else drawn."""
    count = tensor.numel()
    if kind in ("shares", "unit"):
        return _rows(tensor, _share if kind == "shares" else _unit, seed)
    if seed == 0:
        numbers = torch.zeros(count)
    elif seed == 1:
        numbers = 1 + torch.arange(count) % 4
    else:
        numbers = torch.randint(-2, 4, (count,), generator=torch.Generator().manual_seed(seed))
    return numbers.to(tensor.dtype).reshape(tensor.shape)


def _rows(tensor: Tensor, row: Callable[[int, int], Tensor], seed: int) -> Tensor:
    count, width = tensor.numel() // tensor.shape[-1], tensor.shape[-1]
    numbers = torch.randint(0, 3 * width, (count,), generator=torch.Generator().manual_seed(seed))
    if seed < 2:
        numbers = torch.arange(count) * seed % (3 * width)
    made = torch.stack([row(width, number) for number in numbers.tolist()])
    return made.to(tensor.dtype).reshape(tensor.shape)


def _share(width: int, number: int) -> Tensor:
    """A row that sums to 1, such as (1, 0), (0.5, 0.5) and (0.25, 0.75)."""
    place, moved = number % width, (0.0, 0.5, 0.25)[number // width % 3]
    row = torch.zeros(width)
    row[place] += 1 - moved
    row[(place + 1) % width] += moved
    return row


def _unit(width: int, number: int) -> Tensor:
    """A row of length 1, such as (1, 0), (0.6, 0.8) and (-0.8, 0.6)."""
    place = number % width
    row = torch.zeros(width)
    if width > 1:
        row[place], row[(place + 1) % width] = ((1.0, 0.0), (0.6, 0.8), (-0.8, 0.6))[number // width % 3]
    else:
        row[0] = 1 - 2 * (number % 2)
    return row


def ids_below(ids: Tensor, limit: int) -> Tensor:
    """The same ids, those beyond the last row brought below it; negative ones, which are no ids, stay."""
    return torch.where((ids >= limit), ids % limit, ids)


def keeps_its_kind(small: Tensor, case: Tensor) -> bool:
    """Whether a cut mask is one that the case could have had: what begins with 1s begins with one; no row loses all its 1s."""
    if case.dim() == 0 or case.numel() == 0 or small.shape == case.shape:
        return True
    if case.is_floating_point():
        rows, cut_rows = ((each == 0).reshape(-1, each.shape[-1]) for each in (case, small))
    else:
        rows, cut_rows = (case == 1).reshape(-1, case.shape[-1]), (small == 1).reshape(-1, small.shape[-1])
    if rows[:, 0].all() and not cut_rows[:, 0].all():
        return False
    return bool(cut_rows.any(-1).all() or not rows.any(-1).all())


def bounds(tensor: Tensor, seed: int) -> Tensor:
    """As many numbers that rise from 0 by 1, or by 1 or 2."""
    steps = torch.ones(len(tensor), dtype=tensor.dtype)
    if seed:
        steps = torch.randint(1, 3, (len(tensor),), generator=torch.Generator().manual_seed(seed)).to(tensor.dtype)
    steps[0] = 0
    return steps.cumsum(0)


def rounded(tensor: Tensor, digits: int = 2) -> Tensor:
    """Numbers with so many digits, which can be written down and are then the very same."""
    flat = [float(f"{number:.{digits}g}") for number in tensor.flatten().tolist()]
    return torch.tensor(flat, dtype=tensor.dtype).reshape(tensor.shape)


def with_digits(value: object, digits: int) -> object:
    """The same, all its floats with so many digits."""
    if isinstance(value, Tensor) and value.is_floating_point():
        return rounded(value.detach(), digits).requires_grad_(value.requires_grad)
    if isinstance(value, dict):
        return type(value)((key, with_digits(item, digits)) for key, item in value.items())
    return type(value)(with_digits(item, digits) for item in value) if type(value) in (list, tuple) else value


def moved(value: object, by: float, dtype: torch.dtype, noise: torch.Generator) -> object:
    """The same in another dtype, every number by a little more or less than it was, too little for an additive mask's."""
    if isinstance(value, Tensor) and value.is_floating_point() and value.dtype != torch.float16:
        wide = value.detach().to(dtype)
        near = wide + by * torch.randn(value.shape, dtype=dtype, generator=noise)
        if value.dim() > 1 and _may_be_shares(wide) and kind_of(value) == "shares":  # none of them is negative
            near = torch.where(wide > 0, near, wide)
        return near.requires_grad_(value.requires_grad)
    if isinstance(value, dict):
        return type(value)((key, moved(item, by, dtype, noise)) for key, item in value.items())
    if type(value) in (list, tuple):
        return type(value)(moved(item, by, dtype, noise) for item in value)
    return value

"""Likeness of values, whatever their types: what an explanation needs to compare, and how much a match is worth."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..diagnosis import safely_viewed
from ..trial import Case
from ..words import Raised

if TYPE_CHECKING:
    from ..check import Check

_MOST_ATOMS = 400  # of a tensor: more would prove no more


def numbers(value: object) -> Tensor | None:
    """A tensor, a number or a flat list of numbers as a tensor of float64; None for anything else."""
    if isinstance(value, Tensor):
        return None if value.is_complex() else value.detach().double()
    if isinstance(value, (bool, int, float)):
        return torch.tensor(float(value), dtype=torch.float64)
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, (bool, int, float)) for item in value):
        return torch.tensor([float(item) for item in value], dtype=torch.float64)
    return None


def close(one: Tensor, other: Tensor, tolerance: float) -> bool:
    """Whether two tensors are the same within a tolerance, whatever their dtypes."""
    if one.shape != other.shape:
        return False
    return torch.allclose(
        one.detach().double(), other.detach().double(), rtol=tolerance, atol=tolerance, equal_nan=True
    )


def alike(one: object, other: object, tolerance: float) -> bool:
    """Whether two values are the same but for dtype, and but for list or tuple."""
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        return isinstance(one, Tensor) and isinstance(other, Tensor) and close(one, other, tolerance)
    if isinstance(one, Mapping) or isinstance(other, Mapping):
        both = isinstance(one, Mapping) and isinstance(other, Mapping)
        return both and one.keys() == other.keys() and all(alike(one[key], other[key], tolerance) for key in one)
    if isinstance(one, (list, tuple)) or isinstance(other, (list, tuple)):
        both = isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other)
        return both and all(alike(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        if not (math.isfinite(one) and math.isfinite(other)):  # any difference is within a tolerance of infinity
            return one == other or (one != one and other != other)
        return abs(one - other) <= tolerance * (1 + abs(other))
    if isinstance(one, (str, Raised, type(None))):
        return type(one) is type(other) and one == other
    return False  # nothing is known of other things


def viewed(check: "Check", value: object, case: Case) -> object:
    """What counts of a value, as the verdict sees it."""
    return value if isinstance(value, Raised) else safely_viewed(check, value, case)


def is_summary(value: object, seen: object) -> bool:
    """Whether a check sees only a summary of a result's tensors: many different results look alike then."""
    return _has_tensors(value) and not _has_tensors(seen)


def _has_tensors(value: object) -> bool:
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return isinstance(value, Tensor) or any(map(_has_tensors, items))


def differing(mine: object, expected: object, tolerance: float) -> Iterator[object]:
    """The parts of `mine` that are not as expected: all of it where the two are not built alike."""
    if isinstance(mine, Tensor) and isinstance(expected, Tensor) and mine.shape == expected.shape:
        one, other = mine.detach().double(), expected.detach().double()
        yield mine.detach()[~torch.isclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True)]
    elif isinstance(mine, Mapping) and isinstance(expected, Mapping) and mine.keys() == expected.keys():
        for key in mine:
            yield from differing(mine[key], expected[key], tolerance)
    elif _are_sequences(mine, expected):
        for one, other in zip(mine, expected, strict=True):
            yield from differing(one, other, tolerance)
    elif not alike(mine, expected, tolerance):
        yield mine


def _are_sequences(mine: object, expected: object) -> bool:
    both = isinstance(mine, (list, tuple)) and isinstance(expected, (list, tuple))
    return both and len(mine) == len(expected)


def bits(values: object) -> float:
    """How much it proves that a value was foretold, in bits: nothing for a constant, one for a yes or no, much for floats."""
    atoms = [(type(atom), atom) for atom in _atoms(values)]
    counts = Counter(atoms)
    entropy = -sum(count * math.log2(count / len(atoms)) for count in counts.values())
    return entropy + sum(_size(atom) for _, atom in counts)


def count(values: object) -> int:
    """How many numbers, texts and the like there are in these values."""
    return sum(1 for _ in _atoms(values))


def _atoms(value: object) -> Iterator[object]:
    if isinstance(value, Tensor):
        flat = value.detach().flatten()[:_MOST_ATOMS]
        plain = flat.dtype is torch.bool or not flat.is_floating_point()
        yield from flat.tolist() if plain else map(_rounded, flat.tolist())
    elif isinstance(value, Mapping):
        yield from (atom for item in value.values() for atom in _atoms(item))
    elif isinstance(value, (list, tuple, Iterator)):
        yield from (atom for item in value for atom in _atoms(item))
    elif isinstance(value, float):
        yield _rounded(value)
    elif isinstance(value, (bool, int, str)) or value is None:
        yield value
    # of other things, an exception among them, nothing is foretold


def _rounded(number: float) -> float:
    return float(f"{number:.4g}") if abs(number) > 1e-7 else 0.0


def _size(atom: object) -> float:
    """The bits of one number or text by itself."""
    if isinstance(atom, str):
        return min(30.0, 3.0 * len(atom))
    if isinstance(atom, bool) or atom is None or not math.isfinite(atom):
        return 0.0
    if isinstance(atom, float) and not atom.is_integer():
        return 10.0
    return min(20.0, math.log2(1 + abs(atom)))

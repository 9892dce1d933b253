"""Compare an answer with the reference's: type, shape, dtype, then values, each difference told in one sentence.

An answer is a tensor, a number, a string, None, or a tuple, list or dict of answers. The reference's answer decides what is
expected.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .copies import plain
from .words import Raised, a, brief, describe, listed, named_shape, short, way_to_plain, way_to_tensor

Axes = tuple | dict  # the names of a tensor's axes, nested as the result is


@dataclass(frozen=True)
class Difference:
    """`kind` is "type", "shape", "dtype", "nan" or "values"; `where` names the part of the answer ("result[1]")."""

    kind: str
    says: str
    where: str = ""
    mine: object = None  # the two leaves that differ
    expected: object = None
    axes: tuple = ()  # the names of the axes of these two, if they are tensors

    @property
    def sentence(self) -> str:
        return f"in `{self.where}`: {self.says}" if self.where else self.says


ORDER = ("type", "shape", "dtype", "nan", "values")


def first_difference(mine: object, expected: object, axes: Axes = (), tolerance: float = 1e-5) -> Difference | None:
    """The most basic difference of two answers (a wrong type before a wrong shape before wrong values), or None."""
    found = list(_differences(mine, expected, axes, tolerance, ""))
    return min(found, key=lambda difference: ORDER.index(difference.kind)) if found else None


def without_hidden(found: Difference, mine: object, expected: object, tolerance: float) -> Difference:
    """The same, told of the values that count. found: of what a view gives of two answers; what it hides is 0 on both sides."""
    if found.kind != "values" or not isinstance(found.expected, Tensor):
        return found
    same_place = (each for each in _differences(mine, expected, (), tolerance, "") if each.where == found.where)
    whole = next(same_place, None)
    if whole is None or whole.kind != "values" or whole.expected.shape != found.expected.shape:
        return found
    nothing = (found.mine == 0) & (found.expected == 0)
    hidden = nothing & ((whole.mine != 0) | (whole.expected != 0))
    says = _value_sentence(found.mine, found.expected, tolerance, int((~hidden).sum()))
    return replace(found, says=says)


def equal(mine: object, expected: object, tolerance: float = 1e-5) -> bool:
    """Whether two answers are the same within the tolerance, told as fast as possible."""
    if isinstance(expected, Tensor):
        return (
            isinstance(mine, Tensor)
            and (mine := plain(mine)).shape == expected.shape
            and mine.dtype == expected.dtype
            and _same_values(mine, expected, tolerance)
        )
    return next(_differences(mine, expected, (), tolerance, ""), None) is None


def _differences(mine: object, expected: object, axes: Axes, tolerance: float, where: str) -> Iterator[Difference]:
    if isinstance(expected, Tensor):
        yield from _tensor_differences(mine, expected, axes, tolerance, where)
    elif isinstance(expected, Mapping):
        yield from _mapping_differences(mine, expected, axes, tolerance, where)
    elif isinstance(expected, (tuple, list)):
        yield from _sequence_differences(mine, expected, axes, tolerance, where)
    elif isinstance(expected, Raised):
        yield from _raised_differences(mine, expected, where)
    else:
        yield from _plain_differences(mine, expected, tolerance, where)


def _tensor_differences(
    mine: object, expected: object, axes: Axes, tolerance: float, where: str
) -> Iterator[Difference]:
    if not isinstance(mine, Tensor):
        yield Difference(
            "type", f"expected a torch.Tensor, got {describe(mine)}{way_to_tensor(mine)}", where, mine, expected
        )
        return
    mine = plain(mine)
    if mine.shape != expected.shape:
        says = f"expected the shape {named_shape(expected, axes)}, got {tuple(mine.shape)}"
        yield Difference("shape", says + _shape_advice(mine, expected, axes), where, mine, expected)
    elif mine.dtype != expected.dtype:
        says = f"expected the dtype {short(expected.dtype)}, got {short(mine.dtype)}"
        yield Difference("dtype", says, where, mine, expected)
    elif not _same_values(mine, expected, tolerance):
        bad = int((~torch.isfinite(mine)).sum()) - int((~torch.isfinite(expected)).sum())
        if bad > 0:
            word = "NaN" if torch.isnan(mine).any() else "infinite"
            says = f"{bad:,} of {mine.numel():,} values are {word}, where the reference has ordinary numbers"
            yield Difference("nan", says, where, mine, expected, axes)
        else:
            yield Difference("values", _value_sentence(mine, expected, tolerance), where, mine, expected, axes)


def _same_values(mine: Tensor, expected: Tensor, tolerance: float) -> bool:
    if expected.is_floating_point():
        return torch.allclose(mine.detach(), expected.detach(), rtol=tolerance, atol=tolerance, equal_nan=True)
    return torch.equal(mine, expected)


def _value_sentence(mine: Tensor, expected: Tensor, tolerance: float, of: int | None = None) -> str:
    """of: how many of the values count, if not all do."""
    of = expected.numel() if of is None else of
    if expected.numel() == 1:
        one, other = (brief(tensor.detach().item()) for tensor in (mine, expected))
        if one != other:
            return f"{one}, where the reference has {other}"
    if not expected.is_floating_point():
        wrong = int((mine != expected).sum())
        return f"{wrong:,} of {of:,} values differ from the reference's"
    gap = (mine.detach() - expected.detach()).abs()
    wrong = int((gap > tolerance + tolerance * expected.detach().abs()).sum())
    return (
        f"{wrong:,} of {of:,} values differ from the reference's, the worst by {float(gap.max()):.2g} "
        f"(allowed: {tolerance:g})"
    )


def _mapping_differences(
    mine: object, expected: object, axes: Axes, tolerance: float, where: str
) -> Iterator[Difference]:
    if not isinstance(mine, Mapping):
        yield Difference("type", f"expected a dict with the keys {listed(expected)}, got {describe(mine)}", where)
        return
    missing, extra = [k for k in expected if k not in mine], [k for k in mine if k not in expected]
    if missing:
        lacks = "the keys {} are" if len(missing) > 1 else "the key {} is"
        instead = f", which has {listed(extra)} instead" if extra else ""
        yield Difference("type", f"{lacks.format(listed(missing))} missing from the dict{instead}", where)
    elif extra:
        yield Difference("type", f"the dict has keys nobody asked for: {listed(extra)}", where)
    for key in expected:
        if key in mine:
            inner = axes.get(key, ()) if isinstance(axes, Mapping) else axes
            yield from _differences(mine[key], expected[key], inner, tolerance, _join(where, f"[{key!r}]"))


def _sequence_differences(
    mine: object, expected: object, axes: Axes, tolerance: float, where: str
) -> Iterator[Difference]:
    kind = "tuple" if isinstance(expected, tuple) else "list"
    if not isinstance(mine, (tuple, list)) or isinstance(mine, tuple) != isinstance(expected, tuple):
        of = f" of {len(expected)} items" if kind == "tuple" else ""
        way = "; `.tolist()` makes a list of it" if kind == "list" and hasattr(mine, "tolist") else ""
        yield Difference("type", f"expected a {kind}{of}, got {describe(mine)}{way}", where, mine, expected)
        return
    if all(isinstance(item, (str, int)) for item in expected) and all(isinstance(m, (str, int)) for m in mine):
        if list(mine) != list(expected):
            yield Difference("values", _list_sentence(mine, expected), where, mine, expected)
        return
    if len(mine) != len(expected):
        says = f"expected {len(expected)} items, got {len(mine)}"
        yield Difference("shape", says, where, mine, expected)
        return
    nested = bool(axes) and isinstance(axes[0], (tuple, Mapping))
    for index, (one, other) in enumerate(zip(mine, expected, strict=True)):
        inner = axes[index] if nested and index < len(axes) else () if nested else axes
        yield from _differences(one, other, inner, tolerance, _join(where, f"[{index}]"))


def _list_sentence(mine: Sequence, expected: Sequence) -> str:
    if sorted(map(str, mine)) == sorted(map(str, expected)):
        return "the right items in the wrong order"
    if len(mine) != len(expected):
        return f"{len(mine)} item{'s' * (len(mine) != 1)}, where the reference has {len(expected)}"
    index = next(i for i, (one, other) in enumerate(zip(mine, expected, strict=True)) if one != other)
    return f"item {index} is {mine[index]!r}, the reference has {expected[index]!r}"


def _plain_differences(mine: object, expected: object, tolerance: float, where: str) -> Iterator[Difference]:
    if isinstance(expected, float):
        if not isinstance(mine, (int, float)) or isinstance(mine, bool):
            yield Difference(
                "type", f"expected a float, got {describe(mine)}{way_to_plain(mine)}", where, mine, expected
            )
        elif mine != mine and expected == expected:
            number = "an ordinary number" if math.isfinite(expected) else f"{expected:g}"
            yield Difference("nan", f"NaN, where the reference has {number}", where, mine, expected)
        elif not _close(float(mine), expected, tolerance):
            yield Difference("values", f"{mine:.6g}, where the reference has {expected:.6g}", where, mine, expected)
    elif type(mine) is not type(expected):
        wanted = "None" if expected is None else a(type(expected).__name__)
        says = f"expected {wanted}, got {describe(mine)}{way_to_plain(mine)}"
        yield Difference("type", says, where, mine, expected)
    elif mine != expected:
        yield Difference("values", f"{brief(mine)}, where the reference has {brief(expected)}", where, mine, expected)


def _raised_differences(mine: object, expected: Raised, where: str) -> Iterator[Difference]:
    if isinstance(mine, Raised):
        if mine != expected:
            says = f"it raised {mine.name}, where {expected.name} is asked for"
            yield Difference("values", says, where, mine, expected)
    elif isinstance(mine, BaseException):
        says = f"it returned {a(type(mine).__name__)}, where one is to be raised: `raise` stops the call, `return` does not"
        yield Difference("values", says, where, mine, expected)
    else:
        says = f"it returned {describe(mine)}, where it is to raise {expected.name}"
        yield Difference("values", says, where, mine, expected)


def _close(mine: float, expected: float, tolerance: float) -> bool:
    if not (math.isfinite(mine) and math.isfinite(expected)):  # any difference is within a tolerance of infinity
        return mine == expected or (math.isnan(mine) and math.isnan(expected))
    return abs(mine - expected) <= tolerance + tolerance * abs(expected)


def _shape_advice(mine: Tensor, expected: Tensor, axes: tuple) -> str:
    if mine.dim() == expected.dim() and sorted(mine.shape) == sorted(expected.shape) and len(axes) == mine.dim():
        by_size = dict(zip(expected.shape, axes, strict=True))
        if len(by_size) == mine.dim():
            return f": the axes are there, but in the order ({', '.join(by_size[size] for size in mine.shape)})"
    if mine.dim() == expected.dim() + 1 and 1 in mine.shape and mine.squeeze().shape == expected.squeeze().shape:
        return ": one axis of size 1 too many"
    if mine.dim() + 1 == expected.dim():
        return ": one axis is missing"
    return ""


def _join(where: str, step: str) -> str:
    return f"{where}{step}" if where else f"result{step}"

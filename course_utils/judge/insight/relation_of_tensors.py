"""The table of relations of numbers and tensors, simplest first."""

import itertools
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from .relation import Relation, of_expected

_EACH_NUMBER: tuple[tuple[str, Callable[[Tensor], Tensor], bool], ...] = (
    ("negated", torch.neg, False),
    ("turned into its complement: 1 - x for each x", lambda x: 1 - x, False),
    ("stripped of its signs", torch.abs, True),
    ("turned upside down: 1 / x for each x", torch.reciprocal, False),
    ("squared", torch.square, True),
    ("under a square root", torch.sqrt, False),
    ("turned into 1 / sqrt(x) for each x", torch.rsqrt, False),
    ("passed through exp", torch.exp, False),
    ("passed through log", torch.log, False),
    ("turned into -log(x) for each x", lambda x: -x.log(), False),
    ("passed through log2", torch.log2, False),
    ("reduced to its signs", torch.sign, False),
    ("passed through tanh", torch.tanh, True),
    ("passed through sigmoid", torch.sigmoid, True),
    ("cut off at 0, with 0 for all that is negative", torch.relu, True),
    ("passed through gelu", torch.nn.functional.gelu, True),
    *(
        (f"rounded to {n} decimal{'s' * (n > 1)}", lambda x, n=n: torch.round(x, decimals=n), True)
        for n in (4, 3, 2, 1)
    ),
    ("rounded to whole numbers", torch.round, True),
    ("rounded down", torch.floor, True),
    ("rounded up", torch.ceil, True),
    ("cut off at the decimal point", torch.trunc, True),
    ("held between 0 and 1", lambda x: x.clamp(0, 1), True),
)


def _along(axis: int, name: str) -> Iterator[tuple[str, Callable[[Tensor], Tensor], bool]]:
    """What can be done along one axis: phrase, function, and whether it is a step that an answer may lack."""
    yield f"flipped along {name}", lambda x: x.flip(axis), False
    for places in (1, -1, 2, -2):
        where = f"{abs(places)} place{'s' * (abs(places) > 1)} {'on' if places > 0 else 'back'}"
        yield f"shifted by {where} along {name}, round the end", lambda x, p=places: _rolled(x, p, axis), False
    yield f"sorted along {name}", lambda x: x.sort(axis).values, True
    yield f"sorted along {name}, largest first", lambda x: x.sort(axis, descending=True).values, True
    yield f"softmaxed along {name}", lambda x: x.softmax(axis), True
    yield f"passed through log_softmax along {name}", lambda x: x.log_softmax(axis), True
    yield f"scaled to length 1 along {name}", lambda x: x / x.norm(dim=axis, keepdim=True), True
    yield f"scaled to sum to 1 along {name}", lambda x: x / x.sum(axis, keepdim=True), True
    yield f"shifted to a mean of 0 along {name}", lambda x: x - x.mean(axis, keepdim=True), True
    yield (
        f"normalised along {name}, to a mean of 0 and a standard deviation of 1",
        lambda x: (x - x.mean(axis, keepdim=True)) / x.std(axis, correction=0, keepdim=True),
        True,
    )
    yield f"added up along {name}, as by cumsum", lambda x: x.cumsum(axis), False
    for word, reduce in (
        ("summed", torch.sum),
        ("averaged", torch.mean),
        ("reduced to its largest number", torch.amax),
    ):
        yield f"{word} over {name}", lambda x, r=reduce: r(x, dim=axis), True
        yield f"{word} over {name}, with the axis kept", lambda x, r=reduce: r(x, dim=axis, keepdim=True), True
        yield (
            f"{word} over {name} and then repeated",
            lambda x, r=reduce: r(x, dim=axis, keepdim=True).expand_as(x),
            False,
        )
    yield f"at the first place along {name} only", lambda x: x.select(axis, 0), False
    yield f"at the first place along {name} only, with the axis kept", lambda x: x.narrow(axis, 0, 1), False
    yield f"at the first place along {name}, repeated", lambda x: x.narrow(axis, 0, 1).expand_as(x), False
    yield f"at the last place along {name} only", lambda x: x.select(axis, -1), False
    yield f"at the last place along {name} only, with the axis kept", lambda x: x.narrow(axis, -1, 1), False
    yield f"without the first along {name}", lambda x: x.narrow(axis, 1, x.shape[axis] - 1), False
    yield f"without the last along {name}", lambda x: x.narrow(axis, 0, x.shape[axis] - 1), False


def _rolled(x: Tensor, places: int, axis: int) -> Tensor:
    if abs(places) >= x.shape[axis]:
        raise ValueError("this axis is too short")
    return x.roll(places, axis)


def of_tensors(pairs: list[tuple[Tensor, Tensor]], names: tuple[str, ...]) -> Iterator[Relation]:
    """The relations of tensors of float64, (expected, mine); `names` are those of the axes."""
    yield from _axes_of_size_1(names)
    for phrase, function, is_step in _EACH_NUMBER[:2]:
        yield Relation(phrase, of_expected(function), is_step=is_step)
    yield from _two_values(pairs)
    for phrase, function, is_step in _EACH_NUMBER[2:]:
        yield Relation(phrase, of_expected(function), is_step=is_step)
    yield from _one_number_for_all(pairs)
    yield from _permuted(names)
    for axis, name in enumerate(names):
        if any(expected.shape[axis] > 1 for expected, _ in pairs):
            for phrase, function, is_step in _along(axis, name):
                yield Relation(phrase, of_expected(function), is_step=is_step)
    yield from _in_another_shape(names)
    yield from _one_number_per_case(pairs)
    yield from _one_number_per_row(names)


def _axes_of_size_1(names: tuple[str, ...]) -> Iterator[Relation]:
    for axis, name in enumerate(names):
        yield Relation(f"without its axis {name}, of size 1", lambda e, m, a=axis: _dropped(e, a))
    yield Relation("with an axis of size 1 too many", _one_axis_more)


def _dropped(x: Tensor, axis: int) -> Tensor:
    if x.shape[axis] != 1:
        raise ValueError("not of size 1")
    return x.squeeze(axis)


def _one_axis_more(expected: Tensor, mine: Tensor) -> Tensor:
    if mine.dim() != expected.dim() + 1 or mine.squeeze().shape != expected.squeeze().shape:
        raise ValueError("not one axis more")
    return expected.reshape(mine.shape)


def _two_values(pairs: list[tuple[Tensor, Tensor]]) -> Iterator[Relation]:
    """A mask, of two numbers, that has two others."""
    right = torch.cat([expected.flatten() for expected, _ in pairs]).unique().tolist()
    if len(right) != 2 or any(e.shape != m.shape for e, m in pairs):
        return
    others = [torch.cat([mine[expected == number] for expected, mine in pairs]).unique().tolist() for number in right]
    if all(len(other) == 1 for other in others) and others[0] != others[1]:
        (low,), (high,) = others
        both = zip(right, (low, high), strict=True)
        told = [f"{_number(new)} in place of {_number(old)}" for old, new in both if old != new]
        yield Relation(f"with {' and '.join(told)}", lambda e, m: torch.where(e == right[0], low, high).to(e), once=2)


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1000 else f"a very {'large' if value > 0 else 'negative'} number"


def _one_number_for_all(pairs: list[tuple[Tensor, Tensor]]) -> Iterator[Relation]:
    usable = [_usable(expected, mine) for expected, mine in pairs if expected.shape == mine.shape]
    if not usable:
        return
    expected, mine = (torch.cat(each) for each in zip(*usable, strict=True))
    factor = _factor(expected, mine)
    if factor is not None:
        yield Relation(f"times {factor:.4g}", lambda e, m: e * factor, once=1)
    if len(expected):
        shift = float((mine - expected).median())
        yield Relation(f"{'plus' if shift > 0 else 'minus'} {abs(shift):.4g}", lambda e, m: e + shift, once=1)


def _one_number_per_case(pairs: list[tuple[Tensor, Tensor]]) -> Iterator[Relation]:
    if len(pairs) < 2 or any(expected.shape != mine.shape for expected, mine in pairs):
        return
    factors = [_factor(*_usable(expected, mine)) for expected, mine in pairs]
    if None not in factors:
        told = ", ".join(f"{factor:.4g}" for factor in factors[:4])
        yield Relation(
            f"times a number that differs from case to case ({told})",
            lambda e, m: e * _factor(*_usable(e, m)),
            free=lambda e, m: 1,
        )


def _usable(expected: Tensor, mine: Tensor) -> tuple[Tensor, Tensor]:
    """The numbers from which a factor can be read."""
    usable = expected.isfinite() & mine.isfinite() & (expected.abs() < 1e30) & (mine.abs() < 1e30)
    return expected[usable], mine[usable]


def _factor(expected: Tensor, mine: Tensor) -> float | None:
    """How many times larger `mine` is, where it is largest; None for 0, which is a constant and no relation."""
    if not len(expected) or not bool(expected.any()):
        return None
    largest = int(expected.abs().argmax())
    factor = float(mine[largest] / expected[largest])
    return factor if abs(factor) > 1e-6 else None


def _permuted(names: tuple[str, ...]) -> Iterator[Relation]:
    for order in _orders(names):
        yield Relation(_ordered(names, order), lambda e, m, o=order: e.permute(o))


def _in_another_shape(names: tuple[str, ...]) -> Iterator[Relation]:
    yield Relation("with its numbers in the same order, in another shape", lambda e, m: e.reshape(m.shape))
    for order in _orders(names):
        yield Relation(
            f"with its numbers in the order that they have {_ordered(names, order)}, as after a `view` or `reshape` "
            "where a transpose was needed",
            lambda e, m, o=order: e.permute(o).reshape(m.shape),
        )


def _orders(names: tuple[str, ...]) -> list[tuple[int, ...]]:
    """All orders of the axes but their own, those that swap only two first."""
    if len(names) > 4:
        return []
    orders = list(itertools.permutations(range(len(names))))[1:]
    return sorted(orders, key=lambda order: sum(place != axis for place, axis in enumerate(order)))


def _moved(names: tuple[str, ...], order: tuple[int, ...]) -> list[str]:
    return [names[place] for place, axis in enumerate(order) if place != axis]


def _ordered(names: tuple[str, ...], order: tuple[int, ...]) -> str:
    moved = _moved(names, order)
    if len(moved) == 2:
        return f"with {_listed(moved)} swapped"
    return f"with its axes in the order ({', '.join(names[axis] for axis in order)})"


def _one_number_per_row(names: tuple[str, ...]) -> Iterator[Relation]:
    """Times or plus a number for each place on one axis, then on two ..."""
    for count in range(1, len(names)):
        for kept in itertools.combinations(range(len(names)), count):
            for word, fit in (("times", _scaled), ("plus", _moved_by)):
                each = f"for each place along {_listed([names[axis] for axis in kept])}"
                yield Relation(
                    f"{word} some number, another one {each}",
                    lambda e, m, k=kept, f=fit: f(e, m, k),
                    free=lambda e, m, k=kept: math.prod(e.shape[axis] for axis in k),
                )


def _scaled(expected: Tensor, mine: Tensor, kept: tuple[int, ...]) -> Tensor:
    others = _others(expected, mine, kept)
    if not others:
        raise ValueError("nothing is fitted")
    factor = (expected * mine).sum(others, keepdim=True) / expected.square().sum(others, keepdim=True)
    if not bool((factor.abs() > 1e-6).all()):  # nor NaN
        raise ValueError("0 is a constant, and no relation")
    return expected * factor


def _moved_by(expected: Tensor, mine: Tensor, kept: tuple[int, ...]) -> Tensor:
    others = _others(expected, mine, kept)
    if not others:
        raise ValueError("nothing is fitted")
    shift = (mine - expected).mean(others, keepdim=True)
    if not bool(shift.isfinite().all()):
        raise ValueError("nothing to add")
    return expected + shift


def _others(expected: Tensor, mine: Tensor, kept: tuple[int, ...]) -> list[int]:
    if expected.shape != mine.shape:
        raise ValueError("rows of another shape")
    return [axis for axis in range(expected.dim()) if axis not in kept]


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

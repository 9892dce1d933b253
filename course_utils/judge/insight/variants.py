"""Other calls of a function: an argument left out, fixed, inverted, transposed, swapped with another one. Simplest first."""

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..copies import fresh

Given = dict[str, object]  # the arguments of one case by their names
_NUMBERS: tuple[float, ...] = (0, 1, 2, 1e-12, 1e-5, 1e-6, 1e-8, 0.0)  # that code has whatever it is about
_MOST_ROLES, _MOST_ATTRIBUTES = 40, 10


class Variant(NamedTuple):
    """`change` makes other arguments out of those of a case; `phrase` says what is other, from "with" or "without" on."""

    phrase: str
    change: Callable[[Given], Given]


class Place(NamedTuple):
    """An argument, or part of one: how it is called, its value in a case, and the arguments with another value there."""

    name: str
    read: Callable[[Given], object]
    write: Callable[[Given, object], Given]


def places(given: list[Given], names: Sequence[str], attributes: frozenset[str]) -> list[list[Place]]:
    """The arguments, then the numbers of each config that are read, then the tensors of each dict."""
    arguments = [_argument(name) for name in names]
    values = [[argument.read(each) for each in given] for argument in arguments]
    numbers = [list(_attributes(*both, attributes)) for both in zip(arguments, values, strict=True)]
    return [arguments, *numbers, *(list(_entries(*both)) for both in zip(arguments, values, strict=True))]


def variants(
    given: list[Given], groups: list[list[Place]], defaults: dict[str, object], sizes: Sequence[float]
) -> Iterator[Variant]:
    """Other calls than these, which change one or two of the places of one group."""
    yield from _left_out(given, groups[0], defaults)
    for place in itertools.chain.from_iterable(groups):
        yield from _of_one(place, [place.read(each) for each in given], sizes)
    yield from _first_of_the_batch(given, groups[0])
    for group in groups:
        yield from _of_two(group, given)


def _argument(name: str) -> Place:
    return Place(f"`{name}`", lambda given: given[name], lambda given, value: given | {name: value})


def _attributes(config: Place, values: list[object], attributes: frozenset[str]) -> Iterator[Place]:
    """The numbers of a config that the function reads."""
    if any(isinstance(value, (nn.Module, Tensor, type)) or not hasattr(value, "__dict__") for value in values):
        return
    found = [name for name, value in vars(values[0]).items() if name in attributes and type(value) in (int, float)]
    found.sort(key=lambda name: not isinstance(vars(values[0])[name], float))  # a fixed eps is the most frequent of all
    for name in found[:_MOST_ATTRIBUTES]:

        def write(given: Given, value: object, name: str = name) -> Given:
            changed = fresh((config.read(given),))[0]
            setattr(changed, name, value)
            return config.write(given, changed)

        yield Place(
            f"`{config.name.strip('`')}.{name}`", lambda given, name=name: getattr(config.read(given), name), write
        )


def _entries(entries: Place, values: list[object]) -> Iterator[Place]:
    """The tensors of a dict by their names; those whose names differ only by numbers are one place, one for all layers."""
    if not all(isinstance(value, dict) and value for value in values):
        return
    roles = list(dict.fromkeys(_role(key) for key, value in values[0].items() if isinstance(value, Tensor)))
    if len(roles) > _MOST_ROLES:
        return
    for role in roles:

        def read(given: Given, role: str = role) -> object:
            return _Together({_numbers(key): v for key, v in entries.read(given).items() if _role(key) == role})

        def write(given: Given, value: object, role: str = role) -> Given:
            whole = entries.read(given)
            changed = {key: value[_numbers(key)] for key in whole if _role(key) == role}
            return entries.write(given, whole | changed)

        yield Place(f"`{entries.name.strip('`')}[{role.replace('#', 'N')!r}]`", read, write)


class _Together(dict):
    """The tensors of one role, by the numbers in their names: each is changed alike."""


@functools.lru_cache(maxsize=4096)
def _role(key: object) -> str:
    return re.sub(r"\d+", "#", str(key))


@functools.lru_cache(maxsize=4096)
def _numbers(key: object) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", str(key)))


# One argument -------------------------------------------------------------------------------------------------------------


def _left_out(given: list[Given], arguments: list[Place], defaults: dict[str, object]) -> Iterator[Variant]:
    for argument in arguments:
        key = argument.name.strip("`")
        values = [argument.read(each) for each in given]
        if key in defaults and defaults[key] is not None:
            phrase = f"with {argument.name} left at its default, {_shown(defaults[key])}, whatever it is given"
            yield Variant(phrase, lambda g, a=argument, d=defaults[key]: a.write(g, d))
        elif key in defaults or any(value is None for value in values):
            yield Variant(f"without {argument.name}", lambda g, a=argument: a.write(g, None))


def _of_one(place: Place, values: list[object], sizes: Sequence[float]) -> Iterator[Variant]:
    """One place changed by itself."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds and kinds <= {int, float}:
        always = ", whatever it is given" if _vary(values) else ""
        for number in _constants(values, sizes):
            phrase = f"with {place.name} = {_plain(number)}{always}"
            if 0 < number < 1e-9:  # no result tells such numbers apart
                phrase = f"with a tiny {place.name}, such as {_plain(number)}{always}"
            yield Variant(phrase, lambda g, n=number: place.write(g, n))
    for phrase, kind, change in _CHANGES:
        if kind is int and not _vary(values):  # one more may be anything then
            continue
        if kind in kinds or (kinds == {_Together} and change in _OF_ENTRIES):

            def changed(given: Given, kind: type = kind, change: Callable = change) -> Given:
                value = place.read(given)
                if isinstance(value, _Together):
                    return place.write(given, {key: change(each) for key, each in value.items()})
                return place.write(given, change(value)) if type(value) is kind else given

            yield Variant(phrase.format(place.name), changed)


def _vary(values: list[object]) -> bool:
    return len({value for value in values if isinstance(value, (int, float))}) > 1


def _shown(value: object) -> str:
    return _plain(value) if isinstance(value, float) else repr(value)


def _plain(number: float) -> str:
    return f"{number:g}".replace("e-0", "e-") if isinstance(number, float) else str(number)


def _constants(values: list[object], sizes: Sequence[float]) -> list[float]:
    """The numbers that code may have in place of this one: those of the course, and those of the cases."""
    kind = float if any(isinstance(value, float) for value in values) else int
    given = [value for value in values if value is not None]
    numbers = [number for number in (*_NUMBERS, *sizes, *given) if type(number) is kind]
    return list(dict.fromkeys(numbers))[:40]


def _inverted(mask: Tensor) -> Tensor:
    """A mask of booleans, of 1 and 0, or of 0 and very negative numbers, the other way round."""
    if mask.dtype is torch.bool:
        return ~mask
    if bool(((mask == 0) | (mask == 1)).all()):
        return 1 - mask
    if mask.is_floating_point() and bool(((mask == 0) | (mask < -1000)).all()):
        return torch.where(mask == 0, mask.min(), 0.0).to(mask.dtype)
    raise ValueError("not a mask")


def _first_for_all(x: Tensor) -> Tensor:
    if x.dim() < 2:
        raise ValueError("there is one only")
    return x[:1].expand_as(x).clone()


def _transposed(x: Tensor) -> Tensor:
    return x.mT.contiguous()


def _of_integers(change: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def changed(x: Tensor) -> Tensor:
        if x.is_floating_point() or x.dtype is torch.bool:
            raise TypeError("not integers")
        return change(x)

    return changed


def _of_strings(change: Callable[[str], str]) -> Callable[[list], list]:
    return lambda items: [change(item) for item in items]


_CHANGES: tuple[tuple[str, type, Callable], ...] = (
    ("with {} one higher", int, lambda n: n + 1),
    ("with {} one lower", int, lambda n: n - 1),
    ("with {} negated", int, lambda n: -n),
    ("with {} twice as large", int, lambda n: 2 * n),
    ("with {} halved", int, lambda n: n // 2),
    ("with {} the other way round", bool, lambda flag: not flag),
    ("with {} inverted", Tensor, _inverted),
    ("with {} all 0", Tensor, torch.zeros_like),
    ("with {} all 1", Tensor, torch.ones_like),
    ("with {} of the first sample for all", Tensor, _first_for_all),
    ("with {} transposed", Tensor, _transposed),
    ("with the first two axes of {} swapped", Tensor, lambda x: x.transpose(0, 1).contiguous()),
    ("with axes 1 and 2 of {} swapped", Tensor, lambda x: x.transpose(1, 2).contiguous()),
    ("with {} negated", Tensor, torch.neg),
    ("with only the first row of {}", Tensor, lambda x: x[:1]),
    ("without the first row of {}", Tensor, lambda x: x[1:]),
    ("without the last row of {}", Tensor, lambda x: x[:-1]),
    ("with {} reversed along its first axis", Tensor, lambda x: x.flip(0)),
    ("with {} reversed along its last axis", Tensor, lambda x: x.flip(-1)),
    ("with {} one place on along its last axis", Tensor, lambda x: x.roll(1, -1)),
    ("with {} one place back along its last axis", Tensor, lambda x: x.roll(-1, -1)),
    ("with 1 added to {}", Tensor, _of_integers(lambda x: x + 1)),
    ("with 1 subtracted from {}", Tensor, _of_integers(lambda x: x - 1)),
    ("with {} in lower case", str, str.lower),
    ("with {} in upper case", str, str.upper),
    ("with {} stripped of blanks at its ends", str, str.strip),
    ("with {} in the reverse order", str, lambda text: text[::-1]),
    ("with only the first word of {}", str, lambda text: text.split()[0]),
    ("without the last character of {}", str, lambda text: text[:-1]),
    ("without the first character of {}", str, lambda text: text[1:]),
    ("with {} empty", str, lambda text: ""),
    ("with only the first item of {}", list, lambda items: items[:1]),
    ("without the first item of {}", list, lambda items: items[1:]),
    ("without the last item of {}", list, lambda items: items[:-1]),
    ("with {} in the reverse order", list, lambda items: items[::-1]),
    ("with {} sorted", list, sorted),
    ("with repeated items of {} dropped", list, lambda items: list(dict.fromkeys(items))),
    ("with {} in lower case", list, _of_strings(str.lower)),
    ("with {} in upper case", list, _of_strings(str.upper)),
    ("with only the first item of {}", tuple, lambda items: items[:1]),
    ("without the first item of {}", tuple, lambda items: items[1:]),
    ("without the last item of {}", tuple, lambda items: items[:-1]),
    ("with {} in the reverse order", tuple, lambda items: items[::-1]),
)


# What is tried on each tensor of a dict, of which there are many.
_OF_ENTRIES = frozenset([_inverted, torch.zeros_like, torch.ones_like, _first_for_all, _transposed])


# Several arguments --------------------------------------------------------------------------------------------------------


def _first_of_the_batch(given: list[Given], arguments: list[Place]) -> Iterator[Variant]:
    tensors = [each for each in arguments if all(isinstance(each.read(case), Tensor) for case in given)]
    if len(tensors) > 1:

        def change(case: Given) -> Given:
            size = len(tensors[0].read(case))
            for each in tensors:
                if len(each.read(case)) == size:
                    case = each.write(case, each.read(case)[:1])
            return case

        yield Variant("for the first sample of the batch only", change)


def _of_two(places: list[Place], given: list[Given]) -> Iterator[Variant]:
    """Two places of one kind: swapped, or the one in place of the other."""
    values = [[place.read(case) for case in given] for place in places]
    pairs = [
        (places[one], places[other], values[one])
        for one, other in itertools.combinations(range(len(places)), 2)
        if all(map(_are_of_one_kind, values[one], values[other]))
    ]
    for one, other, _ in pairs:
        yield Variant(
            f"with {one.name} and {other.name} swapped",
            lambda g, a=one, b=other: b.write(a.write(g, b.read(g)), a.read(g)),
        )
    for one, other, of_one in pairs:
        if not any(type(value) in (int, float) for value in of_one):  # too many things are one number
            for a, b in ((one, other), (other, one)):
                phrase = f"with {a.name} in place of {b.name}"
                yield Variant(phrase, lambda g, a=a, b=b: b.write(g, a.read(g)))


def _are_of_one_kind(one: object, other: object) -> bool:
    if isinstance(one, _Together) and isinstance(other, _Together):
        return one.keys() == other.keys() and all(one[key].shape == other[key].shape for key in one)
    if isinstance(one, (SimpleNamespace, nn.Module)):
        return type(one) is type(other)
    return (type(one) is type(other) and one is not None) or (callable(one) and callable(other))

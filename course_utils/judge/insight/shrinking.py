"""Make a smaller case of a case: fewer sizes, small numbers, parts of its texts and lists. Every choice is somebody else's."""

import functools
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..trial import Case, arguments
from . import contents
from .polishing import Path, parts
from .sizes import Choose, Sizes, leaves, whole_numbers

if TYPE_CHECKING:
    from ..check import Check

_VOCABULARY = 12  # entries, from which on a dict of numbers or a list of texts is a vocabulary
_SEEDS = 8
_PLACE = re.compile(r"(?<=\.)\d+(?=\.)")  # the number of a layer in a tensor's name


class Shrinker:
    """How to make smaller cases of `case`; `cases` are all of the check's, which show what an argument may be."""

    def __init__(self, check: "Check", case: Case, cases: list[Case], kinds: dict[int, str], single: bool) -> None:
        """kinds: of all their tensors, by id. single: with float32 in place of float64, if other cases have it."""
        self.cases, self.kinds = cases, kinds
        self.case, self.names = case, list(arguments(check, case))
        self.used = check.use is not None
        dtypes = {leaf.dtype for each in cases for _, leaf in leaves(each.args) if isinstance(leaf, Tensor)}
        self.single = single and torch.float32 in dtypes
        given = arguments(check, case)
        self.floors = _floors([arguments(check, each) for each in cases])
        self.empty = any(_is_empty(arg) for each in cases for arg in each.args)
        self.sizes = Sizes(given, self.floors)
        # A vocabulary with a table of its own keeps its size, and its words.
        self.kept = {len(arg) for arg in case.args if _is_vocabulary(arg)} & self.sizes.axes
        tensors = [leaf for _, leaf in leaves(given) if isinstance(leaf, Tensor)]
        masks = [tensor for tensor in tensors if kinds[id(tensor)] in ("mask", "odd")]
        self.masked = {size for mask in masks for size in mask.shape if size > 1}  # which places are taken matters

    @functools.cached_property
    def free(self) -> dict[Path, bool]:
        """Of every place whether what is there may have any numbers, letters or entries, in all cases."""
        found: dict[Path, bool] = {}
        for path, part in ((path, part) for each in self.cases for path, part in parts(each.args)):
            if isinstance(part, (Tensor, str, list, dict)):
                free = self.kinds[id(part)] == "free" if isinstance(part, Tensor) else self._may_lose(path, part)
                found[_place(path)] = free and found.get(_place(path), True)
        return found

    def is_free(self, path: Path) -> bool:
        """Whether the part at that place may have any numbers, letters or entries."""
        return self.free.get(_place(path), False)

    def _may_lose(self, path: Path, part: str | list | dict) -> bool:
        """Whether any letter or entry may go: not in records, nor where an entry belongs to something else."""
        if isinstance(part, str):
            dotted = "." in part and not re.search(r"\s", part) and len(part) > 12
            return not dotted and len(path) == 1 and not self.used
        listed = isinstance(part, list) and any(isinstance(item, str) for item in part)
        return not (self.used or len(part) in self.kept or (listed and _is_vocabulary(part)))

    def small(self, choose: Choose, own: bool, whole: bool) -> Case | None:
        """A smaller case; None if it is of another kind than the given ones.

        own: with the case's own numbers, to two digits, and not with new ones. whole: with the sizes that it has.
        """
        return _Shrunk(self, choose, own, whole).case()


class _Shrunk:
    """One smaller case in the making."""

    def __init__(self, plan: Shrinker, choose: Choose, own: bool, whole: bool) -> None:
        self.plan, self.choose, self.own = plan, choose, own
        self.seed = choose(_SEEDS)
        self.count = 0  # of tensors so far: each gets numbers of its own
        self.new = plan.sizes.chosen(choose, plan.sizes.axes if whole else plan.kept) or {}
        self.fits = bool(self.new) or not plan.sizes.all
        self.few = {} if own or any(map(_is_vocabulary, plan.case.args)) else _few(plan.case.args)
        places = plan.sizes.axes if own else plan.masked
        self.taken = {
            size: (choose(min(size - small + 1, 8)), 1 + choose(3) if small > 1 else 1)
            for size, small in self.new.items()
            if size in places and small < size
        }

    def case(self) -> Case | None:
        args = self.plan.case.args
        later = [place for place, arg in enumerate(args) if _is_vocabulary(arg) and len(arg) not in self.plan.kept]
        made = {
            place: self.of(arg, self.plan.names[place] if place < len(self.plan.names) else "")
            for place, arg in enumerate(args)
            if place not in later
        }
        for place in later:
            made[place] = self._vocabulary(args[place], made)
        return self.plan.case._replace(args=tuple(made[place] for place in range(len(args)))) if self.fits else None

    def of(self, value: object, name: str, inside: bool = False) -> object:
        """What becomes of an argument or a part of it; what cannot get smaller stays as it is."""
        if isinstance(value, Tensor):
            return self._tensor(value)
        if type(value) is int:
            return self._number(value, name)
        if isinstance(value, str):
            return value if self.plan.used and not inside else self._text(value)
        if isinstance(value, SimpleNamespace):
            return type(value)(**{key: self._entry(each, key) for key, each in vars(value).items()})
        if isinstance(value, dict):
            return value if _is_vocabulary(value) else self._dict(value, name)
        if type(value) in (list, tuple):
            return self._list(value, name)
        return value

    def _entry(self, value: object, name: str) -> object:
        return self.new.get(value, value) if type(value) is int else value

    def _tensor(self, tensor: Tensor) -> Tensor:
        kind = self.plan.kinds.get(id(tensor), "odd")
        small = contents.cut(tensor.detach(), self.new, self.taken)
        if kind == "ids":
            beyond = [self.new[size] for size in self.plan.sizes.all if size > int(tensor.max())]
            small = contents.ids_below(small, beyond[0]) if beyond else small
        elif kind in ("mask", "odd"):
            self.fits = self.fits and contents.keeps_its_kind(small, tensor)
        elif kind == "free" and self.own:
            small = contents.rounded(small)
        else:
            small = (
                contents.bounds(small, self.seed) if kind == "bounds" else contents.filled(small, kind, self._seed())
            )
        if self.plan.single and small.dtype == torch.float64:
            small = small.float()
        return small.requires_grad_(tensor.requires_grad)

    def _seed(self) -> int:
        self.count += 1
        return self.seed if self.seed < 2 else 100 * self.seed + self.count

    def _number(self, number: int, name: str) -> int:
        if number in self.new and self.plan.floors.get(name, 1) > 0:
            return self.new[number]
        floor = self.plan.floors.get(name, number)
        if number < 0:
            return -self.choose(1 - number)
        low = max(0, min(floor, 1))
        return low + self.choose(min(number - low, 3) + 1) if number > low else number

    def _text(self, text: str) -> str:
        """A few words or dotted parts of it, or a few letters of one word."""
        parts = re.findall(r"\s+|\S+", text) if re.search(r"\s", text) else re.findall(r"\.|[^.]+", text)
        dotted = "." in text and len(parts) > 4 and not re.search(r"\s", text)
        if len(parts) > 1:
            length = 1 + self.choose(min(len(parts), 8))
            start = self.choose(len(parts) - length + 1)
            text = "".join(parts[start : start + length])
            if dotted or length > 1:
                self.fits = self.fits and not (dotted and (text[0] == "." or text[-1] == "." or "." not in text))
                return text
        if len(text) > 1 and not self.choose(2):
            length = 1 + self.choose(min(len(text), 8))
            start = self.choose(len(text) - length + 1)
            return text[start : start + length]
        return text

    def _list(self, items: list | tuple, name: str) -> list | tuple:
        if not items:
            return items
        least = 0 if self.plan.empty else 1
        count = len(items)
        if count in self.new and isinstance(items[0], Tensor):
            count = self.new[count]
        elif isinstance(items, list) or isinstance(items[0], Tensor):
            count = min(count, least + self.choose(min(count - least, 4) + 1))
        start = self.choose(len(items) - count + 1)
        part = items[start : start + count]
        if all(type(item) is int for item in part):
            return type(items)(self.few.get(number, number) for number in part)
        if isinstance(items, tuple) and not isinstance(items[0], Tensor):  # a record: its places mean something
            return tuple(item if isinstance(item, str) else self.of(item, name, True) for item in items)
        return type(items)(self.of(item, name, True) for item in part)

    def _dict(self, items: dict, name: str) -> dict:
        if items and all(type(key) is int for key in items):
            count = 1 + self.choose(len(items))
            items = dict(list(items.items())[:count])
        places = {int(found[0]) for key in items if isinstance(key, str) and (found := _PLACE.search(key))}
        if len(places) > 1:
            most = self.new[len(places)] if len(places) in self.new else 1 + self.choose(len(places))
            items = {key: item for key, item in items.items() if not (at := _PLACE.search(key)) or int(at[0]) < most}
        return type(items)((key, self.of(item, str(key), True)) for key, item in items.items())

    def _vocabulary(self, words: dict[str, int] | list[str], made: dict[int, object]) -> object:
        """The entries that the texts may need, and the special ones. Of a list those that the ids name, which are counted again."""
        if isinstance(words, list):
            numbers = [each for _, each in leaves(list(made.values())) if type(each) is int]
            kept = sorted({number for number in numbers if 0 <= number < len(words)})
            again = {old: place for place, old in enumerate(kept)}
            for place, value in made.items():
                if isinstance(value, list):
                    made[place] = [again.get(number, number) for number in value]
            return [words[number] for number in kept] or words[:1]
        text = " ".join(each for _, each in leaves(list(made.values())) if isinstance(each, str)).lower()
        special = [word for word in words if word[:1] == "[" and word[-1:] == "]" and len(word) > 2]
        needed = [word for word in words if word not in special and word.removeprefix("##") in text]
        return {word: place for word, place in words.items() if word in special or word in needed}


def _place(path: Path) -> Path:
    """The argument and what it is called there, wherever in a list."""
    return (path[0], *(key for key in path[1:] if isinstance(key, str))) if path else path


def _floors(cases: list[Mapping[str, object]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for given in cases:
        for name, number in whole_numbers(given):
            found[name] = min(number, found.get(name, number))
    return found


def _few(args: tuple) -> dict[int, int]:
    """Small numbers for the numbers in lists, in the same order."""
    listed = {leaf for arg in args if isinstance(arg, list) for _, leaf in leaves(arg) if type(leaf) is int}
    return {number: place for place, number in enumerate(sorted(listed), start=0 if 0 in listed else 1)}


def _is_empty(value: object) -> bool:
    return isinstance(value, (list, str)) and not value


def _is_vocabulary(value: object) -> bool:
    if isinstance(value, list):
        return len(value) >= _VOCABULARY and all(isinstance(word, str) for word in value)
    return (
        type(value) is dict
        and len(value) >= _VOCABULARY
        and all(isinstance(word, str) and type(number) is int for word, number in value.items())
    )

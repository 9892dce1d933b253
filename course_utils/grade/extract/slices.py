"""The backward slice: the statements of a notebook that a definition needs, and no others.

A statement that runs sees the last value before it; a function, when it is called, the last of the notebook. Only what is
needed is kept, so that plots, checks, `input()` and endless loops do not run.
"""

import bisect
import builtins
import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..records import Cell
from .cells import Parsed
from .names import Step

_BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "display", "get_ipython"}
_MOST = 500_000  # names that are followed in one notebook; a lesson has 500
_MY_BERT = "course_utils.my_bert"


class Entangled(Exception):
    """The statements need one another in more ways than can be followed."""


class Program:
    """All statements of a notebook, in its order, and who binds and changes which name.

    chosen: for an exercise the place of the statement that counts as its definition, wherever it is called.
    """

    def __init__(self, cells: list[tuple[str, Parsed]]):
        self.cells = cells
        self.steps: list[Step] = []
        self.cell_of: list[int] = []  # of each statement
        for number, (_, cell) in enumerate(cells):
            self.steps += cell.steps
            self.cell_of += [number] * len(cell.steps)
        self.end = len(self.steps)
        self.left = _MOST
        self.chosen: dict[str, int] = {}
        self.binders: dict[str, list[int]] = defaultdict(list)
        self.changers: dict[str, list[int]] = defaultdict(list)
        for place, step in enumerate(self.steps):
            for name in step.binds:
                self.binders[name].append(place)
            for name in () if step.is_definition else step.names.changed:
                self.changers[name].append(place)

    @functools.cached_property
    def stars(self) -> list[int]:
        """The places of `from ... import *`."""
        return [place for place, step in enumerate(self.steps) if not step.is_definition and step.names.stars]

    def cells_of(self, places: Iterable[int]) -> tuple[Cell, ...]:
        """The statements at these places, as cells to run in this order."""
        found: list[tuple[int, list[int]]] = []
        for place in places:
            cell, number = self.cell_of[place], self.steps[place].number
            if found and found[-1][0] == cell and number > found[-1][1][-1]:
                found[-1][1].append(number)
            else:
                found.append((cell, [number]))
        return tuple(Cell(self.cells[cell][0], self.cells[cell][1].source, tuple(kept)) for cell, kept in found)

    def follow(self) -> None:
        """Count a name that is followed. Raises `Entangled` at too many."""
        self.left -= 1
        if self.left < 0:
            raise Entangled

    def slice(self, place: int) -> "Slice":
        """What the statement at a place needs, itself included."""
        return Slice(self, place)

    def sources(self, name: str, at: int) -> list[int]:
        """The statement that a name's value before the statement at a place is from, or the last to have changed it.

        That one reads the name itself, and so on, up to one that surely binds it.
        """
        changed = _last_before(self.changers.get(name, ()), at)
        if name in self.chosen:
            last = self.chosen[name]
            return [last, changed] if changed > last else [last]
        binders = self.binders.get(name, ())
        bound = _last_before(binders, at)
        if bound < 0 and at < self.end:  # run out of the notebook's order: what it is in the end
            last = [place for place in (_last_before(binders, self.end),) if place not in (-1, at)]
            return last + [place for place in self.changers.get(name, ()) if last and place > last[0] and place != at]
        return [max(bound, changed)] if bound >= 0 else []


def _last_before(places: Sequence[int], at: int) -> int:
    """The last of the sorted places before one; -1 if there is none."""
    index = bisect.bisect_left(places, at)
    return places[index - 1] if index else -1


class Slice:
    """What one definition needs. wanted: all names that are read; unbound: those that nothing gives."""

    def __init__(self, program: Program, place: int):
        self.program = program
        self.kept = {place}
        self.wanted: set[str] = set()
        self.unbound: set[str] = set()
        self._seen: set[tuple[str, int]] = set()
        self._todo: list[tuple[str, int]] = []
        self._read(place)
        self._work_off()
        if self.unbound:
            for star in program.stars:
                self.kept.add(star)

    def _read(self, place: int) -> None:
        names = self.program.steps[place].names
        self._todo += [(name, place) for name in names.now]
        self._todo += [(name, self.program.end) for name in names.later]

    def _work_off(self) -> None:
        while self._todo:
            name, at = wish = self._todo.pop()
            if wish in self._seen:
                continue
            self._seen.add(wish)
            self.program.follow()
            self.wanted.add(name)
            sources = self.program.sources(name, at)
            if not sources and name not in _BUILTINS and not self.program.binders.get(name):
                self.unbound.add(name)
            for place in sources:
                step = self.program.steps[place]
                if place not in self.kept:
                    self.kept.add(place)
                    self._read(place)
                if place < at and not step.is_definite:  # else it may not have been bound at all
                    self._todo.append((name, place))
                if at != self.program.end:  # it may be called at once
                    self._todo += [(later, at) for later in step.names.later]

    def imports(self, exercises: list[str]) -> tuple[str, ...]:
        """The exercises that the slice has from `course_utils.my_bert`, by their own names."""
        names = [self.program.steps[place].names for place in self.kept]
        found, modules = set(), set()
        for module, name, known_as in {each for every in names for each in every.imported}:
            if module == _MY_BERT and name:
                found.add(name)
            elif f"{module}.{name}".rstrip(".") == _MY_BERT:
                modules.add(known_as)
        for parts in [each.split(".") for every in names for each in every.dotted] if modules else ():
            found |= {parts[i] for i in range(1, len(parts)) if ".".join(parts[:i]) in modules}
        if any(_MY_BERT in every.stars for every in names):
            found |= self.unbound
        return tuple(each for each in exercises if each in found)

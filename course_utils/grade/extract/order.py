"""In which order kept statements are run: the notebook's, but for what a cell needs that the learner has moved below it."""

import graphlib
import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ..records import Cell
from .slices import Program


def in_order(program: Program, kept: set[int]) -> list[int]:
    """The notebook's order, but what a statement needs at once and what comes only after it is run before it.

    So the learner has run it, too. And the definition that counts comes after all else that binds its name.
    """
    steps = program.steps
    order = sorted(kept, key=lambda place: (place not in program.stars, place))  # whatever they give, it is given first
    binders, definers = defaultdict(list), defaultdict(list)
    for place in order:
        for name in steps[place].binds | steps[place].names.changed:
            binders[name].append(place)
    called = {name: set().union(*(steps[place].names.later for place in places)) for name, places in binders.items()}
    for name, place in program.chosen.items():
        if place in kept:
            definers[place] += [other for other in binders[name] if other > place and name in steps[other].binds]
    result, begun = [], set()

    def before(place: int) -> Iterator[int]:
        yield from definers[place]
        todo, seen = list(steps[place].names.now), set()
        while todo:
            name = todo.pop()
            if name in seen or name not in binders:
                continue
            seen.add(name)
            program.follow()
            if binders[name][0] >= place:
                yield from (other for other in binders[name] if other > place)
            todo += called[name]  # it may be called at once

    stack = [iter(order)]
    waiting: list[int] = []
    while stack:  # depth first, without recursion: a chain may be long
        place = next(stack[-1], None)
        if place is None:
            stack.pop()
            if waiting and stack:
                result.append(waiting.pop())
        elif place not in begun:
            begun.add(place)
            waiting.append(place)
            stack.append(before(place))
    return result


def together(answers: Iterable[tuple[Cell, ...]]) -> tuple[Cell, ...]:
    """The cells of several answers of one notebook, each statement once, in an order that serves them all."""
    sources: dict[str, str] = {}
    after: dict[tuple[int, int, str], set] = {}
    for cells in answers:
        last = None
        for cell in cells:
            sources[cell.file] = cell.source
            for number in cell.kept:
                place = (_number(cell.file), number, cell.file)
                after.setdefault(place, set())
                if last is not None:
                    after[place].add(last)
                last = place
    sorter = graphlib.TopologicalSorter(after)
    sorter.prepare()  # the orders of a notebook's answers agree, so there is no cycle
    ready, found = [], []
    while sorter.is_active():
        for place in sorter.get_ready():
            heapq.heappush(ready, place)
        place = heapq.heappop(ready)
        sorter.done(place)
        _, number, file = place
        if found and found[-1][0] == file and number > found[-1][1][-1]:
            found[-1][1].append(number)
        else:
            found.append((file, [number]))
    return tuple(Cell(file, sources[file], tuple(kept)) for file, kept in found)


def _number(file: str) -> int:
    match = re.match(r"<ipykernel cell (\d+) of", file)
    return int(match[1]) if match else 0

"""Which lines of an answer can be put right alone: with one small change there, it is right in all cases."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..diagnosis import is_right
from ..trial import Run, call
from .additions import additions
from .changes import Scope, changes
from .guard import Guard, Limits
from .repair import Work, steps
from .values import Spot, TooLong
from .written import Rewritten

if TYPE_CHECKING:
    from ..check import Check
    from .traces import Trace

Way = Callable[[ast.AST, object, Scope], Iterator[ast.AST]]  # changes or additions

_MOST_TRIES = 800
_TOUCHY = """
open os io shutil pathlib Path tempfile subprocess sys socket requests urllib time sleep exec eval save save_pretrained
push_to_hub itertools write write_text write_bytes unlink rmtree
"""
_A_TRY = 300  # what a try costs besides the call: it is compiled


class Change(NamedTuple):
    """A spot of the answer, and what in its place makes all results right."""

    spot: int
    new: ast.AST


class Alone:
    """Looks for changes after which an answer is right in all cases. One that is right in a wrong case is tried in the others."""

    def __init__(self, check: "Check", runs: list[Run], traces: list["Trace"], mine: Rewritten, work: Work) -> None:
        self.check, self.mine, self.work = check, mine, work
        self.trace = min(traces, key=lambda trace: len(trace.events))
        self.runs = [self.trace.run, *(run for run in runs if run is not self.trace.run)]
        self.cost = _A_TRY + steps(check, self.trace.run, mine)
        self.complete = True  # whether nothing was left untried
        self._set = {spot.name for spot in mine.spots if spot.op == "bind"}
        self.limits = Limits(traces)

    def small_changes(self) -> list[Change]:
        """What may have been written for something else: anywhere."""
        return self._found(changes)

    def additions(self) -> list[Change]:
        """What may have been left out around an expression: anywhere, but around a variable only where it is set."""
        reads = Counter(spot.name for spot in self.mine.spots if spot.op == "name")
        return self._found(additions, lambda spot: reads[spot.name] != 1 or spot.name not in self._set)

    def _found(self, way: Way, where: Callable[[Spot], bool] = lambda spot: True) -> list[Change]:
        found = []
        if self._is_touchy():
            return found
        for tries, (spot, new) in enumerate(self._tries(way, where)):
            if tries >= _MOST_TRIES or not self.work.spend(self.cost):
                self.complete = False
                break
            if self._is_right(spot, new):
                found.append(Change(spot, new))
        return found

    def _is_touchy(self) -> bool:
        """Whether it deals with files or the network, or waits: changed, it might do harm."""
        names = {spot.op for spot in self.mine.spots if spot.kind == "Call"}
        if "from_pretrained" in names and "Embedding.from_pretrained" not in self.mine.text:  # it may load a model
            return True
        names |= {spot.source.id for spot in self.mine.spots if isinstance(spot.source, ast.Name)}
        return not names.isdisjoint(_TOUCHY.split())

    def _tries(self, way: Way, where: Callable[[Spot], bool]) -> Iterator[tuple[int, ast.AST]]:
        """First where something wrong is made, in order; then what the reference has, too, from the end."""
        trace, scopes = self.trace, _Scopes(self.trace, self.mine)
        values = {event.spot: event.value for event in trace.events}
        wrong = {event.spot for event, right in zip(trace.events, trace.right, strict=True) if not right}
        spots = [spot for spot in values if spot in self.mine.holds and where(self.mine.spots[spot])]
        for spot in [each for each in spots if each in wrong] + [each for each in spots[::-1] if each not in wrong]:
            hold = self.mine.holds[spot]
            for new in way(hold.node, values[spot], scopes.of(hold.names)):
                yield spot, new

    def _is_right(self, spot: int, new: ast.AST) -> bool:
        try:
            code = self.mine.changed(spot, new)
            return all(self._is_right_in(run, code) for run in self.runs)
        except (Exception, TooLong):
            return False

    def _is_right_in(self, run: Run, code: object) -> bool:
        if run is not self.trace.run and not self.work.spend(self.cost):
            return False
        answer = self.mine.make(Guard(self.limits), code)
        return is_right(self.check, run, call(self.check, answer, run.case))


class _Scopes:
    """What may take the place of something at each spot."""

    def __init__(self, trace: "Trace", mine: Rewritten) -> None:
        self.values: dict[str, list[object]] = {}
        for event in trace.events:
            if trace.spots[event.spot].name:
                self.values.setdefault(trace.spots[event.spot].name, []).append(event.value)
        spots = [*mine.spots, *trace.known.spots]
        constants = [spot.source.value for spot in spots if isinstance(spot.source, ast.Constant)]
        self.texts = tuple(dict.fromkeys(each for each in constants if isinstance(each, str)))
        self.numbers = tuple(dict.fromkeys(each for each in constants if type(each) in (int, float)))
        attributes = (spot.source.attr for spot in spots if isinstance(spot.source, ast.Attribute))
        self.attributes = tuple(dict.fromkeys(attributes))

    def of(self, names: dict[str, str]) -> Scope:
        known = {name: self.values.get(key, [])[:3] for name, key in names.items()}
        return Scope(known, self.texts, self.numbers, self.attributes)

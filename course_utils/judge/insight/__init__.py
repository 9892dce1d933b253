"""What is said of a wrong answer besides a name, in four ways that are true by construction.

otherwise.py   the argument: another call of the reference gives these values
               (variants.py: which calls are tried)
relations.py   the relation: what these values are to the right ones
               (relation_of_tensors.py, relation_of_lists.py: the tables; relation.py: a row of them;
               likeness.py: how much a match is worth)
place.py       the place: the line in which something is to be changed
               (alone.py: is one small change enough? changes.py, additions.py: which are tried; guard.py: none may run
               away; written.py, rewriting.py, values.py: a function that hands over every value; traces.py, known.py:
               which of them the key has; doubts.py, repair.py: whether what looks right is)
smallest.py    the smallest input: a call that one can check by hand
               (shrinking.py, sizes.py, contents.py: a smaller case; small_draw.py: for exercises that make their own;
               judging.py: is it wrong there, too? polishing.py: the last steps; typed.py: as one would type it)
"""

import contextlib
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..trial import Run

if TYPE_CHECKING:
    from ..check import Check

Said = TypeVar("Said")
SHORT = False  # whether the place and the smallest input, which cost most, are left out: a grader may ask for that


class Insight(NamedTuple):
    """The four, as in `Result`; empty where nothing is known for certain."""

    argument: str = ""
    relations: tuple[str, ...] = ()
    place: tuple[int, str] | None = None
    smallest: str = ""

    @property
    def sentence(self) -> str:
        """What may be the headline where the mistake has no name."""
        return self.argument or "".join(self.relations[:1])


def insight(check: "Check", answer: Callable, runs: list[Run], named: bool) -> Insight:
    """What is known of a wrong answer. A named mistake is explained already; the line and a small input show it, too."""
    silent = named or any(run.error is not None for run in runs)
    argument = "" if silent else _asked("otherwise", "", check, runs)
    relations = () if silent or argument else _asked("relations", (), check, runs)
    if SHORT:
        return Insight(argument, relations)
    place = _asked("place", None, check, answer, runs)
    return Insight(argument, relations, place, _asked("smallest", "", check, answer, runs))


def _asked(way: str, nothing: Said, *arguments: object) -> Said:
    """What one of the four ways says; nothing if it fails, since the verdict is certain without it.

    Each is imported when the first answer fails: a pass needs none of them.
    """
    with contextlib.suppress(Exception):
        return getattr(importlib.import_module(f".{way}", __package__), way)(*arguments)
    return nothing

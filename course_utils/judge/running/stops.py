"""Where an answer was when its time was up: the line, the loop around it, and whether it was there for long."""

import ast
import functools
import linecache
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple

from ..reach import codes


class Spot(NamedTuple):
    """One call that was going on: its file, its function, and the lines at which it was seen.

    lasting: it was the same call during all of the second half of the time.
    """

    file: str
    function: str
    first_line: int
    lines: tuple[int, ...]
    lasting: bool


class Stop(NamedTuple):
    """The learner's line at which to look, its text, and whether it is that of a loop that was going on for long."""

    line: int
    text: str
    loops: bool


class Lookout:
    """Looks at the calls that are going on in a thread, now and then, and remembers which of them last."""

    def __init__(self) -> None:
        self._frames: list[FrameType] | None = None
        self._lines: dict[FrameType, set[int]] = {}

    def look(self, frame: FrameType | None) -> None:
        """Called from the middle of the time on with the innermost frame of the thread."""
        now = _outermost_first(frame)
        before = now if self._frames is None else self._frames
        self._frames = [one for one, other in zip(before, now, strict=False) if one is other]
        self._lines = {each: self._lines.get(each, set()) | {each.f_lineno} for each in self._frames}

    def spots(self, frame: FrameType | None) -> tuple[Spot, ...]:
        """The calls that are going on, outermost first. Lets all frames go, and with them what they hold."""
        lines, self._frames, self._lines = self._lines, None, {}
        return tuple(
            Spot(
                each.f_code.co_filename,
                each.f_code.co_name,
                each.f_code.co_firstlineno,
                tuple(sorted(lines.get(each, set()) | {each.f_lineno})),
                each in lines,
            )
            for each in _outermost_first(frame)
        )


def _outermost_first(frame: FrameType | None) -> list[FrameType]:
    found = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found[::-1]


def stop_of(answer: Callable, spots: tuple[Spot, ...]) -> Stop | None:
    """The line of the learner's code at which it was stopped; that of the loop's head, if it was in a loop for long."""
    files = {code.co_filename for code in codes(answer)}
    theirs = [each for each in spots if each.file in files or "ipykernel" in each.file]
    if not theirs:
        return None
    spot = next((each for each in reversed(theirs) if each.lasting), theirs[-1])
    loop = _loop(spot) if spot.lasting else None
    line = loop.lineno if loop else spot.lines[-1]
    text = linecache.getline(spot.file, line).strip()
    return Stop(line, text, isinstance(loop, ast.While)) if text else None


def _loop(spot: Spot) -> ast.While | ast.For | None:
    """The innermost `while` around all the lines at which a call was seen, else the innermost `for`."""
    around = [
        each
        for each in _loops(spot.file, "".join(linecache.getlines(spot.file)))
        if spot.first_line <= each.lineno <= spot.lines[0] and spot.lines[-1] <= each.end_lineno
    ]
    return max(around, key=lambda each: (isinstance(each, ast.While), each.lineno), default=None)


@functools.lru_cache(maxsize=8)
def _loops(file: str, source: str) -> list[ast.While | ast.For]:
    try:
        return [each for each in ast.walk(ast.parse(source)) if isinstance(each, (ast.While, ast.For))]
    except (SyntaxError, ValueError):  # a cell with a magic in it
        return []

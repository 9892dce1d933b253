"""A bank: the hints and the mistakes of one exercise, written as a diff of the answer key.

    hint: Exponentials are positive; divided by their sum they sum to 1.
    hint: ...
    hint: ...

    - largest = x.amax(dim=dim, keepdim=True)
    + largest = x.max()
    one_maximum_for_all: One maximum is subtracted from everything. ...
    + largest = x.mean(dim=dim, keepdim=True)
    mean_subtracted: The mean is subtracted. ...

A `-` line is a line of the key without its comment; a block of them is in the key exactly once. The `+` lines take its
place: none deletes it, several insert. A block is indented as in the key, its outermost line not at all. Then comes the
label with the sentence for the card. Mistakes that change the same lines form a group, in which the `-` lines are written
once. A mistake with several blocks is a group of its own. `label (endless)` marks a mistake that never returns,
`label (whole line)` one that is not made smaller, so that it forms no pair with others that change the same line.
"""

import io
import itertools
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from .mistakes import Edit, Mistake, Unplantable, edited

_HINT = re.compile(r"hint: (\S.*)")
_LABEL = re.compile(r"([\w-]+)(?: \((endless|whole line)\))?: (\S.*)")
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)


class Bank(NamedTuple):
    """What a diff holds: the three hints and the mistakes."""

    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


class DiffError(ValueError):
    """A diff that cannot be read; the message begins with file and line."""


@dataclass
class _Block:
    """Lines of the key and what takes their place, as written."""

    was: list[str]
    now: list[str] = field(default_factory=list)


def read_diff(text: str, body: str, file: Path | str = "diff") -> Bank:
    """The bank that a diff describes. Raises DiffError.

    body: the key's function without its docstring, which the diff edits. file: what messages call the diff.
    """
    reader = _Reader(_Key(body), file)
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        reader.read(line, number)
    if len(reader.hints) not in (0, 3):
        raise DiffError(f"{file}:1: an exercise has three hints, `hint: text`; this one has {len(reader.hints)}")
    return Bank(tuple(reader.hints), tuple(reader.mistakes.values()))


def must_compile(bank: Bank, body: str, file: Path | str) -> None:
    """Raises DiffError where an edited key is not Python. Slow, so only tests and `make exercise` ask."""
    for mistake in bank.mistakes:
        try:
            compile(edited(body, mistake.edits), str(file), "exec")
        except SyntaxError as error:
            says = f"{mistake.label}: the edited key is not Python: {error.msg}"
            raise DiffError(f"{file}:{mistake.line}: {says}") from None


class _Reader:
    """What has been read of a diff so far."""

    def __init__(self, key: "_Key", file: Path | str) -> None:
        self.key, self.file = key, file
        self.hints: list[str] = []
        self.mistakes: dict[str, Mistake] = {}
        self.blocks: list[_Block] = []  # of the mistake that is being read
        self.group: _Block | None = None  # whose `-` lines the next mistake may share

    def read(self, line: str, number: int) -> None:
        """One more line, the last one empty. Raises DiffError."""
        try:
            if line.startswith(("-", "+")):
                self.code(line[0], line[2:])
            elif hint := _HINT.fullmatch(line):
                self.hints.append(hint[1])
            elif label := _LABEL.fullmatch(line):
                self.mistake(label[1], label[2], label[3], number)
            elif line.strip():
                raise Unplantable(f"neither `- code`, `+ code`, `hint: text` nor `label: sentence`: {line[:50]!r}")
            elif self.blocks:
                raise Unplantable("the edit above has no `label: sentence`")
            else:
                self.group = None
        except Unplantable as error:
            raise DiffError(f"{self.file}:{number}: {error}") from None

    def code(self, sign: str, code: str) -> None:
        if sign == "-":
            if not self.blocks or self.blocks[-1].now:
                self.blocks.append(_Block([]))
            self.blocks[-1].was.append(code)
            return
        if not self.blocks:
            if self.group is None:
                raise Unplantable("a `+` line needs the `-` line that it replaces above it")
            self.blocks.append(_Block(self.group.was))
        self.blocks[-1].now.append(code)

    def mistake(self, label: str, kind: str | None, says: str, number: int) -> None:
        if label in self.mistakes:
            raise Unplantable(f"the label {label} is used in line {self.mistakes[label].line} already")
        if not self.blocks:
            raise Unplantable(f"{label} has no `-` and `+` lines above it")
        edits = tuple(edit for block in self.blocks for edit in self.key.edits(block, whole=kind == "whole line"))
        self.mistakes[label] = Mistake(label, says, edits, endless=kind == "endless", line=number)
        self.group, self.blocks = (self.blocks[0] if len(self.blocks) == 1 else None), []


class _Key:
    """The body of a key's function by lines, in which blocks of a diff are found."""

    def __init__(self, body: str) -> None:
        self.lines = body.splitlines(keepends=True)
        self.starts = [0]  # where each line begins in the text
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.codes = [line.rstrip() for line in self.lines]
        for token in tokenize.generate_tokens(io.StringIO(body).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                self.codes[row - 1] = self.codes[row - 1][:column].rstrip()

    def edits(self, block: _Block, whole: bool = False) -> Iterator[Edit]:
        """The edits that turn the block's old lines into its new ones, the smallest in whole words. Raises Unplantable."""
        first, last, indent = self.place(block.was)
        commented = dict(zip(self.codes[first : last - 1], self.lines[first : last - 1], strict=True))
        new = [f"{indent}{line}".rstrip() for line in block.now]
        new = [commented.get(line, line).rstrip("\n") for line in new]  # a line that stays keeps its comment
        if not new:
            yield Edit(self.starts[first], self.starts[last], "")
            return
        old = "".join([*self.lines[first : last - 1], self.codes[last - 1]])
        if whole:
            yield Edit(self.starts[first], self.starts[first] + len(old), "\n".join(new))
        else:
            yield from _smallest(self.starts[first], old, "\n".join(new))

    def place(self, block: list[str]) -> tuple[int, int, str]:
        """The lines from the first up to, but not including, the last one, that a block is, and their indentation."""
        places = []
        for first in range(len(self.codes) - len(block) + 1):
            codes = self.codes[first : first + len(block)]
            indent = min((code[: len(code) - len(code.lstrip())] for code in codes if code), default="")
            if [f"{indent}{line}".rstrip() for line in block] == codes:
                places.append((first, first + len(block), indent))
        if len(places) != 1:
            raise Unplantable(f"{block[0].strip()!r} is in the key {len(places)} times, not once")
        return places[0]


def _smallest(start: int, was: str, now: str) -> Iterator[Edit]:
    """The edits that turn one text into the other, in whole words: what the two have in common stays."""
    old, new = _TOKEN.findall(was), _TOKEN.findall(now)
    places = list(itertools.accumulate(map(len, old), initial=start))
    for kind, first, last, new_first, new_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Edit(places[first], places[last], "".join(new[new_first:new_last]))

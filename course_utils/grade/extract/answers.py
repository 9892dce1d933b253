"""All the answers of a notebook, its topic, and what a teacher should look at."""

import re
import textwrap
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from course_utils.lessons import LESSONS

from ..records import Answer, Extracted, Look, Notebook
from .cells import parsed, quietly, words_for
from .definitions import Definition, definitions, exercises
from .elsewhere import in_other_cells, maybe_meant, renamed
from .order import in_order
from .reading import Raw, Unreadable, cells_of
from .slices import Entangled, Program

_LONGEST = 20_000  # characters of an answer that are shown
_MOST = 5000  # statements outside of functions; a lesson's notebook has 50
_BEGINS = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*=[ \t]*lambda\b", re.M)


@dataclass(frozen=True)
class Unusable:
    """A definition that Python cannot read. where: its cell and line, to tell which of two is later."""

    text: str
    error: str
    where: tuple[int, int]


def answers_of(notebook: Notebook) -> Extracted:
    """The answers in a notebook. Never raises: what cannot be read is told in a `Look`."""
    try:
        return _Reader(notebook, cells_of(notebook)).extracted()
    except Unreadable as error:
        says = str(error)
    except (RecursionError, MemoryError, Entangled):
        says = "The notebook's code is nested too deeply, or too entangled, to be read, so it was not graded."
    return Extracted(notebook, "", {}, (Look(notebook.path, says),))


def stem_of(path: str) -> str:
    """A file's name without its folder and ending: `03_self_attention`."""
    return PurePosixPath(path.replace("\\", "/")).stem


class _Reader:
    """One notebook on its way to answers."""

    def __init__(self, notebook: Notebook, raw: list[Raw]):
        self.notebook, self.raw = notebook, raw
        self.code = [cell for cell in raw if cell.kind == "code"]
        self.parsed = [parsed(cell.source) for cell in self.code]
        stem = "".join(each if each.isprintable() else " " for each in stem_of(notebook.path))
        files = [f"<ipykernel cell {cell.number} of {stem}>" for cell in self.code]
        if (count := sum(len(cell.steps) for cell in self.parsed)) > _MOST:
            raise Unreadable(f"The notebook has {count:,} statements, more than the {_MOST:,} that are graded.")
        self.program = Program(list(zip(files, self.parsed, strict=True)))

    @quietly
    def extracted(self) -> Extracted:
        """The notebook's answers, topic and looks."""
        found, unusable = list(definitions(self.program)), self._broken()
        chosen: dict[str, Definition] = {}
        for each in found:
            if each.name not in exercises() or not each.certain:
                continue
            if error := self.program.steps[each.place].compile_error:
                unusable[each.name] = self._cannot_run(each, *error)
            elif each.name not in chosen or chosen[each.name].blank or not each.blank:
                chosen[each.name] = each
        self.program.chosen = {name: each.place for name, each in chosen.items()}
        looks: list[Look] = []
        answers = {}
        for name in exercises():
            good, bad = chosen.get(name), unusable.get(name)
            if bad and (good is None or good.blank):
                answers[name] = Answer(name, bad.text[:_LONGEST], error=bad.error)
                self.program.chosen.pop(name, None)
            elif good:
                answers[name] = Answer(name, self._text(good), blank=good.blank)
                if bad and bad.where > self._where(good):
                    says = (
                        f"The last definition of `{name}` cannot be read, so the one before it was graded: {bad.error}"
                    )
                    looks.append(Look(self.notebook.path, says, name))
        answers |= self._with_slices(answers, looks)
        topic = _topic(answers, self.notebook.path)
        open_ones = {name for name in exercises() if name not in answers or answers[name].blank}
        looks += in_other_cells(self.notebook.path, self.raw, self.parsed, open_ones)
        looks += maybe_meant(self.notebook.path, found, topic, open_ones)
        looks += renamed(self.notebook.path, found, topic, open_ones)
        if not answers:
            looks.insert(0, Look(self.notebook.path, "The notebook defines none of the course's exercises."))
        return Extracted(self.notebook, topic, answers, tuple(looks))

    def _broken(self) -> dict[str, Unusable]:
        """The definitions that cannot be parsed, the last of each name."""
        found = {}
        for number, cell in enumerate(self.parsed):
            for block in cell.broken:
                for match in _BEGINS.finditer(block.text):
                    if (name := match[1] or match[2]) in exercises():
                        found[name] = Unusable(block.text.rstrip(), block.error, (number, block.line))
        return found

    def _cannot_run(self, each: Definition, error: str, line: int) -> Unusable:
        cell, _ = self._where(each)
        shown = self.parsed[cell].source.split("\n")[line - 1]
        return Unusable(self._text(each), words_for("SyntaxError", error, line, shown), self._where(each))

    def _where(self, each: Definition) -> tuple[int, int]:
        return self.program.cell_of[each.place], each.node.lineno

    def _text(self, each: Definition) -> str:
        """A definition's lines as they were written."""
        cell = self.program.cell_of[each.place]
        first = min([each.node.lineno, *(one.lineno for one in getattr(each.node, "decorator_list", ()))])
        lines = self.code[cell].source.split("\n")[first - 1 : each.node.end_lineno]
        return textwrap.dedent("\n".join(lines))[:_LONGEST]

    def _with_slices(self, answers: dict[str, Answer], looks: list[Look]) -> dict[str, Answer]:
        """The answers that can be run, with all that they need."""
        good = [name for name, answer in answers.items() if not answer.blank and not answer.error]
        slices = {name: self.program.slice(self.program.chosen[name]) for name in good}
        order = in_order(self.program, set().union(*(each.kept for each in slices.values())))
        found = {}
        for name, needs in slices.items():
            cells = self.program.cells_of(place for place in order if place in needs.kept)
            imports = needs.imports(list(exercises()))
            used = needs.wanted | needs.unbound  # one that is not there can still be lent
            calls = tuple(each for each in exercises() if each != name and each in used and each not in imports)
            found[name] = replace(answers[name], cells=cells, calls=calls, imports=imports)
            for missing in needs.unbound & exercises().keys() - answers.keys() - set(imports):
                says = f"`{name}` uses `{missing}`, which the notebook neither defines nor imports."
                looks.append(Look(self.notebook.path, says, name))
        return found


def _topic(answers: dict[str, Answer], path: str) -> str:
    """That of most of the exercises; of two with as many, that of the number in the file's name, else the earlier."""
    counts = Counter(exercises()[name].topic for name in answers)
    most = [lesson for lesson in LESSONS if counts[lesson.topic] and counts[lesson.topic] == max(counts.values())]
    numbers = {int(number) for number in re.findall(r"\d+", stem_of(path))[:8] if len(number) < 4}
    most.sort(key=lambda lesson: lesson.number not in numbers)
    return most[0].topic if most else ""

"""Answers that were not graded, but might have been meant: in a Markdown cell, under another name, as a bare value."""

import ast
import difflib
import re
import textwrap

from course_utils.lessons import LESSONS

from ..records import Look
from .cells import Parsed
from .definitions import Definition, exercises, is_blank
from .reading import Raw

# Functions that exercise notebooks hand out in a cell, with the arguments of an exercise.
GIVEN = frozenset({"broken_layer", "masked_encode"})
_BEGINS = re.compile(r"^[ \t>]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)[ \t]*[(:]", re.M)
_KINDS = {"markdown": "A Markdown cell", "raw": "A raw cell"}
_ALIKE = 0.6  # of two names, by difflib
_LONG = 100_000  # characters
_MOST = 500  # definitions that are compared with the exercises


def in_other_cells(path: str, raw: list[Raw], parsed: list[Parsed], open_ones: set[str]) -> list[Look]:
    """Definitions of exercises that are still open, in cells that are not run as Python."""
    texts = [(_KINDS.get(cell.kind, "A cell that is not code"), cell.source) for cell in raw if cell.kind != "code"]
    code = [cell for cell in raw if cell.kind == "code"]
    texts += [(f"A `{cell.foreign}` cell", code[i].source) for i, cell in enumerate(parsed) if cell.foreign]
    found = {}
    for kind, text in texts:
        names = _BEGINS.findall(text) if "def " in text or "class " in text else []
        if not names or _all_blank(text):
            continue
        for name in names:
            if name in open_ones and name not in found:
                found[name] = Look(
                    path, f"{kind} looks like the answer to `{name}`: was the cell's type changed?", name
                )
    return [found[name] for name in exercises() if name in found]


def _all_blank(text: str) -> bool:
    """Whether a text holds nothing but blank functions; False where it is not Python."""
    if len(text) > _LONG:
        return False
    try:
        body = ast.parse(textwrap.dedent(re.sub(r"^```.*$", "", text, flags=re.M))).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    functions = [each for each in body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
    return all(map(is_blank, functions))


def maybe_meant(path: str, found: list[Definition], topic: str, open_ones: set[str]) -> list[Look]:
    """Assignments of an open exercise's name, of something that may be no function: `softmax = nn.Softmax(-1)`."""
    looks = {}
    for each in found:
        if not each.certain and each.name in open_ones and exercises()[each.name].topic == topic:
            says = (
                f"`{each.name}` has no definition but an assignment, which was not graded: is it meant as the answer?"
            )
            looks[each.name] = Look(path, says, each.name)
    return list(looks.values())


def renamed(path: str, found: list[Definition], topic: str, open_ones: set[str]) -> list[Look]:
    """Functions that look like an open exercise under another name."""
    topics = {topic} if topic else {lesson.topic for lesson in LESSONS}
    missing = [name for name, key in exercises().items() if name in open_ones and key.topic in topics]
    looks = {}
    for each in found[:_MOST]:
        known = each.name in exercises() or each.name in GIVEN
        if known or each.blank or not isinstance(each.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        args = each.node.args
        arguments = tuple(arg.arg for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs])
        says = (ast.get_docstring(each.node) or "").partition("\n")[0]
        guesses = [name for name in missing if _looks_like(each.name, arguments, says, name)]
        if guesses:
            best = max(guesses, key=lambda name: (exercises()[name].says == says, _likeness(each.name, name)))
            why = "has the arguments of" if arguments == exercises()[best].arguments else "has the docstring of"
            looks[each.name] = Look(path, f"`{each.name}` {why} `{best}`, which has no answer: was it renamed?", best)
    return list(looks.values())


def _looks_like(name: str, arguments: tuple[str, ...], says: str, exercise: str) -> bool:
    """Whether a function may be an exercise's. One argument `x` proves nothing by itself."""
    key = exercises()[exercise]
    if says and says == key.says:
        return True
    if arguments != key.arguments or not arguments:
        return False
    return len(arguments) > 1 or exercise in name or _likeness(name, exercise) > _ALIKE


def _likeness(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, name.lower()[:100], other.lower()).ratio()

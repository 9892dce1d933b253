"""From a source in jupytext's percent format to the cells of a notebook, before anything is run.

A lesson's source gives one notebook; an exercise's source gives two, the blank and the solved one. Below its header each has
the cell that installs the course where it is missing (`first_cell.py`). Three things are expanded:

- a code cell with the one line `# exercise: gelu, easy, 10 minutes` becomes a heading, the function (blank: signature,
  docstring and `raise NotImplementedError`; solved: the reference's code) and the call of its check;
- the cell that imports from `course_utils` also imports the lesson's checks, and below it are the signatures of what it imports;
- in a Markdown cell, a list of `- [ ] choice | why not` and `- [x] choice | why` becomes a question (`questions.py`), and the
  output of the cell that answers it is folded.
"""

import ast
import hashlib
import inspect
import re
import textwrap
from pathlib import Path

import jupytext
import nbformat

import course_utils
from course_utils.checks.course import KEY
from course_utils.lessons import CLOSING, LESSONS, Lesson
from course_utils.reference import exercises
from course_utils.widgets.questions import Choice
from tools import first_cell, questions

ROOT = Path(__file__).resolve().parent.parent
KINDS = {
    "notebooks": "lessons",
    "exercises": "exercises",
    "solutions": "exercises",
}  # folder -> where its sources are
LEVELS = {"easy": "●○○ easy", "medium": "●●○ medium", "hard": "●●● hard"}
_EXERCISE = re.compile(r"# exercise: (\w+), (\w+), (\d+) minutes$")


class SourceError(Exception):
    """A source that cannot be built; the message begins with file and line."""

    def __init__(self, path: Path, line: int, says: str) -> None:
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        super().__init__(f"{shown}:{line}: {says}")


def lesson_of(path: Path) -> Lesson:
    """The lesson that a source or notebook belongs to, by its file name."""
    for lesson in (*LESSONS, CLOSING):
        if lesson.stem == path.stem:
            return lesson
    raise SourceError(path, 1, f"no lesson has this name; the names are {', '.join(one.stem for one in LESSONS)}")


def build(source: Path, kind: str) -> nbformat.NotebookNode:
    """The notebook of a source, not yet run; `kind` is notebooks, exercises or solutions. Raises SourceError."""
    lesson, text = lesson_of(source), source.read_text(encoding="utf-8")
    raw = jupytext.reads(text, fmt="py:percent")
    cells, line, imported, asked, answers = [], 1, False, 0, False
    for cell in raw.cells:
        line = _line_of(text, cell.source, line)
        if cell.cell_type == "markdown":
            words, choices = _question(cell.source, source, line)
            cells.append(_markdown(words))
            if choices:
                asked += 1
                cells.append(_code(questions.call(f"{lesson.number:02}.{asked}", first=asked == 1)))
                answers = questions.PREDICT in words
        elif cell.source.startswith("# exercise:"):
            cells += _exercise_cells(cell.source, lesson, kind, source, line)
        else:
            _must_parse(cell.source, source, line)
            tags = [*cell.metadata.get("tags", []), *([questions.ANSWER] if answers else [])]
            answers = False
            first = kind != "notebooks" and "from course_utils import" in cell.source and not imported
            cells += _with_imports(cell.source, lesson, tags) if first else [_code(cell.source, tags)]
            imported = imported or first
    if kind != "notebooks":
        _all_exercises_there(text, lesson, source)
    elif any("jupyter" in cell.metadata for cell in cells):
        cells[0].source += f"\n\n{questions.ON_GITHUB}"
    cells.insert(1 if cells[0].cell_type == "markdown" else 0, first_cell.cell())
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=_METADATA)
    return _with_stable_ids(notebook)


def questions_of(source: Path) -> dict[str, list[Choice]]:
    """The choices of all questions in a source, by the number that `predict` takes."""
    number, found = lesson_of(source).number, {}
    for cell in jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent").cells:
        choices = _question(cell.source, source, 1)[1] if cell.cell_type == "markdown" else []
        if choices:
            found[f"{number:02}.{len(found) + 1}"] = choices
    return found


_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _exercise_cells(text: str, lesson: Lesson, kind: str, source: Path, line: int) -> list:
    found = _EXERCISE.match(text.strip())
    if not found or found[2] not in LEVELS:
        wanted = "`# exercise: name, easy|medium|hard, N minutes`"
        raise SourceError(source, line, f"this exercise line is not of the form {wanted}: {text.strip()!r}")
    name, level, minutes = found.groups()
    thing = KEY.functions.get(name)
    if thing is None or thing.__module__ != f"course_utils.reference.{lesson.topic}":
        raise SourceError(source, line, f"course_utils/reference/{lesson.topic}.py has no function {name!r}")
    call = f"check_{name.lower()}"
    check = f"course_utils/checks/{lesson.topic}/{name}"
    for missing in (file for file in (f"{check}.py", f"{check}.diff") if not (ROOT / file).exists()):
        raise SourceError(source, line, f"there is no {missing}: {call} needs it")
    whole = inspect.getsource(thing).rstrip()
    return [
        _markdown(f"### `{name}`\n\n{LEVELS[level]} · about {minutes} minutes"),
        _code(whole if kind == "solutions" else blank(whole)),
        _code(f"{call}({name})" + ("" if kind == "solutions" else f"  # stuck? {call}.hint()")),
    ]


def _with_imports(code: str, lesson: Lesson, tags: list[str]) -> list:
    """The cell that imports from the course, with the lesson's checks added, and below it what the imported functions take."""
    imports = [step for step in ast.parse(code).body if isinstance(step, ast.ImportFrom)]
    course = next(step for step in imports if step.module == "course_utils")
    names = {alias.name for alias in course.names} | {f"check_{name.lower()}" for name in exercises(lesson.topic)}
    lines = code.split("\n")
    lines[course.lineno - 1 : course.end_lineno] = ["from course_utils import (", *_one_a_line(names), ")"]
    given = [alias.name for step in imports if (step.module or "").startswith("course_utils") for alias in step.names]
    listed = "\n".join(filter(None, map(_signature, given)))
    cells = [_code("\n".join(lines), tags)]
    return [*cells, _markdown(f"Imported for you:\n\n{listed}")] if listed else cells


def _one_a_line(names: set[str]) -> list[str]:
    """In the order in which ruff sorts imports: constants, classes, then functions."""
    kinds = {name: 0 if name.isupper() else 1 if name[0].isupper() else 2 for name in names}
    return [f"    {name}," for name in sorted(names, key=lambda name: (kinds[name], name))]


def _signature(name: str) -> str:
    """One line of a list, `layer_norm(x, weight, bias, eps)` and what it does; "" for what needs no explanation."""
    function = KEY.functions.get(name) or getattr(course_utils, name)
    if name in ("progress", "my_bert") or name.startswith("check_") or not callable(function):
        return ""
    parameters = inspect.signature(function).parameters.values()
    bare = inspect.Signature([each.replace(annotation=each.empty) for each in parameters])
    return f"- `{name}{bare}`: {inspect.getdoc(function).splitlines()[0]}"


def blank(source: str) -> str:
    """A function's or class's source with every body cut down to its docstring and `raise NotImplementedError`."""
    source = textwrap.dedent(source)
    lines, kept, node = source.splitlines(), [], ast.parse(source).body[0]
    position = 0
    for function in [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n.col_offset in (0, 4)]:
        first = function.body[0]
        has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        head_end = first.end_lineno if has_docstring else first.lineno - 1
        kept += lines[position:head_end]
        kept.append(" " * (function.col_offset + 4) + "raise NotImplementedError")
        position = function.end_lineno
    return "\n".join(kept + lines[position:])


def _all_exercises_there(text: str, lesson: Lesson, source: Path) -> None:
    asked = [match[1] for match in re.finditer(r"^# exercise: (\w+)", text, flags=re.MULTILINE)]
    twice = {name for name in asked if asked.count(name) > 1}
    if twice:
        raise SourceError(source, 1, f"asked for twice: {', '.join(sorted(twice))}")
    missing = [name for name in exercises(lesson.topic) if name not in asked]
    if missing:
        raise SourceError(source, 1, f"checks without an exercise: {', '.join(missing)}")


def _question(text: str, source: Path, line: int) -> tuple[str, list[Choice]]:
    try:
        return questions.take_out(text)
    except ValueError as error:
        raise SourceError(source, line, str(error)) from None


def _must_parse(code: str, source: Path, line: int) -> None:
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise SourceError(source, line + (error.lineno or 1) - 1, f"this cell is not Python: {error.msg}") from None


def _line_of(text: str, cell_source: str, after: int) -> int:
    """The line of a cell in its source: where its first line comes next."""
    first = cell_source.split("\n")[0]
    for number, row in enumerate(text.split("\n")[after - 1 :], start=after):
        if (first and row.removeprefix("# ") == first) or row == first:
            return number
    return after


def _markdown(text: str):
    return nbformat.v4.new_markdown_cell(text)


def _code(text: str, tags: list[str] | None = None):
    """A code cell; the output of an answer is folded until the cell is run or the output is opened."""
    kept = [tag for tag in tags or [] if tag != questions.ANSWER]
    metadata: dict[str, object] = {"tags": kept} if kept else {}
    if len(kept) < len(tags or []):
        metadata["jupyter"] = {"outputs_hidden": True}
    return nbformat.v4.new_code_cell(text, metadata=metadata)


def _with_stable_ids(notebook):
    """Ids derived from the content, so that a rebuild changes only the cells that changed."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        key = f"{cell.cell_type}:{cell.source}"
        seen[key] = seen.get(key, 0) + 1
        cell.id = hashlib.sha256(f"{key}:{seen[key]}".encode()).hexdigest()[:12]
    return notebook

"""The lessons' template: what every lesson has, and what none has."""

import ast
import re
from pathlib import Path

import jupytext
import pytest

from course_utils.lessons import CLOSING
from course_utils.reference import exercises
from tools.sources import ROOT, lesson_of

PAGES = sorted((ROOT / "sources" / "lessons").glob("*.py"))
LESSONS = [path for path in PAGES if path.stem != CLOSING.stem]
EXERCISES = sorted((ROOT / "sources" / "exercises").glob("*.py"))
FILLER = re.compile(r"\b(simply|obviously|of course,|needless to say|basically|trivially)\b", re.IGNORECASE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")

lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
all_sources = pytest.mark.parametrize("path", PAGES + EXERCISES, ids=lambda path: f"{path.parent.name}-{path.stem}")


def cells(path: Path, kind: str) -> list[str]:
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def prose(path: Path) -> str:
    return "\n".join(cells(path, "markdown"))


@all_sources
def test_one_title_with_its_number(path):
    titles = re.findall(r"^# (.+)$", prose(path), flags=re.MULTILINE)
    assert len(titles) == 1
    assert f"{lesson_of(path).number:02}" in titles[0]


@lessons
def test_header_says_how_long(path):
    header = cells(path, "markdown")[0]
    assert f"about {lesson_of(path).minutes} minutes" in header
    assert f"../exercises/{path.stem}.ipynb" in prose(path)


@lessons
def test_parts_that_every_lesson_has(path):
    text, code = prose(path), "\n".join(cells(path, "code"))
    assert re.search(r"^## The proof$", text, flags=re.MULTILINE)
    assert re.search(r"^## Recap$", text, flags=re.MULTILINE)
    assert len(re.findall(r"\*\*Predict\.\*\*", text)) >= 2
    assert re.search(r"arXiv[ :]*\d{4}\.\d{4,5}", text)
    assert "show_proof(" in code
    assert re.search(r"^explore_\w+\(", code, flags=re.MULTILINE)
    assert re.search(r"^show_(?!proof|lookalikes)\w+\(", code, flags=re.MULTILINE)


@lessons
def test_the_proof_is_in_its_section(path):
    after = path.read_text(encoding="utf-8").partition("# ## The proof")[2]
    assert "show_proof(" in after


@all_sources
def test_cells_are_short(path):
    for cell in cells(path, "code"):
        lines = {number for number, line in enumerate(cell.split("\n"), start=1) if line.strip()}
        for step in ast.parse(cell).body:
            if isinstance(step, (ast.Import, ast.ImportFrom)):  # one name to a line: nobody reads them as code
                lines -= set(range(step.lineno, step.end_lineno + 1))
        assert len(lines) <= 20, cell


@all_sources
def test_no_filler(path):
    assert not FILLER.findall(prose(path))


@all_sources
def test_links_lead_somewhere(path):
    folder = ROOT / ("notebooks" if path.parent.name == "lessons" else "exercises")
    for target in LINK.findall(prose(path)):
        there = (folder / target).resolve()
        written = there.exists() or there.stem > max(LESSONS).stem  # the page after the last lesson that is written
        assert written, target


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_every_exercise_is_introduced(path):
    """Between two exercises stands prose, and the exercises come in the order of their checks."""
    text = path.read_text(encoding="utf-8")
    asked = re.findall(r"^# exercise: (\w+)", text, flags=re.MULTILINE)
    assert asked == exercises(lesson_of(path).topic)
    for name, before in zip(asked, re.split(r"^# exercise: .*$", text, flags=re.MULTILINE), strict=False):
        assert "# %% [markdown]" in before, name


def test_lessons_and_exercises_go_together():
    assert [path.name for path in LESSONS] == [path.name for path in EXERCISES]

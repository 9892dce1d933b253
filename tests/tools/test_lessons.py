"""The lessons' template: what every lesson has, and what none has."""

import ast
import itertools
import re
from pathlib import Path

import jupytext
import pytest

from course_utils.checks.course import KEY
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
def test_it_opens_with_three_questions_on_earlier_lessons(path):
    asked = re.findall(r"^\*\*Recall\.\*\*", prose(path), flags=re.MULTILINE)
    if path == LESSONS[0]:  # there is nothing to recall yet
        assert not asked
        return
    opening = path.read_text(encoding="utf-8").partition("# ## Before you begin")[2].partition("# %%\n")[0]
    assert len(re.findall(r"^# \*\*Recall\.\*\*", opening, flags=re.MULTILINE)) == len(asked) == 3


def test_the_closing_page_asks_for_what_was_learned():
    page = next(path for path in PAGES if path.stem == CLOSING.stem)
    assert len(re.findall(r"^\*\*Recall\.\*\*", prose(page), flags=re.MULTILINE)) >= 10


@lessons
def test_a_prediction_is_answered_by_the_cell_below_it(path):
    """What answers comes directly after the question: the output of that cell is the one that is folded."""
    found = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells
    for cell, after in zip(found, [*found[1:], None], strict=True):
        if cell.cell_type == "markdown" and "**Predict.**" in cell.source:
            assert "- [x]" in cell.source, cell.source
            assert after is not None, cell.source
            assert after.cell_type == "code", cell.source


@lessons
def test_where_you_are_is_lit(path):
    lesson = lesson_of(path)
    assert (f'show_here("{lesson.topic}")' in "\n".join(cells(path, "code"))) == (2 <= lesson.number <= 6)


@pytest.mark.parametrize("path", EXERCISES[1:], ids=lambda path: path.stem)
def test_the_exercises_end_against_the_real_bert(path):
    *_, last, progress = cells(path, "code")
    assert last == f'from course_utils import against_bert\n\nagainst_bert("{lesson_of(path).topic}")'
    assert progress.startswith("progress(")
    assert re.search(r"^## Yours against the (real BERT|library)$", prose(path), flags=re.MULTILINE)


LONGEST_TOLD = 24  # nodes of a syntax tree: two short lines in a row have as many


def steps(code: str) -> set[str]:
    """What a piece of code computes, statement by statement and for two in a row, whatever the variables are called.

    Left out is what is too short to give anything away.
    """
    found = set()
    for node in ast.walk(ast.parse(code)):
        body = [*map(without_names, getattr(node, "body", []))] if isinstance(getattr(node, "body", None), list) else []
        for told in [*body, *(one + other for one, other in itertools.pairwise(body))]:
            if told.count("(") > LONGEST_TOLD:
                found.add(told)
    return found


def without_names(step: ast.stmt) -> str:
    """A statement's value; the names of what it calls are kept."""
    value = getattr(step, "value", None)
    if value is None or isinstance(value, ast.Constant):
        return ""
    called = {id(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}
    names = ast.parse(ast.unparse(value), mode="eval")
    for node, old in zip(ast.walk(names), ast.walk(ast.Expression(value)), strict=True):
        if isinstance(node, ast.Name) and id(old) not in called:
            node.id = "name"
    return ast.dump(names.body)


def test_an_answer_would_be_seen():
    told = """
def my_layer(x, params, config, mask=None):
    context = self_attention(x, params, config.num_attention_heads, mask)
    attended = self_output(context, x, params, config.layer_norm_eps)  # first residual: x
    widened = intermediate(attended, params)
    return output(widened, attended, params, config.layer_norm_eps)
"""
    assert steps(told) & steps(KEY.body_source("bert_layer"))


@lessons
def test_a_lesson_does_not_print_the_answers_of_its_exercises(path):
    told = set().union(*map(steps, cells(path, "code")))
    for name in exercises(lesson_of(path).topic):
        assert not told & steps(KEY.body_source(name)), name


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

"""Notebooks with known mistakes in them, as a learner would hand them in: the key's functions, one of them edited."""

import ast
import functools
import json
import re

from course_utils.checks.course import KEY, find
from course_utils.grade.judging import TOPICS
from course_utils.grade.records import Notebook, Submission
from course_utils.judge.mistakes import Mistake, edited
from course_utils.lessons import LESSONS
from course_utils.reference import exercises
from tests.conftest import ROOT
from tests.grade import notebooks

STEMS = {lesson.topic: lesson.stem for lesson in LESSONS}


def notebook(stem: str, *cells: str) -> Notebook:
    """A notebook of this name with these cells of code."""
    return notebooks.notebook(*cells, path=f"{stem}.ipynb")


def handed_in(student: str, *notebooks: Notebook) -> Submission:
    """What a learner with these notebooks hands in."""
    return Submission(student, notebooks)


def solution(topic: str) -> Notebook:
    """The solved notebook of a lesson."""
    path = ROOT / "solutions" / f"{STEMS[topic]}.ipynb"
    return Notebook(path.name, path.read_bytes())


def exercise(topic: str) -> Notebook:
    """The notebook of a lesson as it is handed out."""
    path = ROOT / "exercises" / f"{STEMS[topic]}.ipynb"
    return Notebook(path.name, path.read_bytes())


def with_mistake(name: str, mistake: Mistake) -> Notebook | None:
    """The exercise with a mistake, after its parts of the same lesson; None where it is no edit of the key's text."""
    if mistake.function:
        return None
    topic = TOPICS[name]
    body = edited(KEY.body_source(name), mistake.edits)
    used = set(re.findall(r"\w+", body)) | KEY.parts(name)
    parts = [part for part in exercises(topic) if part in used and part != name]
    return notebook(STEMS[topic], _imports(topic), *map(KEY.body_source, parts), body)


@functools.cache
def _imports(topic: str) -> str:
    """All imports of the lesson's exercises."""
    lines = []
    for cell in json.loads(exercise(topic).content)["cells"]:
        if cell["cell_type"] == "code" and "install" not in cell["metadata"].get("tags", []):
            source = "".join(cell["source"])
            tree = ast.parse(source)
            lines += [ast.get_source_segment(source, each) for each in tree.body if "Import" in type(each).__name__]
    return "\n".join(lines)


def mistakes(name: str) -> list[Mistake]:
    """The mistakes of an exercise."""
    return list(find(name).mistakes)

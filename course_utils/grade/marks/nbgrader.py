"""An nbgrader course of the lessons, and our marks in its gradebook: nbgrader for the logistics, this grader for judging.

An exercise is a solution cell, whose `grade_id` is its name, and a test cell, `check_NAME`, which holds its points.
nbgrader's own autograder can run these, but in the learner's process, where an answer can reach the check that judges it.
"""

import ast
import contextlib
import os
import sysconfig
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from course_utils.grade.errors import InputError
from course_utils.grade.marks.points import earned, exercises_of
from course_utils.grade.records import Record
from course_utils.grade.report.outcome import handed_in
from course_utils.grade.whole import write_whole
from course_utils.lessons import LESSONS, Lesson

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parents[3]  # the repository, where this is a clone of it
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CONFIG = """\
# Written by `inside-bert-grade --nbgrader`: what nbgrader does not do by itself. The rest is yours.
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "inside-bert"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}  # the course's own blank
c.Execute.timeout = 300  # seconds that a cell may take: the first one loads PyTorch
# With this line `nbgrader autograde` runs no learner's code: it files the notebooks, and the marks are inside-bert-grade's.
# c.Autograde.autograde_preprocessors = []
"""


class NbgraderError(InputError):
    """The nbgrader course cannot be written, or its gradebook cannot take the marks."""


def write_course(folder: Path, topics: Iterable[str], weights: Mapping[str, float]) -> list[Path]:
    """Writes nbgrader_config.py and each lesson's notebook under source/, as `nbgrader generate_assignment` wants them.

    Returns: the files that are there with another content. They stay as they are: a teacher may have changed them.
    """
    files = {folder / "nbgrader_config.py": CONFIG}
    for lesson in (lesson for lesson in LESSONS if lesson.topic in set(topics)):
        notebook = _source(lesson, weights)
        files[folder / "source" / lesson.stem / f"{lesson.stem}.ipynb"] = nbformat.writes(notebook) + "\n"
    for path, text in files.items():
        if not path.exists():
            write_whole(path, text)
    return [path for path, text in files.items() if path.read_text(encoding="utf-8") != text]


def _source(lesson: Lesson, weights: Mapping[str, float]) -> nbformat.NotebookNode:
    """The exercise notebook with its solutions, marked as such, and with nbgrader's metadata."""
    names = exercises_of(lesson.topic)
    notebook, solved = _built("exercises", lesson), _built("solutions", lesson)
    solutions = {_defined(cell): cell.source for cell in solved.cells}
    checks = {f"check_{name.lower()}({name})": name for name in names}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if (name := _defined(cell)) in names:
            cell.source = _marked(solutions[name])
            cell.metadata["nbgrader"] = _metadata(name, solution=True)
        elif name := checks.get(cell.source.partition("  #")[0]):
            cell.metadata["nbgrader"] = _metadata(
                f"check_{name}", grade=True, locked=True, points=weights.get(name, 1.0)
            )
    return notebook


def _built(room: str, lesson: Lesson) -> nbformat.NotebookNode:
    """A lesson's notebook in exercises/ or solutions/ of the repository."""
    path = ROOT / room / f"{lesson.stem}.ipynb"
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise NbgraderError(
            f"An nbgrader course is made of the notebooks in exercises/ and solutions/, and {path} is not there: clone the "
            "course's repository, and run this in it after `pip install -e .[grade]`."
        ) from None


def _defined(cell: nbformat.NotebookNode) -> str:
    """The name of the function or class that a cell consists of, or ""."""
    if cell.cell_type == "code" and cell.source.startswith(("def ", "class ", "@")):
        return ast.parse(cell.source).body[0].name
    return ""


def _marked(code: str) -> str:
    """A solution in which nbgrader finds what it is to blank: every body, but not its signature and docstring."""
    lines, (thing,) = code.split("\n"), ast.parse(code).body
    functions = [node for node in [thing, *thing.body] if isinstance(node, ast.FunctionDef)]
    for function in functions[:1] if functions[0] is thing else reversed(functions):
        first = function.body[0]
        has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        start = first.end_lineno if has_docstring else first.lineno - 1
        indent = " " * (function.col_offset + 4)
        lines[start : function.end_lineno] = [indent + BEGIN, *lines[start : function.end_lineno], indent + END]
    return "\n".join(lines)


def _metadata(grade_id: str, **said: object) -> dict[str, object]:
    """What nbgrader has to know of a cell, in the third version of its format."""
    return {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    } | said


def write_marks(
    folder: Path, records: Iterable[Record], weights: Mapping[str, float], follow_through: bool = True
) -> None:
    """Writes what each exercise earned into the gradebook of an nbgrader course, as the autograder's score.

    A score that a teacher gave by hand stays, goes on counting, and is flagged for another look where ours has changed.
    An exercise at which the grader stumbled has no score and waits to be graded by hand.
    """
    records = list(records)
    with _gradebook(folder) as gradebook:
        for lesson in LESSONS:
            names = [name for name in exercises_of(lesson.topic) if any(name in record.exercises for record in records)]
            handed = [record for record in records if handed_in(record, lesson)]
            if names and handed:
                _have_cells(gradebook, lesson, names, weights)
                for record in handed:
                    _mark(gradebook, lesson, record, weights, follow_through)


@contextlib.contextmanager
def _gradebook(folder: Path) -> "Iterator[Gradebook]":
    """The gradebook that the course's own nbgrader_config.py names, gradebook.db if it names none."""
    try:
        from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
        from nbgrader.coursedir import CourseDirectory
        from sqlalchemy.exc import SAWarning, SQLAlchemyError
        from traitlets.config.loader import Config, PyFileConfigLoader
    except ImportError as error:
        raise NbgraderError(
            f"nbgrader cannot be used in this Python ({error}): `pip install inside-bert[grade]`, and run this again."
        ) from None
    if not folder.is_dir():
        raise NbgraderError(
            f"There is no folder {folder}: give one that --nbgrader has written, or your own nbgrader course."
        )
    config = Config(CourseDirectory={"root": str(folder.resolve())})
    if (folder / "nbgrader_config.py").exists():
        config.merge(PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config())
    course = CourseDirectory(config=config)
    try:
        with _alembic_on_the_path():
            gradebook = Gradebook(course.db_url, course.course_id)
        with gradebook, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader reads what it has not yet added
            yield gradebook
    except (SQLAlchemyError, InvalidEntry, MissingEntry) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise NbgraderError(
            f"The gradebook {course.db_url} cannot take the marks ({reason}): stop what else is using it, run `nbgrader db "
            "upgrade` there if it is an older nbgrader's, and run this again."
        ) from error


@contextlib.contextmanager
def _alembic_on_the_path() -> Iterator[None]:
    """For a new gradebook nbgrader runs `alembic` by its name, which only an activated environment would find."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join(filter(None, [sysconfig.get_path("scripts"), before]))
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _have_cells(gradebook: "Gradebook", lesson: Lesson, names: list[str], weights: Mapping[str, float]) -> None:
    """Sees that the gradebook has the lesson, with the points of `weights`; what a teacher took out of it stays out."""
    from nbgrader.api import MissingEntry

    place = (lesson.stem, lesson.stem)  # the notebook and the assignment have the same name
    points = {f"check_{name}": weights.get(name, 1.0) for name in names}
    try:
        notebook = gradebook.find_notebook(*place)
    except MissingEntry:
        gradebook.update_or_create_assignment(lesson.stem)
        notebook = gradebook.add_notebook(*place)
        for name, (check, worth) in zip(names, points.items(), strict=True):
            # The same cells as `nbgrader generate_assignment` makes, which may come later and refuses to add any.
            gradebook.add_solution_cell(name, *place)
            gradebook.add_source_cell(name, *place, cell_type="code")
            gradebook.add_grade_cell(check, *place, max_score=worth, cell_type="code")
            gradebook.add_source_cell(check, *place, cell_type="code", locked=True)
    cells = [cell for cell in notebook.grade_cells if cell.name in points]
    if not cells:
        raise NbgraderError(
            f"The gradebook has {lesson.stem} with other cells than the course's ({', '.join(list(points)[:2])} ...), so there "
            "is no place for the marks: write the course's own with --nbgrader, in another folder."
        )
    for cell in cells:
        cell.max_score = points[cell.name]
    gradebook.db.commit()


def _mark(
    gradebook: "Gradebook", lesson: Lesson, record: Record, weights: Mapping[str, float], follow_through: bool
) -> None:
    """Writes one learner's scores of one lesson."""
    _have_student(gradebook, record)
    gradebook.update_or_create_submission(lesson.stem, record.student)
    submitted = gradebook.find_submission_notebook(lesson.stem, lesson.stem, record.student)
    judged = {f"check_{name}": graded for name, graded in record.exercises.items()}
    for grade in submitted.grades:
        graded = judged.get(grade.name)
        if graded is None:  # a cell of the teacher's own
            continue
        score = None if graded.status == "stumbled" else earned([graded], weights, follow_through)[0]
        changed, grade.auto_score = grade.auto_score != score, score
        by_hand = grade.manual_score is not None
        grade.needs_manual_grade = (grade.needs_manual_grade or changed) if by_hand else score is None
    gradebook.db.commit()


def _have_student(gradebook: "Gradebook", record: Record) -> None:
    """Adds the learner; what the gradebook knows of one already stays."""
    from nbgrader.api import MissingEntry

    try:
        gradebook.find_student(record.student)
    except MissingEntry:
        last, comma, first = record.name.partition(",")
        if not comma:
            first, _, last = record.name.rpartition(" ")
        gradebook.add_student(record.student, first_name=first.strip() or None, last_name=last.strip() or None)

"""nbgrader itself, in process: it releases the course that we write, grades with our checks, and shows our marks."""

import csv
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from course_utils.grade.errors import InputError
from course_utils.grade.marks import nbgrader as ours
from course_utils.grade.marks.nbgrader import write_course, write_marks
from course_utils.grade.records import Graded, Record
from course_utils.lessons import LESSONS
from course_utils.reference import exercises
from tests.conftest import ROOT

pytest.importorskip("nbgrader", reason="needs the extra `grade`")
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
]

from nbgrader.api import Gradebook  # noqa: E402
from nbgrader.apps import NbGraderAPI  # noqa: E402
from nbgrader.coursedir import CourseDirectory  # noqa: E402
from nbgrader.plugins import CsvExportPlugin  # noqa: E402
from nbgrader.preprocessors import ClearSolutions  # noqa: E402
from traitlets.config.loader import Config, PyFileConfigLoader  # noqa: E402

TOPIC, STEM = "self_attention", "03_self_attention"
NAMES = exercises(TOPIC)
WEIGHTS = dict.fromkeys(NAMES, 1.0) | {"split_heads": 2.0, "self_attention": 3.0}
EVERYTHING = sum(WEIGHTS.values())


def config(course: Path, **more) -> Config:
    """What nbgrader reads in the folder of a course."""
    found = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    found.CourseDirectory.root = str(course)
    found.merge(Config(more))
    return found


def api(course: Path, **more) -> NbGraderAPI:
    """nbgrader's own interface to its commands."""
    settings = config(course, **more)
    return NbGraderAPI(CourseDirectory(config=settings), config=settings)


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}")


def record(student: str, name: str = "", **statuses: str) -> Record:
    """A learner who handed in the lesson: what is not named has passed."""
    answers = {each: Graded(each, statuses.get(each, "passed"), cases=3) for each in NAMES}
    return Record(student, name, notebooks={f"{student}/{STEM}.ipynb": STEM}, exercises=answers)


def exported(course: Path) -> dict[str, dict[str, str]]:
    """The rows of `nbgrader export`, by student."""
    with gradebook(course) as book:
        CsvExportPlugin(to=str(course / "grades.csv")).export(book)
    with (course / "grades.csv").open() as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def grade(course: Path, exercise: str, student: str) -> dict:
    with gradebook(course) as book:
        return book.find_grade(f"check_{exercise}", STEM, STEM, student).to_dict()


@pytest.fixture(scope="module")
def new_course(tmp_path_factory) -> Path:
    """A course with an empty gradebook, which takes nbgrader two seconds to make; no environment is activated for it."""
    folder = tmp_path_factory.mktemp("new")
    write_course(folder, [TOPIC], WEIGHTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        write_marks(folder, [], WEIGHTS)
    return folder


@pytest.fixture
def course(new_course, tmp_path) -> Path:
    return Path(shutil.copytree(new_course, tmp_path / "course"))


@pytest.fixture(scope="module")
def released(new_course, tmp_path_factory) -> Path:
    """A course that nbgrader releases after the first marks, which made the lesson's cells in the gradebook."""
    folder = Path(shutil.copytree(new_course, tmp_path_factory.mktemp("released") / "course"))
    write_marks(folder, [record("first", "Ada Lovelace")], WEIGHTS)
    done = api(folder).generate_assignment(STEM)
    assert done["success"], done["log"]
    return folder


def test_the_release_is_the_exercise_notebook_and_holds_no_solution(released):
    release = nbformat.read(released / "release" / STEM / f"{STEM}.ipynb", 4)
    given = nbformat.read(ROOT / "exercises" / f"{STEM}.ipynb", 4)
    assert [cell.source for cell in release.cells] == [cell.source for cell in given.cells]
    assert not any(cell.get("outputs") for cell in release.cells)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_nbgrader_blanks_every_exercise_of_every_lesson_as_the_course_does(lesson, tmp_path):
    assert write_course(tmp_path, [lesson.topic], {}) == []
    source = nbformat.read(tmp_path / "source" / lesson.stem / f"{lesson.stem}.ipynb", 4)
    said = [cell.metadata["nbgrader"] for cell in source.cells if "nbgrader" in cell.metadata]
    names = exercises(lesson.topic)
    assert {each["grade_id"] for each in said if each["solution"] and not each["grade"]} == set(names)
    assert {each["grade_id"] for each in said if each["grade"] and each["locked"]} == {
        f"check_{name}" for name in names
    }
    assert len(said) == 2 * len(names)
    blank, _ = ClearSolutions(config=config(tmp_path)).preprocess(source, {})
    given = nbformat.read(ROOT / "exercises" / f"{lesson.stem}.ipynb", 4)
    assert [cell.source for cell in blank.cells] == [cell.source for cell in given.cells]


def test_nbgraders_own_autograder_gives_the_points_without_a_warning(released):
    """One solved and one wrong answer among blanks, in a notebook from which a learner has deleted the last cells."""
    submission = nbformat.read(released / "release" / STEM / f"{STEM}.ipynb", 4)
    solved = nbformat.read(ROOT / "solutions" / f"{STEM}.ipynb", 4)
    for cell, solution in zip(submission.cells, solved.cells, strict=True):
        if cell.source.startswith("def split_heads"):
            cell.source = solution.source
        if cell.source.startswith("def linear"):
            cell.source = solution.source.replace("+ bias", "")
    del submission.cells[-4:]
    path = released / "submitted" / "grace" / STEM / f"{STEM}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(submission, path)
    done = api(released).autograde(STEM, "grace")
    assert done["success"], done["log"]
    assert "WARNING" not in done["log"]
    scores = {name: grade(released, name, "grace")["auto_score"] for name in NAMES}
    assert scores == dict.fromkeys(NAMES, 0.0) | {"split_heads": 2.0}


def test_nbgrader_can_file_a_notebook_without_running_it(released):
    """The line that nbgrader_config.py offers: for the marks there is this grader."""
    path = released / "submitted" / "eve" / STEM / f"{STEM}.ipynb"
    path.parent.mkdir(parents=True)
    hostile = nbformat.read(released / "release" / STEM / f"{STEM}.ipynb", 4)
    hostile.cells[1].source = f"open({str(released / 'was run')!r}, 'w')"
    nbformat.write(hostile, path)
    assert "# c.Autograde.autograde_preprocessors = []" in (released / "nbgrader_config.py").read_text()
    assert api(released, Autograde={"autograde_preprocessors": []}).autograde(STEM, "eve")["success"]
    assert not (released / "was run").exists()
    assert exported(released)["eve"]["raw_score"] == "0.0"
    write_marks(released, [record("eve")], WEIGHTS)
    assert float(exported(released)["eve"]["raw_score"]) == EVERYTHING
    (shown,) = (each for each in api(released).get_submissions(STEM) if each["student"] == "eve")
    assert shown["autograded"], "formgrader opens it"


def test_export_and_formgrader_show_our_marks(course):
    write_marks(
        course,
        [
            record("ada", "Ada King Lovelace"),
            record("bob", "Builder, Bob", linear="failed", split_heads="not_attempted", softmax="error"),
        ],
        WEIGHTS,
    )
    rows = exported(course)
    assert {who: float(row["raw_score"]) for who, row in rows.items()} == {"ada": EVERYTHING, "bob": EVERYTHING - 4}
    assert {float(row["max_score"]) for row in rows.values()} == {EVERYTHING}
    assert {row["first_name"]: row["last_name"] for row in rows.values()} == {"Ada King": "Lovelace", "Bob": "Builder"}
    shown = {each["student"]: each for each in api(course).get_submissions(STEM)}
    assert shown["bob"]["score"] == shown["bob"]["code_score"] == EVERYTHING - 4
    assert not shown["bob"]["needs_manual_grade"]


def test_where_the_grader_stumbled_a_person_is_asked_and_no_0_is_given(course):
    write_marks(course, [record("ada", softmax="stumbled")], WEIGHTS)
    found = grade(course, "softmax", "ada")
    assert found["auto_score"] is None
    assert found["needs_manual_grade"]
    (shown,) = api(course).get_submissions(STEM)
    assert shown["needs_manual_grade"]


def test_follow_through_is_a_switch(course):
    written = record("ada", self_attention="failed")
    written.exercises["self_attention"].with_reference = ["linear"]
    write_marks(course, [written], WEIGHTS)
    assert grade(course, "self_attention", "ada")["auto_score"] == 3
    write_marks(course, [written], WEIGHTS, follow_through=False)
    assert grade(course, "self_attention", "ada")["auto_score"] == 0


def test_a_teachers_own_score_stays_and_is_flagged_only_when_ours_changes(course):
    write_marks(course, [record("ada", linear="failed")], WEIGHTS)
    with gradebook(course) as book:
        by_hand = book.find_grade("check_linear", STEM, STEM, "ada")
        by_hand.manual_score, by_hand.needs_manual_grade = 0.5, False
        book.db.commit()
    write_marks(course, [record("ada", linear="failed")], WEIGHTS)
    assert not grade(course, "linear", "ada")["needs_manual_grade"]
    write_marks(course, [record("ada")], WEIGHTS)
    found = grade(course, "linear", "ada")
    assert (found["manual_score"], found["auto_score"], found["needs_manual_grade"]) == (0.5, 1.0, True)
    assert float(exported(course)["ada"]["raw_score"]) == EVERYTHING - 0.5


def test_who_handed_in_nothing_has_no_submission(course):
    nothing = record("bob", **dict.fromkeys(NAMES, "not_attempted"))
    nothing.notebooks = {}
    write_marks(course, [record("ada"), nothing], WEIGHTS)
    with gradebook(course) as book:
        assert [each.student.id for each in book.assignment_submissions(STEM)] == ["ada"]


def test_an_exercise_that_the_teacher_took_out_stays_out(course):
    with gradebook(course) as book:
        book.update_or_create_assignment(STEM)
        book.add_notebook(STEM, STEM)
        book.add_grade_cell("check_linear", STEM, STEM, max_score=7, cell_type="code")
        book.add_grade_cell("essay", STEM, STEM, max_score=4, cell_type="markdown")
    write_marks(course, [record("ada")], WEIGHTS)
    (row,) = exported(course).values()
    assert (float(row["raw_score"]), float(row["max_score"])) == (1, 5)


def test_files_that_a_teacher_changed_stay_and_are_named(course):
    changed = course / "source" / STEM / f"{STEM}.ipynb"
    changed.write_text("mine")
    (course / "nbgrader_config.py").unlink()
    assert write_course(course, [TOPIC], WEIGHTS) == [changed]
    assert changed.read_text() == "mine"
    assert (course / "nbgrader_config.py").exists()


def test_the_gradebook_is_the_one_that_the_course_names(course):
    elsewhere = (course / "gradebook.db").rename(course / "elsewhere.db")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"c.CourseDirectory.db_url = 'sqlite:///{elsewhere}'\n")
    write_marks(course, [record("ada")], WEIGHTS)
    assert not (course / "gradebook.db").exists()
    elsewhere.rename(course / "gradebook.db")
    assert "ada" in exported(course)


def test_without_nbgrader_one_sentence_says_how_to_get_it(course, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader.api", None)
    with pytest.raises(InputError, match=r"`pip install inside-bert\[grade\]`"):
        write_marks(course, [record("ada")], WEIGHTS)


def test_without_the_repository_one_sentence_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(ours, "ROOT", tmp_path)
    with pytest.raises(InputError, match="clone the course's repository"):
        write_course(tmp_path / "course", [TOPIC], WEIGHTS)
    assert not (tmp_path / "course").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"There is no folder .*nowhere"):
        write_marks(tmp_path / "nowhere", [record("ada")], WEIGHTS)


def test_a_gradebook_that_has_other_cells_than_the_courses_gets_one_sentence(course):
    with gradebook(course) as book:
        book.update_or_create_assignment(STEM)
        book.add_notebook(STEM, STEM)
        book.add_grade_cell("test-1", STEM, STEM, max_score=7, cell_type="code")
    with pytest.raises(InputError, match="other cells than the course's"):
        write_marks(course, [record("ada")], WEIGHTS)


def test_a_gradebook_that_is_no_database_gets_one_sentence(course):
    (course / "gradebook.db").write_text("not a database, but long enough to be told from an empty one")
    with pytest.raises(InputError, match=r"cannot take the marks \(file is not a database\)"):
        write_marks(course, [record("ada")], WEIGHTS)

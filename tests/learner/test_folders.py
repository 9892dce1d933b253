"""What belongs to a learner lies with the learner: a layout for each course, and a copy of a course that can only be read."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from course_utils.learner import folders

NAME = "exercises/03_self_attention.ipynb"


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A course of two notebooks; the home folder is beside it."""
    course = tmp_path / "shared" / "course"
    for name in (NAME, "notebooks/03_self_attention.ipynb"):
        (course / name).parent.mkdir(parents=True)
        (course / name).write_text(f"{name}, version 1")
    (tmp_path / "home").mkdir()
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return course


def test_a_copy_has_all_notebooks_and_its_own_place(course, tmp_path):
    copy = folders.update_copy(course)
    assert copy == (tmp_path / "home" / "inside-bert", [])
    assert (copy.folder / NAME).read_text() == (course / NAME).read_text()
    assert len(list(copy.folder.glob("*/*.ipynb"))) == 2
    assert folders.update_copy(course) == copy


def test_a_notebook_that_the_learner_changed_is_never_overwritten(course):
    theirs = folders.update_copy(course).folder / NAME
    theirs.write_text("the learner's own")
    assert folders.update_copy(course).kept == [], "the course has nothing newer"
    (course / NAME).write_text("version 2")
    assert folders.update_copy(course).kept == [NAME]
    assert folders.update_copy(course).kept == [], "said once for each new version"
    assert theirs.read_text() == "the learner's own"
    (course / NAME).write_text("version 3")
    assert folders.update_copy(course).kept == [NAME]
    assert theirs.read_text() == "the learner's own"


def test_a_notebook_that_the_learner_did_not_change_is_renewed(course):
    theirs = folders.update_copy(course).folder / NAME
    (course / NAME).write_text("version 2")
    assert folders.update_copy(course).kept == []
    assert theirs.read_text() == "version 2"


def test_a_notebook_that_the_learner_renamed_is_copied_again(course):
    theirs = folders.update_copy(course).folder / NAME
    theirs.write_text("the learner's own")
    theirs.rename(theirs.with_name("mine.ipynb"))
    folders.update_copy(course)
    assert theirs.read_text() == (course / NAME).read_text()
    assert theirs.with_name("mine.ipynb").read_text() == "the learner's own"


@pytest.mark.parametrize("marker", [None, "damaged", "[1]", '{"course": "/", "files": {}}'])
def test_a_folder_that_is_not_this_courses_copy_is_left_alone(course, tmp_path, marker):
    folder = tmp_path / "home" / "inside-bert"
    (folder / "exercises").mkdir(parents=True)
    (folder / NAME).write_text("a clone of the learner's")
    if marker:
        (folder / folders.MARKER).write_text(marker)
    assert folders.update_copy(course).folder == tmp_path / "home" / "inside-bert-2"
    assert (folder / NAME).read_text() == "a clone of the learner's"


def test_where_nothing_is_known_of_a_changed_notebook_it_stays_too(course):
    folder = folders.update_copy(course).folder
    (folder / NAME).write_text("the learner's own")
    marker = json.loads((folder / folders.MARKER).read_text())
    (folder / folders.MARKER).write_text(json.dumps(marker | {"files": {}}))
    assert folders.update_copy(course).kept == [NAME]
    assert (folder / NAME).read_text() == "the learner's own"


def test_a_course_that_moved_keeps_its_copy(course):
    folder = folders.update_copy(course).folder
    moved = course.rename(course.with_name("moved"))
    assert folders.update_copy(moved).folder == folder
    assert folders.copy_folder(course).name == "inside-bert-2", "now another course is there"


def test_an_interrupted_copy_is_finished(course, monkeypatch):
    real = os.replace

    def full(source, target):
        if str(target).endswith(".ipynb"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        folders.update_copy(course)
    monkeypatch.setattr(os, "replace", real)
    copy = folders.update_copy(course)
    assert copy.folder.name == "inside-bert"
    assert (copy.folder / NAME).read_text() == (course / NAME).read_text()
    assert {path.name for path in copy.folder.rglob("*") if path.is_file()} == {Path(NAME).name, folders.MARKER}


def test_each_course_has_its_own_layout_among_what_is_the_learners(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    one, two = folders.layout_folder(Path("/srv/one/course")), folders.layout_folder(Path("/srv/two/course"))
    assert one != two
    assert one.is_relative_to(tmp_path)
    assert one.name.startswith("course-")


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    assert folders.why_not_writable(tmp_path) == ""
    assert folders.why_not_writable(tmp_path / "not" / "made" / "yet") == ""
    assert not list(tmp_path.iterdir()), "it only looks"
    (tmp_path / "file").touch()
    assert folders.why_not_writable(tmp_path / "file" / "below")

    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert folders.why_not_writable(tmp_path) == "No space left on device"


def test_a_course_that_can_only_be_read(course, monkeypatch):
    assert not folders.is_read_only(course)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert folders.is_read_only(course), "its notebooks are another's"
    monkeypatch.undo()
    monkeypatch.setattr(folders, "why_not_writable", lambda folder: "Permission denied")
    assert folders.is_read_only(course)


def test_a_folder_in_which_the_system_refuses_to_write(course, monkeypatch):
    """Root may write everywhere, so the refusal is played."""
    real = os.open

    def refuse(path, *arguments, **options):
        if course / "exercises" in (Path(path), Path(path).parent):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert folders.why_not_writable(course / "exercises")
    assert not folders.why_not_writable(course / "notebooks")
    assert folders.is_read_only(course)

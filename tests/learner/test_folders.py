"""Where the notebooks are, and what belongs to a learner: a layout for each folder."""

import os
import tempfile
from pathlib import Path

import pytest

from course_utils.learner import folders
from course_utils.lessons import LESSONS

NAME = "exercises/03_self_attention.ipynb"


@pytest.fixture
def course(tmp_path) -> Path:
    """A course of two notebooks."""
    course = tmp_path / "shared" / "course"
    for name in (NAME, "notebooks/03_self_attention.ipynb"):
        (course / name).parent.mkdir(parents=True)
        (course / name).write_text(f"{name}, version 1")
    return course


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


def test_a_checkout_is_the_course_itself_and_a_package_carries_one(tmp_path, monkeypatch):
    assert (folders.course(), folders.start_command()) == (folders.CHECKOUT, "make lab")
    assert len(folders.notebooks(folders.course())) == 3 * len(LESSONS) + 1
    monkeypatch.setattr(folders, "PACKED", tmp_path)
    assert (folders.course(), folders.start_command()) == (tmp_path, "inside-bert")

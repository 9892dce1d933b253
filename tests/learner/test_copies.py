"""A learner's copy of the notebooks: complete, current, and without a word of theirs lost, whatever happens to it."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from course_utils.learner import copies
from tests.conftest import ROOT

NAME = "exercises/03_self_attention.ipynb"
LESSON = "notebooks/03_self_attention.ipynb"
NEW = "exercises/03_self_attention.new-0.2.0.ipynb"


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A course of two notebooks; the home folder is beside it."""
    course = tmp_path / "shared" / "course"
    for name in (NAME, LESSON):
        (course / name).parent.mkdir(parents=True)
        (course / name).write_text(f"{name}, version 1")
    (tmp_path / "home").mkdir()
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return course


@pytest.fixture
def mine(course, tmp_path) -> Path:
    """A copy of version 0.1.0."""
    return copies.update(course, tmp_path / "mine", "0.1.0").folder


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its content and the time when it was written."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_a_copy_has_all_notebooks_and_a_second_time_nothing_is_written(course, tmp_path):
    folder = tmp_path / "home" / "deep" / "mine"
    assert copies.update(course, folder, "0.1.0") == (folder, [NAME, LESSON], [], [], [])
    assert (folder / NAME).read_text() == (course / NAME).read_text()
    before = state(folder)
    assert set(before) == {NAME, LESSON, copies.MARKER}
    assert copies.update(course, folder, "0.1.0") == (folder, [], [], [], [])
    assert state(folder) == before


def test_a_notebook_that_the_learner_changed_stays_and_the_newer_one_comes_beside_it(course, mine):
    (mine / NAME).write_text("the learner's own")
    assert copies.update(course, mine, "0.1.0").beside == [], "the course has nothing newer"
    (course / NAME).write_text("version 2")
    assert copies.update(course, mine, "0.2.0") == (mine, [], [], [], [NEW])
    assert (mine / NEW).read_text() == "version 2"
    assert (mine / NAME).read_text() == "the learner's own"
    assert copies.update(course, mine, "0.2.0") == (mine, [], [], [], []), "said once for each new version"


def test_a_newer_one_beside_it_makes_room_for_the_next_unless_the_learner_works_in_it(course, mine):
    (mine / NAME).write_text("the learner's own")
    for number in (2, 3):
        (course / NAME).write_text(f"version {number}")
        copies.update(course, mine, f"0.{number}.0")
    newest = mine / NEW.replace("0.2.0", "0.3.0")
    assert newest.read_text() == "version 3"
    assert not (mine / NEW).exists()
    newest.write_text("the learner's, too")
    (course / NAME).write_text("version 4")
    (other,) = copies.update(course, mine, "0.3.0").beside
    assert other == NEW.replace("0.2.0", "0.3.0-2"), "the same number, as in a clone between two releases"
    assert (mine / other).read_text() == "version 4"
    assert newest.read_text() == "the learner's, too"
    assert (mine / NAME).read_text() == "the learner's own"


def test_a_learner_who_takes_the_newer_one_in_place_of_theirs_is_left_in_peace(course, mine):
    (mine / NAME).write_text("the learner's own")
    (course / NAME).write_text("version 2")
    copies.update(course, mine, "0.2.0")
    (mine / NEW).replace(mine / NAME)
    assert copies.update(course, mine, "0.2.0") == (mine, [], [], [], [])
    assert not (mine / NEW).exists()


def test_a_notebook_that_the_learner_did_not_change_is_renewed(course, mine):
    (course / NAME).write_text("version 2")
    assert copies.update(course, mine, "0.2.0") == (mine, [], [], [NAME], [])
    assert (mine / NAME).read_text() == "version 2"


def test_a_notebook_that_the_learner_renamed_is_copied_again(course, mine):
    (mine / NAME).write_text("the learner's own")
    (mine / NAME).rename(mine / "exercises" / "mine.ipynb")
    assert copies.update(course, mine, "0.1.0") == (mine, [], [NAME], [], [])
    assert (mine / NAME).read_text() == (course / NAME).read_text()
    assert (mine / "exercises" / "mine.ipynb").read_text() == "the learner's own"


def test_a_new_lesson_comes_and_one_that_is_no_more_stays(course, mine):
    (course / "notebooks" / "13_new.ipynb").write_text("a lesson more")
    (course / LESSON).unlink()
    assert copies.update(course, mine, "0.2.0").given == ["notebooks/13_new.ipynb"]
    assert (mine / LESSON).exists()


@pytest.mark.parametrize("marker", ["damaged", "[1]", "{}", '{"course": "x", "files": {}}'])
def test_where_nothing_is_known_of_a_changed_notebook_it_stays_too(course, mine, marker):
    (mine / NAME).write_text("the learner's own")
    (mine / copies.MARKER).write_text(marker)
    assert copies.update(course, mine, "0.2.0").beside == [NEW]
    assert (mine / NAME).read_text() == "the learner's own"
    assert copies.update(course, mine, "0.2.0").beside == []


@pytest.mark.parametrize("marker", [None, "damaged", "[1]", '{"course": "/", "files": {}}'])
def test_a_folder_at_home_that_is_not_this_courses_copy_is_left_alone(course, tmp_path, marker):
    folder = tmp_path / "home" / "inside-bert"
    folder.mkdir()
    assert copies.home_copy(course) == folder, "nothing is in it"
    (folder / "exercises").mkdir()
    if marker:
        (folder / copies.MARKER).write_text(marker)
    assert copies.home_copy(course) == tmp_path / "home" / "inside-bert-2"


def test_a_course_that_moved_or_came_as_a_package_keeps_its_copy_at_home(course, tmp_path, monkeypatch):
    folder = copies.update(course, copies.home_copy(course), "0.1.0").folder
    assert folder == tmp_path / "home" / "inside-bert" == copies.home_copy(course)
    moved = course.rename(course.with_name("moved"))
    assert copies.home_copy(moved) == folder
    copies.update(moved, folder, "0.1.0")
    assert copies.home_copy(course).name == "inside-bert-2", "now another course is there"
    monkeypatch.setattr(copies.folders, "PACKED", moved)
    copies.update(moved, folder, "0.1.0")
    monkeypatch.chdir(tmp_path / "home")
    for packed in (moved, tmp_path / "another environment"):
        monkeypatch.setattr(copies.folders, "PACKED", packed)
        assert copies.home_copy(packed) == folder


def test_a_copy_is_known_from_any_folder_in_it(mine, tmp_path):
    assert copies.around(mine) == copies.around(mine / "exercises") == mine
    assert copies.around(tmp_path) is None


def test_a_full_disk_loses_nothing_and_the_next_time_the_copy_is_finished(course, mine, monkeypatch):
    (course / NAME).write_text("version 2")
    real = os.replace

    def full(source, target):
        if str(target).endswith(".ipynb"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        copies.update(course, mine, "0.2.0")
    assert (mine / NAME).read_text() == f"{NAME}, version 1"
    monkeypatch.setattr(os, "replace", real)
    assert copies.update(course, mine, "0.2.0").renewed == [NAME]
    assert set(state(mine)) == {NAME, LESSON, copies.MARKER}


def test_a_copy_that_was_killed_in_the_middle_is_completed_and_what_was_written_since_stays(course, tmp_path):
    mine = tmp_path / "mine"
    script = f"""
        import os, pathlib
        from course_utils.learner import copies
        real, done = os.replace, []

        def die_at_the_second_notebook(source, target):
            if str(target).endswith(".ipynb"):
                done.append(target)
                if len(done) == 2:
                    os._exit(9)
            real(source, target)

        os.replace = die_at_the_second_notebook
        copies.update(pathlib.Path({str(course)!r}), pathlib.Path({str(mine)!r}), "0.1.0")
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT).returncode == 9
    (half,) = set(state(mine)) - {NAME, copies.MARKER}
    (mine / NAME).write_text("the learner's own")
    assert copies.update(course, mine, "0.1.0") == (mine, [LESSON], [], [], []), "what they wrote is known as theirs"
    assert (mine / half).exists(), "another start might be at it"
    os.utime(mine / half, (0, 0))
    copies.update(course, mine, "0.1.0")
    assert set(state(mine)) == {NAME, LESSON, copies.MARKER}
    assert (mine / NAME).read_text() == "the learner's own"


def test_the_marker_says_from_which_version_the_notebooks_are(mine):
    assert json.loads((mine / copies.MARKER).read_text())["version"] == "0.1.0"


def test_a_file_of_another_program_is_not_taken_for_the_marker(course, tmp_path):
    theirs = tmp_path / "thesis"
    theirs.mkdir()
    (theirs / copies.MARKER).write_text('{"title": "another course"}')
    assert not copies.is_copy(theirs)
    assert copies.around(theirs) is None
    (theirs / copies.MARKER).write_text("damaged")
    assert not copies.is_copy(theirs)
    (theirs / "notebooks").mkdir()
    assert copies.is_copy(theirs), "ours, and damaged"


def test_a_link_to_a_disk_that_is_not_there_stays(course, mine, tmp_path):
    (mine / NAME).unlink()
    (mine / NAME).symlink_to(tmp_path / "unplugged" / "03.ipynb")
    (course / NAME).write_text("version 2")
    assert copies.update(course, mine, "0.2.0").beside == [NEW]
    assert (mine / NAME).is_symlink()


def test_what_is_saved_while_a_notebook_is_renewed_stays(course, mine, monkeypatch):
    (course / NAME).write_text("version 2")
    write = Path.write_bytes

    def save_meanwhile(path, content):
        if path.name.startswith(f".{Path(NAME).name}"):
            (mine / NAME).write_text("saved just now")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", save_meanwhile)
    with pytest.raises(OSError, match="somebody is writing there"):
        copies.update(course, mine, "0.2.0")
    assert (mine / NAME).read_text() == "saved just now"


def test_of_hidden_files_only_our_own_halves_are_removed(course, mine):
    half, backup = mine / "exercises" / f".{Path(NAME).name}.123", mine / "exercises" / ".a.ipynb.2024-my-backup"
    for path in (half, backup):
        path.write_text("old")
        os.utime(path, (0, 0))
    copies.update(course, mine, "0.1.0")
    assert (half.exists(), backup.exists()) == (False, True)

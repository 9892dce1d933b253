"""Where the learner works: in a clone, in a copy at home, in `./inside-bert`, or where they say; and what is refused."""

import os
from pathlib import Path

import pytest

from course_utils.learner import folders
from course_utils.start import faults, place, words

FIRST = "notebooks/00_orientation.ipynb"


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A checkout of one notebook, in which the learner may write; they are in their home folder."""
    course = tmp_path / "course"
    (course / FIRST).parent.mkdir(parents=True)
    (course / FIRST).write_text("version 1")
    (tmp_path / "home").mkdir()
    monkeypatch.setattr(folders, "CHECKOUT", course)
    monkeypatch.setattr(folders, "PACKED", tmp_path / "nowhere")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path / "home")
    return course


@pytest.fixture
def package(course, monkeypatch) -> Path:
    """The same course as a package carries it."""
    monkeypatch.setattr(folders, "PACKED", course)
    return course


@pytest.fixture
def hub(course, monkeypatch):
    """A JupyterHub has started this."""
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")


def test_a_checkout_that_can_be_written_is_opened_where_it_is(course, capsys):
    assert place.own_place(None) == place.own_place(str(course)) == course
    assert capsys.readouterr().out == ""
    assert [path.name for path in course.iterdir()] == ["notebooks"]


def test_a_checkout_that_can_only_be_read_is_opened_as_a_copy_at_home(course, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(folders, "is_read_only", lambda course: True)
    mine = tmp_path / "home" / "inside-bert"
    assert place.own_place(None) == mine
    assert capsys.readouterr().out == (
        f"The course's own notebooks are read-only. Your notebooks are in {mine}.\nAdded: {FIRST}.\n"
    )


def test_a_package_puts_the_notebooks_here_or_where_one_says(package, tmp_path, capsys):
    assert place.own_place(None) == tmp_path / "home" / "inside-bert"
    assert place.own_place("a new/folder") == tmp_path / "home" / "a new" / "folder"
    assert place.own_place("~/other") == tmp_path / "home" / "other"
    assert (tmp_path / "home" / "other" / FIRST).read_text() == "version 1"
    capsys.readouterr()
    assert place.own_place(None) == tmp_path / "home" / "inside-bert"
    assert capsys.readouterr().out == f"Your notebooks are in {tmp_path / 'home' / 'inside-bert'}.\n"


def test_in_a_course_folder_that_one_is_opened_and_none_put_into_it(package, monkeypatch):
    mine = place.own_place("mine")
    for folder in (mine, mine / "notebooks"):
        monkeypatch.chdir(folder)
        assert place.own_place(None) == mine
    assert not list(mine.rglob("inside-bert"))


@pytest.mark.parametrize("kind", ["package", "course"])
def test_a_hub_gives_each_user_a_copy_at_home(hub, kind, tmp_path, request, monkeypatch):
    request.getfixturevalue(kind)
    monkeypatch.chdir(tmp_path)
    assert place.own_place(None) == tmp_path / "home" / "inside-bert"


def test_a_folder_with_something_else_in_it_is_refused_and_left_as_it_is(package, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("miaow")
    with pytest.raises(
        faults.StartError, match=r"photos is not empty and is not a folder of this course, so nothing was"
    ):
        place.own_place(str(tmp_path / "photos"))
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_a_file_is_refused(package, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(faults.StartError, match="file is a file, and the notebooks need a folder"):
        place.own_place(str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_with_hidden_files_only_counts_as_empty(package, tmp_path):
    (tmp_path / "mine" / ".git").mkdir(parents=True)
    assert (place.own_place(str(tmp_path / "mine")) / FIRST).exists()


@pytest.mark.parametrize("number", [13, 28, 30])
def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(package, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number), "/there/mine")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(faults.StartError) as told:
        place.own_place("mine")
    assert str(told.value).startswith(
        f"The notebooks cannot be put into {Path.cwd() / 'mine'} ({os.strerror(number)}): check that you may write there and"
    )
    assert "\n" not in str(told.value)


def test_a_folder_that_is_gone_under_ones_feet_is_told_in_one_sentence(package, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(faults.StartError, match="The course cannot be opened"), faults.plainly():
        place.own_place(None)


def test_what_an_update_did_is_said_by_reason(package, monkeypatch, capsys):
    (package / "exercises").mkdir()
    for number in range(13):
        (package / "exercises" / f"{number:02}.ipynb").write_text("version 1")
    mine = place.own_place("mine")
    assert capsys.readouterr().out.endswith("Added: 14 notebooks.\n")
    words.update("mine")
    assert "nothing to do" in capsys.readouterr().out
    (mine / FIRST).write_text("my own")
    (mine / "exercises" / "01.ipynb").unlink()
    for notebook in (FIRST, "exercises/02.ipynb", "exercises/01.ipynb"):
        (package / notebook).write_text("version 2")
    monkeypatch.setattr(place, "version", lambda: "0.2.0")
    words.update("mine")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Restored, because they were deleted or renamed: exercises/01.ipynb."
    assert said[1] == "Updated (you had not changed them): exercises/02.ipynb."
    assert said[2].endswith("the new versions are next to them: notebooks/00_orientation.new-0.2.0.ipynb.")
    assert said[3] == f"The course in {mine} is up to date with inside-bert 0.2.0."
    assert (mine / FIRST).read_text() == "my own"


def test_an_update_makes_no_folder(package, tmp_path):
    with pytest.raises(faults.StartError, match=r"There is no folder .*mine to bring up to date"):
        words.update("mine")
    assert not list((tmp_path / "home").iterdir())


def test_a_clone_is_updated_by_git(course, capsys):
    words.update()
    assert capsys.readouterr().out.endswith(
        "is a clone of the repository: `git pull`, then `make install`, brings it up to date.\n"
    )


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("uv-receipt.toml", "uv tool upgrade inside-bert"),
        ("pipx_metadata.json", "pipx upgrade inside-bert"),
        ("pyvenv.cfg", " install --upgrade inside-bert"),
    ],
)
def test_how_the_package_is_upgraded_depends_on_what_installed_it(package, tmp_path, monkeypatch, file, command):
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    (tmp_path / file).touch()
    assert words.upgrade().strip("`").endswith(command)


def test_uvx_takes_the_newest_where_one_asks_for_it(package, monkeypatch):
    monkeypatch.setattr("sys.prefix", "/home/ada/.cache/uv/archive-v0/x1y2")
    assert words.upgrade() == "`uvx --torch-backend cpu inside-bert@latest`"

"""What works is kept until its successor works, wherever the installer is killed. Folders with text files play `.venv`."""

import errno
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import environment as module
from tools.environment import Environment
from tools.messages import DISK_FULL, InstallError

OLD = {"inputs": "old", "place": "here", "extras": []}
NEW = {"inputs": "new", "place": "here", "extras": []}


@pytest.fixture
def place(tmp_path) -> Environment:
    """A `.venv` with a finished installation."""
    place = Environment(tmp_path)
    fill(place, "old")
    place.finish(OLD)
    return place


def fill(place: Environment, text: str) -> None:
    """Replace the library's files, as pip does: it deletes a file and writes another one."""
    for name in ("one", "two"):
        path = place.folder / "lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)


def held(place: Environment) -> tuple[set[str], dict]:
    """The words in the library's files, and the stamp."""
    return {path.read_text() for path in place.folder.glob("lib/*")}, place.read_stamp()


def beside(place: Environment) -> list[str]:
    return [path.name for path in place.root.iterdir() if path.name != ".venv"]


def upgrade(place: Environment) -> None:
    place.copy()
    fill(place, "new")
    place.finish(NEW)


def upgrade_in_vain(place: Environment) -> None:
    place.copy()
    fill(place, "new")
    place.log.write_text("why")
    assert place.put_back()


def make_new(place: Environment) -> None:
    place.move_aside()
    place.folder.mkdir()
    fill(place, "new")
    place.finish(NEW)


def make_new_in_vain(place: Environment) -> None:
    place.move_aside()
    place.folder.mkdir()
    fill(place, "new")
    assert place.put_back()


WAYS = [upgrade, upgrade_in_vain, make_new, make_new_in_vain]


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_with_the_new_one_or_with_the_old_one(place, way):
    way(place)
    assert held(place) == (({"new"}, NEW) if way in (upgrade, make_new) else ({"old"}, OLD))
    assert not beside(place)
    assert not place.recover(), "there is nothing to mend"


def test_what_pip_said_outlives_the_failure(place):
    upgrade_in_vain(place)
    assert place.log.read_text() == "why"


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


@pytest.mark.parametrize("way", WAYS)
def test_killed_at_any_moment_the_next_run_finds_the_old_one_whole_or_the_new_one(tmp_path, monkeypatch, way):
    steps = 0
    for moment in range(1, 100):
        place = Environment(tmp_path / str(moment))
        fill(place, "old")
        place.finish(OLD)
        with monkeypatch.context() as patch:
            count = kill_at(patch, moment)
            try:
                way(place)
            except Killed:
                pass
            else:
                steps = count[0]
                break
        place.recover()
        assert held(place) in [({"old"}, OLD), ({"new"}, NEW)], f"killed at step {moment}"
        assert not beside(place)
        assert not place.recover()
    assert steps >= 8, "each change of the disk is one"


def kill_at(patch: pytest.MonkeyPatch, moment: int) -> list[int]:
    """Let the process end before its `moment`-th change of the disk. The count of the changes."""
    count = [0]

    def killing(function):
        def call(*arguments, **named):
            count[0] += 1
            if count[0] >= moment:
                raise Killed
            return function(*arguments, **named)

        return call

    for owner, names in {Path: ("rename", "replace", "unlink", "write_text", "mkdir"), os: ("link", "rmdir")}.items():
        for name in names:
            patch.setattr(owner, name, killing(getattr(owner, name)))
    return count


def test_an_interrupted_recovery_can_be_repeated(place, monkeypatch):
    place.copy()
    fill(place, "new")
    for moment in range(1, 10):
        with monkeypatch.context() as patch:
            kill_at(patch, moment)
            try:
                place.recover()
                break
            except Killed:
                pass
    assert held(place) == ({"old"}, OLD)
    assert not beside(place)


def test_where_the_disk_has_no_links_the_copy_is_one(place, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    place.copy()
    assert place.old.joinpath("lib", "one").stat().st_nlink == 1
    assert place.put_back()
    assert held(place) == ({"old"}, OLD)


def test_a_full_disk_at_the_copy_changes_nothing(place, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(InstallError, match="^" + DISK_FULL):
        place.copy()
    assert held(place) == ({"old"}, OLD)
    assert not place.put_back(), "half a copy is none"


def in_use(*_):
    """In place of a change to a folder that some program has open, as on Windows."""
    raise PermissionError(errno.EACCES, "The process cannot access the file")


def test_a_folder_in_use_is_said_and_kept(place, monkeypatch):
    place.copy()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", in_use)
        with pytest.raises(InstallError, match=r"is in the folder \.venv\.old .* close what is using \.venv"):
            place.put_back()
        patch.setattr(shutil, "rmtree", in_use)
        with pytest.raises(InstallError, match=r"\.venv cannot be removed \(The process .*: close what is using it"):
            place.discard(place.folder)
    assert place.recover()
    assert held(place) == ({"old"}, OLD)


def test_an_old_one_in_use_is_no_obstacle_to_the_new_one(place, monkeypatch):
    place.copy()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", in_use)
        place.finish(NEW)
    assert place.read_stamp() == NEW
    assert beside(place) == [".venv.scrap"]
    assert not place.recover()
    assert not beside(place), "the next run deletes it"


@pytest.mark.skipif(os.name == "nt", reason="links to folders need rights on Windows")
def test_a_venv_on_another_disk_stays_there(tmp_path):
    away = tmp_path / "away" / "env"
    (tmp_path / "course").mkdir()
    away.parent.mkdir()
    (tmp_path / "course" / ".venv").symlink_to(away)
    place = Environment(tmp_path / "course")
    fill(place, "old")
    place.finish(OLD)
    upgrade_in_vain(place)
    assert (tmp_path / "course" / ".venv").is_symlink()
    assert Environment(tmp_path / "course").read_stamp() == OLD
    assert {path.name for path in away.parent.iterdir()} == {"env"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"inputs": 1}', "\0", json.dumps("old")])
def test_what_is_no_stamp_is_none(place, text):
    place.stamp.write_text(text)
    assert place.read_stamp() == {}


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("home = /usr/bin\nversion = 3.11.7\n", (3, 11)),
        ("uv = 0.9.0\nversion_info = 3.13.1\n", (3, 13)),
        ("", None),
        (None, None),
    ],
)
def test_the_python_of_a_venv_is_in_its_file(place, text, version):
    if text is not None:
        (place.folder / "pyvenv.cfg").write_text(text)
    assert place.python_version() == version


def test_a_python_that_cannot_be_given_pip(place, monkeypatch):
    monkeypatch.setattr(place, "python", Path(sys.executable))
    monkeypatch.setattr(module, "run", lambda _: module.subprocess.CompletedProcess([], 1, "No module named ensurepip"))
    with pytest.raises(InstallError, match=r"has no pip, .*\(No module named ensurepip\): .*uv pip install pip"):
        place.give_pip()
    monkeypatch.setattr(module, "run", lambda _: module.subprocess.CompletedProcess([], 1, "[Errno 28] No space left"))
    with pytest.raises(InstallError, match="^" + DISK_FULL):
        place.give_pip()


def test_a_python_that_does_not_run_is_quoted(place, monkeypatch):
    assert place.complaint().startswith(": [")  # there is none, in the system's words
    monkeypatch.setattr(place, "python", Path(sys.executable))
    assert place.complaint() == ""
    monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: SimpleNamespace(stderr="Traceback:\nOddError: x\n"))
    assert place.complaint() == ": OddError: x"

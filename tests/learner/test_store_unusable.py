"""Progress that cannot be saved: no folder, a file that is locked, of a newer version or not to be written."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from course_utils import health
from course_utils.learner import store
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("folder")


def test_a_relative_name_is_one_folder_wherever_a_kernel_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", "mine")
    places = set()
    for name in ("notebooks", "exercises"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        places.add(store.folder())
    assert places == {ROOT / "mine"}
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # a course that many may only read
    assert store.folder() == Path.home() / "mine"
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: "data")
    assert store.folder() == Path.home() / "data"


@pytest.mark.parametrize(("named", "says"), [("~no such user/x", "names `~no such user/x`"), ("", "no home folder")])
def test_without_a_home_the_session_remembers(monkeypatch, capsys, named, says):
    def no_home(*_, **__):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(Path, "expanduser", no_home)
    monkeypatch.setattr("platformdirs.user_data_dir", no_home)
    monkeypatch.setenv("COURSE_PROGRESS", named)
    store.record("gelu", "text")
    store.record("softmax", "more")
    assert store.passed() == {"gelu": "text", "softmax": "more"}
    assert store.folder() is None
    said = capsys.readouterr().out
    assert says in said
    assert "Name a folder in the environment variable COURSE_PROGRESS." in said
    assert said.count("\n") == 1  # said once
    assert health.CHECKS["progress"]()[0] == "broken"


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (
            ModuleType("platformdirs"),
            "module 'platformdirs' has no attribute 'user_data_dir'. Run `inside-bert doctor`, or `make doctor` in a clone.",
        ),
        (
            None,
            "import of platformdirs halted; None in sys.modules. Run `inside-bert doctor`, or `make doctor` in a clone.",
        ),
    ],
    ids=["hidden", "missing"],
)
def test_without_platformdirs_the_session_remembers(monkeypatch, capsys, module, says):
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.setitem(sys.modules, "platformdirs", module)
    store.record("gelu", "text")
    assert store.passed() == {"gelu": "text"}
    assert capsys.readouterr().out.startswith(f"Your progress cannot be saved: {says} ")


def test_a_file_that_hides_platformdirs_is_named(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "platformdirs.py").touch()
    monkeypatch.syspath_prepend("")
    monkeypatch.delitem(sys.modules, "platformdirs")
    store.record("gelu", "text")
    assert "The file `platformdirs.py` beside this notebook hides the library platformdirs" in capsys.readouterr().out
    assert health.CHECKS["progress"]()[0] == "broken"


@pytest.mark.parametrize(
    "table",
    [
        "passed (name TEXT PRIMARY KEY, source TEXT, at TEXT NOT NULL)",
        "passed (exercise TEXT PRIMARY KEY, source TEXT)",
        "passed (course TEXT, name TEXT, source TEXT, PRIMARY KEY (course, name))",
        "answers (name TEXT)",
    ],
)
@pytest.mark.parametrize("first", ["read", "write"])
def test_a_file_of_a_newer_version_is_left_alone(folder, capsys, table, first):
    folder.mkdir()
    with closing(sqlite3.connect(folder / store.FILE)) as database:
        database.execute(f"CREATE TABLE {table}")
        database.execute(f"PRAGMA user_version = {store.LAYOUT + 1}")
        database.commit()
    before = (folder / store.FILE).read_bytes()
    if first == "read":
        assert store.passed() == {}
    store.record("gelu", "text")
    store.record("softmax", "more")
    assert store.passed() == {"gelu": "text", "softmax": "more"}
    assert [path.name for path in folder.iterdir()] == [store.FILE]
    assert (folder / store.FILE).read_bytes() == before
    assert capsys.readouterr().out == store.NEWER + "\n"


def a_file_for_a_folder(folder: Path) -> None:
    folder.write_text("in the way")


def a_folder_for_the_file(folder: Path) -> None:
    (folder / store.FILE).mkdir(parents=True)


def not_ours(folder: Path) -> None:
    store.record("old", "text")
    folder.chmod(0o500)
    (folder / store.FILE).chmod(0o400)


BLOCKS = [a_file_for_a_folder, a_folder_for_the_file]
if os.name != "nt" and os.geteuid() != 0:  # permissions do not bind root, and Windows has others
    BLOCKS.append(not_ours)


@pytest.mark.parametrize("block", BLOCKS)
def test_where_nothing_can_be_written_the_session_remembers(folder, capsys, block):
    block(folder)
    store.record("gelu", "text")
    store.record("softmax", "more")
    assert {"gelu": "text", "softmax": "more"}.items() <= store.passed().items()
    assert capsys.readouterr().out == store.UNWRITABLE + "\n"


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Another program that holds the progress file."""
    with closing(sqlite3.connect(folder / store.FILE, isolation_level=None)) as busy:
        busy.execute("BEGIN EXCLUSIVE")
        yield
        busy.execute("COMMIT")


def test_a_locked_file_is_not_taken_for_a_damaged_one(folder, capsys, monkeypatch):
    monkeypatch.setattr(store, "_WAIT", 0.05)
    store.record("old", "text")
    with lock(folder):
        store.record("gelu", "text")
    assert store.passed() == {"old": "text", "gelu": "text"}
    assert capsys.readouterr().out == store.BUSY + "\n"
    assert [path.name for path in folder.iterdir()] == [store.FILE]


@pytest.mark.parametrize("first", ["read", "write"])
def test_a_lock_that_hangs_is_waited_for_once(folder, capsys, monkeypatch, first):
    waits = []

    def connect(path, timeout, **options):
        waits.append(timeout)
        return sqlite_connect(path, timeout=0, **options)

    store.record("old", "text")
    sqlite_connect = sqlite3.connect
    with lock(folder):
        monkeypatch.setattr(store.sqlite3, "connect", connect)
        if first == "read":
            assert store.passed() == {}
        store.record("gelu", "text")
        store.record("gelu", (number for number in range(3)).send)  # looks, too, since it says which one is used
        assert store.passed() == {"gelu": "text"}
    assert waits[0] == store._WAIT
    assert len(waits) > 3
    assert max(waits[1:]) <= 0.1
    assert capsys.readouterr().out.startswith(store.BUSY + "\n")
    store.record("softmax", "more")  # the file is free again, and nothing is lost
    assert store._session == {folder: {}}
    assert store.passed() == {"old": "text", "gelu": "text", "softmax": "more"}


def test_a_file_that_can_only_be_read_still_gives_the_earlier_version(folder, monkeypatch):
    store.record("gelu", "text")
    monkeypatch.setattr(store, "_write", lambda database, rows: database.execute("no such command"))
    monkeypatch.setattr(store, "_put_aside", lambda path: False)
    store.record("gelu", (number for number in range(3)).send)
    assert store.passed() == {"gelu": "text"}


def test_a_pass_never_ends_in_an_exception(monkeypatch, capsys):
    class Sly:
        def __getattribute__(self, name):
            raise RuntimeError("do not look at me")

    store.record("gelu", Sly())
    assert store.passed() == {"gelu": None}
    store.record("softmax", "a lone surrogate cannot be written: \ud800")
    assert "softmax" in store.passed()
    assert store.UNWRITABLE in capsys.readouterr().out

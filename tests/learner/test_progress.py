"""The progress file: written by many at once, damaged in every way, not writable; and the map of what is proven."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import checks, learner
from course_utils.lessons import LESSONS


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """An empty progress folder and a session that remembers nothing."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress"))
    monkeypatch.setattr(learner, "_session", {})
    monkeypatch.setattr(learner, "_said", set())
    return tmp_path / "progress"


def python(code: str) -> subprocess.Popen:
    """Another kernel on the same folder."""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_what_passed_is_remembered(folder, capsys):
    assert learner.passed() == {}
    assert not folder.exists()  # asking writes nothing
    learner.record("gelu", "text 1")
    learner.record("softmax", "é ☃ \x00 '")
    learner.record("gelu", "text 2")
    assert learner.passed() == {"gelu": "text 2", "softmax": "é ☃ \x00 '"}
    assert learner.source_of("gelu") == "text 2"
    assert learner.source_of("linear") is None
    assert [path.name for path in folder.iterdir()] == [learner.FILE]
    assert capsys.readouterr().out == ""


def test_a_source_that_cannot_be_kept_leaves_the_earlier_one(capsys):
    class Odd:
        def method(self):
            return 1

    learner.record("gelu", "text 1")
    learner.record("gelu", Odd().method)
    learner.record("softmax", Odd().method)
    assert learner.passed() == {"gelu": "text 1", "softmax": None}
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"{name} passed, but later notebooks cannot use your version, since it is an object of type method; "
        "they use the reference's."
        for name in ("gelu", "softmax")
    ]


def test_the_folder_is_the_users_or_the_one_named(monkeypatch, tmp_path):
    assert learner.folder() == tmp_path / "progress"
    monkeypatch.setenv("COURSE_PROGRESS", "~/x")
    assert learner.folder() == Path.home() / "x"
    monkeypatch.delenv("COURSE_PROGRESS")
    assert learner.folder().name == "inside-bert"


def test_two_kernels_write_at_once(folder):
    code = """
from course_utils import learner
for i in range(300):
    learner.record(f"{NAME}_{i}", f"source {i}")
    learner.record("shared", NAME)
    if i % 50 == 0:
        assert learner.passed()
"""
    kernels = [python(code.replace("NAME", repr(name))) for name in "ab"]
    outputs = [kernel.communicate(timeout=240)[0] for kernel in kernels]
    assert [kernel.returncode for kernel in kernels] == [0, 0], outputs
    assert outputs == ["", ""]
    stored = learner.passed()
    assert len(stored) == 601
    assert all(stored[f"{name}_{i}"] == f"source {i}" for name in "ab" for i in range(300))
    assert stored["shared"] in ("a", "b")
    assert [path.name for path in folder.iterdir()] == [learner.FILE]


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database " * 400)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(4096, len(data), 7):
        data[place] ^= 0xFF
    path.write_bytes(data)


def other_layout(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE passed (exercise TEXT, at TEXT)")
    database.close()


def not_unicode(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE passed SET source = CAST(x'fffe41' AS TEXT) WHERE name = 'old_1'")
    database.close()


@pytest.mark.parametrize("damage", [garbage, truncated, flipped, other_layout, not_unicode])
@pytest.mark.parametrize("first", ["read", "write"])
def test_a_damaged_file_is_put_aside(folder, capsys, damage, first):
    for i in range(40):
        learner.record(f"old_{i}", "x" * 500)
    damage(folder / learner.FILE)
    kept = (folder / learner.FILE).read_bytes()
    if first == "read":
        assert learner.passed() == {}
    learner.record("gelu", "text")
    assert learner.passed() == {"gelu": "text"}
    assert (folder / "progress.damaged-1.sqlite").read_bytes() == kept  # byte by byte: nothing is deleted
    assert capsys.readouterr().out == learner.DAMAGED + "\n"  # said once


def test_damaged_files_are_numbered_and_never_overwritten(folder):
    for number in (1, 2, 3):
        folder.mkdir(exist_ok=True)
        (folder / learner.FILE).write_bytes(b"damaged, the %d. time" % number * 99)
        assert learner.passed() == {}
    for number in (1, 2, 3):
        assert (folder / f"progress.damaged-{number}.sqlite").read_bytes().startswith(b"damaged, the %d. time" % number)


def test_a_journal_is_put_aside_with_its_file(folder):
    folder.mkdir()
    (folder / learner.FILE).write_bytes(b"damaged" * 999)
    (folder / f"{learner.FILE}-journal").write_bytes(b"half a transaction")
    learner.record("gelu", "text")
    assert learner.passed() == {"gelu": "text"}
    moved = folder / "progress.damaged-1.sqlite-journal"
    assert not moved.exists() or moved.read_bytes() == b"half a transaction"
    assert not (folder / f"{learner.FILE}-journal").exists()


def test_two_kernels_find_the_damage_at_once(folder):
    folder.mkdir()
    (folder / learner.FILE).write_bytes(b"damaged" * 999)
    code = """
from course_utils import learner
for i in range(40):
    learner.record(f"{NAME}_{i}", "text")
"""
    kernels = [python(code.replace("NAME", repr(name))) for name in "abc"]
    outputs = [kernel.communicate(timeout=240)[0] for kernel in kernels]
    assert [kernel.returncode for kernel in kernels] == [0, 0, 0], outputs
    assert "".join(outputs) == learner.DAMAGED + "\n"
    assert len(learner.passed()) == 120
    assert not (folder / "progress.damaged-2.sqlite").exists()


def a_file_for_a_folder(folder: Path) -> None:
    folder.write_text("in the way")


def a_folder_for_the_file(folder: Path) -> None:
    (folder / learner.FILE).mkdir(parents=True)


def not_ours(folder: Path) -> None:
    learner.record("old", "text")
    folder.chmod(0o500)
    (folder / learner.FILE).chmod(0o400)


BLOCKS = [a_file_for_a_folder, a_folder_for_the_file]
if os.name != "nt" and os.geteuid() != 0:  # permissions do not bind root, and Windows has others
    BLOCKS.append(not_ours)


@pytest.mark.parametrize("block", BLOCKS)
def test_where_nothing_can_be_written_the_session_remembers(folder, capsys, block):
    block(folder)
    learner.record("gelu", "text")
    learner.record("softmax", "more")
    assert {"gelu": "text", "softmax": "more"}.items() <= learner.passed().items()
    assert capsys.readouterr().out == learner.UNWRITABLE + "\n"


def test_a_locked_file_is_not_taken_for_a_damaged_one(folder, capsys, monkeypatch):
    monkeypatch.setattr(learner, "_WAIT", 0.05)
    learner.record("old", "text")
    busy = sqlite3.connect(folder / learner.FILE, isolation_level=None)
    busy.execute("BEGIN EXCLUSIVE")
    learner.record("gelu", "text")
    busy.execute("COMMIT")
    busy.close()
    assert learner.passed() == {"old": "text", "gelu": "text"}
    assert capsys.readouterr().out == learner.UNWRITABLE + "\n"
    assert [path.name for path in folder.iterdir()] == [learner.FILE]


# the map of what is proven


@pytest.fixture
def course(monkeypatch):
    """A course of which two topics have exercises."""

    names = {"orientation": ["count_parameters", "layer_output"], "whole_model": ["Bert", "pooler", "rename_key"]}
    monkeypatch.setattr(checks, "exercises", lambda topic: names.get(topic, []))


def test_states_count_what_is_proven(course):
    for name in ("layer_output", "Bert", "gone"):
        learner.record(name, "text")
    states = learner.states()
    assert list(states) == [lesson.topic for lesson in LESSONS]
    assert {topic: state for topic, state in states.items() if state} == {"orientation": (1, 2), "whole_model": (1, 3)}


def test_progress_shows_the_map_and_says_it_in_words(course, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    learner.record("layer_output", "text")
    learner.record("count_parameters", "text")
    learner.record("Bert", "text")
    learner.progress()
    picture, caption, words = shown
    assert picture["text/plain"] == caption["text/plain"]
    assert caption["text/plain"].endswith("You have proven 3 of 5 functions.")
    assert {"✓ all 2 proven", "1 of 3 proven"} <= set(re.findall(r">([^<>]*proven)<", picture["image/svg+xml"]))
    lines = words["text/plain"].splitlines()
    assert len(lines) == len(LESSONS)
    assert lines[0] == "00 Meet the model: 2 of 2 proven; proven: count_parameters, layer_output"
    assert lines[1] == "01 Text to ids: coming"
    assert lines[7] == "07 The whole model: 1 of 3 proven; proven: Bert; open: pooler, rename_key"
    assert "1 of 3 proven; proven: Bert" in words["text/html"]
    everything = str(shown) + capsys.readouterr().out
    assert str(learner.folder()) not in everything


def test_the_courses_own_exercises_can_be_counted():
    for lesson in LESSONS:
        for name in checks.exercises(lesson.topic):
            assert checks.find(name).name == name
    assert learner.states()["tokenization"][0] == 0

"""The progress file: what it holds, written by many at once, damaged in every way."""

import importlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import torch

from course_utils import check_gelu, planted, with_functions
from course_utils.learner import store

pytestmark = pytest.mark.usefixtures("folder")


def python(code: str) -> subprocess.Popen:
    """Another kernel on the same folder."""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_what_passed_is_remembered(folder, capsys):
    assert store.passed() == {}
    assert not folder.exists()  # asking writes nothing
    store.record("gelu", "text 1")
    store.record("softmax", "é ☃ \x00 '")
    store.record("gelu", "text 2")
    assert store.passed() == {"gelu": "text 2", "softmax": "é ☃ \x00 '"}
    assert store.source_of("gelu") == "text 2"
    assert store.source_of("linear") is None
    assert [path.name for path in folder.iterdir()] == [store.FILE]
    assert capsys.readouterr().out == ""


def test_a_source_that_cannot_be_kept_leaves_the_earlier_one(capsys):
    odd = (number for number in range(3)).send
    store.record("gelu", "text 1")
    store.record("gelu", odd)
    store.record("softmax", odd)
    assert store.passed() == {"gelu": "text 1", "softmax": None}
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"{name} passed, but later notebooks cannot use this version, since it is an object of type generator. "
        f"They use {theirs}."
        for name, theirs in (("gelu", "your earlier one"), ("softmax", "the reference's"))
    ]


def test_the_folder_is_the_users_or_the_one_named(monkeypatch, tmp_path):
    assert store.folder() == tmp_path / "progress"
    monkeypatch.setenv("COURSE_PROGRESS", "~/x")
    assert store.folder() == Path.home() / "x"
    monkeypatch.delenv("COURSE_PROGRESS")
    assert store.folder().name == "inside-bert"


def test_two_kernels_write_at_once(folder):
    code = """
from course_utils.learner import store
for i in range(300):
    store.record(f"{NAME}_{i}", f"source {i}")
    store.record("shared", NAME)
    if i % 50 == 0:
        assert store.passed()
"""
    kernels = [python(code.replace("NAME", repr(name))) for name in "ab"]
    outputs = [kernel.communicate(timeout=240)[0] for kernel in kernels]
    assert [kernel.returncode for kernel in kernels] == [0, 0], outputs
    assert outputs == ["", ""]
    stored = store.passed()
    assert len(stored) == 601
    assert all(stored[f"{name}_{i}"] == f"source {i}" for name in "ab" for i in range(300))
    assert stored["shared"] in ("a", "b")
    assert [path.name for path in folder.iterdir()] == [store.FILE]


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
        store.record(f"old_{i}", "x" * 500)
    damage(folder / store.FILE)
    kept = (folder / store.FILE).read_bytes()
    if first == "read":
        assert store.passed() == {}
    store.record("gelu", "text")
    assert store.passed() == {"gelu": "text"}
    assert (folder / "progress.damaged-1.sqlite").read_bytes() == kept  # byte by byte: nothing is deleted
    assert capsys.readouterr().out == store.DAMAGED + "\n"  # said once


def test_damaged_files_are_numbered_and_never_overwritten(folder):
    for number in (1, 2, 3):
        folder.mkdir(exist_ok=True)
        (folder / store.FILE).write_bytes(b"damaged, the %d. time" % number * 99)
        assert store.passed() == {}
    for number in (1, 2, 3):
        assert (folder / f"progress.damaged-{number}.sqlite").read_bytes().startswith(b"damaged, the %d. time" % number)


def test_a_journal_is_put_aside_with_its_file(folder):
    folder.mkdir()
    (folder / store.FILE).write_bytes(b"damaged" * 999)
    (folder / f"{store.FILE}-journal").write_bytes(b"half a transaction")
    store.record("gelu", "text")
    assert store.passed() == {"gelu": "text"}
    moved = folder / "progress.damaged-1.sqlite-journal"
    assert not moved.exists() or moved.read_bytes() == b"half a transaction"
    assert not (folder / f"{store.FILE}-journal").exists()


def test_two_kernels_find_the_damage_at_once(folder):
    folder.mkdir()
    (folder / store.FILE).write_bytes(b"damaged" * 999)
    code = """
from course_utils.learner import store
for i in range(40):
    store.record(f"{NAME}_{i}", "text")
"""
    kernels = [python(code.replace("NAME", repr(name))) for name in "abc"]
    outputs = [kernel.communicate(timeout=240)[0] for kernel in kernels]
    assert [kernel.returncode for kernel in kernels] == [0, 0, 0], outputs
    assert "".join(outputs) == store.DAMAGED + "\n"
    assert len(store.passed()) == 120
    assert not (folder / "progress.damaged-2.sqlite").exists()


def test_the_file_has_the_number_of_its_layout(folder):
    """Files from before there were numbers have none, and the same layout."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / store.FILE)) as database:
        database.execute("CREATE TABLE passed (name TEXT PRIMARY KEY, source TEXT)")
        database.execute("INSERT INTO passed VALUES ('old', 'text')")
        database.commit()
    assert store.passed() == {"old": "text"}
    store.record("gelu", "text")
    assert store.passed() == {"old": "text", "gelu": "text"}
    with closing(sqlite3.connect(folder / store.FILE)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (store.LAYOUT,)


@pytest.mark.parametrize("way", ["course_utils", "course_utils.my_bert"])
def test_what_the_course_lent_is_not_recorded(capsys, way):
    gelu = getattr(importlib.import_module(way), "gelu")  # noqa: B009  # the same as `from ... import gelu`
    assert check_gelu(gelu).passed
    assert store.passed() == {}
    assert "the reference's own" in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer",
    [
        planted("gelu", "tanh"),
        planted("Bert", "mask_forgotten"),
        with_functions("bert_layer", gelu=torch.nn.functional.gelu),
        with_functions("bert_layer"),
    ],
    ids=["planted", "class", "with_functions", "unchanged"],
)
def test_what_the_course_built_is_not_recorded(capsys, answer):
    store.record("exercise", answer)
    assert store.passed() == {}
    assert "the reference's own" in capsys.readouterr().out


def test_a_part_of_the_learners_own_is_theirs():
    def gelu(x):
        return x

    store.record("gelu", with_functions("gelu", gelu=gelu))
    assert "gelu" in store.passed()


def test_the_store_needs_nothing_else_of_the_course():
    """A check records a pass, and must not wait for pictures or torch, nor can there be a circle of imports."""
    kernel = python("""
import sys
import course_utils
before = set(sys.modules)
import course_utils.learner.store
print(*sorted(name for name in set(sys.modules) - before if name.startswith("course_utils")))
print(*sorted({"torch", "transformers", "matplotlib", "IPython"} & set(sys.modules)))
""")
    ours, large = kernel.communicate(timeout=240)[0].splitlines()
    names = ("", ".expressions", ".keeping", ".origins", ".store", ".texts")
    assert ours.split() == [f"course_utils.learner{name}" for name in names]
    assert large == ""

"""The summary that a learner takes along: what it says, and that it never overwrites anything else."""

import inspect
import re

import pytest

from course_utils import certificate
from course_utils.learner import progress, store
from course_utils.reference import all_exercises, exercises
from course_utils.reference.feed_forward import gelu

NAMES = all_exercises()


@pytest.fixture
def nothing_proven(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress"))


@pytest.fixture
def some_proven(nothing_proven):
    store.record("gelu", "def gelu(x):\n    return x < 3 & x\n\n__answer__ = gelu\n")
    store.record("count_parameters", "__answer__ = None")


def test_the_card_counts(some_proven):
    card = certificate("Ada  Lovelace")
    assert repr(card) == f"Ada Lovelace proved 2 of {len(NAMES)} functions equal to the original."
    assert "No lesson is complete yet." in card._repr_html_()


def test_a_whole_lesson_is_named(some_proven):
    for name in exercises("feed_forward"):
        store.record(name, "__answer__ = None")
    assert "Complete lessons: 05 Feed-forward." in certificate()._repr_html_()


def test_with_nothing_proven_nothing_is_counted(nothing_proven, monkeypatch):
    empty = certificate()
    assert repr(empty).startswith("Nothing is proven yet: ")
    assert repr(certificate("Ada")).startswith("Nothing is proven yet, Ada: ")
    assert repr(empty) in empty._repr_html_()
    words = re.sub(r"<[^<>]*>", " ", empty._repr_html_())
    assert not re.search(r"\d", repr(empty) + words)
    assert "progressbar" not in empty._repr_html_()
    visible = re.sub(r"<style>.*?</style>|<[^<>]*>", " ", empty.page(), flags=re.DOTALL)
    assert not re.search(rf"\b{len(NAMES)}\b|\d of \d", visible)
    monkeypatch.setattr(progress, "exercises", lambda topic: ["one", "other"])
    assert certificate()._repr_html_() == empty._repr_html_()


def test_the_page_has_every_exercise_the_map_and_the_code(some_proven, tmp_path, capsys):
    file = tmp_path / "inside-bert.html"
    certificate("<Ada>", file)
    assert "Written to" in capsys.readouterr().out
    page = file.read_text(encoding="utf-8")
    assert "&lt;Ada&gt;" in page
    assert "<Ada>" not in page
    assert re.findall(r'<li class="proven"><code>(\w+)</code>', page) == ["count_parameters", "gelu"]
    assert re.findall(r"<li(?: class=\"proven\")?><code>(\w+)</code>", page) == NAMES
    assert "return x &lt; 3 &amp; x" in page
    assert "You have proven 2 of" in page
    assert f"<h2>05 · Feed-forward: 1 of {len(exercises('feed_forward'))}</h2>" in page
    assert "</code> <span>" + inspect.getdoc(gelu).split("\n")[0].split("`")[0] in page
    assert not re.search(r"""(src|href)=["']""", page), "it must show without a network"


def test_a_page_of_ours_is_replaced_and_nothing_else(some_proven, tmp_path, capsys):
    file = tmp_path / "inside-bert.html"
    certificate("first", file)
    certificate("second", file)
    assert "second" in file.read_text(encoding="utf-8")
    other = tmp_path / "thesis.html"
    other.write_bytes(b"<html>\xff my thesis")
    capsys.readouterr()
    certificate("Ada", other)
    assert other.read_bytes() == b"<html>\xff my thesis"
    assert "is not a page of this course" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["notes.txt", "inside-bert", "missing/folder/page.html"])
def test_bad_names_get_a_sentence(some_proven, tmp_path, capsys, name):
    certificate("Ada", tmp_path / name)
    said = capsys.readouterr().out
    assert said.startswith("Nothing was written: ")
    assert said.count("\n") == 1
    assert not (tmp_path / name).exists()


def test_a_home_folder_that_does_not_exist_gets_a_sentence(some_proven, capsys):
    certificate("Ada", "~no such user/page.html")
    assert capsys.readouterr().out.startswith("Nothing was written: ~no such user/page.html names a home folder")

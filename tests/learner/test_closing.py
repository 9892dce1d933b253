"""The summary that a learner takes along: what stands in it, and that it never overwrites anything else."""

import re

import pytest

from course_utils import certificate, checks, learner

NAMES = checks.all_exercises()


@pytest.fixture
def some_proven(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress"))
    learner.record("gelu", "def gelu(x):\n    return x < 3 & x\n\n__answer__ = gelu\n")
    learner.record("count_parameters", "__answer__ = None")


def test_the_card_counts(some_proven):
    card = certificate("Ada  Lovelace")
    assert repr(card) == f"Ada Lovelace proved 2 of {len(NAMES)} parts of BERT equal to the original."
    assert "No lesson is whole yet." in card._repr_html_()


def test_a_whole_lesson_is_named(some_proven):
    for name in checks.exercises("feed_forward"):
        learner.record(name, "__answer__ = None")
    assert "Whole lessons: 05 Feed-forward." in certificate()._repr_html_()


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

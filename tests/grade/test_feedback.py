"""The page that a learner gets back: what it says, and that nothing a learner wrote can do anything in it."""

import os
from dataclasses import replace

import pytest

from course_utils.grade.marks.points import exercises_of, weights_of
from course_utils.grade.records import Graded, Look
from course_utils.grade.report.cards import Misshapen, rebuilt
from course_utils.grade.report.feedback import feedback_page, write_feedback
from course_utils.lessons import LESSONS
from tests.grade.hostile import ALL, NASTY, Reader
from tests.grade.klass import blank, judged, record

LESSON = next(lesson for lesson in LESSONS if lesson.topic == "self_attention")
WEIGHTS = weights_of()
FAILED = {"status": "failed", "exercise": "linear", "headline": "It is wrong."}


def page(made, follow_through=True) -> Reader:
    read = Reader(feedback_page(made, LESSON, WEIGHTS, follow_through))
    assert not read.amiss
    return read


def with_card(card) -> Graded:
    return Graded("linear", "failed", 6, 2, [["untransposed"]], card=card, text="def linear(): ...")


def test_every_lesson_that_was_handed_in_has_a_page(tmp_path):
    made = [record("ada", ("self_attention",)), record("bob", ("embeddings", "self_attention")), record("eve", ())]
    write_feedback(made, WEIGHTS, tmp_path)
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert found == [
        "feedback/ada/03_self_attention.html",
        "feedback/bob/02_embeddings.html",
        "feedback/bob/03_self_attention.html",
    ]


def test_cards_come_in_the_notebooks_order_and_say_what_the_check_says():
    made = record("ada", name="Ada L.", attention_scores=judged("attention_scores", "unscaled"), linear=blank("linear"))
    made.exercises = dict(sorted(made.exercises.items()))
    read, names = page(made), exercises_of("self_attention")
    assert [each for each in read.ids if each in names] == names
    assert "Ada L." in read.text
    assert "The scores are not divided by √dh." in read.text
    possible = sum(WEIGHTS[name] for name in names)
    lost = WEIGHTS["attention_scores"] + WEIGHTS["linear"]
    assert f"{possible - lost:g} of {possible:g} points" in read.text


def test_an_answer_that_only_an_earlier_part_makes_wrong_is_told_as_right():
    graded = replace(judged("self_attention", "attention_scores: unscaled"), with_reference=["split_heads"])
    made = record("ada", self_attention=graded)
    assert "right, but your split_heads is not" in page(made).text
    possible = sum(WEIGHTS[name] for name in made.exercises if name in exercises_of("self_attention"))
    assert f"{possible:g} of {possible:g} points" in page(made).text
    assert f"{possible - WEIGHTS['self_attention']:g} of {possible:g} points" in page(made, follow_through=False).text
    assert "counts only with your own parts right" in page(made, follow_through=False).text


def test_where_the_grader_stumbled_nobody_loses_points():
    made = record("ada", softmax=Graded("softmax", "stumbled", card={"status": "stumbled", "headline": "KeyError"}))
    possible = sum(WEIGHTS[name] for name in exercises_of("self_attention")) - WEIGHTS["softmax"]
    read = page(made)
    assert f"{possible:g} of {possible:g} points" in read.text
    assert "The grader stumbled here; your teacher will look at it." in read.text
    assert "0 of 2" not in read.text
    assert "KeyError" not in read.text


def test_what_is_odd_about_a_notebook_is_told_on_the_page_that_it_concerns():
    made = record("ada", ("embeddings", "self_attention"))
    made.looks = [
        Look("ada/03_self_attention.ipynb", "A Markdown cell looks like the answer to `softmax`.", "softmax"),
        Look("ada/02_embeddings.ipynb", "This notebook is an older attempt."),
        Look("ada/holiday.ipynb", "This file is not a notebook."),
        Look("ada/03_self_attention.ipynb", "The grader stumbled: OSError in /home/teacher"),
    ]
    made.superseded = ["ada/old/03_self_attention.ipynb"]
    text = page(made).text
    assert "softmax: A Markdown cell looks like the answer to softmax." in text
    assert "older attempt" not in text
    assert "holiday.ipynb: This file is not a notebook." in text
    assert "The grader stumbled here" in text
    assert "teacher/" not in text
    assert "not graded: ada/old/03_self_attention.ipynb" in text


@pytest.mark.parametrize("nasty", [*NASTY, ALL], ids=[*map(str, range(len(NASTY))), "all"])
def test_no_text_of_a_learners_becomes_an_element(nasty):
    card = {
        "exercise": nasty, "status": "failed", "headline": nasty, "explanations": [[nasty]], "notes": [nasty] * 4,
        "argument": nasty, "relations": [nasty], "place": [1, nasty], "smallest": nasty, "next_step": nasty,
        "facts": [["printed", nasty], [nasty, nasty], ["case", nasty]], "heat": [[0.5, 1.0]], "heat_says": nasty,
    }  # fmt: skip
    made = record(nasty, name=nasty, linear=with_card(card), softmax=with_card(card | {"status": "error"}))
    made.exercises["softmax"] = Graded(
        "softmax", "error", labels=[[nasty]], with_reference=[nasty], card={"status": nasty}
    )
    made.looks = [Look(nasty, nasty), Look(nasty, nasty, "linear"), Look("x", "The grader stumbled: " + nasty)]
    made.superseded = [nasty]
    read = page(made)
    assert {"script", "img", "svg", "iframe"}.isdisjoint(read.tags)
    if nasty == NASTY[0]:
        assert read.text.count(nasty) >= 12  # it is there, as text
    feedback_page(made, LESSON, WEIGHTS).encode("utf-8")  # a lone surrogate could not be written


@pytest.mark.parametrize(
    "change",
    [
        {"status": "passed"},
        {"status": "stumbled"},
        {"headline": 7},
        {"headline": None},
        {"notes": "text"},
        {"notes": [["nested"]]},
        {"place": [True, "x"]},
        {"place": ["1", "x"]},
        {"place": [1, "x", "y"]},
        {"facts": [["one"]]},
        {"facts": {"a": "b"}},
        {"explanations": ["flat"]},
        {"heat": [["1);background:url(//evil"]]},
        {"heat": [[float("nan")]]},
        {"heat": [[float("inf")]]},
        {"heat": [[1.5]]},
        {"heat": [[-0.1]]},
        {"heat": [[True]]},
        {"heat": [[0.5] * 41]},
        {"heat": [[0.5]] * 41},
        {"heat": [0.5]},
        {"smallest": b"bytes"},
    ],
    ids=repr,
)
def test_a_card_of_the_wrong_shape_is_not_shown(change):
    with pytest.raises(Misshapen):
        rebuilt(with_card(FAILED | change))
    shown = feedback_page(record("ada", linear=with_card(FAILED | change)), LESSON, WEIGHTS)
    assert shown == feedback_page(record("ada", linear=with_card({})), LESSON, WEIGHTS)
    assert "It is right on 2 of 6 cases." in shown
    assert "You use the weight as it is stored" in shown  # what the bank says of the label


@pytest.mark.parametrize("card", [None, [], "text", {}], ids=repr)
def test_without_a_card_the_judges_own_words_are_shown(card):
    assert "It is right on 2 of 6 cases." in page(record("ada", linear=with_card(card))).text


def test_long_texts_and_lists_are_cut():
    card = FAILED | {"notes": ["n" * 9000] * 50, "facts": [["a", "b"]] * 50, "heat": [[0.5] * 40] * 40}
    result = rebuilt(with_card(card))
    assert {len(note) for note in result.notes} == {2001}
    assert (len(result.notes), len(result.facts), len(result.heat)) == (20, 20, 40)


@pytest.mark.parametrize("letter", ["x", '"', "&", "\U0001f4a5", "`", "<"])
def test_a_page_is_under_300_kb_whatever_is_in_the_record(letter):
    long, made = letter * 100_000, record("ada", name=letter * 100_000)
    card = {
        "status": "failed", "headline": long, "notes": [long] * 99, "facts": [[long, long]] * 99, "smallest": long,
        "place": [1, long], "next_step": long, "heat": [[0.123] * 40] * 40, "heat_says": long, "explanations": [[long] * 99] * 99,
    }  # fmt: skip
    for name in exercises_of("self_attention"):
        made.exercises[name] = Graded(name, "failed", 6, 2, [[long] * 99] * 99, [long] * 99, card)
    made.looks = [Look("ada/03_self_attention.ipynb", long, "linear")] * 999
    made.superseded = [f"{long}{n}/03_self_attention" for n in range(99)]
    size = len(feedback_page(made, LESSON, WEIGHTS).encode())  # by itself: pytest would print the record, 10 GB of it
    assert 10_000 < size < 300_000


def test_large_cards_leave_room_for_those_that_follow():
    card = FAILED | {"notes": ["n" * 2000] * 20, "heat": [[0.123] * 40] * 40}
    made = record("ada", linear=with_card(card), self_attention=judged("self_attention", "attention_scores: unscaled"))
    html = feedback_page(made, LESSON, WEIGHTS)
    assert "nnn" in html
    assert judged("self_attention", "attention_scores: unscaled").card["headline"].split("`")[0] in Reader(html).text


@pytest.mark.parametrize(
    "student", ["../../evil", "a/b", "..", ".", "", "CON", "x" * 300, "naïve \u202e", "a\\b", "/etc"]
)
def test_a_students_id_stays_in_the_folder(student, tmp_path):
    write_feedback([record(student)], WEIGHTS, tmp_path / "out")
    (found,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert found.parent.parent == tmp_path / "out" / "feedback"


def test_ids_that_differ_only_in_case_have_folders_of_their_own(tmp_path):
    write_feedback([record("anna"), record("Anna")], WEIGHTS, tmp_path)
    assert len({path.parent.name.casefold() for path in tmp_path.rglob("*.html")}) == 2


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    made = record("ada")
    write_feedback([made], WEIGHTS, tmp_path)
    (path,) = tmp_path.rglob("*.html")
    before = path.read_bytes()
    made.exercises["linear"] = blank("linear")

    def full(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="full"):
        write_feedback([made], WEIGHTS, tmp_path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_pages_forbid_scripts_and_name_their_language():
    html = feedback_page(record("ada"), LESSON, WEIGHTS)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert '<html lang="en">' in html
    assert "<title>03 Self-attention: your answers</title>" in html

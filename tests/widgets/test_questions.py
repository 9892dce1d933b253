"""The questions of the lessons: what is shown without a front end, and what a click does with one."""

import json

import pytest

from course_utils.widgets import questions
from course_utils.widgets.questions import FOLDER, Choice, as_details, find, panel, predict, shuffled

CHOICES = [
    Choice("the rows, `dim=-2`", False, "Then `x < 1` *never*."),
    Choice("the columns", True, "A query has a budget of 1 & spends it."),
    Choice("both", False, "No."),
]
EVERY = [
    (name, each) for path in sorted(FOLDER.glob("*.json")) for name, each in json.loads(path.read_text("utf-8")).items()
]


@pytest.fixture(autouse=True)
def _nothing_chosen(monkeypatch):
    monkeypatch.setattr(questions, "_chosen", {})


def test_static_twin(capsys):
    html = as_details(CHOICES)
    assert html.count("<details>") == 3
    assert "<summary>the rows, <code>dim=-2</code></summary>" in html
    assert "<b>✗ No.</b> Then <code>x &lt; 1</code> <em>never</em>." in html
    assert "<b>✓ Yes.</b> A query has a budget of 1 &amp; spends it." in html
    predict(EVERY[0][0])  # without a front end: as text, and it tells no reason
    assert capsys.readouterr().out == "" or "Yes" not in capsys.readouterr().out


def test_the_order_depends_on_the_words_alone():
    assert shuffled(CHOICES) == shuffled(CHOICES[::-1]) == shuffled([CHOICES[1], CHOICES[0], CHOICES[2]])


def rows(whole):
    """The buttons of a question and the reasons below them."""
    return list(zip(whole.children[1::2], whole.children[2::2], strict=True))


def test_a_choice_is_marked_and_only_then_its_reason_opens():
    whole = panel("03.1", CHOICES)
    (first, why_not), (second, why), (third, never) = rows(whole)
    assert [first.description, second.description, third.description] == ["the rows, dim=-2", "the columns", "both"]
    assert not why_not.value
    assert not why.value
    first.click()
    assert first.description == "✗ the rows, dim=-2"
    assert "No." in why_not.value
    assert not why.value
    second.click()
    assert second.description == "✓ the columns"
    assert first.description.startswith("✗"), "an earlier choice stays marked"
    assert "Yes." in why.value
    assert not never.value


def test_a_cell_that_is_run_again_keeps_the_marks():
    rows(panel("03.1", CHOICES))[0][0].click()
    again = rows(panel("03.1", CHOICES))
    assert [button.description[0] for button, _ in again] == ["✗", "t", "b"]
    assert again[0][1].value
    assert not again[1][1].value
    other = rows(panel("03.2", CHOICES))
    assert not any(reason.value for _, reason in other)


@pytest.mark.parametrize("question", ["03.99", "99.1", "3.1", "", None, 3.1, "../03.1"])
def test_an_unknown_question_is_told(question):
    with pytest.raises(ValueError, match=r"There is no question .*predict\(\"03.2\"\)"):
        find(question)


def test_the_right_choice_has_no_place_of_its_own():
    """Neither the place nor the length of a choice gives it away."""
    kept = [shuffled([Choice(*each) for each in choices]) for _, choices in EVERY]
    assert len(kept) > 50
    places = [next(i for i, each in enumerate(choices) if each.right) / (len(choices) - 1) for choices in kept]
    assert 0.2 < places.count(0) / len(kept) < 0.5
    assert 0.2 < places.count(1) / len(kept) < 0.5
    longest = [max(choices, key=lambda each: len(each.words)).right for choices in kept]
    assert sum(longest) / len(kept) < 0.45


@pytest.mark.parametrize(("name", "choices"), EVERY, ids=[name for name, _ in EVERY])
def test_a_question_can_be_shown_in_any_order(name, choices):
    assert sum(right for _, right, _ in choices) == 1
    for words, _, reason in choices:
        assert not any(
            word in words.lower() for word in ("choice above", "the first choice", "all of these", "none of these")
        ), words
        assert len(reason.split()) >= 2, f"{words}: a reason, not a word"

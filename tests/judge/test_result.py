"""What a verdict says as plain text, as a card and as plain data."""

import json
import re

from course_utils.judge import Note, Result

FULL = Result(
    "softmax",
    "failed",
    "Yours is the right result, squared.",
    explanations=(("squared", "over_queries"), ("squared",)),
    notes=("4 of 4 values differ.", "The rows do not sum to 1.", "A third <note>."),
    relations=("Yours is the right result, squared.",),
    place=(5, "The first value that the reference never has is made in line 5: `e * e`."),
    smallest="softmax(tensor([0., 1.]))\nexpected [0.27, 0.73]\nyours    [0.07, 0.53]",
    facts=(("case", "the last axis"), ("called with", "x=Tensor (2, 3)"), ("your prints", "x\ny")),
    heat=((0.0, 1.0),),
    heat_says="The difference.",
    next_step="Stuck?",
)


def test_plain_text_is_shorter_where_a_small_input_shows_the_mistake():
    text = repr(FULL)
    assert "    softmax(tensor([0., 1.]))\n    expected [0.27, 0.73]\n    yours    [0.07, 0.53]\n" in text
    assert "called with" not in text
    assert "the last axis" in text
    assert text.count("line 5") == 1
    assert "called with  x=Tensor (2, 3)" in repr(Result("softmax", "failed", "No.", facts=FULL.facts))


def test_a_card_folds_the_case_away_where_a_small_input_shows_the_mistake():
    open_part, folded = FULL._repr_html_().split("<details")
    for shown in ("squared", "do not sum", "line 5", "0.07"):
        assert shown in open_part
    for hidden in ("A third &lt;note&gt;.", "x=Tensor (2, 3)", "The difference."):
        assert hidden in folded
        assert hidden not in open_part
    assert "<details" not in Result("softmax", "failed", "No.", facts=FULL.facts, notes=FULL.notes)._repr_html_()


def test_a_card_closes_what_it_opens():
    html = FULL._repr_html_()
    for tag in ("div", "details", "summary", "table", "tr", "td", "pre", "code", "span"):
        assert len(re.findall(f"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag


def test_a_result_can_be_saved_as_json():
    data = FULL.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["explanations"] == [["squared", "over_queries"], ["squared"]]
    assert data["diagnosis"] == ["squared", "over_queries"]
    assert data["passed"] is False
    assert data["place"] == list(FULL.place)
    assert Result("softmax", "passed", "Equal.").to_dict()["passed"] is True


def test_a_hint_keeps_its_lines():
    assert "a<br>b" in Note("Hint", "a\nb")._repr_html_()

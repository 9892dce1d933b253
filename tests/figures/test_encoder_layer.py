"""Lesson 06's circuit: what it says of nodes that are right, wrong, and not run."""

import random
from types import SimpleNamespace

import ipywidgets
import pytest
import torch

from course_utils import check_to_torch_layer, load_model, planted
from course_utils.figures.encoder_layer import NODES, draw_circuit
from course_utils.figures.style import WIDTH
from course_utils.figures.svg import text_width
from course_utils.real_bert import encoder_layer as against
from course_utils.real_bert.table import run
from course_utils.reference import encoder_layer as reference
from course_utils.reference import exercises
from course_utils.widgets import base
from course_utils.widgets import encoder_layer as widget

RIGHT = {name: torch.zeros(2, 12, 11, 11) for name in NODES}


def test_a_large_difference_is_a_plain_number_beside_the_shape():
    picture = draw_circuit({**RIGHT, "scores": RIGHT["scores"] + 137}, RIGHT)
    assert "✗ 100" in picture.svg
    assert "1e+02" not in picture.svg
    assert "8 of 9 nodes" in picture.caption
    assert "scores, by up to 100" in picture.caption
    assert text_width("2×12×11×11", 12) + text_width("✗ 0.0004", 13) < 176 - 10 - 8  # one line of a node holds both


def test_a_difference_as_large_as_the_mask_is_explained():
    masked = torch.zeros(2, 12, 11, 11).fill_(torch.finfo(torch.float32).min)
    assert "by up to 3e+38, since only one of the two" in draw_circuit(RIGHT, {**RIGHT, "scores": masked}).caption


def test_the_legend_explains_only_what_is_there():
    assert "not run" not in draw_circuit(RIGHT, RIGHT).svg
    assert "· not run" in draw_circuit({"query": RIGHT["query"]}, RIGHT).svg


def test_a_layer_in_train_mode_is_told_so_and_left_so():
    made = []

    def to_torch_layer(params, config):
        made.append(check_to_torch_layer.reference(params, config).train())
        return made[-1]

    result = check_to_torch_layer.judge(to_torch_layer)
    assert result.diagnosis == ("train_mode",)
    assert "missing from the dict" not in repr(result)
    assert made[0].training


@pytest.fixture(scope="module")
def inputs():
    return widget.Inputs(*load_model())


FIRST = {
    "softmax over the queries": "probabilities",
    "scores not scaled": "scores",
    "scaled by √d, not √dh": "scores",
    "query bias dropped": "query",
    "mask forgotten": "scores",
    "heads merged without a transpose": "context",
    "first residual missing": "attention_output",
    "unbiased variance in the norms": "attention_output",
    "eps of 1e-5 in the norms": "attention_output",
    "GELU by tanh": "intermediate",
    "second residual from the layer's input": "layer_output",
}


@pytest.mark.parametrize("bug", widget.BUGS)
def test_every_hidden_bug_shows_first_where_it_is_made_in_every_layer(inputs, bug):
    for layer in range(inputs.config.num_hidden_layers):
        found = widget.first_wrong(inputs, bug, layer)
        assert (found and found[0]) == FIRST.get(bug)


def test_a_guess_is_told_where_it_would_show(inputs):
    def said(bug, guess):
        return widget.verdict(inputs, bug, 1, guess)

    assert said("GELU by tanh", "GELU by tanh") == (True, "Yes: GELU by tanh, in layer 1.")
    assert said("GELU by tanh", "mask forgotten") == (False, "No: that one shows first at scores, not at intermediate.")
    assert said("scores not scaled", "scaled by √d, not √dh") == (
        False,
        "No: that one is off by 6 at scores, not by 40.",
    )
    assert said("no bug at all", "query bias dropped") == (
        False,
        "No: that one shows first at query; here nothing is wrong.",
    )
    assert said("query bias dropped", "no bug at all") == (False, "No: with no bug at all every node would be ✓.")


def test_two_bugs_that_show_at_one_node_differ_in_the_digit_that_is_shown(inputs):
    for layer in range(inputs.config.num_hidden_layers):
        seen = [widget.first_wrong(inputs, bug, layer) for bug in widget.BUGS]
        shown = [(found[0], widget.one_digit(found[1])) for found in seen if found]
        assert len(set(shown)) == len(shown)


def test_nothing_gives_a_hidden_bug_away_before_it_is_found(inputs):
    for bug in widget.BUGS:
        quiet = widget.draw_hunt(inputs, "Hidden bug 1", bug, 0, widget.NOT_YET)
        assert bug not in quiet.svg + quiet.caption
        wrong = next(guess for guess in widget.BUGS if guess != bug)
        answered = widget.draw_hunt(inputs, "Hidden bug 1", bug, 0, wrong)
        assert bug not in answered.svg
        assert "layer 0" not in answered.svg
        for guess in (bug, widget.TELL):
            assert f"{bug}, in layer 0." in widget.draw_hunt(inputs, "Hidden bug 1", bug, 0, guess).caption


def test_no_title_is_wider_than_the_sheet(inputs):
    for bug in widget.BUGS:
        for guess in widget.BUGS:
            title = f"✗ Hidden bug 12. {widget.verdict(inputs, bug, 1, guess)[1]}"
            assert 1.06 * text_width(title, 15) < WIDTH - 24, title  # bold


def test_each_bug_is_hidden_once():
    hidden = widget.hide_bugs(6, random.Random(0))
    assert sorted(bug for bug, _ in hidden) == sorted(widget.BUGS)
    assert {layer for _, layer in hidden} <= set(range(6))
    assert hidden != widget.hide_bugs(6, random.Random(1))


def test_a_live_hunt_and_its_twin(inputs, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    widget.explore_bugs(*load_model())
    assert "<summary>GELU by tanh</summary>" in shown[-1]["text/html"]
    assert shown[-1]["text/html"].count("✓") == 2  # the right guess, and the words of the answer "no bug at all"
    shown.clear()
    monkeypatch.setattr(widget, "is_live", lambda: True)
    monkeypatch.setattr(base, "is_live", lambda: True)
    widget.explore_bugs(*load_model())
    row, drawing = next(one for one in shown if isinstance(one, ipywidgets.VBox)).children
    number, guess = row.children
    assert (number.max, len(guess.options)) == (len(widget.BUGS), len(widget.BUGS) + 2)
    before = drawing.value
    guess.value = widget.TELL
    assert drawing.value != before
    assert "It is: " in drawing.value


SLIPS = {
    "layer_params": "from_one",
    "bert_layer": "second_residual_from_input",
    "run_encoder": "backwards",
    "first_difference": "last_one",
    "mended_layer": "first_norm_again",
    "layer_parameters": "no_biases",
    "to_torch_layer": "torch_eps",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_each_exercise_is_found_wrong_against_the_real_bert(slip):
    """In its own step alone: the steps of the others do not call it."""
    functions = {name: getattr(reference, name) for name in exercises("encoder_layer")}
    assert SLIPS.keys() == functions.keys()
    functions[slip] = planted(slip, SLIPS[slip])
    with torch.no_grad():
        outcomes = list(run(against.steps(SimpleNamespace(**functions), *load_model())))
    assert [one.uses for one in outcomes if not one.equal] == [(slip,)]

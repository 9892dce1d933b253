"""Lesson 04's pictures and its widget: the numbers that they state are those of the model."""

import xml.etree.ElementTree as ET

import pytest
import torch
import torch.nn.functional as F

from course_utils.figures.add_and_norm import (
    draw_add_and_norm,
    draw_gradients,
    draw_head_sum,
    draw_highway,
    draw_twins,
    draw_wrappings,
    highway_lengths,
)
from course_utils.widgets.add_and_norm import START, draw_norm, explore_norm, normalized
from tests.figures.drawings import elements, outside, words
from tests.reference.fixtures import SEED_SENTENCE, normal, real_model, real_tokenizer

NUMBERS = {f"x{i}": value for i, value in enumerate(START)}


def test_the_highway_is_the_models_own():
    model, tokenizer = real_model(), real_tokenizer()
    stops = highway_lengths(tokenizer, model, SEED_SENTENCE)
    with torch.no_grad():
        states = model(**tokenizer(SEED_SENTENCE, return_tensors="pt"), output_hidden_states=True).hidden_states
    lengths = [float(state.norm(dim=-1).mean()) for state in states]
    assert [kind for kind, _ in stops] == ["attention", "feed_forward"] * model.config.num_hidden_layers
    assert [values[0] for _, values in stops[::2]] == pytest.approx(lengths[:-1])
    assert [values[3] for _, values in stops[1::2]] == pytest.approx(lengths[1:])
    picture = draw_highway(tokenizer, model)
    ET.fromstring(picture.svg)
    assert f"mean length of {lengths[0]:.1f}" in picture.caption
    assert f"{max(values[1] for _, values in stops):.1f}" in picture.caption


def test_the_block_has_the_models_sizes():
    picture = draw_add_and_norm(real_model().config, 11)
    assert not outside(picture)
    assert "384 → 384" in words(picture)
    assert "Every tensor on the way is 11 × 384." in picture.caption


def test_the_highway_has_a_legend():
    assert {"A: + attention", "F: + feed-forward", "the norm"} <= set(
        words(draw_highway(real_tokenizer(), real_model()))
    )


def test_gradients_are_told_by_depth():
    picture = draw_gradients({"none": [0.01, 2.3e-7, 0.0], "both": [0.171, 4.6, 4600.0]}, (4, 16, 64), "First layer")
    assert not outside(picture)
    assert picture.caption == "First layer, with 4, 16 and 64 layers. none: 0.01, 2e-07, 0; both: 0.17, 5, 5,000."


def test_head_sum_names_the_longest_head():
    contributions = normal(1, 14, 5, 21)
    contributions[0, 9, 3] *= 10
    picture = draw_head_sum(contributions, 3, "a<b")
    ET.fromstring(picture.svg)
    assert f"head 9 the longest ({contributions[0, 9, 3].norm():.2f})" in picture.caption
    assert f"length {contributions[0, :, 3].sum(dim=0).norm():.2f}" in picture.caption
    draw_head_sum(normal(1, 2, 5, 21), 0, "few heads")


def test_twins_say_how_far_apart_they_are():
    one = normal(384)
    picture = draw_twins(one * 1.01, one)
    assert f"by more than {0.01 * float(one.abs().max()):.1g}:" in picture.caption
    ET.fromstring(draw_wrappings().svg)


@pytest.mark.parametrize("eps", [1e-12, 1.0])
def test_the_playgrounds_norm_is_layer_norm(eps):
    mean, variance, result = normalized(list(START), eps)
    x = torch.tensor(START)
    assert (mean, variance) == pytest.approx((float(x.mean()), float(x.var(correction=0))))
    assert result == pytest.approx(F.layer_norm(x, (8,), eps=eps).tolist(), abs=1e-6)
    assert normalized(list(START), eps, 1)[1] == pytest.approx(float(x.var()))


def test_the_playground_says_what_happens(monkeypatch):
    plain = draw_norm(1e-12, 0, (1.0, 0.0), **NUMBERS)
    shifted = draw_norm(1e-12, 0, (2.0, 3.0), **NUMBERS)
    assert plain.caption.split("result")[1] == shifted.caption.split("result")[1]
    heights = [[bar.get("height") for bar in elements(picture, "rect")[-8:]] for picture in (plain, shifted)]
    assert heights[0] == heights[1]  # of the result's bars
    smaller = draw_norm(1.0, 0, (1.0, 0.0), **NUMBERS)  # eps of 1 shrinks the bars and not the scale
    assert all(
        float(bar.get("height")) <= float(was)
        for bar, was in zip(elements(smaller, "rect")[-8:], heights[0], strict=True)
    )
    assert [word for word in words(smaller) if word in ("-2", "2")] == ["-2", "2"]
    assert "0 / 0" in draw_norm(1e-12, 0, (0.0, 2.0), **NUMBERS).caption
    assert "√(7/8)" in draw_norm(1e-12, 1, (1.0, 0.0), **NUMBERS).caption
    assert "flattens" in draw_norm(1.0, 0, (1.0, 0.0), **NUMBERS).caption
    both = draw_norm(1.0, 1, (1.0, 0.0), **NUMBERS).caption
    assert "flattens" in both
    assert "√(7/8)" not in both  # with such an eps the factor is another
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    explore_norm()
    assert shown[0]["image/svg+xml"] == plain.svg

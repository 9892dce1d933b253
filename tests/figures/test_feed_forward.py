"""Lesson 05's pictures and its widget: the numbers that they state are those of the model."""

import xml.etree.ElementTree as ET

import pytest
import torch

from course_utils.figures.feed_forward import draw_alone, draw_feed_forward, draw_gelu
from course_utils.widgets.feed_forward import TEXTS, activations, draw_neurons, explore_neurons
from tests.figures.drawings import outside, words
from tests.reference.fixtures import normal, real_model, real_tokenizer, small_model


def test_gelu_states_the_gap_of_its_forms():
    picture = draw_gelu()
    assert picture.png.startswith(b"\x89PNG")
    assert "at most 4.7e-04" in picture.caption


def test_alone_states_the_smallest_and_largest_change():
    x = torch.ones(1, 3, 4)
    x[0, 1] = 3

    def adds_the_sum(x):
        return x + x.sum(dim=1, keepdim=True)

    picture = draw_alone(["a", "<b>", "c"], x, adds_the_sum, lambda x: x * x)
    ET.fromstring(picture.svg)
    # 1 + 5 becomes 1 + 1, and 3 + 5 becomes 3 + 3
    assert "by 25% to 67% of its length, the feed-forward network's by 0%" in picture.caption
    many = normal(1, 40, 4)
    draw_alone([f"t{i}" for i in range(40)], many, adds_the_sum, adds_the_sum)


def test_the_network_has_the_models_sizes():
    config = real_model().config
    picture = draw_feed_forward(config, ["[CLS]", "a<b", "[SEP]"])
    assert not outside(picture)
    assert [word for word in words(picture) if word == f"{config.intermediate_size:,}"] == ["1,536"] * 2
    assert "384 numbers become 1,536, 4 times as many" in picture.caption
    small = draw_feed_forward(small_model().config, [f"word{i}" for i in range(30)])
    assert "the first 11 of 30" in small.caption
    assert not outside(small)


def test_activations_are_the_models_own():
    model, tokenizer = real_model(), real_tokenizer()
    rows, found = activations(tokenizer, model, ["A short text.", "Two dogs and three cats slept on 25 chairs."])
    assert [row[1] for row in rows] == ["a", "two"]
    assert len(found) == model.config.num_hidden_layers
    alone = tokenizer("A short text.", return_tensors="pt")
    with torch.no_grad():
        states = model(**alone, output_hidden_states=True).hidden_states
        layer = model.encoder.layer[2]
        wide = layer.intermediate(layer.attention.output(layer.attention.self(states[2])[0], states[2]))
    assert torch.allclose(found[2][0, : len(rows[0])], wide[0], atol=1e-4)  # padding does not reach real tokens
    assert not layer.intermediate._forward_hooks


def test_neurons_name_what_fires_them():
    wide = torch.zeros(2, 3, 26)
    wide[1, 0, 4], wide[0, 1, 4], wide[0, 0, 5] = 2.5, 1.5, -0.1
    rows = [["a", "<b>", "c"], ["d", "e"]]
    picture = draw_neurons(rows, wide, 1, 4)
    ET.fromstring(picture.svg)
    assert "“d” fires it most, with 2.5" in picture.caption
    assert "at 2 of them" in picture.caption
    assert "no token fires it" in draw_neurons(rows, wide, 1, 5).caption
    with pytest.raises(ValueError, match="the last is 25"):
        draw_neurons(rows, wide, 1, 26)
    draw_neurons([["word"] * 60], normal(1, 60, 26), 0, 0)


def test_the_static_twin_shows_the_neuron_asked_for(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    explore_neurons(real_tokenizer(), real_model(), layer=1, neuron=7)
    rows, found = activations(real_tokenizer(), real_model(), TEXTS.splitlines())
    assert shown[0]["image/svg+xml"] == draw_neurons(rows, found[1], 1, 7).svg
    with pytest.raises(ValueError, match="no text"):
        explore_neurons(real_tokenizer(), small_model(), texts=" \n")


def test_found_detectors_can_be_chosen_and_any_number_typed(monkeypatch):
    shown = []
    monkeypatch.setattr("course_utils.widgets.base.is_live", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    explore_neurons(real_tokenizer(), real_model(), detectors={"not, never": 829, "animals": 55})
    row, drawing = shown[0].children
    which, layer, number, _ = row.children
    assert "Neuron 829 of layer 0" in drawing.value
    assert [label for label, _ in which.options] == ["layer 0, 829: not, never", "layer 0, 55: animals", "any neuron"]
    which.value = (0, 55)
    assert "Neuron 55 of layer 0" in drawing.value
    which.value, layer.value, number.value = None, 3, 7
    assert "Neuron 7 of layer 3" in drawing.value
    number.value = 10**6
    assert f"Neuron {real_model().config.intermediate_size - 1} of layer 3" in drawing.value

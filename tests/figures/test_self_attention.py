"""Lesson 03's pictures and its neuron view: captions with the right numbers, a static twin."""

import math

import pytest
import torch

from course_utils.figures import self_attention as figures
from course_utils.widgets import self_attention as widgets
from tests.reference.fixtures import real_model, real_tokenizer

TOKENS = ["[CLS]", "one", "two", "[SEP]"]
PROBABILITIES = torch.tensor(
    [[0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.7, 0.0], [0.5, 0.2, 0.2, 0.1], [0.0, 0.0, 1.0, 0.0]]
)


@pytest.fixture(scope="module")
def parts():
    return widgets.projections(real_tokenizer(), real_model(), widgets.SENTENCE)


def test_the_mix_names_the_largest_weights():
    picture = figures.draw_mix(TOKENS, PROBABILITIES, torch.randn(4, 8), query=1)
    assert "the largest are two (0.70), one (0.20), [CLS] (0.10)" in picture.caption
    assert "sum to 1.00" in picture.caption


def test_the_map_counts_padding_and_leaves_its_rows_out():
    assert "is 1.00, from [SEP] to two" in figures.draw_attention_map(TOKENS, PROBABILITIES).caption
    padded = figures.draw_attention_map(TOKENS, PROBABILITIES, padding=1)
    assert "is 0.70, from one to two" in padded.caption
    assert "gives padding at most 0.25" in padded.caption
    hidden = PROBABILITIES.clone()
    hidden[:, 3] = 0
    assert "No real token gives padding any weight" in figures.draw_attention_map(TOKENS, hidden, padding=1).caption


def test_rows_and_columns():
    caption = figures.draw_rows_and_columns(PROBABILITIES, TOKENS).caption
    assert "from 0.35 to 2.15; most goes to two" in caption


def test_split_counts_the_rows_of_other_tokens():
    x = torch.arange(12).reshape(3, 4)
    wrong = x.reshape(2, 3, 2)
    right = sum(bool((wrong[h, t] // 4 == t).all()) for h in range(2) for t in range(3))
    assert f"{6 - right} of 6 rows" in figures.draw_split().caption


def test_flow_has_the_shapes():
    assert "a table of 7 × 7" in figures.draw_flow(384, 12, 7).caption
    assert "12 × 7 × 32" in figures.draw_flow(384, 12, 7).svg


@pytest.mark.parametrize(("divisor", "expected"), [(1, 0.70), (math.sqrt(32), 0.11)])
def test_largest_weight_is_that_of_queries_and_keys(divisor, expected):
    draw = torch.Generator().manual_seed(1)
    query, key = torch.randn(1000, 1, 32, generator=draw), torch.randn(1000, 64, 32, generator=draw)
    by_hand = float(torch.softmax(query @ key.mT / divisor, dim=-1).amax(dim=-1).mean())
    assert figures.largest_weight(32, divisor) == pytest.approx(expected, abs=0.01)
    assert figures.largest_weight(32, divisor) == pytest.approx(by_hand, abs=0.03)


def test_neurons_show_the_models_own_probabilities(parts):
    tokenizer, model = real_tokenizer(), real_model()
    tokens, query_and_key = parts
    with torch.no_grad():
        real = model(**tokenizer(widgets.SENTENCE, return_tensors="pt"), output_attentions=True).attentions
    for layer, head, query in ((0, 2, 3), (5, 11, 0)):
        weights = real[layer][0, head, query]
        caption = widgets.draw_heads(tokens, query_and_key, layer, head, query, "√dh").caption
        entropy = -(weights * weights.log()).sum()
        assert f"the largest weight, {weights.max():.2f}, goes to {tokens[int(weights.argmax())]}" in caption
        assert f"{entropy:.2f} nats" in caption


def test_scaling_moves_the_entropy_both_ways(parts):
    entropy = [
        float(widgets.draw_heads(*parts, 0, 3, 3, divisor).caption.split(" nats")[0].rsplit(" ", 1)[1])
        for divisor in widgets.DIVISORS.values()
    ]
    assert entropy == sorted(entropy)
    assert entropy[0] < entropy[1] - 0.1 < entropy[2] - 0.2


@pytest.mark.parametrize(
    ("text", "says"), [("word " * 20, "there is room for 16"), ("", "type a sentence"), ("  ", "type a sentence")]
)
def test_no_text_or_too_much_is_one_sentence(text, says):
    with pytest.raises(ValueError, match=says):
        widgets.projections(real_tokenizer(), real_model(), text)


def test_a_shorter_text_has_a_last_query():
    parts = widgets.projections(real_tokenizer(), real_model(), "no")
    assert widgets.draw_heads(*parts, 0, 3, 15).caption == widgets.draw_heads(*parts, 0, 3, 2).caption


def test_all_heads_of_a_layer_are_there(parts):
    for head in range(real_model().config.num_attention_heads):
        svg = widgets.draw_heads(*parts, 1, head, 3).svg
        assert f">head {head}<" in svg
        assert all(f">{other}<" in svg for other in range(12) if other != head)


def test_the_model_runs_once_for_a_text(monkeypatch):
    runs, projections = [], widgets.projections
    monkeypatch.setattr(widgets, "projections", lambda *args: runs.append(args[2]) or projections(*args))
    monkeypatch.setattr(
        widgets, "explore", lambda draw, **controls: [draw("a bank", 0, head, 1, "1") for head in range(3)]
    )
    widgets.explore_attention(real_tokenizer(), real_model())
    assert runs == ["a bank"]


def test_the_static_twin(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_CI", "1")
    widgets.explore_attention(real_tokenizer(), real_model())
    assert "Divided by √dh" in capsys.readouterr().out

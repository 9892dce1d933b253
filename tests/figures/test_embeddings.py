"""Lesson 02's pictures and its widget: the numbers that they show are the model's."""

import math
import re

import pytest
import torch
import torch.nn.functional as F

from course_utils.figures.embeddings import draw_addition, draw_embeddings, draw_neighbours, strips
from course_utils.figures.positions import draw_order, draw_position_map, sinusoids
from course_utils.widgets.embeddings import explore_embeddings
from tests.figures.drawings import outside, words
from tests.reference.fixtures import SEED_SENTENCE, real_model, real_tokenizer


@pytest.fixture(scope="module")
def hidden_states():
    with torch.no_grad():
        inputs = real_tokenizer()(SEED_SENTENCE, return_tensors="pt")
        return real_model()(**inputs, output_hidden_states=True).hidden_states[0][0]


def test_strips_end_in_the_models_own_hidden_states(hidden_states):
    found = strips(real_tokenizer(), real_model(), SEED_SENTENCE)
    assert torch.allclose(found.vectors["norm"], hidden_states, atol=1e-5)
    assert max(found.difference) < 1e-5
    assert found.rows["position"] == list(range(11))


@pytest.mark.parametrize("part", ["word", "position", "segment"])
def test_a_part_switched_off_is_missing_from_the_sum(part, hidden_states):
    others = [name for name in ("word", "position", "segment") if name != part]
    found = strips(real_tokenizer(), real_model(), SEED_SENTENCE, parts=others)
    assert torch.allclose(found.vectors["sum"], found.vectors[others[0]] + found.vectors[others[1]])
    worst = float((found.vectors["norm"] - hidden_states).abs().max())
    caption = draw_embeddings(real_tokenizer(), real_model(), **{part: False}).caption
    assert caption.startswith(f"Without {part} 11 of 11 tokens differ")
    assert f"is {worst:.2f} off" in caption


def test_a_pair_takes_both_segments_and_a_long_text_is_cut():
    found = strips(real_tokenizer(), real_model(), "dog bites man", "man bites dog")
    assert found.rows["segment"] == [0] * 5 + [1] * 4
    picture = draw_embeddings(real_tokenizer(), real_model(), "word " * 600)
    assert picture.caption.startswith("512 tokens")
    assert "+498" in picture.svg


def test_neighbours_are_those_of_the_cosine():
    table, tokenizer = real_model().embeddings.word_embeddings.weight.detach(), real_tokenizer()
    picture = draw_neighbours(tokenizer, table, ["monday", "river"], k=3)
    row = table[tokenizer.convert_tokens_to_ids("monday")]
    cosines, ids = F.cosine_similarity(table, row, dim=-1).topk(2)
    assert f"monday and {tokenizer.convert_ids_to_tokens(int(ids[1]))} with {cosines[1]:.2f}" in picture.caption


@pytest.mark.parametrize("place", [0, 4, 99])
def test_bars_that_add_up_have_the_tables_numbers(place):
    picture = draw_addition(real_tokenizer(), real_model(), SEED_SENTENCE, place)
    place = min(place, 10)
    ids = real_tokenizer()(SEED_SENTENCE)["input_ids"]
    parts = real_model().embeddings
    rows = [
        parts.word_embeddings.weight[ids[place]],
        parts.position_embeddings.weight[place],
        parts.token_type_embeddings.weight[0],
    ]
    for row in (*rows, sum(rows)):
        for value in row[:6].tolist():
            assert f"{value:+.3f}".replace("-", "−") in words(picture)
        assert f"length {row.norm().item():.1f}" in " ".join(words(picture))
    told = [float(number) for number in re.findall(r"\(?(-?\d\.\d{3})\)?", picture.caption)]
    assert sum(told[:3]) == pytest.approx(told[3], abs=1e-6)
    assert not outside(picture)


def test_sinusoids_are_those_of_the_paper():
    table = sinusoids(50, 12)
    for place, feature in ((0, 0), (7, 4), (49, 11)):
        angle = place / 10000 ** (2 * (feature // 2) / 12)
        assert float(table[place, feature]) == pytest.approx((math.cos if feature % 2 else math.sin)(angle), abs=1e-5)
    assert sinusoids(9, 5).shape == (9, 5)


def test_position_map_and_order():
    table = real_model().embeddings.position_embeddings.weight.detach()
    cosine = float(F.cosine_similarity(table[0], table[1], dim=0))
    beside = F.cosine_similarity(table[:-1], table[1:], dim=-1).mean()
    assert f"{beside:.2f} in the learned table and 0.97 in" in draw_position_map(table).caption
    assert "at distance 64 is 0.00," in draw_position_map(table).caption  # of sinusoids only the distance counts
    assert f"cosine with position 1 is {cosine:.2f}" in draw_position_map(table).caption
    assert draw_position_map(torch.randn(9, 4, generator=torch.Generator().manual_seed(1))).png
    assert "from 1.000 to 0.907" in draw_order([1.0, 0.95, 0.907], [1.0, 1.0, 1.0], "two orders").caption


def test_the_widget_has_a_static_twin(capsys):
    explore_embeddings(real_tokenizer(), real_model())
    assert "equal to within 1e-5 for every token" in capsys.readouterr().out
    svg = draw_embeddings(real_tokenizer(), real_model(), position=False).svg
    assert len(re.findall("✗", svg)) == 11

"""Lesson 02's pictures and its widget: the numbers that they show are the model's."""

import re

import pytest
import torch
import torch.nn.functional as F

from course_utils.figures.embeddings import (
    draw_embeddings,
    draw_neighbours,
    draw_order,
    draw_position_map,
    strips,
)
from course_utils.widgets.embeddings import explore_embeddings
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


def test_position_map_and_order():
    table = real_model().embeddings.position_embeddings.weight.detach()
    cosine = float(F.cosine_similarity(table[0], table[1], dim=0))
    assert f"cosine with position 1 is {cosine:.2f}" in draw_position_map(table).caption
    assert draw_position_map(torch.randn(9, 4, generator=torch.Generator().manual_seed(1))).png
    assert "from 1.000 to 0.907" in draw_order([1.0, 0.95, 0.907], [1.0, 1.0, 1.0], "two orders").caption


def test_the_widget_has_a_static_twin(capsys):
    explore_embeddings(real_tokenizer(), real_model())
    assert "equal to within 1e-5 for every token" in capsys.readouterr().out
    svg = draw_embeddings(real_tokenizer(), real_model(), position=False).svg
    assert len(re.findall("✗", svg)) == 11

"""Lesson 09's steps find a wrong instrument and a switch that does not switch."""

import pytest

from tests.real_bert.planting import found

MISTAKES = [
    ("offset_attention", "previous_and_next_swapped"),
    ("attention_to", "queries_marked"),
    ("attention_entropy", "bits"),
    ("value_weighted_attention", "queries_lengths"),
    ("ablate_head", "rows_for_columns"),
    ("ablate_head", "next_head"),
    ("word_similarity_by_layer", "not_normalised"),
    ("word_similarity_by_layer", "first_piece_only"),
]


@pytest.mark.parametrize(("name", "label"), MISTAKES)
def test_a_mistake_shows(name, label):
    assert found("attention_heads", name, label)

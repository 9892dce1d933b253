"""Lesson 08's steps find what a search engine does wrong beside sentence-transformers."""

import pytest

from tests.real_bert.planting import found

MISTAKES = [
    ("mean_pool", "includes_padding"),
    ("mean_pool", "divided_by_all"),
    ("l2_normalize", "one_length_for_all"),
    ("embed", "not_truncated"),
    ("embed", "padding_pooled"),
    ("embed", "only_first_batch"),
    ("cosine_matrix", "dot_products"),
    ("cosine_matrix", "first_with_itself"),
    ("search", "best_last"),
    ("search", "rounded"),
    ("recall_at_k", "precision"),
]


@pytest.mark.parametrize(("name", "label"), MISTAKES)
def test_a_mistake_shows(name, label):
    assert found("sentence_search", name, label)

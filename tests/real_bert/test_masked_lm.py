"""Lesson 11's steps find wrong masks, heads, losses, steps, guesses and counts."""

import pytest

from tests.real_bert.planting import found

MISTAKES = [
    ("mask_tokens", "always_mask"),
    ("mlm_head", "no_gelu"),
    ("mlm_loss", "over_all_positions"),
    ("train_step", "no_zero_grad"),
    ("fill_mask", "masks_hidden"),
    ("agreement_accuracy", "place_before"),
    ("agreement_accuracy", "inverted"),
]


@pytest.mark.parametrize(("name", "label"), MISTAKES)
def test_a_mistake_shows(name, label):
    assert found("masked_lm", name, label)

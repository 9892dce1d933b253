"""Lesson 12's steps find wrong heads, losses, gradients, steps, flags, corrections and counts."""

import pytest

from tests.real_bert.planting import found

MISTAKES = [
    ("classification_head", "no_bias"),
    ("cross_entropy", "no_maximum"),
    ("cross_entropy", "mean_over_classes"),
    ("head_gradients", "not_averaged"),
    ("head_gradients", "swapped"),
    ("adamw_step", "eps_inside_root"),
    ("adamw_step", "no_decay"),
    ("linear_warmup", "one_ahead"),
    ("linear_warmup", "no_floor"),
    ("trainable", "first_layers"),
    ("trainable", "pooler_open"),
    ("trainable", "sorted_names"),
    ("lora_linear", "not_divided"),
    ("lora_linear", "exchanged_untransposed"),
    ("merge_lora", "subtracted"),
    ("confusion_matrix", "transposed"),
]


@pytest.mark.parametrize(("name", "label"), MISTAKES)
def test_a_mistake_shows(name, label):
    assert found("fine_tuning", name, label)

"""How cards say configs and masks."""

import pytest
import torch
from transformers import BertConfig

from course_utils.checks.words import say


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ([[1, 1, 1], [1, 0, 0]], "(hides 2 tokens of the second sequence)"),
        ([[1, 1, 0], [1, 0, 0]], "(hides 1 token of the first sequence and 2 tokens of the second sequence)"),
        ([[1, 1, 1]], "(hides nothing)"),
    ],
)
def test_a_mask_is_said_by_what_it_hides(mask, words):
    plain = torch.tensor(mask)
    assert say("attention_mask", plain) == words
    assert say("mask", (1.0 - plain[:, None, None, :].float()) * torch.finfo(torch.float32).min) == words


def test_a_config_is_said_by_its_sizes():
    config = BertConfig(
        hidden_size=12, num_attention_heads=3, num_hidden_layers=2, intermediate_size=7, layer_norm_eps=0.1
    )
    assert say("config", config) == "(d 12, heads 3, layers 2, intermediate 7, eps 0.1)"


def test_other_arguments_speak_for_themselves():
    for name, value in (("hidden_states", torch.zeros(2, 3)), ("mask", torch.zeros(3)), ("mask", None), ("k", 3)):
        assert say(name, value) is None

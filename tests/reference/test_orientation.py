"""Counting, comparing, replaying: equal to the model itself."""

import math

import pytest
import torch
from torch import nn

from course_utils.reference.orientation import (
    count_parameters,
    is_deterministic,
    layer_output,
    max_abs_diff,
    replay_layer,
)
from tests.reference.fixtures import SEED_SENTENCE, normal, real_model, real_tokenizer, small_batch, small_model


def test_count_parameters():
    model = real_model()
    assert count_parameters(model) == model.num_parameters() == 22_713_216
    shared = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Linear(5, 3))
    shared[0].bias.requires_grad = False
    shared.append(shared[0])
    assert count_parameters(shared) == 15 + 5 + 10 + 15 + 3


def test_max_abs_diff():
    actual, expected = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 4.5, 2.0]])
    assert max_abs_diff(actual, expected) == 2.5
    assert isinstance(max_abs_diff(actual, expected), float)
    assert max_abs_diff(torch.tensor([math.nan, 1.0]), torch.tensor([math.nan, 1.0])) == math.inf
    with pytest.raises(ValueError, match="shape"):
        max_abs_diff(actual, expected[0])
    with pytest.raises(ValueError, match="nothing"):
        max_abs_diff(torch.empty(0, 3), torch.empty(0, 3))


def test_replayed_layer_is_bit_equal_to_the_model():
    model = real_model()
    inputs = real_tokenizer()(SEED_SENTENCE, return_tensors="pt")
    with torch.no_grad():
        hidden_states = model(**inputs, output_hidden_states=True).hidden_states
        for number, layer in enumerate(model.encoder.layer):
            parts = replay_layer(layer, hidden_states[number])
            assert torch.equal(parts["layer_output"], layer_output(hidden_states, number))
    assert list(parts) == ["context", "attention_output", "intermediate", "layer_output"]
    assert [tuple(part.shape) for part in parts.values()] == [(1, 11, 384), (1, 11, 384), (1, 11, 1536), (1, 11, 384)]


def test_replayed_parts_are_what_the_layer_computes_inside():
    layer = small_model().encoder.layer[1]
    seen = {}
    parts = {
        "attention_output": layer.attention.output,
        "intermediate": layer.intermediate,
        "layer_output": layer.output,
    }
    for name, part in parts.items():
        part.register_forward_hook(lambda _module, _inputs, result, name=name: seen.__setitem__(name, result))
    x = normal(2, 5, 21)
    with torch.no_grad():
        layer(x)
        expected = dict(seen)
        replayed = replay_layer(layer, x)
    assert all(torch.equal(replayed[name], expected[name]) for name in parts)


def test_is_deterministic():
    model, inputs = small_model(), small_batch()
    assert is_deterministic(model, inputs)
    model.train()
    assert not is_deterministic(model, inputs)
    assert model.training
    assert is_deterministic(model, inputs, runs=1)
    model.eval()
    states = iter([torch.zeros(1), torch.zeros(1), torch.ones(1)])
    model.forward = lambda **_: type("Result", (), {"last_hidden_state": next(states)})
    assert not is_deterministic(model, inputs, runs=3)

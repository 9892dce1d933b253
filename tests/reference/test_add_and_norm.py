"""Add & norm: equal to BertSelfOutput, the heads' contributions to a dense layer, the wrappings to torch."""

import pytest
import torch
import torch.nn.functional as F

from course_utils.reference.add_and_norm import (
    head_contributions,
    invisible_updates,
    normalization_stats,
    post_ln,
    pre_ln,
    self_output,
    update_ratio,
)
from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.self_attention import merge_heads
from tests.reference.fixtures import HEADS, HIDDEN, close, normal, real_batch, real_model, small_model


def test_normalization_stats():
    x = 2 + 3 * normal(2, 5, HIDDEN)
    mean, variance = normalization_stats(x)
    assert mean.shape == variance.shape == (2, 5, 1)
    assert close((x - mean) / variance.sqrt(), F.layer_norm(x, (HIDDEN,), eps=0.0))
    assert close(variance[..., 0], x.var(dim=-1, correction=0))


def test_normalization_stats_near_a_thousand():
    x = normal(2, 5, 384) + 1000
    _, variance = normalization_stats(x)
    assert close(variance, x.double().var(dim=-1, correction=0, keepdim=True).float())
    assert (x.square().mean(-1) - x.mean(-1).square() - variance[..., 0]).abs().max() > 0.01  # the short way is not


def test_head_contributions_add_up_to_the_dense_layer():
    context, weight, bias = normal(2, HEADS, 5, 7), normal(HIDDEN, HIDDEN, seed=1), normal(HIDDEN, seed=2)
    contributions = head_contributions(context, weight)
    assert contributions.shape == (2, HEADS, 5, HIDDEN)
    assert close(contributions.sum(dim=1) + bias, F.linear(merge_heads(context), weight, bias))
    only_second = torch.zeros_like(context)
    only_second[:, 1] = context[:, 1]
    assert close(contributions[:, 1], F.linear(merge_heads(only_second), weight))


@pytest.mark.parametrize("eps", [1e-12, 0.1])
def test_self_output_equals_small_random_models(eps):
    model = small_model(seed=1, layer_norm_eps=eps)
    context, hidden_states = normal(2, 5, HIDDEN, seed=2), normal(2, 5, HIDDEN, seed=3)
    for number, layer in enumerate(model.encoder.layer):
        with torch.no_grad():
            expected = layer.attention.output(context, hidden_states)
        assert close(self_output(context, hidden_states, layer_params(model.state_dict(), number), eps), expected)


def test_self_output_equals_the_real_model():
    model = real_model()
    with torch.no_grad():
        hidden_states = model(**real_batch(), output_hidden_states=True).hidden_states
        for number, layer in enumerate(model.encoder.layer):
            context, _ = layer.attention.self(hidden_states[number])
            expected = layer.attention.output(context, hidden_states[number])
            params = layer_params(model.state_dict(), number)
            assert close(self_output(context, hidden_states[number], params, model.config.layer_norm_eps), expected)


@pytest.mark.parametrize("norm_first", [True, False])
def test_wrappings_equal_torch_layers(norm_first):
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(HIDDEN, HEADS, 26, dropout=0.0, batch_first=True, norm_first=norm_first)
    x, wrap = normal(2, 5, HIDDEN), pre_ln if norm_first else post_ln
    with torch.no_grad():
        after_attention = wrap(x, lambda y: layer.self_attn(y, y, y)[0], layer.norm1)
        mine = wrap(after_attention, lambda y: layer.linear2(torch.relu(layer.linear1(y))), layer.norm2)
        assert close(mine, layer(x))


def test_update_ratio():
    x, update = normal(2, 5, HIDDEN), normal(2, 5, HIDDEN, seed=1)
    expected = (update**2).sum(-1).sqrt() / (x**2).sum(-1).sqrt()
    assert close(update_ratio(x, update), expected)
    assert close(update_ratio(x, 3 * x), torch.full((2, 5), 3.0))


def test_invisible_updates_in_the_real_model():
    model = real_model()
    with torch.no_grad():
        hidden_states = model(**real_batch(), output_hidden_states=True).hidden_states
        for x, layer in zip(hidden_states, model.encoder.layer, strict=False):
            first, second = invisible_updates(x)
            norm = layer.attention.output.LayerNorm
            assert close(norm(x + first), norm(x), atol=1e-4)
            assert close(norm(x + second), norm(x), atol=1e-4)
            assert F.cosine_similarity(first, second, dim=-1).abs().max() < 1e-4
            assert min(first.norm(dim=-1).min(), second.norm(dim=-1).min()) > 1
            assert F.cosine_similarity(x, torch.ones_like(x), dim=-1).abs().max() > 1e-3  # x itself would not do

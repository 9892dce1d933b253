"""Self-attention: equal to torch, to BertSelfAttention, and to SDPA, padded and unpadded."""

import math

import pytest
import torch
import torch.nn.functional as F

from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.self_attention import (
    attention_scores,
    extended_attention_mask,
    linear,
    look_at_previous,
    merge_heads,
    scaled_dot_product_attention,
    self_attention,
    softmax,
    split_heads,
)
from tests.reference.fixtures import HEADS, HIDDEN, close, normal, real_batch, real_model, small_batch, small_model


def test_linear():
    x, weight, bias = normal(2, 5, 7), normal(11, 7, seed=1), normal(11, seed=2)
    assert close(linear(x, weight, bias), F.linear(x, weight, bias))


def test_heads_split_as_bert_does_and_merge_back():
    x = normal(2, 5, HIDDEN)
    heads = split_heads(x, HEADS)
    assert heads.shape == (2, HEADS, 5, 7)
    assert torch.equal(heads[1, 2, 3], x[1, 3, 14:21])
    assert torch.equal(merge_heads(heads), x)


@pytest.mark.parametrize("dim", [-1, 0, 1])
@pytest.mark.parametrize("scale", [1.0, 1e4, 1e30])
def test_softmax(dim, scale):
    x = scale * normal(2, 3, 5)
    assert close(softmax(x, dim), torch.softmax(x, dim))
    assert close(softmax(x), torch.softmax(x, -1))


def test_softmax_weighs_minus_infinity_zero():
    x = torch.tensor([[0.0, -math.inf, 1.0]])
    assert close(softmax(x), torch.softmax(x, -1))


@pytest.mark.parametrize("padded", [True, False])
def test_scaled_dot_product_attention_equals_torch(padded):
    query, key, value = (normal(2, 3, 5, 7, seed=seed) for seed in range(3))
    attention_mask = small_batch(padded=padded)["attention_mask"]
    mask = extended_attention_mask(attention_mask, query.dtype)
    context, probabilities = scaled_dot_product_attention(query, key, value, mask)
    assert close(context, F.scaled_dot_product_attention(query, key, value, attn_mask=mask))
    assert close(
        context, F.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask[:, None, None, :] > 0)
    )
    assert close(probabilities.sum(dim=-1), torch.ones(2, 3, 5))
    assert bool((probabilities * (attention_mask == 0)[:, None, None, :] == 0).all())
    no_mask, _ = scaled_dot_product_attention(query, key, value)
    assert close(no_mask, F.scaled_dot_product_attention(query, key, value))
    assert padded != close(no_mask, context)


def test_attention_scores_between_different_numbers_of_tokens():
    query, key = normal(2, 3, 4, 7), normal(2, 3, 5, 7, seed=1)
    expected = torch.einsum("bhqd,bhkd->bhqk", query, key) / 7**0.5
    assert close(attention_scores(query, key), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_extended_attention_mask(dtype):
    attention_mask = torch.tensor([[1, 1, 1], [1, 0, 0]])
    mask = extended_attention_mask(attention_mask, dtype)
    lowest = torch.finfo(dtype).min
    assert mask.shape == (2, 1, 1, 3)
    assert mask.dtype == dtype
    assert mask.flatten().tolist() == [0, 0, 0, 0, lowest, lowest]
    assert torch.equal(extended_attention_mask(attention_mask.bool(), dtype), mask)


@pytest.mark.parametrize("padded", [True, False])
def test_self_attention_equals_small_random_models(padded):
    model, batch = small_model(seed=5), small_batch(padded=padded)
    hidden_states = normal(2, 5, HIDDEN, seed=6)
    mask = extended_attention_mask(batch["attention_mask"], hidden_states.dtype) if padded else None
    for number, layer in enumerate(model.encoder.layer):
        params = layer_params(model.state_dict(), number)
        with torch.no_grad():
            expected, _ = layer.attention.self(hidden_states, mask)
        assert close(self_attention(hidden_states, params, HEADS, mask), expected)


@pytest.mark.parametrize("padded", [True, False])
def test_self_attention_equals_the_real_model(padded):
    model, batch = real_model(), real_batch(padded)
    state_dict = model.state_dict()
    mask = extended_attention_mask(batch["attention_mask"], torch.float32)
    with torch.no_grad():
        outputs = model(**batch, output_hidden_states=True, output_attentions=True)
        for number, layer in enumerate(model.encoder.layer):
            hidden_states, params = outputs.hidden_states[number], layer_params(state_dict, number)
            expected, probabilities = layer.attention.self(hidden_states, mask)
            assert torch.equal(probabilities, outputs.attentions[number])
            mine = self_attention(hidden_states, params, model.config.num_attention_heads, mask)
            assert close(mine, expected)


def test_the_key_bias_cancels():
    model, hidden_states = small_model(seed=7), normal(2, 5, HIDDEN, seed=8)
    params = layer_params(model.state_dict(), 0)
    without = params | {"attention.self.key.bias": torch.zeros(HIDDEN)}
    assert close(self_attention(hidden_states, params, HEADS), self_attention(hidden_states, without, HEADS))


@pytest.mark.parametrize("tokens", [2, 7, 128])
def test_look_at_previous_of_the_models_own_positions(tokens):
    """Their rows are much alike; torch's own attention uses the weights."""
    positions = real_model().embeddings.position_embeddings.weight[:tokens].detach()
    query, key = (F.linear(positions, weight)[None] for weight in look_at_previous(positions))
    values = torch.eye(tokens)[None]  # with these the context is the weights
    found = F.scaled_dot_product_attention(query, key, values)[0]  # (tokens, tokens)
    assert bool((found.diagonal(offset=-1) > 0.99).all())

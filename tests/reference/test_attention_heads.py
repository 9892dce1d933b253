"""What the heads look at: the statistics by plain loops, the experiments by the model's own facts."""

import math

import pytest
import torch

from course_utils.reference.attention_heads import (
    ablate_head,
    attention_entropy,
    attention_to,
    offset_attention,
    value_weighted_attention,
    word_similarity_by_layer,
)
from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.self_attention import merge_heads
from tests.reference.fixtures import HEADS, HIDDEN, close, normal, real_model, real_tokenizer, small_model

PROBS = torch.softmax(normal(3, 5, 5), dim=-1)
TEXT = "The old fisherman sat on the bank of the river and waited for the rain to stop."


@pytest.mark.parametrize("offset", [-2, -1, 0, 1, 4])
def test_offset_attention(offset):
    queries = [query for query in range(5) if 0 <= query + offset < 5]
    for head, value in enumerate(offset_attention(PROBS, offset)):
        expected = sum(PROBS[head, query, query + offset].item() for query in queries) / len(queries)
        assert value.item() == pytest.approx(expected)


def test_attention_to():
    marks = torch.tensor([1, 0, 0, 1, 0])
    expected = PROBS[:, :, [0, 3]].sum(dim=-1).mean(dim=-1)
    assert close(attention_to(PROBS, marks), expected)
    assert close(attention_to(PROBS, marks.bool()), expected)


def test_attention_entropy():
    assert close(attention_entropy(PROBS), torch.distributions.Categorical(probs=PROBS).entropy())
    probs = torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]]])
    assert close(attention_entropy(probs), torch.tensor([[0.0, math.log(2), math.log(3)]]))


def test_value_weighted_attention():
    value = normal(3, 5, 7, seed=1)
    lengths = value.pow(2).sum(dim=-1).sqrt()
    expected = torch.stack([PROBS[head] @ torch.diag(lengths[head]) for head in range(3)])
    assert close(value_weighted_attention(PROBS, value), expected)


def test_ablated_head_adds_nothing():
    model = small_model()
    layer, params = model.encoder.layer[0], layer_params(model.state_dict(), 0)
    before = {name: tensor.clone() for name, tensor in params.items()}
    ablated = ablate_head(params, 1, HEADS)
    assert params.keys() == ablated.keys()
    assert all(torch.equal(params[name], before[name]) for name in params)
    context = normal(2, HEADS, 5, 7)
    without = context.clone()
    without[:, 1] = 0
    layer.load_state_dict(ablated)
    with torch.no_grad():
        mine = layer.attention.output.dense(merge_heads(context))
        layer.load_state_dict(before)
        assert close(mine, layer.attention.output.dense(merge_heads(without)))
    assert ablated["attention.output.dense.weight"].shape == (HIDDEN, HIDDEN)


def test_word_similarity_by_layer():
    texts = ["He sat on the bank of the river.", "She opened an account at the bank.", "The banker left. A bank!"]
    model, tokenizer = real_model(), real_tokenizer()
    cosines = word_similarity_by_layer(model, tokenizer, texts, "bank")
    assert cosines.shape == (7, 3, 3)
    assert close(cosines.diagonal(dim1=1, dim2=2), torch.ones(7, 3))
    states = []
    for text, place in zip(texts, [5, 7, 6], strict=True):
        inputs = tokenizer(text, return_tensors="pt")
        assert tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])[place] == "bank"
        with torch.no_grad():
            states.append([s[0, place] for s in model(**inputs, output_hidden_states=True).hidden_states])
    for layer in range(7):
        expected = torch.cosine_similarity(states[0][layer], states[1][layer], dim=0)
        assert cosines[layer, 0, 1].item() == pytest.approx(expected.item(), abs=1e-5)
    assert cosines[0, 0, 1] > 0.95 > 0.85 > cosines[3, 0, 1]
    assert word_similarity_by_layer(model, tokenizer, ["an unaffable man"] * 2, "unaffable").shape == (7, 2, 2)
    with pytest.raises(ValueError, match="river"):
        word_similarity_by_layer(model, tokenizer, texts, "river")


@torch.no_grad()
def test_a_head_of_the_first_layer_looks_at_the_previous_token():
    inputs = real_tokenizer()(TEXT, return_tensors="pt")
    attentions = real_model()(**inputs, output_attentions=True).attentions
    assert offset_attention(attentions[0][0], -1)[2] > 0.99
    is_cls = torch.zeros(inputs["input_ids"].shape[1])
    is_cls[0] = 1
    to_cls = torch.stack([attention_to(layer[0], is_cls).mean() for layer in attentions[1:]])
    assert to_cls[:4].min() > 0.35
    assert to_cls.mean() > 0.4

"""What a card says of an answer that no known mistake explains: the broken properties, and none that is not broken."""

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks import find
from tests.bank import embeddings, feed_forward, self_attention, tokenization


def averaged_over_heads(query, key, value, mask=None):
    context, weights = self_attention.attention_of_torch(query, key, value, mask)
    return context, weights.mean(dim=1)


def heads_as_batch_axis(hidden_states, params, num_heads, mask=None):
    context = self_attention.self_attention_with_torch(hidden_states, params, num_heads, mask)
    return context[:, None].expand(-1, 2, -1, -1)


def variance_without_its_axis(x):
    return x.mean(dim=-1, keepdim=True), x.var(dim=-1, unbiased=False)


def nan_for_a_ratio(x, update):
    return (update.norm(dim=-1) / x.norm(dim=-1)).sum() * torch.nan


def words_one_by_one(text):
    yield from tokenization.pre_tokenize(text)


def encode_with_lists_for_ids(text, text_pair, vocab):
    """Each id in a list of its own."""
    result = tokenization.encode_in_one_go(text, text_pair, vocab)
    return result | {"input_ids": [[number] for number in result["input_ids"]]}


def encode_with_the_ids_of_bert_base(text, text_pair, vocab):
    result = tokenization.encode_in_one_go(text, text_pair, vocab)
    return result | {"input_ids": [101, *result["input_ids"][1:-1], 102]}


@pytest.mark.parametrize(
    ("name", "answer", "sentence"),
    [
        ("encode", encode_with_the_ids_of_bert_base, "[CLS] should come first, with the id that `vocab` gives it"),
        ("layer_norm", embeddings.norm_eps_subtracted, "even where a token's features differ"),
        ("linear", self_attention.weight_reshaped, "x W + b, without the transpose"),
        ("self_attention", self_attention.biases_of_query, "off by the same vector"),
        ("is_position_wise", feed_forward.wise_where_alone_is_larger, "absolute value"),
        ("is_position_wise", feed_forward.wise_where_the_sentence_is_larger, "absolute value"),
    ],
)
def test_what_is_broken_is_said(name, answer, sentence):
    assert sentence in repr(find(name).judge(answer))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("pre_tokenize", words_one_by_one),
        ("encode", encode_with_lists_for_ids),
        ("linear", self_attention.bias_subtracted),
        ("linear", lambda x, weight, bias: F.linear(x, weight, bias) + 1),
        ("self_attention", self_attention.tokens_rolled),
        ("self_attention", heads_as_batch_axis),
        ("scaled_dot_product_attention", averaged_over_heads),
        ("normalization_stats", variance_without_its_axis),
        ("update_ratio", nan_for_a_ratio),
        ("is_position_wise", feed_forward.wise_in_the_middle_of_the_first_text),
    ],
)
def test_what_is_not_broken_is_not_said(name, answer):
    result = find(name).judge(answer)
    assert result.status == "failed"
    assert not result.diagnosis
    said = [each.broken for each in find(name).properties if each.broken in result.notes]
    assert not said

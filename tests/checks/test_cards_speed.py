"""What the cards of lesson 10 say of wrong answers: sentences that are true of them, and none that is not."""

import math

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks import find
from course_utils.reference.speed import sdpa_attention
from tests.bank import speed as bank


def fuse_of_query_and_key(params):
    names = ("query", "key")
    return tuple(torch.cat([params[f"attention.self.{name}.{kind}"] for name in names]) for kind in ("weight", "bias"))


def sdpa_with_nan(query, key, value, attention_mask=None):
    return sdpa_attention(query, key, value, attention_mask) * math.nan


def sdpa_of_a_mask_with_axes_in_front(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else attention_mask[None, None].bool()
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def sdpa_of_a_mild_penalty(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else attention_mask[:, None, None, :].to(query.dtype) - 1
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def share_rounded_down(seq_len, hidden_size):
    return seq_len // (6 * hidden_size + seq_len)


def share_of_twelve_heads(seq_len, hidden_size):
    return 12 * seq_len / (6 * hidden_size + 12 * seq_len)


@pytest.mark.parametrize(
    ("name", "answer", "sentence"),
    [
        ("sdpa_attention", sdpa_of_a_mask_with_axes_in_front, "two axes of size 1 between its own"),
        ("sdpa_attention", sdpa_of_a_mild_penalty, "padding, which is not hidden at all"),
        ("length_sorted_batches", bank.batches_by_unstable_sort, "equal length do not keep their order"),
        ("pack_sequences", bank.pack_with_too_many_positions, "not equally many"),
        ("block_diagonal_mask", bank.mask_of_a_hundred, "so mild"),
        ("attention_flop_share", bank.share_with_biases, "That is close"),
        ("attention_flop_share", bank.share_with_softmax, "That is close"),
        ("attention_flop_share", share_rounded_down, "throws away everything behind the point"),
        ("attention_flop_share", share_of_twelve_heads, "12 heads"),
    ],
)
def test_what_is_true_is_said(name, answer, sentence):
    assert sentence in repr(find(name).judge(answer))


@pytest.mark.parametrize(
    ("name", "answer", "sentence"),
    [
        ("fuse_qkv", bank.fuse_in_half_precision, "third of the"),
        ("fuse_qkv", fuse_of_query_and_key, "third of the"),
        ("sdpa_attention", sdpa_with_nan, "outside the range"),
        ("sdpa_attention", sdpa_of_a_mask_with_axes_in_front, "as it came"),
        ("sdpa_attention", sdpa_of_a_mild_penalty, "are handed on"),
        ("length_sorted_batches", bank.batches_each_reversed, "equal length do not keep their order"),
        ("pack_sequences", bank.pack_with_too_many_positions, "The last boundary"),
        ("block_diagonal_mask", bank.mask_of_a_hundred, "times 0.1."),
        ("attention_flop_share", bank.share_with_the_vocabulary, "That is close"),
        ("attention_flop_share", share_of_twelve_heads, "feed-forward is missing"),
    ],
)
def test_what_is_not_true_is_not_said(name, answer, sentence):
    result = find(name).judge(answer)
    assert not result.passed
    assert sentence not in repr(result)

"""Wrong ways to fuse, batch, pack, mask and count."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from course_utils.reference.speed import block_diagonal_mask, length_sorted_batches, pack_sequences, sdpa_attention
from tests.answers.speed.right import three_of


def fuse_without_key_bias(params):
    query, key, value = three_of(params, "bias")
    return torch.cat(three_of(params, "weight")), torch.cat([query, torch.zeros_like(key) + 1, value])


def fuse_with_scaled_queries(params):
    query, key, value = three_of(params, "weight")
    return torch.cat([query / math.sqrt(len(query)), key, value]), torch.cat(three_of(params, "bias"))


def fuse_flipped(params):
    return torch.cat(three_of(params, "weight")).flip(1), torch.cat(three_of(params, "bias"))


def fuse_in_half_precision(params):
    """The wrong dtype, but the right order."""
    return torch.cat(three_of(params, "weight")).half(), torch.cat(three_of(params, "bias")).half()


def fuse_of_query_and_key(params):
    return tuple(torch.cat(three_of(params, kind)[:2]) for kind in ("weight", "bias"))


def sdpa_with_half_the_values(query, key, value, attention_mask=None):
    return 0.5 * sdpa_attention(query, key, value, attention_mask)


def sdpa_with_a_residual(query, key, value, attention_mask=None):
    return query + sdpa_attention(query, key, value, attention_mask)


def sdpa_without_the_last_key(query, key, value, attention_mask=None):
    return F.scaled_dot_product_attention(query, key[:, :, :-1], value[:, :, :-1])


def sdpa_with_mean_head(query, key, value, attention_mask=None):
    return sdpa_attention(query, key, value, attention_mask).mean(1, keepdim=True).expand_as(query).clone()


def sdpa_with_nan(query, key, value, attention_mask=None):
    return sdpa_attention(query, key, value, attention_mask) * math.nan


def sdpa_of_a_mask_with_axes_in_front(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else attention_mask[None, None].bool()
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def sdpa_of_a_mild_penalty(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else attention_mask[:, None, None, :].to(query.dtype) - 1
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def batches_by_unstable_sort(lengths, batch_size):
    """As NumPy sorts by default: right by luck for a few texts."""
    order = np.argsort(lengths).tolist()
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def batches_last_first(lengths, batch_size):
    return length_sorted_batches(lengths, batch_size)[::-1]


def batches_each_reversed(lengths, batch_size):
    return [batch[::-1] for batch in length_sorted_batches(lengths, batch_size)]


def batches_of_equal_length(lengths, batch_size):
    return [[i for i, length in enumerate(lengths) if length == one] for one in sorted(set(lengths))]


def pack_last_first(sequences):
    return pack_sequences(sequences[::-1])


def pack_with_positions_from_the_end(sequences):
    ids, _, bounds = pack_sequences(sequences)
    return ids, torch.tensor([[p for s in sequences for p in reversed(range(len(s)))]]), bounds


def pack_with_too_many_positions(sequences):
    """The boundaries are right."""
    ids, positions, bounds = pack_sequences(sequences)
    return ids, torch.cat([positions, positions], dim=1), bounds


def pack_with_doubled_boundaries(sequences):
    ids, positions, bounds = pack_sequences(sequences)
    return ids, positions, bounds * 2


def mask_with_open_corner(cu_seqlens, dtype):
    mask = block_diagonal_mask(cu_seqlens, dtype)
    mask[..., 0] = 0  # every token may look at the first [CLS]
    return mask


def mask_of_a_hundred(cu_seqlens, dtype):
    return block_diagonal_mask(cu_seqlens, dtype).clamp(min=-100)


def mask_mirrored(cu_seqlens, dtype):
    return block_diagonal_mask(cu_seqlens, dtype).flip(-1)


def mask_without_the_diagonal(cu_seqlens, dtype):
    mask = block_diagonal_mask(cu_seqlens, dtype)
    return mask.masked_fill(torch.eye(mask.shape[-1], dtype=torch.bool), torch.finfo(dtype).min)


def share_with_softmax(seq_len, hidden_size):
    return (4 * seq_len * hidden_size + 5 * seq_len) / (24 * hidden_size**2 + 4 * seq_len * hidden_size + 5 * seq_len)


def share_with_the_vocabulary(seq_len, hidden_size):
    return 4 * seq_len * hidden_size / (24 * hidden_size**2 + 4 * seq_len * hidden_size + 2 * 30522 * hidden_size)


def share_with_biases(seq_len, hidden_size):
    with_weights = 24 * hidden_size**2 + 9 * hidden_size
    return 4 * seq_len * hidden_size / (with_weights + 4 * seq_len * hidden_size)


def share_rounded_down(seq_len, hidden_size):
    return seq_len // (6 * hidden_size + seq_len)


def share_of_twelve_heads(seq_len, hidden_size):
    return 12 * seq_len / (6 * hidden_size + 12 * seq_len)


def sdpa_of_as_many_heads_as_tokens(query, key, value, attention_mask=None):
    """Where there are more tokens than heads, the last slices are empty."""
    heads = range(query.shape[2])
    found = [sdpa_attention(*(x[:, h : h + 1] for x in (query, key, value)), attention_mask) for h in heads]
    return torch.cat(found, 1)


def mask_by_bucketize_from_the_left(cu_seqlens, dtype):
    owner = torch.bucketize(torch.arange(int(cu_seqlens[-1])), cu_seqlens)
    zeros = torch.zeros(len(owner), len(owner), dtype=dtype)
    return zeros.masked_fill(owner[:, None] != owner, torch.finfo(dtype).min)[None, None]

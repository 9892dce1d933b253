"""Right ways to fuse, batch, pack, mask and count."""

import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_utils.reference.self_attention import extended_attention_mask, scaled_dot_product_attention
from course_utils.reference.speed import block_diagonal_mask, sdpa_attention

NAMES = ("query", "key", "value")


def three_of(params, kind):
    return [params[f"attention.self.{name}.{kind}"] for name in NAMES]


def fuse_by_vstack(params):
    return torch.vstack(three_of(params, "weight")), torch.hstack(three_of(params, "bias"))


def fuse_by_stack_and_flatten(params):
    return torch.stack(three_of(params, "weight")).flatten(0, 1), torch.stack(three_of(params, "bias")).flatten()


def fuse_by_filling(params):
    hidden = len(params["attention.self.query.bias"])
    weight, bias = (
        torch.empty(3 * hidden, *rest, dtype=params["attention.self.query.bias"].dtype) for rest in ((hidden,), ())
    )
    for number, (w, b) in enumerate(zip(three_of(params, "weight"), three_of(params, "bias"), strict=True)):
        weight[number * hidden : (number + 1) * hidden] = w
        bias[number * hidden : (number + 1) * hidden] = b
    return weight, bias


def fuse_transposed_twice(params):
    return torch.cat([weight.T for weight in three_of(params, "weight")], dim=1).T, torch.cat(three_of(params, "bias"))


def sdpa_of_a_float_mask(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else extended_attention_mask(attention_mask, query.dtype)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def sdpa_of_infinity(query, key, value, attention_mask=None):
    mask = None
    if attention_mask is not None:
        mask = torch.zeros(attention_mask.shape).masked_fill(attention_mask == 0, -math.inf)[:, None, None]
    return F.scaled_dot_product_attention(query, key, value, mask)


def sdpa_expanded(query, key, value, attention_mask=None):
    if attention_mask is None:
        attention_mask = torch.ones(query.shape[0], key.shape[2])
    mask = (attention_mask != 0)[:, None, None, :].expand(-1, query.shape[1], query.shape[2], -1)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def attention_by_hand(query, key, value, attention_mask=None):
    mask = None if attention_mask is None else extended_attention_mask(attention_mask, query.dtype)
    return scaled_dot_product_attention(query, key, value, mask)[0]


def sdpa_in_float64(query, key, value, attention_mask=None):
    return sdpa_attention(query.double(), key.double(), value.double(), attention_mask).to(query.dtype)


def sdpa_one_sequence_at_a_time(query, key, value, attention_mask=None):
    result = torch.zeros_like(query)
    for row in range(len(query)):
        kept = slice(None) if attention_mask is None else attention_mask[row].bool()
        result[row] = F.scaled_dot_product_attention(query[row], key[row][:, kept], value[row][:, kept])
    return result


def batches_by_torch(lengths, batch_size):
    order = torch.tensor(lengths, dtype=torch.int64).argsort(stable=True)
    return [batch.tolist() for batch in order.split(batch_size) if len(batch)]


def batches_by_numpy(lengths, batch_size):
    order = np.argsort(np.array(lengths), kind="stable").tolist()
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def batches_by_pairs(lengths, batch_size):
    order, batches = [index for _, index in sorted((length, i) for i, length in enumerate(lengths))], []
    while order:
        batches.append(order[:batch_size])
        order = order[batch_size:]
    return batches


def batches_by_modulo(lengths, batch_size):
    batches = []
    for place, index in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        if place % batch_size == 0:
            batches.append([])
        batches[-1].append(index)
    return batches


def pack_by_cat(sequences):
    rows = [torch.tensor(sequence, dtype=torch.int64) for sequence in sequences]
    positions = [torch.arange(len(row)) for row in rows]
    lengths = torch.tensor([0, *map(len, rows)])
    return torch.cat(rows)[None], torch.cat(positions)[None], lengths.cumsum(0)


def pack_by_chain(sequences):
    ids = list(itertools.chain(*sequences))
    bounds = [0]
    for sequence in sequences:
        bounds.append(bounds[-1] + len(sequence))
    starts = torch.repeat_interleave(torch.tensor(bounds[:-1]), torch.tensor([len(s) for s in sequences]))
    return torch.tensor(ids).unsqueeze(0), (torch.arange(len(ids)) - starts).unsqueeze(0), torch.tensor(bounds)


def pack_by_comprehension(sequences):
    ids = [token for sequence in sequences for token in sequence]
    positions = [place for sequence in sequences for place, _ in enumerate(sequence)]
    bounds = [sum(len(s) for s in sequences[:n]) for n in range(len(sequences) + 1)]
    return torch.LongTensor([ids]), torch.LongTensor([positions]), torch.LongTensor(bounds)


def mask_by_block_diag(cu_seqlens, dtype):
    blocks = torch.block_diag(*(torch.ones(n, n) for n in cu_seqlens.diff().tolist()))
    return torch.zeros_like(blocks, dtype=dtype).masked_fill(blocks != 1, torch.finfo(dtype).min)[None, None]


def mask_by_loop(cu_seqlens, dtype):
    count = int(cu_seqlens[-1])
    mask = torch.full((1, 1, count, count), torch.finfo(dtype).min, dtype=dtype)
    for start, end in zip(cu_seqlens[:-1].tolist(), cu_seqlens[1:].tolist(), strict=True):
        mask[:, :, start:end, start:end] = 0
    return mask


def mask_of_infinity(cu_seqlens, dtype):
    return mask_by_loop(cu_seqlens, dtype).masked_fill(mask_by_loop(cu_seqlens, dtype) < 0, -math.inf)


def mask_of_ten_thousand(cu_seqlens, dtype):
    return block_diagonal_mask(cu_seqlens, dtype).clamp(min=-1e4)


def mask_by_bucketize(cu_seqlens, dtype):
    owner = torch.bucketize(torch.arange(int(cu_seqlens[-1])), cu_seqlens[1:], right=True)
    different = (owner[None] != owner[:, None]).to(dtype)
    return (different * torch.finfo(dtype).min).view(1, 1, len(owner), len(owner))


def mask_by_counting_starts(cu_seqlens, dtype):
    starts = torch.zeros(int(cu_seqlens[-1]), dtype=torch.int64)
    starts[cu_seqlens[1:-1]] = 1
    owner = starts.cumsum(0)
    allowed = torch.eq(owner.unsqueeze(0), owner.unsqueeze(1))
    return torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)[None, None]


def share_by_formula(seq_len, hidden_size):
    return seq_len / (6 * hidden_size + seq_len)


def share_of_the_whole_sequence(seq_len, hidden_size):
    weights = seq_len * 24 * hidden_size**2
    square = 4 * seq_len**2 * hidden_size
    return square / (weights + square)


def share_by_counting_multiplications(seq_len, hidden_size):
    layers = [nn.Linear(a, b, bias=False, device="meta") for a, b in [(1, 1)] * 4 + [(1, 4), (4, 1)]]
    weights = sum(layer.weight.numel() for layer in layers) * hidden_size * hidden_size
    return 2 * seq_len * hidden_size / (weights + 2 * seq_len * hidden_size)

"""Right ways to write self-attention and its parts."""

import math

import torch
import torch.nn.functional as F

from course_utils.reference.self_attention import merge_heads


def split(x, heads):
    return x.unflatten(-1, (heads, -1)).movedim(2, 1)


def projected(hidden_states, params, name, bias=True):
    weight, b = params[f"attention.self.{name}.weight"], params[f"attention.self.{name}.bias"]
    return F.linear(hidden_states, weight, b if bias else None)


def linear_einsum(x, weight, bias):
    return torch.einsum("...i,oi->...o", x, weight) + bias


def linear_loop(x, weight, bias):
    return torch.stack([(x * row).sum(-1) + b for row, b in zip(weight, bias, strict=True)], dim=-1)


def linear_in_float64(x, weight, bias):
    return F.linear(x.double(), weight.double(), bias.double()).to(x.dtype)


def split_view_permute(x, num_heads):
    return x.view(*x.shape[:2], num_heads, x.shape[2] // num_heads).permute(0, 2, 1, 3)


def split_by_slices(x, num_heads):
    return torch.stack(x.chunk(num_heads, dim=-1), dim=1)


def merge_contiguous_view(x):
    x = x.permute(0, 2, 1, 3).contiguous()
    return x.view(x.shape[0], x.shape[1], -1)


def merge_by_cat(x):
    return torch.cat(list(x.unbind(1)), dim=-1)


def merge_einsum(x):
    return torch.einsum("bhtd->bthd", x).flatten(2)


def scores_einsum(query, key):
    return torch.einsum("bhqd,bhkd->bhqk", query, key) / query.shape[-1] ** 0.5


def scores_query_scaled_first(query, key):
    return (query * query.shape[-1] ** -0.5) @ key.mT


def scores_both_scaled(query, key):
    fourth_root = query.shape[-1] ** 0.25
    return (query / fourth_root) @ (key / fourth_root).transpose(3, 2)


def scores_loop_over_heads(query, key):
    scale = math.sqrt(key.size(-1))
    return torch.stack([torch.bmm(query[:, h], key[:, h].mT) / scale for h in range(query.shape[1])], dim=1)


def scores_in_float64(query, key):
    return (query.double() @ key.double().mT / math.sqrt(query.shape[-1])).to(query.dtype)


def softmax_of_torch(x, dim=-1):
    return torch.softmax(x, dim)


def softmax_by_logsumexp(x, dim=-1):
    return (x - x.logsumexp(dim=dim, keepdim=True)).exp()


def softmax_by_log_softmax(x, dim=-1):
    return F.log_softmax(x, dim=dim).exp()


def softmax_in_float64(x, dim=-1):
    wide = x.double()
    wide = (wide - wide.max(dim, keepdim=True).values).exp()
    return (wide / wide.sum(dim, keepdim=True)).to(x.dtype)


def softmax_of_a_moved_axis(x, dim=-1):
    rows = x.movedim(dim, -1)
    rows = torch.exp(rows - rows.amax(-1)[..., None])
    return (rows / rows.sum(-1)[..., None]).movedim(-1, dim)


def mask_by_multiplication(attention_mask, dtype):
    return (1.0 - attention_mask[:, None, None, :].to(dtype)) * torch.finfo(dtype).min


def mask_of_the_first_bert(attention_mask, dtype):
    return (1.0 - attention_mask.unsqueeze(1).unsqueeze(2).to(dtype=dtype)) * -10000.0


def mask_of_infinity(attention_mask, dtype):
    zeros = torch.zeros(attention_mask.shape, dtype=dtype)
    return zeros.masked_fill(attention_mask == 0, float("-inf"))[:, None, None]


def mask_by_where(attention_mask, dtype):
    lowest, zero = torch.tensor(torch.finfo(dtype).min, dtype=dtype), torch.zeros((), dtype=dtype)
    return torch.where(attention_mask.bool(), zero, lowest).view(len(attention_mask), 1, 1, -1)


def mask_of_a_billion(attention_mask, dtype):
    return ((1 - attention_mask[:, None, None, :]) * -1e9).to(dtype)


def attention_of_torch(query, key, value, mask=None):
    context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    scores = query @ key.mT / query.shape[-1] ** 0.5
    return context, torch.softmax(scores if mask is None else scores + mask, -1)


def attention_einsum(query, key, value, mask=None):
    scores = torch.einsum("bhqd,bhkd->bhqk", query, key) * query.shape[-1] ** -0.5
    probabilities = F.softmax(scores + (0 if mask is None else mask), dim=3)
    return torch.einsum("bhqk,bhkd->bhqd", probabilities, value), probabilities


def attention_masked_with(penalty):
    def attention(query, key, value, mask=None):
        scores = query @ key.mT / math.sqrt(query.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(mask < 0, penalty)
        probabilities = torch.softmax(scores, dim=-1)
        return probabilities @ value, probabilities

    return attention


def attention_of_a_bool_mask(query, key, value, mask=None):
    keep = None if mask is None else mask == 0
    context = F.scaled_dot_product_attention(query, key, value, attn_mask=keep)
    return context, attention_of_torch(query, key, value, mask)[1]


def attention_renormalised(query, key, value, mask=None):
    weights = torch.softmax(query @ key.mT / math.sqrt(query.shape[-1]), -1)
    weights = weights if mask is None else weights * (mask == 0)
    weights = weights / weights.sum(-1, keepdim=True)
    return weights @ value, weights


def attention_in_float64(query, key, value, mask=None):
    scores = query.double() @ key.double().mT / math.sqrt(query.shape[-1])
    weights = torch.softmax(scores if mask is None else scores + mask.double(), -1)
    return (weights @ value.double()).to(value.dtype), weights.to(value.dtype)


def attention_blind_for_padded_queries(query, key, value, mask=None):
    context, weights = attention_of_torch(query, key, value, mask)
    if mask is not None:
        padded = mask.mT < 0  # (batch, 1, tokens, 1)
        context, weights = context.masked_fill(padded, torch.nan), weights.masked_fill(padded, 0)
    return context, weights


def attention_loop(query, key, value, mask=None):
    heads = range(query.shape[1])
    found = [attention_of_torch(query[:, h : h + 1], key[:, h : h + 1], value[:, h : h + 1], mask) for h in heads]
    return torch.cat([context for context, _ in found], 1), torch.cat([weights for _, weights in found], 1)


def self_attention_with_torch(hidden_states, params, num_heads, mask=None):
    query, key, value = (split(projected(hidden_states, params, n), num_heads) for n in ("query", "key", "value"))
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).flatten(2)


def self_attention_without_key_bias(hidden_states, params, num_heads, mask=None):
    query, value = (split(projected(hidden_states, params, name), num_heads) for name in ("query", "value"))
    key = split(projected(hidden_states, params, "key", bias=False), num_heads)
    return merge_heads(attention_of_torch(query, key, value, mask)[0])


def self_attention_loop(hidden_states, params, num_heads, mask=None):
    query, key, value = (projected(hidden_states, params, n).chunk(num_heads, -1) for n in ("query", "key", "value"))
    contexts = []
    for q, k, v in zip(query, key, value, strict=True):
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores + mask[:, 0]
        contexts.append(torch.softmax(scores, -1) @ v)
    return torch.cat(contexts, -1)


def self_attention_einsum(hidden_states, params, num_heads, mask=None):
    def heads(name):
        weight = params[f"attention.self.{name}.weight"].unflatten(0, (num_heads, -1))
        bias = params[f"attention.self.{name}.bias"].unflatten(0, (num_heads, -1))
        return torch.einsum("btd,hed->bhte", hidden_states, weight) + bias[:, None]

    return merge_heads(attention_einsum(heads("query"), heads("key"), heads("value"), mask)[0])


def self_attention_in_float64(hidden_states, params, num_heads, mask=None):
    wide = {name: tensor.double() for name, tensor in params.items()}
    mask = None if mask is None else mask.double()
    return self_attention_with_torch(hidden_states.double(), wide, num_heads, mask).to(hidden_states.dtype)


def self_attention_fused(hidden_states, params, num_heads, mask=None):
    names = ("query", "key", "value")
    weight = torch.cat([params[f"attention.self.{name}.weight"] for name in names])
    bias = torch.cat([params[f"attention.self.{name}.bias"] for name in names])
    query, key, value = F.linear(hidden_states, weight, bias).chunk(3, -1)
    context, _ = attention_of_torch(*(split(x, num_heads) for x in (query, key, value)), mask)
    return context.transpose(1, 2).flatten(2)

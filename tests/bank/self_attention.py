"""Other right ways to self-attention, and wrong ones that the checks know under no name."""

import math

import torch
import torch.nn.functional as F

from course_utils.reference import self_attention as reference


def _split(x, heads):
    return x.unflatten(-1, (heads, -1)).movedim(2, 1)


def _projected(hidden_states, params, name, bias=True):
    weight, b = params[f"attention.self.{name}.weight"], params[f"attention.self.{name}.bias"]
    return F.linear(hidden_states, weight, b if bias else None)


# linear -------------------------------------------------------------------------------------------------------------


def linear_einsum(x, weight, bias):
    return torch.einsum("...i,oi->...o", x, weight) + bias


def linear_loop(x, weight, bias):
    return torch.stack([(x * row).sum(-1) + b for row, b in zip(weight, bias, strict=True)], dim=-1)


def linear_in_float64(x, weight, bias):
    return F.linear(x.double(), weight.double(), bias.double()).to(x.dtype)


def bias_subtracted(x, weight, bias):
    return x @ weight.T - bias


def weight_reshaped(x, weight, bias):
    return x @ weight.reshape(weight.shape[1], weight.shape[0]) + bias


def relu_after_linear(x, weight, bias):
    return F.relu(F.linear(x, weight, bias))


# split_heads, merge_heads -------------------------------------------------------------------------------------------


def split_view_permute(x, num_heads):
    return x.view(*x.shape[:2], num_heads, x.shape[2] // num_heads).permute(0, 2, 1, 3)


def split_by_slices(x, num_heads):
    return torch.stack(x.chunk(num_heads, dim=-1), dim=1)


def split_heads_reversed(x, num_heads):
    return split_by_slices(x, num_heads).flip(1)


def split_after_a_transpose(x, num_heads):
    batch, tokens, hidden = x.shape
    return x.transpose(1, 2).reshape(batch, num_heads, tokens, hidden // num_heads)


def split_tokens_reversed(x, num_heads):
    return split_by_slices(x, num_heads).flip(2)


def merge_contiguous_view(x):
    x = x.permute(0, 2, 1, 3).contiguous()
    return x.view(x.shape[0], x.shape[1], -1)


def merge_by_cat(x):
    return torch.cat(list(x.unbind(1)), dim=-1)


def merge_einsum(x):
    return torch.einsum("bhtd->bthd", x).flatten(2)


def merge_heads_reversed(x):
    return merge_by_cat(x.flip(1))


def merge_outer_axes_swapped(x):
    batch, heads, tokens, size = x.shape
    return x.transpose(1, 3).reshape(batch, tokens, heads * size)


# attention_scores ---------------------------------------------------------------------------------------------------


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
    return (query.double() @ key.double().mT / math.sqrt(query.shape[-1])).float()


def root_of_keys(query, key):
    return query @ key.mT / math.sqrt(key.shape[-2])


def root_of_bert_base_head_size(query, key):
    return query @ key.mT / math.sqrt(64)


def root_of_seven(query, key):
    return query @ key.mT / math.sqrt(7)


def negative_distance(query, key):
    return -(query[:, :, :, None] - key[:, :, None]).square().sum(-1) / math.sqrt(query.shape[-1])


def softmax_already(query, key):
    return torch.softmax(scores_einsum(query, key), dim=-1)


def cosines(query, key):
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).mT


# softmax ------------------------------------------------------------------------------------------------------------


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


def softmin(x, dim=-1):
    return torch.softmax(-x, dim)


def softmax_to_the_base_2(x, dim=-1):
    return torch.softmax(x * math.log(2), dim)


def softmax_clamped(x, dim=-1):
    exponentials = torch.exp(x.clamp(-80, 80))
    return exponentials / exponentials.sum(dim, keepdim=True)


def softmax_along_axis_2_unless_told(x, dim=2):
    return torch.softmax(x, dim)


def sigmoid(x, dim=-1):
    return torch.sigmoid(x)


def softmax_of_one(x, dim=-1):
    exponentials = torch.exp(x - x.amax(dim, keepdim=True))
    return exponentials / (1 + exponentials.sum(dim, keepdim=True))


def softmax_minus(chosen):
    def softmax(x, dim=-1):
        exponentials = torch.exp(x - chosen(x, dim))
        return exponentials / exponentials.sum(dim, keepdim=True)

    return softmax


def median_of_row(x, dim):
    return x.median(dim, keepdim=True).values


def first_of_row(x, dim):
    return x.narrow(dim, 0, 1)


def largest_absolute_value_of_row(x, dim):
    return x.abs().amax(dim, keepdim=True)


def one_hundred(x, dim):
    return 100


# extended_attention_mask --------------------------------------------------------------------------------------------


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


def mask_of_the_first_row(attention_mask, dtype):
    return mask_by_where(attention_mask[:1].expand_as(attention_mask), dtype)


def mask_flipped(attention_mask, dtype):
    return mask_by_where(attention_mask.flip(1), dtype)


def mask_of_a_hundred(attention_mask, dtype):
    return (1 - attention_mask[:, None, None, :].to(dtype)) * -100


def mask_with_real_tokens_at_1(attention_mask, dtype):
    return attention_mask[:, None, None, :].to(dtype) + mask_by_where(attention_mask, dtype)


def mask_of_bools(attention_mask, dtype):
    return attention_mask[:, None, None, :] == 0


def mask_at_first_padding_only(attention_mask, dtype):
    shifted = F.pad(attention_mask, (1, 0), value=1)[:, :-1]
    return mask_by_where(1 - (shifted - attention_mask), dtype)


# scaled_dot_product_attention ---------------------------------------------------------------------------------------


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
    return (weights @ value.double()).float(), weights.float()


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


def mask_added_after_softmax(query, key, value, mask=None):
    weights = torch.softmax(query @ key.mT / math.sqrt(query.shape[-1]), -1)
    weights = weights if mask is None else weights + mask.clamp(min=-1)
    return weights @ value, weights


def softmax_twice(query, key, value, mask=None):
    weights = torch.softmax(attention_of_torch(query, key, value, mask)[1], -1)
    return weights @ value, weights


def mask_over_root(query, key, value, mask=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    weights = torch.softmax(scores if mask is None else scores + mask.clamp(min=-2) / 2, -1)
    return weights @ value, weights


def anticausal(query, key, value, mask=None):
    look_back = torch.full((query.shape[2],) * 2, -1e9).tril(-1)
    return attention_of_torch(query, key, value, look_back if mask is None else mask + look_back)


def uniform(query, key, value, mask=None):
    return attention_of_torch(query * 0, key, value, mask)


def values_added_on_top(query, key, value, mask=None):
    context, weights = attention_of_torch(query, key, value, mask)
    return context + value, weights


# self_attention -----------------------------------------------------------------------------------------------------


def self_attention_with_torch(hidden_states, params, num_heads, mask=None):
    query, key, value = (_split(_projected(hidden_states, params, n), num_heads) for n in ("query", "key", "value"))
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).flatten(2)


def self_attention_without_key_bias(hidden_states, params, num_heads, mask=None):
    query, value = (_split(_projected(hidden_states, params, name), num_heads) for name in ("query", "value"))
    key = _split(_projected(hidden_states, params, "key", bias=False), num_heads)
    return reference.merge_heads(attention_of_torch(query, key, value, mask)[0])


def self_attention_loop(hidden_states, params, num_heads, mask=None):
    query, key, value = (_projected(hidden_states, params, n).chunk(num_heads, -1) for n in ("query", "key", "value"))
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

    return reference.merge_heads(attention_einsum(heads("query"), heads("key"), heads("value"), mask)[0])


def self_attention_in_float64(hidden_states, params, num_heads, mask=None):
    wide = {name: tensor.double() for name, tensor in params.items()}
    mask = None if mask is None else mask.double()
    return self_attention_with_torch(hidden_states.double(), wide, num_heads, mask).float()


def self_attention_fused(hidden_states, params, num_heads, mask=None):
    names = ("query", "key", "value")
    weight = torch.cat([params[f"attention.self.{name}.weight"] for name in names])
    bias = torch.cat([params[f"attention.self.{name}.bias"] for name in names])
    query, key, value = F.linear(hidden_states, weight, bias).chunk(3, -1)
    context, _ = attention_of_torch(*(_split(x, num_heads) for x in (query, key, value)), mask)
    return context.transpose(1, 2).flatten(2)


def self_attention_plus_residual(hidden_states, params, num_heads, mask=None):
    return hidden_states + self_attention_with_torch(hidden_states, params, num_heads, mask)


def biases_of_query(hidden_states, params, num_heads, mask=None):
    params = {name: params["attention.self.query.bias"] if name.endswith("bias") else t for name, t in params.items()}
    return self_attention_with_torch(hidden_states, params, num_heads, mask)


def heads_share_their_weights(hidden_states, params, num_heads, mask=None):
    query, key, value = (_split(_projected(hidden_states, params, n), num_heads) for n in ("query", "key", "value"))
    weights = attention_of_torch(query, key, value, mask)[1].mean(1, keepdim=True)
    return reference.merge_heads(weights @ value)


def query_and_value_swapped(hidden_states, params, num_heads, mask=None):
    swapped = {name.replace("value", "quer").replace("query", "value"): t for name, t in params.items()}
    swapped = {name.replace("self.quer.", "self.query."): t for name, t in swapped.items()}
    return self_attention_with_torch(hidden_states, swapped, num_heads, mask)


def heads_reversed(hidden_states, params, num_heads, mask=None):
    context = _split(self_attention_with_torch(hidden_states, params, num_heads, mask), num_heads)
    return reference.merge_heads(context.flip(1))


def tokens_rolled(hidden_states, params, num_heads, mask=None):
    return self_attention_with_torch(hidden_states, params, num_heads, mask).roll(1, 1)


ALTERNATIVES = {
    "linear": [F.linear, linear_einsum, linear_loop, linear_in_float64],
    "split_heads": [split_view_permute, split_by_slices, _split],
    "merge_heads": [merge_contiguous_view, merge_by_cat, merge_einsum],
    "attention_scores": [
        scores_einsum, scores_query_scaled_first, scores_both_scaled, scores_loop_over_heads, scores_in_float64,
    ],
    "softmax": [
        softmax_of_torch, softmax_by_logsumexp, softmax_by_log_softmax, softmax_in_float64, softmax_of_a_moved_axis,
    ],
    "extended_attention_mask": [
        mask_by_multiplication, mask_of_the_first_bert, mask_of_infinity, mask_by_where, mask_of_a_billion,
    ],
    "scaled_dot_product_attention": [
        attention_of_torch, attention_einsum, attention_masked_with(-math.inf), attention_masked_with(-1e4),
        attention_masked_with(torch.finfo(torch.float32).min), attention_of_a_bool_mask, attention_renormalised,
        attention_in_float64, attention_blind_for_padded_queries, attention_loop,
    ],
    "self_attention": [
        self_attention_with_torch, self_attention_without_key_bias, self_attention_loop, self_attention_einsum,
        self_attention_in_float64, self_attention_fused,
    ],
}  # fmt: skip

UNNAMED = {
    "linear": [bias_subtracted, relu_after_linear, weight_reshaped],
    "split_heads": [split_heads_reversed, split_after_a_transpose, split_tokens_reversed],
    "merge_heads": [merge_heads_reversed, merge_outer_axes_swapped],
    "attention_scores": [root_of_keys, root_of_bert_base_head_size, negative_distance, cosines, softmax_already, root_of_seven],
    "softmax": [
        softmin, softmax_to_the_base_2, softmax_clamped, sigmoid, softmax_of_one, softmax_minus(median_of_row),
        softmax_minus(first_of_row), softmax_minus(one_hundred), softmax_minus(largest_absolute_value_of_row),
        softmax_along_axis_2_unless_told,
    ],
    "extended_attention_mask": [
        mask_of_the_first_row, mask_flipped, mask_of_bools, mask_at_first_padding_only, mask_of_a_hundred,
        mask_with_real_tokens_at_1,
    ],
    "scaled_dot_product_attention": [
        mask_added_after_softmax, softmax_twice, mask_over_root, anticausal, uniform, values_added_on_top,
    ],
    "self_attention": [
        self_attention_plus_residual, heads_share_their_weights, query_and_value_swapped, heads_reversed,
        tokens_rolled, biases_of_query,
    ],
}  # fmt: skip

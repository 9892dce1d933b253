"""Wrong ways to write self-attention and its parts."""

import math

import torch
import torch.nn.functional as F

from course_utils.reference.self_attention import merge_heads, self_attention
from tests.answers.self_attention.right import (
    attention_of_torch,
    mask_by_where,
    merge_by_cat,
    projected,
    scores_einsum,
    self_attention_with_torch,
    split,
    split_by_slices,
)


def bias_subtracted(x, weight, bias):
    return x @ weight.T - bias


def weight_reshaped(x, weight, bias):
    return x @ weight.reshape(weight.shape[1], weight.shape[0]) + bias


def relu_after_linear(x, weight, bias):
    return F.relu(F.linear(x, weight, bias))


def split_heads_reversed(x, num_heads):
    return split_by_slices(x, num_heads).flip(1)


def split_after_a_transpose(x, num_heads):
    batch, tokens, hidden = x.shape
    return x.transpose(1, 2).reshape(batch, num_heads, tokens, hidden // num_heads)


def split_tokens_reversed(x, num_heads):
    return split_by_slices(x, num_heads).flip(2)


def merge_heads_reversed(x):
    return merge_by_cat(x.flip(1))


def merge_outer_axes_swapped(x):
    batch, heads, tokens, size = x.shape
    return x.transpose(1, 3).reshape(batch, tokens, heads * size)


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


def self_attention_plus_residual(hidden_states, params, num_heads, mask=None):
    return hidden_states + self_attention_with_torch(hidden_states, params, num_heads, mask)


def biases_of_query(hidden_states, params, num_heads, mask=None):
    params = {name: params["attention.self.query.bias"] if name.endswith("bias") else t for name, t in params.items()}
    return self_attention_with_torch(hidden_states, params, num_heads, mask)


def heads_share_their_weights(hidden_states, params, num_heads, mask=None):
    query, key, value = (split(projected(hidden_states, params, n), num_heads) for n in ("query", "key", "value"))
    weights = attention_of_torch(query, key, value, mask)[1].mean(1, keepdim=True)
    return merge_heads(weights @ value)


def query_and_value_swapped(hidden_states, params, num_heads, mask=None):
    swapped = {name.replace("value", "quer").replace("query", "value"): t for name, t in params.items()}
    swapped = {name.replace("self.quer.", "self.query."): t for name, t in swapped.items()}
    return self_attention_with_torch(hidden_states, swapped, num_heads, mask)


def heads_reversed(hidden_states, params, num_heads, mask=None):
    context = split(self_attention_with_torch(hidden_states, params, num_heads, mask), num_heads)
    return merge_heads(context.flip(1))


def tokens_rolled(hidden_states, params, num_heads, mask=None):
    return self_attention_with_torch(hidden_states, params, num_heads, mask).roll(1, 1)


def bias_of_one_more(x, weight, bias):
    return F.linear(x, weight, bias) + 1


def softmax_of_names_only(x, *, dim):
    return torch.softmax(x, dim)


def softmax_of_whole_numbers(x, dim=-1):
    return x.long().softmax(dim)


def averaged_over_heads(query, key, value, mask=None):
    context, weights = attention_of_torch(query, key, value, mask)
    return context, weights.mean(dim=1)


def heads_as_batch_axis(hidden_states, params, num_heads, mask=None):
    context = self_attention_with_torch(hidden_states, params, num_heads, mask)
    return context[:, None].expand(-1, 2, -1, -1)


def mask_converted_twice(query, key, value, mask=None):
    """As many write it who were given the mask of 1 and 0 before."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores + (1.0 - mask) * -10000.0
    weights = scores.softmax(-1)
    return weights @ value, weights


def self_attention_with_a_mask_converted_twice(hidden_states, params, num_heads, mask=None):
    if mask is not None:
        mask = (1.0 - mask) * -10000.0
    return self_attention(hidden_states, params, num_heads, mask)


def mask_added_to_probabilities(query, key, value, mask=None):
    """The weights overflow in the mix: it is no sign of another mix."""
    weights = scores_einsum(query, key).softmax(-1)
    weights = weights if mask is None else weights + mask
    return weights @ value, weights


def softmax_of_an_axis_moved_the_other_way(x, dim=-1):
    rows = x.movedim(-1, dim)
    rows = torch.exp(rows - rows.amax(-1)[..., None])
    return (rows / rows.sum(-1)[..., None]).movedim(dim, -1)


def attention_of_as_many_heads_as_tokens(query, key, value, mask=None):
    """Where there are more tokens than heads, the last slices are empty."""
    heads = range(query.shape[2])
    found = [attention_of_torch(query[:, h : h + 1], key[:, h : h + 1], value[:, h : h + 1], mask) for h in heads]
    return torch.cat([context for context, _ in found], 1), torch.cat([weights for _, weights in found], 1)


def self_attention_of_as_many_heads_as_tokens(hidden_states, params, num_heads, mask=None):
    query, key, value = (split(projected(hidden_states, params, n), num_heads) for n in ("query", "key", "value"))
    return merge_heads(attention_of_as_many_heads_as_tokens(query, key, value, mask)[0])

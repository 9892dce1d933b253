"""Lesson 04: ways to measure, split, add and normalise."""

import math

import torch
import torch.nn.functional as F

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.self_attention import merge_heads
from tests.answers import Told

DENSE, NORM = "attention.output.dense.", "attention.output.LayerNorm."


def stats_by_var_mean(x):
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return mean, variance


def stats_by_hand(x):
    mean = x.sum(-1).unsqueeze(-1) / x.size(2)
    return mean, ((x - mean) ** 2).sum(-1, keepdim=True) / x.size(2)


def stats_by_moments(x):
    mean = x.mean(2, keepdim=True)
    return mean, (x * x).mean(2, keepdim=True) - mean**2


def stats_in_float64(x):
    wide = x.double()
    return wide.mean(-1, keepdim=True).float(), wide.var(-1, unbiased=False, keepdim=True).float()


def stats_by_loops(x):
    mean, variance = torch.empty(*x.shape[:2], 1), torch.empty(*x.shape[:2], 1)
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            mean[b, t, 0] = sum(x[b, t]) / len(x[b, t])
            variance[b, t, 0] = sum((v - mean[b, t, 0]) ** 2 for v in x[b, t]) / len(x[b, t])
    return mean, variance


def stats_corrected(x):
    return x.mean(-1, keepdim=True), x.var(-1, keepdim=True) * (x.shape[-1] - 1) / x.shape[-1]


def heads_by_einsum(context, weight):
    heads, size = context.shape[1], context.shape[-1]
    return torch.einsum("bhtk,ohk->bhto", context, weight.view(-1, heads, size))


def heads_by_zeros(context, weight):
    parts = []
    for head in range(context.shape[1]):
        alone = torch.zeros_like(context)
        alone[:, head] = context[:, head]
        parts.append(F.linear(merge_heads(alone), weight))
    return torch.stack(parts, 1)


def heads_by_matmul(context, weight):
    heads, size = context.shape[1], context.shape[-1]
    return context @ weight.T.reshape(heads, size, -1)


def heads_by_chunk(context, weight):
    parts = zip(context.unbind(1), weight.chunk(context.shape[1], dim=1), strict=True)
    return torch.stack([F.linear(c, w) for c, w in parts], dim=1)


def output_by_torch(context, hidden_states, params, eps):
    summed = F.linear(context, params[DENSE + "weight"], params[DENSE + "bias"]) + hidden_states
    return F.layer_norm(summed, (summed.shape[-1],), params[NORM + "weight"], params[NORM + "bias"], eps)


def output_inline(context, hidden_states, params, eps):
    y = hidden_states + torch.einsum("bti,oi->bto", context, params[DENSE + "weight"]) + params[DENSE + "bias"]
    y = y - y.mean(-1, keepdim=True)
    y = y * torch.rsqrt((y * y).mean(-1, keepdim=True) + eps)
    return y * params[NORM + "weight"] + params[NORM + "bias"]


def output_in_float64(context, hidden_states, params, eps):
    wide = {name: tensor.double() for name, tensor in params.items()}
    return output_by_torch(context.double(), hidden_states.double(), wide, eps).float()


def post_in_one_line(x, sublayer, norm):
    return norm(sublayer(x) + x)


def post_with_add(x, sublayer, norm):
    out = x.clone()
    out += sublayer(x)
    return norm(out)


def pre_in_steps(x, sublayer, norm):
    normed = norm(x)
    return torch.add(sublayer(normed), x)


def ratio_by_roots(x, update):
    return torch.sqrt((update**2).sum(-1)) / torch.sqrt((x**2).sum(-1))


def ratio_of_squares(x, update):
    return (update.square().mean(-1) / x.square().mean(-1)).sqrt()


def ratio_by_linalg(x, update):
    return torch.linalg.vector_norm(update, dim=2) / torch.linalg.vector_norm(x, dim=2)


def median_for_mean(x):
    mean = x.median(-1, keepdim=True).values
    return mean, (x - mean).square().mean(-1, keepdim=True)


def two_degrees_of_freedom(x):
    return x.mean(-1, keepdim=True), x.var(-1, keepdim=True, correction=2)


def variance_of_the_sentence(x):
    return x.mean(-1, keepdim=True), x.var((1, 2), keepdim=True, unbiased=False).expand(-1, x.shape[1], 1)


def first_feature_left_out(x):
    rest = x[..., 1:]
    return rest.mean(-1, keepdim=True), rest.var(-1, keepdim=True, unbiased=False)


def variance_with_eps(x):
    return x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False) + 1e-3


def heads_negative(context, weight):
    return -heads_by_einsum(context, weight)


def heads_scaled_by_size(context, weight):
    return heads_by_einsum(context, weight) / math.sqrt(context.shape[-1])


def heads_centred(context, weight):
    parts = heads_by_einsum(context, weight)
    return parts - parts.mean(dim=1, keepdim=True) / 2


def tokens_rolled(context, weight):
    return heads_by_einsum(context.roll(1, dims=2), weight) + 0.01


def output_with_relu(context, hidden_states, params, eps):
    update = F.linear(context, params[DENSE + "weight"], params[DENSE + "bias"]).relu()
    return layer_norm(update + hidden_states, params[NORM + "weight"], params[NORM + "bias"], eps)


def residual_of_the_neighbour(context, hidden_states, params, eps):
    return output_by_torch(context, hidden_states.roll(1, dims=1), params, eps)


def residual_halved(context, hidden_states, params, eps):
    return output_by_torch(context, hidden_states / 2, params, eps)


def normed_twice(context, hidden_states, params, eps):
    once = output_by_torch(context, hidden_states, params, eps)
    return F.layer_norm(once, once.shape[-1:], params[NORM + "weight"], params[NORM + "bias"], eps)


def dense_twice(context, hidden_states, params, eps):
    once = F.linear(context, params[DENSE + "weight"], params[DENSE + "bias"])
    return output_by_torch(once, hidden_states, params, eps)


def sublayer_twice(x, sublayer, norm):
    return norm(x + sublayer(sublayer(x)))


def norm_of_norm(x, sublayer, norm):
    return norm(norm(x + sublayer(x)))


def half_residual(x, sublayer, norm):
    return norm(0.5 * x + sublayer(x))


def pre_norm_of_norm(x, sublayer, norm):
    return x + sublayer(norm(norm(x)))


def pre_with_double_residual(x, sublayer, norm):
    return 2 * x + sublayer(norm(x))


def cosine(x, update):
    return F.cosine_similarity(x, update, dim=-1)


def ratio_at_most_one(x, update):
    return (update.norm(dim=-1) / x.norm(dim=-1)).clamp(max=0.5)


def ratio_in_logarithms(x, update):
    return (update.norm(dim=-1) / x.norm(dim=-1)).log1p()


def ratio_to_the_first_token(x, update):
    return update.norm(dim=-1) / x.norm(dim=-1)[:, :1]


def variance_without_its_axis(x):
    return x.mean(dim=-1, keepdim=True), x.var(dim=-1, unbiased=False)


def nan_for_a_ratio(x, update):
    return (update.norm(dim=-1) / x.norm(dim=-1)).sum() * torch.nan


def output_that_no_branch_sets(hidden_states, *args):
    if hidden_states is None:
        summed = 0
    return summed


RIGHT = {
    "normalization_stats": [
        stats_by_var_mean,
        stats_by_hand,
        stats_by_moments,
        stats_in_float64,
        stats_by_loops,
        stats_corrected,
    ],
    "head_contributions": [heads_by_einsum, heads_by_zeros, heads_by_matmul, heads_by_chunk],
    "self_output": [output_by_torch, output_inline, output_in_float64],
    "post_ln": [post_in_one_line, post_with_add],
    "pre_ln": [pre_in_steps],
    "update_ratio": [ratio_by_roots, ratio_of_squares, ratio_by_linalg],
}

UNNAMED = {
    "normalization_stats": [
        median_for_mean,
        two_degrees_of_freedom,
        variance_of_the_sentence,
        first_feature_left_out,
        variance_with_eps,
    ],
    "head_contributions": [heads_negative, heads_scaled_by_size, heads_centred, tokens_rolled],
    "self_output": [output_with_relu, residual_of_the_neighbour, residual_halved, normed_twice, dense_twice],
    "post_ln": [sublayer_twice, norm_of_norm, half_residual],
    "pre_ln": [pre_norm_of_norm, pre_with_double_residual],
    "update_ratio": [cosine, ratio_at_most_one, ratio_in_logarithms, ratio_to_the_first_token],
}

TOLD = {
    "normalization_stats": [Told(variance_without_its_axis, diagnosis=(), nothing_broken=True)],
    "self_output": [
        Told(
            output_that_no_branch_sets, says=("Every line that sets it was skipped in this call", "an `if` or a loop?")
        ),
    ],
    "update_ratio": [Told(nan_for_a_ratio, diagnosis=(), nothing_broken=True)],
}

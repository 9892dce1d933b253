"""Wrong ways to measure, split, add and normalise."""

import math

import torch
import torch.nn.functional as F

from course_utils.reference.embeddings import layer_norm
from tests.answers.add_and_norm.right import DENSE, NORM, heads_by_einsum, output_by_torch


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


def stats_by_moments(x):
    mean = x.mean(2, keepdim=True)
    return mean, (x * x).mean(2, keepdim=True) - mean**2


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


def updates_at_right_angles_to_x(x):
    turned = x.roll(1, dims=-1)
    stretch = turned - (turned * x).sum(-1, keepdim=True) / x.square().sum(-1, keepdim=True) * x
    return 9 * stretch, torch.ones_like(x)


def updates_of_the_neighbour(x):
    centred = x - x.mean(-1, keepdim=True)
    return 100 * centred.roll(1, dims=1), torch.ones_like(x)


def updates_with_numbers_of_two_kinds(x):
    centred = x - x.mean(-1, keepdim=True)
    return 100 * centred, torch.ones_like(x) + 0.3 * (torch.arange(x.shape[-1], device=x.device) % 2)


def one_update(x):
    return torch.ones_like(x)


def updates_without_features(x):
    return x.std(-1), x.mean(-1)


def updates_too_short(x):
    return 5 * (x - x.mean(-1, keepdim=True)), torch.ones_like(x)

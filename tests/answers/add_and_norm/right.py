"""Right ways to measure, split, add and normalise."""

import torch
import torch.nn.functional as F

from course_utils.reference.self_attention import merge_heads

DENSE, NORM = "attention.output.dense.", "attention.output.LayerNorm."


def stats_by_var_mean(x):
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return mean, variance


def stats_by_hand(x):
    mean = x.sum(-1).unsqueeze(-1) / x.size(2)
    return mean, ((x - mean) ** 2).sum(-1, keepdim=True) / x.size(2)


def stats_in_float64(x):
    wide = x.double()
    mean, variance = wide.mean(-1, keepdim=True), wide.var(-1, unbiased=False, keepdim=True)
    return mean.to(x.dtype), variance.to(x.dtype)


def stats_by_loops(x):
    mean, variance = (torch.empty(*x.shape[:2], 1, dtype=x.dtype) for _ in range(2))
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
    return output_by_torch(context.double(), hidden_states.double(), wide, eps).to(context.dtype)


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


def updates_the_other_way_round(x):
    return torch.full_like(x, -7.0), 100 * (x - x.mean(-1, keepdim=True))


def updates_by_layer_norm(x):
    return F.layer_norm(x, x.shape[-1:]) * 2, torch.ones(x.shape, dtype=x.dtype)


def updates_by_projection(x):
    """x itself is an update; the part of it along the vector of ones goes."""
    ones = torch.ones_like(x)
    along = (x * ones).sum(-1, keepdim=True) / x.shape[-1]
    stretch = x - along * ones
    return 2 * stretch / stretch.norm(dim=-1, keepdim=True), ones

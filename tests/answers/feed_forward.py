"""Lesson 05: ways to bend, widen, narrow and test for neighbours."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tests.answers import Told


def gelu_by_torch(x):
    return F.gelu(x)


def gelu_by_module(x):
    return nn.GELU()(x)


def gelu_by_erfc(x):
    return 0.5 * x * torch.erfc(-x / 2**0.5)


def gelu_by_normal(x):
    return x * torch.distributions.Normal(0.0, 1.0).cdf(x)


def gelu_in_float64(x):
    wide = x.double()
    return (wide / 2 * (1 + torch.special.erf(wide * math.sqrt(0.5)))).to(x.dtype)


def gelu_by_ndtr(x):
    return x * torch.special.ndtr(x)


def gelu_number_by_number(x):
    return torch.tensor([v / 2 * (1 + math.erf(v / math.sqrt(2))) for v in x.flatten().tolist()]).reshape(x.shape)


def tanh_by_torch(x):
    return F.gelu(x, approximate="tanh")


def tanh_by_sigmoid(x):
    return x * torch.sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x.pow(3)))


def tanh_in_one_line(x):
    return x / 2 * (1 + torch.tanh((2 / torch.pi) ** 0.5 * x * (1 + 0.044715 * x * x)))


def intermediate_by_torch(x, params):
    return F.gelu(F.linear(x, params["intermediate.dense.weight"], params["intermediate.dense.bias"]))


def intermediate_token_by_token(x, params):
    weight, bias = params["intermediate.dense.weight"], params["intermediate.dense.bias"]
    return torch.stack([F.gelu(x[:, t] @ weight.T + bias) for t in range(x.shape[1])], dim=1)


def intermediate_in_float64(x, params):
    return intermediate_by_torch(x.double(), {name: w.double() for name, w in params.items()}).float()


def output_by_torch(wide, residual, params, eps):
    summed = residual + F.linear(wide, params["output.dense.weight"], params["output.dense.bias"])
    norm = params["output.LayerNorm.weight"], params["output.LayerNorm.bias"]
    return F.layer_norm(summed, summed.shape[-1:], *norm, eps)


def output_by_einsum(wide, residual, params, eps):
    y = torch.einsum("bti,oi->bto", wide, params["output.dense.weight"]) + params["output.dense.bias"] + residual
    y = y - y.mean(-1, keepdim=True)
    y = y / (y.pow(2).mean(-1, keepdim=True) + eps).sqrt()
    return y * params["output.LayerNorm.weight"] + params["output.LayerNorm.bias"]


def output_in_float64(wide, residual, params, eps):
    return output_by_torch(wide.double(), residual.double(), {k: w.double() for k, w in params.items()}, eps).float()


def wise_by_cat(fn, x):
    alone = torch.cat([fn(x[:, t : t + 1]) for t in range(x.shape[1])], dim=1)
    return torch.allclose(fn(x), alone, atol=1e-5)


def wise_by_split(fn, x):
    whole = fn(x).split(1, dim=1)
    return all(bool((fn(a) - b).abs().max() < 3e-5) for a, b in zip(x.split(1, dim=1), whole, strict=True))


def wise_by_narrow(fn, x):
    whole = fn(x)
    for t in range(x.size(1)):
        if not torch.allclose(fn(x.narrow(1, t, 1)), whole.narrow(1, t, 1), rtol=0, atol=1e-5):
            return False
    return True


def share_by_modules(config):
    d, inner = config.hidden_size, config.intermediate_size

    def count(*parts):
        return sum(p.numel() for part in parts for p in part.parameters())

    attention = count(*(nn.Linear(d, d, device="meta") for _ in range(4)), nn.LayerNorm(d, device="meta"))
    ffn = count(nn.Linear(d, inner, device="meta"), nn.Linear(inner, d, device="meta"), nn.LayerNorm(d, device="meta"))
    return ffn / (attention + ffn)


def share_by_formula(config):
    d, inner = config.hidden_size, config.intermediate_size
    ffn = 2 * d * inner + inner + 3 * d
    return 1 - (4 * d * d + 6 * d) / (4 * d * d + 6 * d + ffn)


def softplus(x):
    return F.softplus(x)


def mish(x):
    return F.mish(x)


def selu(x):
    return F.selu(x)


def hard_gelu(x):
    return x * (0.5 + x / 6).clamp(0, 1)


def gelu_plus_a_little(x):
    return F.gelu(x) + 2e-4


def gelu_of_the_absolute(x):
    return F.gelu(x.abs())


def rounded(x):
    return (F.gelu(x) * 1000).round() / 1000


def tanh_with_another_power(x):
    return x / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**5)))


def tanh_by_exp_of_large_numbers(x):
    large = torch.exp(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    return x / 2 * (1 + (large - 1) / (large + 1))


def tanh_clipped(x):
    return F.gelu(x, approximate="tanh").clamp(max=2.5)


def halved_tokens(x, params):
    return intermediate_by_torch(x / 2, params)


def normed_first(x, params):
    return intermediate_by_torch(F.layer_norm(x, x.shape[-1:]), params)


def tokens_mixed(x, params):
    return intermediate_by_torch(x + x.mean(dim=1, keepdim=True), params)


def softmaxed(x, params):
    return intermediate_by_torch(x, params).softmax(dim=-1)


def output_of_the_neighbour(wide, residual, params, eps):
    return output_by_torch(wide, residual.roll(1, dims=1), params, eps)


def output_mixing_tokens(wide, residual, params, eps):
    return output_by_torch(wide + 0.1 * wide.mean(dim=1, keepdim=True), residual, params, eps)


def output_normed_twice(wide, residual, params, eps):
    once = output_by_torch(wide, residual, params, eps)
    return F.layer_norm(once, once.shape[-1:], params["output.LayerNorm.weight"], params["output.LayerNorm.bias"], eps)


def wise_by_adding_noise_to_others(fn, x):
    other = x.clone()
    other[:, 2] += 1
    return torch.allclose(fn(x)[:, 1], fn(other)[:, 1], atol=1e-5)


def wise_in_places_that_the_features_count(fn, x):
    return all(torch.allclose(fn(x[:, t : t + 1]), fn(x)[:, t : t + 1], atol=1e-5) for t in range(1, x.shape[2]))


def wise_by_changing_the_last(fn, x):
    other = x.clone()
    other[:, -1] += 1
    return torch.allclose(fn(x)[:, :-1], fn(other)[:, :-1], atol=1e-5)


def wise_where_alone_is_larger(fn, x):
    whole = fn(x)
    return all(bool((fn(x[:, t : t + 1]) - whole[:, t : t + 1]).max() < 1e-5) for t in range(x.shape[1]))


def wise_where_the_sentence_is_larger(fn, x):
    whole = fn(x)
    return all(bool((whole[:, t : t + 1] - fn(x[:, t : t + 1])).max() < 1e-5) for t in range(x.shape[1]))


def wise_in_the_middle_of_the_first_text(fn, x):
    return torch.allclose(fn(x[:1, 2:3]), fn(x[:1])[:, 2:3], rtol=1e-5, atol=1e-5)


def share_of_words(config):
    return config.intermediate_size / (config.hidden_size + config.intermediate_size)


def share_with_a_third_norm(config):
    d, inner = config.hidden_size, config.intermediate_size
    ffn = 2 * d * inner + inner + 3 * d
    return ffn / (4 * d * d + 8 * d + ffn)


def share_of_weights_without_heads(config):
    d, inner = config.hidden_size, config.intermediate_size
    return 2 * d * inner / (4 * d * d // config.num_attention_heads + 2 * d * inner)


def true_of_numpy(fn, x):
    return np.all(np.ones(2) > 0)


RIGHT = {
    "gelu": [
        gelu_by_torch,
        gelu_by_module,
        gelu_by_erfc,
        gelu_by_normal,
        gelu_in_float64,
        gelu_by_ndtr,
        gelu_number_by_number,
    ],
    "gelu_tanh": [tanh_by_torch, tanh_by_sigmoid, tanh_in_one_line],
    "intermediate": [intermediate_by_torch, intermediate_token_by_token, intermediate_in_float64],
    "output": [output_by_torch, output_by_einsum, output_in_float64],
    "is_position_wise": [wise_by_cat, wise_by_split, wise_by_narrow],
    "ffn_parameter_share": [share_by_modules, share_by_formula],
}

UNNAMED = {
    "gelu": [softplus, mish, selu, hard_gelu, gelu_plus_a_little, gelu_of_the_absolute, rounded],
    "gelu_tanh": [tanh_with_another_power, tanh_clipped, mish, tanh_by_exp_of_large_numbers],
    "intermediate": [halved_tokens, normed_first, tokens_mixed, softmaxed],
    "output": [output_of_the_neighbour, output_mixing_tokens, output_normed_twice],
    "is_position_wise": [
        wise_in_the_middle_of_the_first_text,
        wise_by_adding_noise_to_others,
        wise_by_changing_the_last,
        wise_where_alone_is_larger,
        wise_where_the_sentence_is_larger,
    ],
    "ffn_parameter_share": [share_of_words, share_with_a_third_norm, share_of_weights_without_heads],
}

TOLD = {
    "gelu": [Told(nn.GELU, says=("got a GELU; create it first, then call it on the data",))],
    "is_position_wise": [
        Told(true_of_numpy, says=("got numpy's bool, True; `.item()` turns",)),
        Told(wise_where_alone_is_larger, says=("absolute value",)),
        Told(wise_where_the_sentence_is_larger, says=("absolute value",)),
        Told(wise_in_the_middle_of_the_first_text, diagnosis=(), nothing_broken=True),
        Told(wise_in_places_that_the_features_count, diagnosis=("skips_the_first", "skips_the_last")),
    ],
}

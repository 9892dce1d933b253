"""Right ways to bend, widen, narrow and test for neighbours."""

import math

import torch
import torch.nn.functional as F
from torch import nn


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
    numbers = [v / 2 * (1 + math.erf(v / math.sqrt(2))) for v in x.flatten().tolist()]
    return torch.tensor(numbers, dtype=x.dtype).reshape(x.shape)


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
    return intermediate_by_torch(x.double(), {name: w.double() for name, w in params.items()}).to(x.dtype)


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
    return output_by_torch(wide.double(), residual.double(), {k: w.double() for k, w in params.items()}, eps).to(
        wide.dtype
    )


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


def share_that_reads_the_config(config):
    assert config.num_hidden_layers > 0
    return share_by_formula(config)


def neuron_between_the_two(x, wanted, message):
    scores = x @ x[wanted]
    next_best = scores.sort(descending=True).values[1]
    key, bias = 1000 * x[wanted], -1000 * (scores[wanted] + next_best) / 2
    return key, bias, message / F.gelu(x[wanted] @ key + bias)


def neuron_by_pseudo_inverse(x, wanted, message):
    key = torch.linalg.pinv(x.double())[:, wanted].to(x.dtype)  # 1 at the wanted token, 0 at all others
    return 1000 * key, torch.tensor(-500, dtype=x.dtype), message / 500


def neuron_in_float64(x, wanted, message):
    found = neuron_between_the_two(x.double(), wanted, message.double())
    return tuple(each.to(x.dtype) for each in found)

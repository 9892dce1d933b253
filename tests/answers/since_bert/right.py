"""Right ways to normalize, turn, gate, mask and run a layer of today, and attention that writes."""

import math

import torch
import torch.nn.functional as F


def rms_norm_of_torch(x, weight, eps):
    return F.rms_norm(x, weight.shape, weight, eps)


def rms_norm_of_llama(x, weight, eps):
    wide = x.to(torch.float32)
    wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * wide.to(x.dtype)


def rms_norm_by_length(x, weight, eps):
    return weight * x / torch.sqrt(x.norm(dim=2, keepdim=True) ** 2 / x.shape[2] + eps)


def rms_norm_by_loops(x, weight, eps):
    texts = [[token / (token.dot(token) / len(token) + eps).sqrt() for token in text] for text in x]
    return torch.stack([torch.stack(text) for text in texts]) * weight


def rms_norm_einsum(x, weight, eps):
    scale = (torch.einsum("btd,btd->bt", x, x) / len(weight) + eps) ** -0.5
    return torch.einsum("btd,bt,d->btd", x, scale, weight)


def rms_norm_in_float64(x, weight, eps):
    return rms_norm_of_torch(x.double(), weight.double(), eps).to(x.dtype)


def tables_of_llama(positions, head_size, theta):
    frequencies = 1.0 / (theta ** (torch.arange(0, head_size, 2, dtype=torch.float) / head_size))
    angles = (frequencies[:, None] @ positions[None, :].float()).transpose(0, 1)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def tables_by_exponentials(positions, head_size, theta):
    i = torch.arange(head_size // 2)
    angles = torch.outer(positions.float(), torch.exp(-math.log(theta) * 2 * i / head_size))
    return angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)


def tables_in_float64(positions, head_size, theta):
    frequencies = theta ** -torch.linspace(0, 1, head_size // 2 + 1, dtype=torch.float64)[:-1]
    angles = torch.einsum("t,f->tf", positions.double(), frequencies).tile(2)
    return angles.cos().float(), angles.sin().float()


def tables_by_loops(positions, head_size, theta):
    angles = [
        [position / theta ** (2 * (i % (head_size // 2)) / head_size) for i in range(head_size)]
        for position in positions.tolist()
    ]
    return tuple(torch.tensor([[wave(a) for a in row] for row in angles]) for wave in (math.cos, math.sin))


def tables_by_complex_numbers(positions, head_size, theta):
    angles = positions.unsqueeze(1) / theta ** (torch.arange(0, head_size, 2) / head_size)
    turns = torch.polar(torch.ones_like(angles), angles)
    return torch.hstack([turns.real] * 2), torch.hstack([turns.imag] * 2)


def rotate_of_transformers(x, cos, sin):
    from transformers.models.modernbert.modeling_modernbert import apply_rotary_pos_emb

    return apply_rotary_pos_emb(x, x, cos[None], sin[None])[0]


def rotate_by_halves(x, cos, sin):
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    cos, sin = cos[:, :half], sin[:, :half]
    return torch.cat((first * cos - second * sin, first * sin + second * cos), dim=-1)


def rotate_by_complex_numbers(x, cos, sin):
    turned = torch.complex(*x.chunk(2, -1)) * torch.complex(cos, sin).chunk(2, -1)[0]
    return torch.cat([turned.real, turned.imag], -1)


def rotate_by_matrices(x, cos, sin):
    size = x.shape[-1]
    eye = torch.eye(size, dtype=x.dtype)
    quarter = torch.cat([-eye[:, size // 2 :], eye[:, : size // 2]], dim=1)  # x @ quarter is x after a quarter turn
    turns = eye * cos[:, None, :] + quarter * sin[:, None, :]  # (tokens, head_size, head_size)
    return torch.einsum("bhtd,tde->bhte", x, turns)


def rotate_by_rolling(x, cos, sin):
    half = x.shape[-1] // 2
    sign = torch.ones(x.shape[-1], dtype=x.dtype)
    sign[:half] = -1
    return x * cos[None, None] + x.roll(half, dims=-1) * sign * sin[None, None]


def rotate_by_loops(x, cos, sin):
    turned, half = torch.empty_like(x), x.shape[-1] // 2
    for token in range(x.shape[2]):
        for i in range(half):
            a, b, c, s = x[:, :, token, i], x[:, :, token, i + half], cos[token, i], sin[token, i]
            turned[:, :, token, i], turned[:, :, token, i + half] = a * c - b * s, b * c + a * s
    return turned


def geglu_of_torch(x, wi, wo):
    values, gates = F.linear(x, wi).chunk(2, dim=2)
    return F.linear(F.gelu(values) * gates, wo)


def geglu_by_two_weights(x, wi, wo):
    size = wo.shape[1]
    return F.gelu(x @ wi[:size].mT) * (x @ wi[size:].mT) @ wo.mT


def geglu_einsum(x, wi, wo):
    values, gates = torch.einsum("btd,kid->kbti", x, wi.unflatten(0, (2, -1)))
    return torch.einsum("bti,bti,di->btd", F.gelu(values), gates, wo)


def geglu_by_erf(x, wi, wo):
    values, gates = torch.tensor_split(x.matmul(wi.t()), 2, dim=-1)
    return (gates * values * 0.5 * torch.erfc(-values / 2**0.5)).matmul(wo.t())


def geglu_in_float64(x, wi, wo):
    return geglu_of_torch(x.double(), wi.double(), wo.double()).to(x.dtype)


def window_of_a_band(tokens, window, dtype):
    band = torch.ones(tokens, tokens).tril(window).triu(-window)
    return torch.zeros(1, 1, tokens, tokens, dtype=dtype).masked_fill(band == 0, torch.finfo(dtype).min)


def window_by_slices(tokens, window, dtype):
    mask = torch.full((1, 1, tokens, tokens), torch.finfo(dtype).min, dtype=dtype)
    for token in range(tokens):
        mask[..., token, max(0, token - window) : token + window + 1] = 0
    return mask


def window_by_where(tokens, window, dtype):
    query, key = torch.meshgrid(torch.arange(tokens), torch.arange(tokens), indexing="ij")
    allowed = (key >= query - window) & (key <= query + window)
    mask = torch.where(allowed, torch.tensor(0, dtype=dtype), torch.tensor(torch.finfo(dtype).min, dtype=dtype))
    return mask.unsqueeze(0).unsqueeze(0)


def window_of_infinity(tokens, window, dtype):
    return window_by_slices(tokens, window, dtype).masked_fill(window_by_slices(tokens, window, dtype) < 0, -math.inf)


def window_of_ten_thousand(tokens, window, dtype):
    places = torch.arange(tokens)
    return (torch.cdist(places[:, None].float(), places[:, None].float()) > window).to(dtype)[None, None] * -10000.0


def window_of_two_triangles(tokens, window, dtype):
    low = torch.full((tokens, tokens), -math.inf, dtype=dtype)
    return (low.triu(window + 1) + low.tril(-window - 1)).expand(1, 1, -1, -1)

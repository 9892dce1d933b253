"""Right ways to run a layer of ModernBERT, to hide what comes later, and to keep keys and values."""

import math
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn
from transformers.models.modernbert.modeling_modernbert import ModernBertEncoderLayer, ModernBertRotaryEmbedding

from course_utils.reference.self_attention import scaled_dot_product_attention
from course_utils.reference.since_bert import causal_mask, modern_layer, sliding_window_mask


def layer_of_transformers(hidden_states, params, config, layer, mask=None):
    """Transformers' own module, with the mask and the tables that its model hands it."""
    theirs = ModernBertEncoderLayer(config, layer)
    theirs.load_state_dict(params)
    tokens, kind = hidden_states.shape[1], config.layer_types[layer]
    tables = ModernBertRotaryEmbedding(config)(hidden_states, torch.arange(tokens)[None], kind)
    places = torch.arange(tokens)
    near = (places[:, None] - places).abs() <= (config.sliding_window if kind == "sliding_attention" else tokens)
    window = torch.where(near, 0.0, -1e9).to(hidden_states.dtype)[None, None]
    both = window if mask is None else mask.clamp(min=-1e9) + window
    return theirs.to(hidden_states.dtype).eval()(hidden_states, attention_mask=both, position_embeddings=tables)


def layer_by_torch(hidden_states, params, config, layer, mask=None):
    """All by torch's own functions; the positions begin at 7, since only distances count."""
    batch, tokens, hidden = hidden_states.shape
    kind, heads = config.layer_types[layer], config.num_attention_heads
    weight = {name.removesuffix(".weight"): tensor for name, tensor in params.items()}

    def norm(x, name):
        return F.layer_norm(x, (hidden,), weight[name], eps=config.norm_eps)

    def turned(x):  # (batch, heads, tokens, head size)
        size = x.shape[-1]
        angles = torch.arange(7, 7 + tokens)[:, None] / config.rope_parameters[kind]["rope_theta"] ** (
            torch.arange(0, size, 2) / size
        )
        first, second = x[..., : size // 2], x[..., size // 2 :]
        cos, sin = angles.cos(), angles.sin()
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)

    normed = hidden_states if layer == 0 else norm(hidden_states, "attn_norm")
    query, key, value = F.linear(normed, weight["attn.Wqkv"]).view(batch, tokens, 3, heads, -1).permute(2, 0, 3, 1, 4)
    may_look = torch.ones(tokens, tokens, dtype=torch.bool)
    if kind.startswith("sliding"):
        reach = config.local_attention // 2
        may_look = may_look.tril(reach).triu(-reach)
    if mask is not None:
        may_look = may_look & (mask == 0)
    context = F.scaled_dot_product_attention(turned(query), turned(key), value, attn_mask=may_look)
    attended = hidden_states + F.linear(context.transpose(1, 2).flatten(2), weight["attn.Wo"])
    values, gates = F.linear(norm(attended, "mlp_norm"), weight["mlp.Wi"]).chunk(2, dim=-1)
    return attended + F.linear(F.gelu(values) * gates, weight["mlp.Wo"])


def layer_that_adds_the_masks(hidden_states, params, config, layer, mask=None):
    """The window added to the given mask, which makes -inf of two lowest numbers."""
    if config.layer_types[layer] == "full_attention":
        return modern_layer(hidden_states, params, config, layer, mask)
    window = sliding_window_mask(hidden_states.shape[1], config.sliding_window, hidden_states.dtype)
    local_theta = config.rope_parameters["sliding_attention"]
    as_global = SimpleNamespace(
        num_attention_heads=config.num_attention_heads,
        norm_eps=config.norm_eps,
        layer_types=["full_attention"] * config.num_hidden_layers,
        rope_parameters={"full_attention": local_theta},
    )
    return modern_layer(hidden_states, params, as_global, layer, window if mask is None else mask + window)


def layer_in_float64(hidden_states, params, config, layer, mask=None):
    params = {name: tensor.double() for name, tensor in params.items()}
    mask = None if mask is None else mask.double()
    return modern_layer(hidden_states.double(), params, config, layer, mask).to(hidden_states.dtype)


def causal_by_comparison(tokens, dtype):
    places = torch.arange(tokens)
    later = places > places[:, None]
    return torch.zeros(1, 1, tokens, tokens, dtype=dtype).masked_fill(later, torch.finfo(dtype).min)


def causal_of_infinity(tokens, dtype):
    return torch.full((1, 1, tokens, tokens), -math.inf, dtype=dtype).triu(1)


def causal_of_torch(tokens, dtype):
    return nn.Transformer.generate_square_subsequent_mask(tokens, dtype=dtype)[None, None]


def causal_by_rows(tokens, dtype):
    mask = torch.zeros(tokens, tokens, dtype=dtype)
    for row in range(tokens):
        mask[row, row + 1 :] = -10_000
    return mask.view(1, 1, tokens, tokens)


def causal_by_one_minus(tokens, dtype):
    return (1 - torch.ones(tokens, tokens, dtype=dtype).tril())[None, None] * torch.finfo(dtype).min


def cached_by_torch(query, key, value, cache):
    keys, values = (
        (key, value) if cache is None else (torch.cat(pair, dim=-2) for pair in zip(cache, (key, value), strict=True))
    )
    return F.scaled_dot_product_attention(query, keys, values), (keys, values)


def cached_einsum(query, key, value, cache):
    empty = key[:, :, :0]
    keys, values = cache or (empty, empty)
    keys, values = torch.cat((keys, key), 2), torch.cat((values, value), 2)
    weights = torch.einsum("bhqd,bhkd->bhqk", query, keys).div(math.sqrt(query.shape[-1])).softmax(-1)
    return torch.einsum("bhqk,bhkd->bhqd", weights, values), (keys, values)


def cached_under_a_causal_mask(query, key, value, cache):
    """The last row of the whole triangle."""
    if cache is not None:
        key, value = torch.cat([cache[0], key], 2), torch.cat([cache[1], value], 2)
    row = causal_mask(key.shape[2], key.dtype)[:, :, -1:]
    return scaled_dot_product_attention(query, key, value, row)[0], (key, value)


def cached_by_filling(query, key, value, cache):
    """New tensors of the new length, filled from the old ones and the newest token's."""
    before = 0 if cache is None else cache[0].shape[2]
    batch, heads, _, size = key.shape
    longer = tuple(torch.empty(batch, heads, before + 1, size, dtype=key.dtype) for _ in range(2))
    for place, new in enumerate((key, value)):
        longer[place][:, :, before:] = new
        if cache is not None:
            longer[place][:, :, :before] = cache[place]
    return F.scaled_dot_product_attention(query, *longer), longer


def bytes_of_tensors(config, tokens, batch, bytes_per_number):
    """Counted in tensors that take no memory."""
    heads = config.num_key_value_heads if hasattr(config, "num_key_value_heads") else config.num_attention_heads
    size = config.hidden_size // config.num_attention_heads
    one = torch.empty(batch, heads, tokens, size, device="meta")
    return sum(2 * one.numel() * bytes_per_number for _ in range(config.num_hidden_layers))


def bytes_by_groups(config, tokens, batch, bytes_per_number):
    all_heads = 2 * config.num_hidden_layers * config.hidden_size * tokens * batch * bytes_per_number
    kept = vars(config).get("num_key_value_heads") or config.num_attention_heads
    return all_heads * kept // config.num_attention_heads


def bytes_by_round(config, tokens, batch, bytes_per_number):
    head_size = config.hidden_size / config.num_attention_heads
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    return round(config.num_hidden_layers * 2 * tokens * batch * heads * head_size * bytes_per_number)

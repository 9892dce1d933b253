"""Wrong ways to run a layer of ModernBERT, to hide what comes later, and to keep keys and values."""

from types import SimpleNamespace

import torch
import torch.nn.functional as F

from course_utils.reference.self_attention import scaled_dot_product_attention
from course_utils.reference.since_bert import (
    cache_bytes,
    cached_attention,
    causal_mask,
    modern_layer,
    sliding_window_mask,
)


def layer_with_both_residuals_halved(hidden_states, params, config, layer, mask=None):
    return 0.5 * (modern_layer(hidden_states, params, config, layer, mask) + hidden_states)


def layer_with_an_extra_gelu(hidden_states, params, config, layer, mask=None):
    return modern_layer(F.gelu(hidden_states), params, config, layer, mask)


def layer_with_larger_thetas(hidden_states, params, config, layer, mask=None):
    thetas = {kind: {"rope_theta": 1.5 * each["rope_theta"]} for kind, each in config.rope_parameters.items()}
    other = SimpleNamespace(**{**vars(config), "rope_parameters": thetas}, sliding_window=config.sliding_window)
    return modern_layer(hidden_states, params, other, layer, mask)


def layer_that_looks_back_only(hidden_states, params, config, layer, mask=None):
    causal = causal_mask(hidden_states.shape[1], hidden_states.dtype)
    return modern_layer(hidden_states, params, config, layer, causal if mask is None else torch.minimum(mask, causal))


def layer_that_norms_always(hidden_states, params, config, layer, mask=None):
    params = {"attn_norm.weight": params["attn_norm.weight"], **params}
    return modern_layer(hidden_states, params, config, layer, mask)


def layer_with_one_theta_for_the_model(hidden_states, params, config, layer, mask=None):
    thetas = {kind: {"rope_theta": config.rope_parameters["rope_theta"]} for kind in config.rope_parameters}
    other = SimpleNamespace(**{**vars(config), "rope_parameters": thetas}, sliding_window=config.sliding_window)
    return modern_layer(hidden_states, params, other, layer, mask)


def layer_that_needs_a_mask(hidden_states, params, config, layer, mask=None):
    if config.layer_types[layer] == "sliding_attention":
        mask = mask + sliding_window_mask(hidden_states.shape[1], config.sliding_window, hidden_states.dtype)
    return modern_layer(hidden_states, params, config, layer, mask)


def layer_with_the_name_of_berts_eps(hidden_states, params, config, layer, mask=None):
    other = SimpleNamespace(**{**vars(config), "norm_eps": config.layer_norm_eps}, sliding_window=config.sliding_window)
    return modern_layer(hidden_states, params, other, layer, mask)


def layer_with_local_for_a_name(hidden_states, params, config, layer, mask=None):
    """No layer is "local": the config's word is "sliding_attention"."""
    kinds = ["local" if kind == "local" else "full_attention" for kind in config.layer_types]
    thetas = dict.fromkeys(kinds, config.rope_parameters[config.layer_types[layer]])
    other = SimpleNamespace(**{**vars(config), "layer_types": kinds, "rope_parameters": thetas})
    return modern_layer(hidden_states, params, other, layer, mask)


def causal_turned_round(tokens, dtype):
    return causal_mask(tokens, dtype).flip(-1)


def causal_with_the_last_hidden(tokens, dtype):
    mask = causal_mask(tokens, dtype)
    mask[..., -1, -1] = torch.finfo(dtype).min
    return mask


def causal_with_the_first_hidden(tokens, dtype):
    mask = causal_mask(tokens, dtype)
    mask[..., 1:, 0] = torch.finfo(dtype).min
    return mask


def causal_of_a_hundred(tokens, dtype):
    return causal_mask(tokens, dtype).clamp(min=-100)


def causal_of_minus_a_billion(tokens, dtype):
    return torch.full((tokens, tokens), -1e9, dtype=dtype).triu(1)[None, None]


def causal_row_of_the_last(tokens, dtype):
    return causal_mask(tokens, dtype)[:, :, -1:]


def cached_with_half_of_the_query(query, key, value, cache):
    return cached_attention(query / 2, key, value, cache)


def cached_with_the_newest_twice(query, key, value, cache):
    longer = (key, value) if cache is None else cached_attention(query, key, value, cache)[1]
    return cached_attention(query, key, value, longer)


def cached_that_adds(query, key, value, cache):
    """The newest is added to each of the earlier ones, not put after them."""
    key, value = (key, value) if cache is None else (cache[0] + key, cache[1] + value)
    return F.scaled_dot_product_attention(query, key, value), (key, value)


def cached_along_the_heads(query, key, value, cache):
    key, value = (key, value) if cache is None else (torch.cat([cache[0], key], 1), torch.cat([cache[1], value], 1))
    return F.scaled_dot_product_attention(query, key, value), (key, value)


def cached_without_a_first_token(query, key, value, cache):
    keys, values = cache
    keys, values = torch.cat([keys, key], 2), torch.cat([values, value], 2)
    return F.scaled_dot_product_attention(query, keys, values), (keys, values)


def cached_values_alone(query, key, value, cache):
    value = value if cache is None else torch.cat([cache[1], value], 2)
    return scaled_dot_product_attention(query, key, value)[0], (key, value)


def cached_of_torch_s_causal_attention(query, key, value, cache):
    key, value = cached_attention(query, key, value, cache)[1]
    return F.scaled_dot_product_attention(query, key, value, is_causal=True), (key, value)


def bytes_of_one_token_more(config, tokens, batch, bytes_per_number):
    return cache_bytes(config, tokens + 1, batch, bytes_per_number)


def bytes_of_half_a_triangle(config, tokens, batch, bytes_per_number):
    return cache_bytes(config, tokens, batch, bytes_per_number) * (tokens + 1) // 2


def bytes_with_the_embeddings(config, tokens, batch, bytes_per_number):
    return cache_bytes(config, tokens, batch, bytes_per_number) + tokens * batch * config.hidden_size * bytes_per_number


def bytes_where_heads_are_always_shared(config, tokens, batch, bytes_per_number):
    head_size = config.hidden_size // config.num_attention_heads
    return 2 * config.num_hidden_layers * config.num_key_value_heads * head_size * tokens * batch * bytes_per_number


def bytes_by_the_shared_heads_size(config, tokens, batch, bytes_per_number):
    kept = getattr(config, "num_key_value_heads", config.num_attention_heads)
    head_size = config.hidden_size // kept
    return 2 * config.num_hidden_layers * kept * head_size * tokens * batch * bytes_per_number

"""What has changed since BERT: RMSNorm, rotary positions, GeGLU, windows, a layer of ModernBERT, causal attention, its cache."""

import torch
from torch import Tensor

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.feed_forward import gelu
from course_utils.reference.self_attention import merge_heads, scaled_dot_product_attention, split_heads


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Divide each vector by the root of its mean square, then scale.

    x: (batch, tokens, hidden).
    weight: (hidden,).
    eps: added to the mean square.

    Nothing is subtracted, and there is no bias.

    Returns: (batch, tokens, hidden).
    Source: Zhang and Sennrich 2019, arXiv 1910.07467, section 4.
    Equal to: `nn.RMSNorm`, and `LlamaRMSNorm` in transformers.
    """
    mean_square = x.pow(2).mean(dim=-1, keepdim=True)  # (batch, tokens, 1)
    normalized = x / torch.sqrt(mean_square + eps)
    return normalized * weight


def rotary_tables(
    positions: Tensor,
    head_size: int,
    theta: float,
) -> tuple[Tensor, Tensor]:
    """Compute cosine and sine of the angles by which positions turn a head's vectors.

    positions: (tokens,), int64.
    head_size: an even number.
    theta: the base of the frequencies.

    Dimension i is one of a pair with dimension i + head_size / 2, and pair i is turned
    by position · theta^(-2i / head_size), in radians. Compute the angles in float32.

    Returns: cosines and sines, each (tokens, head_size), float32: both dimensions of a
        pair have the same angle.
    Source: Su et al. 2021, arXiv 2104.09864, section 3.2.2, where the dimensions of a
        pair are neighbours.
    Equal to: `ModernBertRotaryEmbedding` and `LlamaRotaryEmbedding` in transformers.
    """
    pairs = torch.arange(0, head_size, 2, device=positions.device)  # (head_size / 2,)
    frequencies = theta ** (-pairs / head_size)  # (head_size / 2,), from 1 down to nearly 1 / theta
    angles = positions[:, None] * frequencies  # (tokens, head_size / 2)
    both = torch.cat([angles, angles], dim=-1)  # (tokens, head_size)
    return both.cos(), both.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair of dimensions by its position's angle.

    x: (batch, heads, tokens, head_size), a query or a key.
    cos: (tokens, head_size), from `rotary_tables`.
    sin: (tokens, head_size), from `rotary_tables`.

    Dimension i is one of a pair with dimension i + head_size / 2. The pair (1, 0) is
    turned into (cos, sin).

    Returns: (batch, heads, tokens, head_size).
    Source: Su et al. 2021, arXiv 2104.09864, section 3.4.2.
    Equal to: `apply_rotary_pos_emb` of ModernBERT and Llama in transformers.
    """
    first, second = x.chunk(2, dim=-1)  # (batch, heads, tokens, head_size / 2) each
    quarter_turn = torch.cat([-second, first], dim=-1)  # (batch, heads, tokens, head_size)
    return x * cos + quarter_turn * sin


def geglu(x: Tensor, wi: Tensor, wo: Tensor) -> Tensor:
    """Run a gated feed-forward network without biases.

    x: (batch, tokens, hidden).
    wi: (2 · intermediate, hidden): the first half of the rows is for the values, the
        second for the gates.
    wo: (hidden, intermediate).

    The exact GELU is applied to the values, not to the gates.

    Returns: (batch, tokens, hidden).
    Source: Shazeer 2020, arXiv 2002.05202, equation 6 with the two factors' names
        exchanged.
    Equal to: `ModernBertMLP` in transformers.
    """
    both = x @ wi.T  # (batch, tokens, 2 · intermediate)
    values, gates = both.chunk(2, dim=-1)  # (batch, tokens, intermediate) each
    return (gelu(values) * gates) @ wo.T


def sliding_window_mask(tokens: int, window: int, dtype: torch.dtype) -> Tensor:
    """Make the mask that lets each token look at its neighbours only.

    tokens: how many tokens there are.
    window: how far a token looks, to either side: `config.sliding_window`, half of
        `config.local_attention`.
    dtype: the dtype of the scores.

    Returns: (1, 1, tokens, tokens), added to the scores: 0 where query and key are at
        most `window` apart, the dtype's lowest number elsewhere.
    Source: Beltagy et al. 2020, arXiv 2004.05150, section 3.1; Warner et al. 2024,
        arXiv 2412.13663, section 2.1.2.
    Equal to: the mask that `ModernBertModel` in transformers hands to its local layers.
    """
    places = torch.arange(tokens)
    distance = (places[:, None] - places).abs()  # (tokens, tokens)
    mask = torch.zeros(tokens, tokens, dtype=dtype)
    mask = mask.masked_fill(distance > window, torch.finfo(dtype).min)
    return mask[None, None]  # (1, 1, tokens, tokens)


def modern_layer(
    hidden_states: Tensor,
    params: dict[str, Tensor],
    config,
    layer: int,
    mask: Tensor | None = None,
) -> Tensor:
    """Run one layer of ModernBERT.

    hidden_states: (batch, tokens, hidden), at positions 0, 1, 2 and so on.
    params: `attn_norm.weight` (hidden,), absent in layer 0, which has no such norm;
        `attn.Wqkv.weight` (3 · hidden, hidden), queries, keys, values, in this order;
        `attn.Wo.weight` (hidden, hidden); `mlp_norm.weight` (hidden,);
        `mlp.Wi.weight` (2 · intermediate, hidden); and
        `mlp.Wo.weight` (hidden, intermediate).
    config: a `ModernBertConfig`: `num_attention_heads`, `norm_eps`,
        `layer_types[layer]`, which is "full_attention" or "sliding_attention";
        `rope_parameters[type of the layer]["rope_theta"]`; `sliding_window`.
    layer: the layer's number.
    mask: None, or (batch, 1, 1, tokens), added to the scores to hide padding. A local
        layer adds its window by itself.

    Both norms are layer norms without a bias, and come before their sublayer. Nothing
    has a bias.

    Returns: (batch, tokens, hidden).
    Source: Warner et al. 2024, arXiv 2412.13663, section 2.1.
    Equal to: `ModernBertEncoderLayer` in transformers.
    """
    heads, eps, kind = config.num_attention_heads, config.norm_eps, config.layer_types[layer]
    no_bias = torch.zeros_like(params["mlp_norm.weight"])
    normed = hidden_states
    if "attn_norm.weight" in params:
        normed = layer_norm(hidden_states, params["attn_norm.weight"], no_bias, eps)
    thirds = (normed @ params["attn.Wqkv.weight"].T).chunk(3, dim=-1)  # (batch, tokens, hidden) each
    query, key, value = (split_heads(third, heads) for third in thirds)
    tokens, head_size = query.shape[2:]
    theta = config.rope_parameters[kind]["rope_theta"]
    positions = torch.arange(tokens, device=hidden_states.device)
    cos, sin = rotary_tables(positions, head_size, theta)
    query, key = rotate(query, cos, sin), rotate(key, cos, sin)
    if kind == "sliding_attention":
        window = sliding_window_mask(tokens, config.sliding_window, query.dtype).to(query.device)
        mask = window if mask is None else torch.minimum(mask, window)
    context, _ = scaled_dot_product_attention(query, key, value, mask)
    attended = hidden_states + merge_heads(context) @ params["attn.Wo.weight"].T
    normed = layer_norm(attended, params["mlp_norm.weight"], no_bias, eps)
    return attended + geglu(normed, params["mlp.Wi.weight"], params["mlp.Wo.weight"])


def causal_mask(tokens: int, dtype: torch.dtype) -> Tensor:
    """Make the mask that lets each token look at itself and at those before it.

    tokens: how many tokens there are.
    dtype: the dtype of the scores.

    Returns: (1, 1, tokens, tokens), added to the scores: 0 where a query may look, the
        dtype's lowest number where it may not.
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.3.
    """
    lowest = torch.full((tokens, tokens), torch.finfo(dtype).min, dtype=dtype)
    mask = lowest.triu(diagonal=1)  # the keys after the query
    return mask[None, None]  # (1, 1, tokens, tokens)


def cached_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cache: tuple[Tensor, Tensor] | None,
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Let the newest token attend to all tokens so far.

    query: (batch, heads, 1, head_size), of the newest token.
    key: (batch, heads, 1, head_size), of the newest token.
    value: (batch, heads, 1, head_size), of the newest token.
    cache: None at the first token, afterwards the keys and values of all tokens before,
        as this function returned them.

    The cache that was given is not changed.

    Returns: the context (batch, heads, 1, head_size) and the new cache, two tensors
        (batch, heads, tokens so far, head_size).
    Source: Shazeer 2019, arXiv 1911.02150, section 2.4.
    Equal to: the newest row of causal attention over all tokens so far.
    """
    if cache is not None:
        keys, values = cache
        key = torch.cat([keys, key], dim=2)  # (batch, heads, tokens so far, head_size)
        value = torch.cat([values, value], dim=2)
    context, _ = scaled_dot_product_attention(query, key, value)
    return context, (key, value)


def cache_bytes(config, tokens: int, batch: int, bytes_per_number: int) -> int:
    """Compute how large the cache of keys and values of a whole model is.

    config: has `num_hidden_layers`, `num_attention_heads` and `hidden_size`. If several
        heads share their keys and values, as in newer Llamas, it also has
        `num_key_value_heads`: how many keys, and as many values, a layer keeps per
        token.
    tokens: how many tokens each text has so far.
    batch: how many texts are written at the same time.
    bytes_per_number: 4 in float32, 2 in bfloat16.

    Returns: the number of bytes.
    Source: Shazeer 2019, arXiv 1911.02150; Ainslie et al. 2023, arXiv 2305.13245.
    """
    head_size = config.hidden_size // config.num_attention_heads
    kept_heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
    numbers_per_token = 2 * kept_heads * head_size  # a key and a value per head that is kept
    return config.num_hidden_layers * tokens * batch * numbers_per_token * bytes_per_number

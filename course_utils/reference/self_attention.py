"""Self-attention: each token asks all tokens a question (query), compares it with their keys, mixes their values."""

import math

import torch
from torch import Tensor


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Apply a dense layer to the last axis: y = x Wᵀ + b.

    x: (..., in).
    weight: (out, in), as `nn.Linear` stores it.
    bias: (out,).

    Returns: (..., out).
    Equal to: `F.linear(x, weight, bias)`.
    """
    return x @ weight.T + bias


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """Cut each token's vector into one piece per head; put the heads before the tokens.

    x: (batch, tokens, hidden).
    num_heads: how many pieces; hidden = heads · head size.

    The heads become an axis of their own. Head h has the features from h · head size up
    to, but not including, (h + 1) · head size of every token.

    Returns: (batch, heads, tokens, head size).
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2.
    """
    batch, tokens, hidden = x.shape
    head_size = hidden // num_heads
    pieces = x.reshape(batch, tokens, num_heads, head_size)  # (batch, tokens, heads, head size)
    return pieces.transpose(1, 2)  # (batch, heads, tokens, head size)


def merge_heads(x: Tensor) -> Tensor:
    """Put the heads' results side by side again: the inverse of `split_heads`.

    x: (batch, heads, tokens, head size).

    Returns: (batch, tokens, hidden), where hidden = heads · head size.
    """
    batch, num_heads, tokens, head_size = x.shape
    pieces = x.transpose(1, 2)  # (batch, tokens, heads, head size)
    return pieces.reshape(batch, tokens, num_heads * head_size)


def attention_scores(query: Tensor, key: Tensor) -> Tensor:
    """Compare every query with every key: Q Kᵀ / √dh.

    query: (batch, heads, query tokens, head size).
    key: (batch, heads, key tokens, head size).

    The division keeps the spread of the scores near 1, whatever the head size.

    Returns: (batch, heads, query tokens, key tokens), one row per query.
    Source: Vaswani et al. 2017, arXiv 1706.03762, equation 1, without its softmax.
    """
    products = query @ key.transpose(-2, -1)  # (batch, heads, query tokens, key tokens)
    return products / math.sqrt(query.shape[-1])


def softmax(x: Tensor, dim: int = -1) -> Tensor:
    """Turn scores into positive weights that sum to 1: exp(x_i) / Σ_j exp(x_j).

    x: any shape, the scores.
    dim: the axis along which the weights sum to 1.

    Scores of 10,000 and more must work, too: exp(100) is already too large for float32,
    but subtracting one number from all scores of a row changes nothing in the result.

    Returns: the weights, in the shape of x.
    Equal to: `torch.softmax(x, dim)`.
    """
    largest = x.amax(dim=dim, keepdim=True)  # size 1 along dim
    exponentials = torch.exp(x - largest)
    total = exponentials.sum(dim=dim, keepdim=True)  # size 1 along dim
    return exponentials / total


def extended_attention_mask(attention_mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Turn the tokenizer's mask into one that is added to the scores.

    attention_mask: (batch, tokens), 1 for real tokens, 0 for padding.
    dtype: the dtype of the result.

    The last axis is that of the keys: the mask says which tokens may be looked at, and
    serves all heads and all queries. After the softmax, padding has the weight 0.

    Returns: (batch, 1, 1, tokens) in the given dtype: 0 where a token is real, the
        dtype's lowest number (`torch.finfo(dtype).min`) where it is padding.
    Source: `create_bidirectional_mask` in transformers.
    """
    is_padding = attention_mask[:, None, None, :] == 0  # (batch, 1, 1, tokens)
    zeros = torch.zeros(is_padding.shape, dtype=dtype, device=attention_mask.device)
    penalty = torch.finfo(dtype).min
    return zeros.masked_fill(is_padding, penalty)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Mix the values by how well their keys answer: softmax(Q Kᵀ / √dh + mask) V.

    query, key, value: (batch, heads, tokens, head size).
    mask: None, or the result of `extended_attention_mask`.

    Returns: the context, (batch, heads, tokens, head size), and the probabilities,
        (batch, heads, tokens, tokens), one row per query; each row sums to 1.
    Source: Vaswani et al. 2017, arXiv 1706.03762, equation 1; `eager_attention_forward`
        in transformers.
    """
    scores = attention_scores(query, key)  # (batch, heads, tokens, tokens)
    if mask is not None:
        scores = scores + mask
    probabilities = softmax(scores, dim=-1)  # (batch, heads, tokens, tokens)
    context = probabilities @ value  # (batch, heads, tokens, head size)
    return context, probabilities


def self_attention(
    hidden_states: Tensor,
    params: dict[str, Tensor],
    num_heads: int,
    mask: Tensor | None = None,
) -> Tensor:
    """Let the tokens of each sequence look at one another, with several heads at once.

    hidden_states: (batch, tokens, hidden).
    params: one layer's tensors; you need `attention.self.query.weight` and `.bias`, and
        the same for `key` and `value`.
    num_heads: how many heads work side by side.
    mask: None, or (batch, 1, 1, tokens), added to the scores.

    Returns: (batch, tokens, hidden), the heads' contexts side by side; the dense layer
        after them is not yet part of it.
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2.
    Equal to: `layer.attention.self(hidden_states, mask)[0]`.
    """
    query = linear(hidden_states, params["attention.self.query.weight"], params["attention.self.query.bias"])
    key = linear(hidden_states, params["attention.self.key.weight"], params["attention.self.key.bias"])
    value = linear(hidden_states, params["attention.self.value.weight"], params["attention.self.value.bias"])
    query_heads = split_heads(query, num_heads)  # (batch, heads, tokens, head size)
    key_heads = split_heads(key, num_heads)  # (batch, heads, tokens, head size)
    value_heads = split_heads(value, num_heads)  # (batch, heads, tokens, head size)
    context, _probabilities = scaled_dot_product_attention(query_heads, key_heads, value_heads, mask)
    return merge_heads(context)  # (batch, tokens, hidden)


def look_at_previous(positions: Tensor) -> tuple[Tensor, Tensor]:
    """Build query and key weights with which every token looks at the one before it.

    positions: (tokens, hidden), one row per place, like the position table. The rows
        are linearly independent: none of them is a sum of multiples of the others.

    Here a token's vector is the row of its place, and there are no biases: query = x Wᵀ
    with your first weight, key = x Wᵀ with your second. One head uses them:
    softmax(Q Kᵀ / √dh). In it every token but the first has to pay at least 0.9 of its
    attention to the token before it; the first may look anywhere. dh is your choice.

    Returns: the query weight and the key weight, (dh, hidden) each, the shape in which
        `nn.Linear` stores a weight.
    Source: what head 2 of layer 0 does in the course's model.
    """
    tokens = positions.shape[0]
    key_weight = torch.linalg.pinv(positions).T  # (tokens, hidden): the key of token i has a 1 at i, else 0
    query_weight = key_weight.roll(-1, dims=0)  # (tokens, hidden): the query of token i has a 1 at i - 1
    strength = 20 * math.sqrt(tokens)  # the score of the token before is 20, all others are 0
    return strength * query_weight, key_weight

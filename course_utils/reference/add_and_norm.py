"""Add & norm: the heads' results are mixed, added to what went in, and the sum is normalised."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.self_attention import linear


def normalization_stats(x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the two numbers of each token with which layer norm works: mean and variance over its features.

    x: (batch, tokens, hidden). Returns mean and variance, each (batch, tokens, 1), so that they broadcast
    against x. The variance is the biased one: the mean of the squared distances from the mean.
    Source: Ba et al. 2016, arXiv 1607.06450, equation 3.
    """
    mean = x.mean(dim=-1, keepdim=True)  # (batch, tokens, 1)
    variance = x.var(dim=-1, keepdim=True, unbiased=False)  # (batch, tokens, 1)
    return mean, variance


def head_contributions(context: Tensor, weight: Tensor) -> Tensor:
    """Split the dense layer after the attention into what each head adds to it.

    context: (batch, heads, tokens, head size). weight: (hidden, hidden), the dense layer's W_O stored as
    (out, in); its input is the heads side by side, so each head meets head size of W_O's columns.
    Returns (batch, heads, tokens, hidden); their sum over the heads, plus the bias, is the dense layer of
    `merge_heads(context)`.
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2: Concat(head_1, ..., head_h) W_O.
    """
    num_heads, head_size = context.shape[1], context.shape[3]
    contributions = []
    for head in range(num_heads):
        start = head * head_size
        columns = weight[:, start : start + head_size]  # (hidden, head size)
        contributions.append(context[:, head] @ columns.T)  # (batch, tokens, hidden)
    return torch.stack(contributions, dim=1)  # (batch, heads, tokens, hidden)


def self_output(context: Tensor, hidden_states: Tensor, params: dict[str, Tensor], eps: float) -> Tensor:
    """Finish the attention: dense layer, residual, norm.

    context: what `self_attention` gave, (batch, tokens, hidden). hidden_states: what went into the attention,
    same shape. params: one layer's tensors; needed are `attention.output.dense.weight` and `.bias`,
    `attention.output.LayerNorm.weight` and `.bias`. Returns (batch, tokens, hidden).
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.1: LayerNorm(x + Sublayer(x)); equal to
    `layer.attention.output`.
    """
    update = linear(context, params["attention.output.dense.weight"], params["attention.output.dense.bias"])
    summed = update + hidden_states  # (batch, tokens, hidden)
    norm_weight = params["attention.output.LayerNorm.weight"]
    norm_bias = params["attention.output.LayerNorm.bias"]
    return layer_norm(summed, norm_weight, norm_bias, eps)


def post_ln(x: Tensor, sublayer: Callable[[Tensor], Tensor], norm: Callable[[Tensor], Tensor]) -> Tensor:
    """Wrap a sublayer as BERT and the first Transformer do: the norm comes last and acts on the sum.

    x: (batch, tokens, hidden). sublayer, norm: functions that keep this shape. Returns (batch, tokens,
    hidden).
    Source: Xiong et al. 2020, arXiv 2002.04745, figure 1 (a).
    """
    update = sublayer(x)  # (batch, tokens, hidden)
    return norm(x + update)


def pre_ln(x: Tensor, sublayer: Callable[[Tensor], Tensor], norm: Callable[[Tensor], Tensor]) -> Tensor:
    """Wrap a sublayer as GPT-2 and most later models do: the norm comes first, and the residual stays untouched.

    x: (batch, tokens, hidden). sublayer, norm: functions that keep this shape. Returns (batch, tokens,
    hidden).
    Source: Xiong et al. 2020, arXiv 2002.04745, figure 1 (b).
    """
    update = sublayer(norm(x))  # (batch, tokens, hidden)
    return x + update


def update_ratio(x: Tensor, update: Tensor) -> Tensor:
    """Measure how large a sublayer's update is beside what it is added to: ‖update‖ / ‖x‖ for each token.

    x, update: (batch, tokens, hidden). Returns (batch, tokens). ‖·‖ is the Euclidean length over the
    features.
    """
    update_length = update.norm(dim=-1)  # (batch, tokens)
    length = x.norm(dim=-1)  # (batch, tokens)
    return update_length / length

"""Add & norm: the heads' results are mixed and added to the attention's input, and the sum is normalised."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.self_attention import linear


def normalization_stats(x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the two numbers that layer norm needs per token: mean and variance.

    x: (batch, tokens, hidden).

    The variance is the biased one: the mean of the squared distances from the mean. It
    must also be right where all features of a token are near 1,000.

    Returns: mean and variance over the features, each (batch, tokens, 1), so that they
        broadcast against x.
    Source: Ba et al. 2016, arXiv 1607.06450, equation 3.
    """
    mean = x.mean(dim=-1, keepdim=True)  # (batch, tokens, 1)
    variance = x.var(dim=-1, keepdim=True, unbiased=False)  # (batch, tokens, 1)
    return mean, variance


def head_contributions(context: Tensor, weight: Tensor) -> Tensor:
    """Split the dense layer after the attention into what each head adds to it.

    context: (batch, heads, tokens, head size).
    weight: (hidden, hidden), the dense layer's W_O, stored as (out, in).

    The dense layer's input is the heads side by side, so each head meets its own
    columns of `weight`, as many as the head size.

    Returns: (batch, heads, tokens, hidden); their sum over the heads, plus the bias, is
        what the dense layer makes of `merge_heads(context)`.
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2:
        Concat(head_1, ..., head_h) W_O.
    """
    num_heads, head_size = context.shape[1], context.shape[3]
    contributions = []
    for head in range(num_heads):
        start = head * head_size
        columns = weight[:, start : start + head_size]  # (hidden, head size)
        contributions.append(context[:, head] @ columns.T)  # (batch, tokens, hidden)
    return torch.stack(contributions, dim=1)  # (batch, heads, tokens, hidden)


def self_output(
    context: Tensor,
    hidden_states: Tensor,
    params: dict[str, Tensor],
    eps: float,
) -> Tensor:
    """Finish the attention: dense layer, residual, norm.

    context: (batch, tokens, hidden), the result of `self_attention`.
    hidden_states: (batch, tokens, hidden), the attention's input.
    params: one layer's tensors; you need `attention.output.dense.weight` and `.bias`,
        `attention.output.LayerNorm.weight` and `.bias`.
    eps: the layer norm's eps.

    Returns: (batch, tokens, hidden).
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.1:
        LayerNorm(x + Sublayer(x)).
    Equal to: `layer.attention.output(context, hidden_states)`.
    """
    update = linear(context, params["attention.output.dense.weight"], params["attention.output.dense.bias"])
    summed = update + hidden_states  # (batch, tokens, hidden)
    norm_weight = params["attention.output.LayerNorm.weight"]
    norm_bias = params["attention.output.LayerNorm.bias"]
    return layer_norm(summed, norm_weight, norm_bias, eps)


def post_ln(
    x: Tensor,
    sublayer: Callable[[Tensor], Tensor],
    norm: Callable[[Tensor], Tensor],
) -> Tensor:
    """Wrap a sublayer as BERT and the first Transformer do: the norm acts on the sum.

    x: (batch, tokens, hidden).
    sublayer, norm: functions that keep this shape.

    Returns: (batch, tokens, hidden).
    Source: Xiong et al. 2020, arXiv 2002.04745, figure 1 (a).
    """
    update = sublayer(x)  # (batch, tokens, hidden)
    return norm(x + update)


def pre_ln(
    x: Tensor,
    sublayer: Callable[[Tensor], Tensor],
    norm: Callable[[Tensor], Tensor],
) -> Tensor:
    """Wrap a sublayer as GPT-2 and most later models do: the norm comes first.

    x: (batch, tokens, hidden).
    sublayer, norm: functions that keep this shape.

    The residual stays untouched.

    Returns: (batch, tokens, hidden).
    Source: Xiong et al. 2020, arXiv 2002.04745, figure 1 (b).
    """
    update = sublayer(norm(x))  # (batch, tokens, hidden)
    return x + update


def update_ratio(x: Tensor, update: Tensor) -> Tensor:
    """Compare a sublayer's update with what it is added to: ‖update‖ / ‖x‖ per token.

    x: (batch, tokens, hidden), what the update is added to.
    update: (batch, tokens, hidden), the sublayer's result.

    ‖·‖ is the Euclidean length over the features.

    Returns: (batch, tokens), one ratio per token.
    """
    update_length = update.norm(dim=-1)  # (batch, tokens)
    length = x.norm(dim=-1)  # (batch, tokens)
    return update_length / length


def invisible_updates(x: Tensor) -> tuple[Tensor, Tensor]:
    """Find two updates that layer norm hides: LayerNorm(x + update) = LayerNorm(x).

    x: (batch, tokens, hidden); no token has all its features equal.

    The norm has weight 1, bias 0 and eps 1e-12. Each update is tried without the other.
    At every token it is at least 1 long, and the two are at right angles to each other
    (their cosine is 0, within 0.001).

    Returns: two updates, each (batch, tokens, hidden). There are many such pairs, and
        any of them will do.
    """
    centred = x - x.mean(dim=-1, keepdim=True)
    spread = x.std(dim=-1, keepdim=True, unbiased=False)  # (batch, tokens, 1)
    stretch = centred / spread  # √hidden long: added to x, it scales the distances from the mean
    shift = torch.ones_like(x)  # moves the mean alone
    return stretch, shift

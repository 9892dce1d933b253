"""Feed-forward: each token's vector is widened, put through GELU, narrowed again, added to its input and normalised."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.self_attention import linear


def gelu(x: Tensor) -> Tensor:
    """Multiply each number by the chance that a standard normal variable is smaller.

    x: any shape.

    That chance is Φ(x) = ½ (1 + erf(x / √2)) in its exact form, the one that BERT uses.

    Returns: x · Φ(x), in the shape of x.
    Source: Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2.
    Equal to: `F.gelu(x)`.
    """
    probability = 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))
    return x * probability


def gelu_tanh(x: Tensor) -> Tensor:
    """Approximate GELU with a tanh, as GPT, GPT-2 and the later BERT code do.

    x: any shape.

    Returns: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), in the shape of x.
    Source: Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2.
    Equal to: `F.gelu(x, approximate="tanh")`.
    """
    cubic = x + 0.044715 * x**3
    probability = 0.5 * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * cubic))
    return x * probability


def intermediate(x: Tensor, params: dict[str, Tensor]) -> Tensor:
    """Widen each token's vector and apply GELU: the feed-forward network's first half.

    x: (batch, tokens, hidden).
    params: one layer's tensors; you need `intermediate.dense.weight` and `.bias`.

    Returns: (batch, tokens, intermediate); the weight determines how wide that is
        (4 · hidden in BERT).
    Source: Vaswani et al. 2017, arXiv 1706.03762, equation 2, with GELU for the ReLU.
    Equal to: `layer.intermediate(x)`.
    """
    widened = linear(x, params["intermediate.dense.weight"], params["intermediate.dense.bias"])
    return gelu(widened)  # (batch, tokens, intermediate)


def output(
    intermediate_states: Tensor,
    attention_output: Tensor,
    params: dict[str, Tensor],
    eps: float,
) -> Tensor:
    """Narrow each token's vector and finish the layer: dense layer, residual, norm.

    intermediate_states: (batch, tokens, intermediate).
    attention_output: (batch, tokens, hidden), the feed-forward network's input.
    params: one layer's tensors; you need `output.dense.weight` and `.bias`,
        `output.LayerNorm.weight` and `.bias`.
    eps: the layer norm's eps.

    Returns: (batch, tokens, hidden).
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.3.
    Equal to: `layer.output(intermediate_states, attention_output)`.
    """
    update = linear(intermediate_states, params["output.dense.weight"], params["output.dense.bias"])
    summed = update + attention_output  # (batch, tokens, hidden)
    norm_weight = params["output.LayerNorm.weight"]
    norm_bias = params["output.LayerNorm.bias"]
    return layer_norm(summed, norm_weight, norm_bias, eps)


def is_position_wise(fn: Callable[[Tensor], Tensor], x: Tensor) -> bool:
    """Find out whether a function treats every token by itself.

    fn: a function of (batch, tokens, hidden) that keeps batch and tokens.
    x: (batch, tokens, hidden).

    Shuffling the tokens would not tell: attention without positions passes that test.

    Returns: True if every token alone, `fn(x[:, t : t + 1])`, gives what it gives
        within the sentence, up to rounding (1e-5), else False.
    """
    in_sentence = fn(x)  # (batch, tokens, ...)
    for token in range(x.shape[1]):
        alone = fn(x[:, token : token + 1])  # (batch, 1, ...)
        same = torch.allclose(alone, in_sentence[:, token : token + 1], rtol=1e-5, atol=1e-5)
        if not same:
            return False
    return True


def write_neuron(
    x: Tensor,
    wanted: int,
    message: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Write a neuron by hand that adds a message to one token and 0 to the others.

    x: (tokens, hidden), vectors after a norm: all different, and all √hidden long.
    wanted: the index of the token that the neuron has to find.
    message: (hidden,), what the neuron has to add there.

    To a token with the vector y a neuron adds GELU(y · key + bias) · value. In every
    feature that may be off by 0.001, from the message at the wanted token and from 0
    at the others. Some tokens may be nearly alike. Your numbers may be as large as you
    like.

    Returns: key (hidden,), bias () and value (hidden,). There are many such neurons,
        and any of them will do.
    Source: Geva et al. 2021, arXiv 2012.14913, section 2: keys and values.
    """
    scores = x @ x[wanted]  # (tokens,): the largest is the wanted token's with itself
    others = torch.cat([scores[:wanted], scores[wanted + 1 :]])
    gap = scores[wanted] - others.max()  # ()
    sharpness = 20 / gap
    key = sharpness * x[wanted]  # (hidden,)
    bias = 10 - sharpness * scores[wanted]  # (): so 10 at the wanted token, at most -10 at the others
    value = message / 10  # GELU(10) is 10, and GELU(-10) is 0
    return key, bias, value


def ffn_parameter_share(config) -> float:
    """Compute what share of a layer's parameters is in its feed-forward network.

    config: has `hidden_size` and `intermediate_size`.

    A layer's attention has four dense layers (query, key, value, output) of hidden by
    hidden, and a norm; its feed-forward network has two dense layers and a norm. All
    biases count.

    Returns: a number between 0 and 1.
    """
    hidden, inner = config.hidden_size, config.intermediate_size
    norm = 2 * hidden
    attention = 4 * (hidden * hidden + hidden) + norm
    widening = hidden * inner + inner
    narrowing = inner * hidden + hidden
    feed_forward = widening + narrowing + norm
    return feed_forward / (attention + feed_forward)

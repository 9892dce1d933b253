"""Lesson 05: both halves of the feed-forward network and its parts, in all layers of the real model, on a padded batch."""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from course_utils.real_bert.listening import heard, params_of
from course_utils.real_bert.table import Mine, Step

TEXTS = ["this is a 12212121 test sentence", "She never saw it.", "naïve café: 3,456,789 unaffable people in a line."]


def steps(mine: Mine, tokenizer, model) -> Iterator[Step]:
    """What `against_bert("feed_forward")` compares: BertIntermediate and BertOutput of every layer, and one more neuron."""
    layers, eps = list(model.encoder.layer), model.config.layer_norm_eps
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    seen = heard(model, batch, [part for layer in layers for part in (layer.intermediate, layer.output)])
    xs = [seen[layer.intermediate][0][0] for layer in layers]  # (batch, tokens, hidden) each
    wides = [seen[layer.intermediate][1] for layer in layers]  # (batch, tokens, intermediate) each
    results = torch.stack([seen[layer.output][1] for layer in layers])
    params = [params_of(layer) for layer in layers]
    widened = torch.stack([layer.intermediate.dense(x) for layer, x in zip(layers, xs, strict=True)])
    activation = layers[0].intermediate.intermediate_act_fn
    yield Step(
        "gelu",
        "the model's activation function, on all that reaches it",
        lambda: mine.gelu(widened),
        activation(widened),
    )
    yield Step(
        "gelu_tanh",
        "`gelu_new` of transformers, on the same numbers",
        lambda: mine.gelu_tanh(widened),
        _activation("gelu_new")(widened),
    )
    yield Step(
        "intermediate",
        f"BertIntermediate of {len(layers)} layers",
        lambda: torch.stack([mine.intermediate(x, p) for x, p in zip(xs, params, strict=True)]),
        torch.stack(wides),
    )
    yield Step(
        "is_position_wise",
        "attention and feed-forward network of each layer: position-wise?",
        lambda: [mine.is_position_wise(part, x) for layer, x in zip(layers, xs, strict=True) for part in _parts(layer)],
        [False, True] * len(layers),
    )
    alone = xs[0][0][batch["attention_mask"][0].bool()]  # (tokens, hidden), the first text
    message = torch.randn(alone.shape[-1], generator=torch.Generator().manual_seed(0))
    yield Step(
        "write_neuron",
        "layer 0 with your neuron as one more: the message at token 1 alone",
        lambda: _with_neuron(layers[0], mine.write_neuron, alone, message),
        _with_message(layers[0], alone, message),
        2e-3,
    )
    yield Step(
        "ffn_parameter_share",
        "the share of the parameters of `encoder.layer[0]`, counted",
        lambda: mine.ffn_parameter_share(model.config),
        _share(layers[0]),
    )
    yield Step(
        "intermediate output",
        "the second half of every layer, from attention to hidden state",
        lambda: torch.stack([mine.output(mine.intermediate(x, p), x, p, eps) for x, p in zip(xs, params, strict=True)]),
        results,
    )


def _activation(name: str):
    from transformers.activations import ACT2FN

    return ACT2FN[name]


def _parts(layer) -> tuple:
    """The two sublayers as functions of one tensor."""
    return lambda x: layer.attention.self(x)[0], lambda x: layer.output.dense(layer.intermediate(x))


def _share(layer) -> float:
    inside = sum(each.numel() for part in (layer.intermediate, layer.output) for each in part.parameters())
    return inside / sum(each.numel() for each in layer.parameters())


def _with_message(layer, x: Tensor, message: Tensor) -> Tensor:
    """The real network's updates to a text, (tokens, hidden), with a message added at token 1."""
    update = layer.output.dense(layer.intermediate(x)).clone()
    update[1] += message
    return update


def _with_neuron(
    layer, write_neuron: Callable[..., tuple[Tensor, Tensor, Tensor]], x: Tensor, message: Tensor
) -> Tensor:
    """The updates of the real network with one neuron more: a row of the first weight, a column of the second.

    The neuron is written for the vectors before the weight and bias of the norm that x comes from, all of one length; then
    both are folded into its key and bias. In float64, since its numbers may be large.
    """
    norm = layer.attention.output.LayerNorm
    weight, shift = norm.weight.double(), norm.bias.double()
    plain = torch.nn.functional.layer_norm((x.double() - shift) / weight, x.shape[-1:]).float()
    key, bias, value = (each.double() for each in write_neuron(plain, 1, message))
    first, second = copy.deepcopy(layer.intermediate).double(), copy.deepcopy(layer.output.dense).double()
    first.dense.weight = torch.nn.Parameter(torch.cat([first.dense.weight, (key / weight)[None]]))
    first.dense.bias = torch.nn.Parameter(torch.cat([first.dense.bias, (bias - shift @ (key / weight))[None]]))
    second.weight = torch.nn.Parameter(torch.cat([second.weight, value[:, None]], dim=1))
    return second(first(x.double())).float()

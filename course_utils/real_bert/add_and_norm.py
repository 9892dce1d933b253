"""Lesson 04: the block after the attention and its parts, in all layers of the real model, on a padded batch of pairs."""

import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from course_utils.real_bert.listening import FIRSTS, SECONDS, heard, params_of
from course_utils.real_bert.table import Mine, Step


class _Wrapped(NamedTuple):
    """What the wrappings get: the real sublayer's result as a function, and the real norm."""

    sublayer: Callable[[Tensor], Tensor]
    norm: Callable[[Tensor], Tensor]


def steps(mine: Mine, tokenizer, model) -> Iterator[Step]:
    """What `against_bert("add_and_norm")` compares: BertSelfOutput and its dense layer and norm, layer by layer."""
    config = model.config
    batch = tokenizer(FIRSTS, SECONDS, padding=True, return_tensors="pt")
    layers = list(model.encoder.layer)
    params = [params_of(layer) for layer in layers]
    outputs = [layer.attention.output for layer in layers]
    seen = heard(model, batch, outputs)
    heads, eps = config.num_attention_heads, config.layer_norm_eps
    each = [(*seen[part][0], seen[part][1]) for part in outputs]  # a layer's context, its input, its result
    contexts, xs, results = map(torch.stack, zip(*each, strict=True))
    updates = torch.stack([part.dense(context) for part, context in zip(outputs, contexts, strict=True)])
    sums = xs + updates  # (layers, batch, tokens, hidden), as all of these

    given = [_Wrapped(lambda _, u=u: u, part.LayerNorm) for u, part in zip(updates, outputs, strict=True)]

    def normalised(one: Tensor, part) -> Tensor:
        mean, variance = mine.normalization_stats(one)
        return (one - mean) / torch.sqrt(variance + eps) * part.LayerNorm.weight + part.LayerNorm.bias

    def by_heads(context: Tensor, part) -> Tensor:
        split = context.unflatten(-1, (heads, -1)).transpose(1, 2)  # (batch, heads, tokens, head size)
        return mine.head_contributions(split, part.dense.weight).sum(dim=1) + part.dense.bias

    def in_all_layers(compute, inputs: Tensor) -> Tensor:
        return torch.stack([compute(one, part) for one, part in zip(inputs, outputs, strict=True)])

    yield Step(
        "normalization_stats",
        f"the LayerNorm of {len(layers)} layers, with your mean and variance",
        lambda: in_all_layers(normalised, sums),
        results,
    )
    yield Step(
        "head_contributions",
        "their dense layers, as sums over heads",
        lambda: in_all_layers(by_heads, contexts),
        updates,
    )
    yield Step(
        "post_ln",
        "their blocks, wrapped as BERT wraps them",
        lambda: torch.stack([mine.post_ln(x, part.sublayer, part.norm) for x, part in zip(xs, given, strict=True)]),
        results,
    )
    torch_layer = _torch_layer(config)
    yield Step(
        "pre_ln",
        "torch's own TransformerEncoderLayer with norm_first=True",
        lambda: _by_wrapping(mine.pre_ln, torch_layer, sums[0]),
        torch_layer(sums[0]),
    )
    yield Step(
        "update_ratio",
        "‖dense(context)‖ / ‖x‖ of every token",
        lambda: torch.stack([mine.update_ratio(x, update) for x, update in zip(xs, updates, strict=True)]),
        updates.square().sum(-1).sqrt() / xs.square().sum(-1).sqrt(),
    )
    yield Step(
        "invisible_updates",
        "their LayerNorms, with each of your two updates added to the input",
        lambda: torch.stack(
            [_with_updates(mine.invisible_updates(one), one, p) for one, p in zip(sums, outputs, strict=True)]
        ),
        torch.stack([results, results], dim=1),
        1e-4,
    )
    yield Step(
        "self_output",
        "BertSelfOutput, the whole block, in every layer",
        lambda: torch.stack(
            [mine.self_output(c, x, p, eps) for c, x, p in zip(contexts, xs, params, strict=True)],
        ),
        results,
    )


def _with_updates(updates: tuple[Tensor, Tensor], x: Tensor, part) -> Tensor:
    """What the real norm makes of x with the first update and with the second; in float64, since updates may be large."""
    norm = copy.deepcopy(part.LayerNorm).double()
    return torch.stack([norm(x.double() + update.double()).float() for update in updates])


def _torch_layer(config) -> torch.nn.TransformerEncoderLayer:
    """A new layer in the order of pre-LN, in eval mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        sizes = config.hidden_size, config.num_attention_heads, config.hidden_size
        return torch.nn.TransformerEncoderLayer(*sizes, batch_first=True, norm_first=True).eval()


def _by_wrapping(pre_ln, layer: torch.nn.TransformerEncoderLayer, x: Tensor) -> Tensor:
    """The same layer, put together of its parts."""
    middle = pre_ln(x, lambda y: layer.self_attn(y, y, y, need_weights=False)[0], layer.norm1)
    return pre_ln(middle, lambda y: layer.linear2(torch.relu(layer.linear1(y))), layer.norm2)

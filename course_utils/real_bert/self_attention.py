"""Lesson 03: the parts of self-attention and the whole of it, in all layers of the real model, on a padded batch."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .listening import params_of
from .table import Step

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

    from .table import Mine

TEXTS = ["the river bank was muddy", "the money bank at the corner was closed"]
ENOUGH = 0.9  # what a head has to pay to the token before, to be one that looks there


def steps(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel") -> Iterator[Step]:
    """Dense layer, heads, scores, weights, mask and mix of every layer, against what the model's own modules gave."""
    heads = model.config.num_attention_heads
    head_size = model.config.hidden_size // heads
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    keep = batch["attention_mask"]  # (batch, tokens)
    seen, maps = _recorded(model, batch)
    x, query, key, value, context = seen  # (layers, batch, tokens, hidden) each
    mask = _mask_of(model, batch)  # (batch, 1, 1 or tokens, tokens)
    split = [torch.stack(part.split(head_size, dim=-1), dim=2) for part in (query, key, value)]
    products = split[0] @ split[1].transpose(-2, -1)  # (layers, batch, heads, tokens, tokens)
    scores = products / math.sqrt(head_size) + mask

    def real_tokens(of_all: Tensor) -> Tensor:
        """(layers, batch, tokens, hidden) without the rows of padded queries, which mean nothing."""
        return of_all[:, keep == 1]

    yield Step(
        "linear",
        "the query's dense layer, nn.Linear, in all layers",
        lambda: torch.stack(
            [mine.linear(one, *_query_of(layer)) for one, layer in zip(x, _layers(model), strict=True)]
        ),
        query,
    )
    yield Step(
        "split_heads",
        "blocks of the model's queries, torch.split",
        lambda: torch.stack([mine.split_heads(one, heads) for one in query]),
        split[0],
    )
    yield Step(
        "attention_scores",
        "the model's attention, from your scores",
        lambda: torch.stack(
            [torch.softmax(mine.attention_scores(*pair) + mask, dim=-1) for pair in zip(*split[:2], strict=True)]
        ),
        maps,
    )
    yield Step(
        "softmax",
        "the model's attention, from its scores",
        lambda: torch.stack([mine.softmax(one) for one in scores]),
        maps,
    )
    yield Step(
        "extended_attention_mask",
        "the mask that the model gives its layers, after exp",
        lambda: mine.extended_attention_mask(keep, model.dtype).exp().expand_as(mask),
        mask.exp(),
    )
    yield Step(
        "scaled_dot_product_attention merge_heads",
        "each layer's context, from the model's queries, keys and values",
        lambda: real_tokens(
            torch.stack(
                [
                    mine.merge_heads(mine.scaled_dot_product_attention(*three, mask)[0])
                    for three in zip(*split, strict=True)
                ]
            )
        ),
        real_tokens(context),
    )
    before = model(**tokenizer(TEXTS[1], return_tensors="pt"), output_attentions=True).attentions
    before = torch.cat(before)  # (layers, heads, tokens, tokens)
    shares = before.diagonal(offset=-1, dim1=-2, dim2=-1).amin(dim=-1)  # (layers, heads)
    if shares.max() > ENOUGH:
        layer, head = divmod(int(shares.argmax()), heads)
        yield Step(
            "look_at_previous",
            f"where the tokens look in layer {layer}, head {head}; yours on the real position table",
            lambda: _where_yours_look(mine, model.embeddings.position_embeddings.weight[: before.shape[-1]]),
            before[layer, head, 1:].argmax(dim=-1).tolist(),
        )
    yield Step(
        "self_attention",
        f"layer.attention.self, the whole part, in all {len(x)} layers",
        lambda: real_tokens(
            torch.stack(
                [
                    mine.self_attention(one, params_of(layer), heads, mine.extended_attention_mask(keep, model.dtype))
                    for one, layer in zip(x, _layers(model), strict=True)
                ]
            )
        ),
        real_tokens(context),
    )


def _layers(model: "BertModel") -> list:
    return list(model.encoder.layer)


def _query_of(layer) -> tuple[Tensor, Tensor]:
    return layer.attention.self.query.weight, layer.attention.self.query.bias


def _recorded(model: "BertModel", batch) -> tuple[list[Tensor], Tensor]:
    """What went into all layers, their queries, keys, values and contexts; and their attention maps."""
    found: list[list[Tensor]] = [[], [], [], [], []]

    def note(kept: list[Tensor]):
        return lambda part, args, result: kept.append(result[0] if isinstance(result, tuple) else result)

    hooks = []
    for layer in _layers(model):
        own = layer.attention.self
        hooks.append(layer.register_forward_pre_hook(lambda part, args: found[0].append(args[0])))
        for part, kept in zip((own.query, own.key, own.value, own), found[1:], strict=True):
            hooks.append(part.register_forward_hook(note(kept)))
    try:
        maps = model(**batch, output_attentions=True).attentions
    finally:
        for hook in hooks:
            hook.remove()
    return [torch.stack(each) for each in found], torch.stack(maps)


def _mask_of(model: "BertModel", batch) -> Tensor:
    """The mask that the model makes and gives to its layers."""
    found: list[Tensor] = []
    own = _layers(model)[0].attention.self
    hook = own.register_forward_pre_hook(
        lambda part, args, kwargs: found.append(kwargs["attention_mask"]), with_kwargs=True
    )
    try:
        model(**batch)
    finally:
        hook.remove()
    return found[0]


def _where_yours_look(mine: "Mine", positions: Tensor) -> list[int]:
    """By the learner's weights, which place each token from 1 on pays most attention to."""
    query, key = (positions @ weight.T for weight in mine.look_at_previous(positions.detach()))
    return (query @ key.T)[1:].argmax(dim=-1).tolist()

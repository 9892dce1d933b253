"""Lesson 09: the learner's instruments on the real model's attention, and a head switched off in the real model."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Categorical

from .table import Step

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

    from .table import Mine

TEXTS = [
    "She opened an account at the bank this morning.",
    "The old fisherman sat on the bank of the river and waited for the rain to stop.",
]
OFFSETS = (-1, 0, 1)


def steps(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel") -> Iterator[Step]:
    """Three numbers per head, what a weight carries, a head switched off, one word from layer to layer."""
    heads = model.config.num_attention_heads
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    real_tokens = batch["attention_mask"] == 1
    outputs = model(**batch, output_attentions=True, output_hidden_states=True)
    maps = torch.stack(outputs.attentions).flatten(0, 1)  # (layers · texts, heads, tokens, tokens)

    yield Step(
        "offset_attention",
        "diagonals of all attention maps, torch.diagonal",
        lambda: torch.stack([mine.offset_attention(one, offset) for offset in OFFSETS for one in maps]),
        torch.cat([torch.diagonal(maps, offset, 2, 3).mean(dim=-1) for offset in OFFSETS]),
    )
    marked = real_tokens[0].clone()
    marked[1 : int(marked.sum()) - 1] = False  # [CLS] and [SEP] of the first text
    yield Step(
        "attention_to",
        "columns of [CLS] and [SEP] in all attention maps",
        lambda: torch.stack([mine.attention_to(one, marked) for one in maps]),
        maps[..., marked].sum(dim=-1).mean(dim=-1),
    )
    yield Step(
        "attention_entropy",
        "entropy of all rows, torch.distributions.Categorical",
        lambda: torch.stack([mine.attention_entropy(one) for one in maps]),
        Categorical(probs=maps).entropy(),
    )

    values = torch.stack([value for _, value in _values(model, outputs.hidden_states)]).flatten(0, 1)
    summands = maps[..., None] * values[:, :, None]  # (layers · texts, heads, queries, keys, head size)
    yield Step(
        "value_weighted_attention",
        "lengths of the vectors that each query adds up",
        lambda: torch.stack([mine.value_weighted_attention(*pair) for pair in zip(maps, values, strict=True)]),
        summands.norm(dim=-1),
    )

    chosen = {layer: (layer + 2) % heads for layer in range(model.config.num_hidden_layers)}
    with _deaf(model, chosen):
        real = model(**batch).last_hidden_state[real_tokens]
    yield Step(
        "ablate_head",
        "last_hidden_state, one head per layer cleared by a hook",
        lambda: _ablated(mine, model, chosen)(**batch).last_hidden_state[real_tokens],
        real,
    )
    for word in ("bank", "opened an account"):
        texts = [text for text in [*TEXTS, "He opened an account at a bank."] if word in text]
        yield Step(
            "word_similarity_by_layer",
            f"“{word}” in all hidden states, F.cosine_similarity",
            lambda texts=texts, word=word: mine.word_similarity_by_layer(model, tokenizer, texts, word),
            _similarity(tokenizer, model, texts, word),
        )

    back = torch.stack(outputs.attentions)[:, 0].diagonal(-1, 2, 3).mean(dim=-1)  # (layers, heads), of the first text
    with _deaf(model, dict([divmod(int(back.argmax()), heads)])):
        real = _similarity(tokenizer, model, TEXTS, "bank")
    yield Step(
        "offset_attention ablate_head word_similarity_by_layer",
        "“bank” without the head that looks back most",
        lambda: mine.word_similarity_by_layer(_without_the_head(mine, tokenizer, model), tokenizer, TEXTS, "bank"),
        real,
    )


def _values(model: "BertModel", hidden_states: tuple[Tensor, ...]) -> Iterator[tuple[int, Tensor]]:
    """Each layer's number and its values, (texts, heads, tokens, head size), from the model's own modules."""
    for number, (layer, states) in enumerate(zip(model.encoder.layer, hidden_states, strict=False)):
        value = layer.attention.self.value(states)
        yield number, value.unflatten(-1, (model.config.num_attention_heads, -1)).transpose(1, 2)


def _ablated(mine: "Mine", model: "BertModel", chosen: dict[int, int]) -> "BertModel":
    """A copy of the model whose weights have gone through the learner's `ablate_head`; chosen: layer to head."""
    changed = copy.deepcopy(model)
    for layer, head in chosen.items():
        params = {name: p.detach() for name, p in changed.encoder.layer[layer].named_parameters()}
        changed.encoder.layer[layer].load_state_dict(mine.ablate_head(params, head, model.config.num_attention_heads))
    return changed


def _without_the_head(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel") -> "BertModel":
    """The model without the head that the learner's `offset_attention` finds in the first text."""
    attentions = model(**tokenizer(TEXTS[:1], return_tensors="pt"), output_attentions=True).attentions
    back = torch.stack([mine.offset_attention(one[0], -1) for one in attentions])  # (layers, heads)
    return _ablated(mine, model, dict([divmod(int(back.argmax()), back.shape[1])]))


@contextmanager
def _deaf(model: "BertModel", chosen: dict[int, int]) -> Iterator[None]:
    """In this block each chosen layer's dense layer W_O receives zeros in place of one head; chosen: layer to head."""
    heads = model.config.num_attention_heads

    def hook(head: int) -> object:
        def clear(_module: object, args: tuple[Tensor, ...]) -> tuple[Tensor]:
            context = args[0].unflatten(-1, (heads, -1)).clone()  # (batch, tokens, heads, head size)
            context[:, :, head] = 0.0
            return (context.flatten(2),)

        return clear

    handles = [
        model.encoder.layer[layer].attention.output.dense.register_forward_pre_hook(hook(head))
        for layer, head in chosen.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _similarity(tokenizer: "BertTokenizer", model: "BertModel", texts: list[str], word: str) -> Tensor:
    """The word's cosines in all layers, (layers + 1, texts, texts); its place is the tokenizer's own account of it."""
    vectors = []
    for text in texts:
        encoding = tokenizer(text, return_tensors="pt")
        start = text.index(word)
        first, last = (encoding.char_to_token(place) for place in (start, start + len(word) - 1))
        states = torch.cat(model(**encoding, output_hidden_states=True).hidden_states)
        vectors.append(states[:, first : last + 1].mean(dim=1))
    stacked = torch.stack(vectors, dim=1)  # (layers + 1, texts, hidden)
    return F.cosine_similarity(stacked[:, :, None], stacked[:, None], dim=-1)

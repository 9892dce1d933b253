"""Lesson 10: the parts of the fast encoder in the real model, and the whole of it against sentence-transformers."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from course_utils.checks.course import with_functions
from course_utils.given.encoders import library
from course_utils.real_bert.table import Mine, Step

TEXTS = [
    "this is a 12212121 test sentence",
    "Nobody came.",
    "The ferry was late again, so we sat on the pier and counted gulls until the sun went down.",
    "Why not?",
    "The river bank was muddy.",
]


def steps(mine: Mine, tokenizer, model) -> Iterator[Step]:
    """What `against_bert("speed")` compares: every layer's attention, a packed row, the count of work, the encoder."""
    config = model.config
    layers = [layer.attention.self for layer in model.encoder.layer]
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    mask = batch["attention_mask"]  # (batch, tokens)
    found = model(**batch, output_hidden_states=True, output_attentions=True)
    dense = [
        torch.stack([part(x) for part in (layer.query, layer.key, layer.value)])  # (3, batch, tokens, hidden)
        for layer, x in zip(layers, found.hidden_states, strict=False)  # the last hidden state enters no layer
    ]

    def fused(number: int) -> Tensor:
        """Query, key and value of a layer by the learner's one product: (3, batch, tokens, hidden)."""
        params = {f"attention.self.{name}": tensor for name, tensor in layers[number].state_dict().items()}
        return torch.stack(F.linear(found.hidden_states[number], *mine.fuse_qkv(params)).chunk(3, dim=-1))

    yield Step(
        "fuse_qkv",
        f"the three dense layers of attention, in all {len(layers)} layers",
        lambda: torch.stack([fused(number) for number in range(len(layers))]),
        torch.stack(dense),
    )
    heads = [tuple(x.unflatten(-1, (config.num_attention_heads, -1)).transpose(1, 2) for x in three) for three in dense]
    mixed = [probabilities @ value for probabilities, (_, _, value) in zip(found.attentions, heads, strict=True)]
    yield Step(
        "sdpa_attention",
        "its probabilities times its values, in all layers, at real tokens",
        lambda: _at(torch.stack([mine.sdpa_attention(*three, mask) for three in heads]), mask),
        _at(torch.stack(mixed), mask),
    )

    sequences = tokenizer(TEXTS)["input_ids"]
    alone = [model(torch.tensor([ids])).last_hidden_state[0] for ids in sequences]  # (tokens, hidden) each
    yield Step(
        "length_sorted_batches",
        "the mean vectors of texts read one by one, from its padded batches",
        lambda: _in_batches(
            mine.length_sorted_batches([len(ids) for ids in sequences], 2), sequences, tokenizer, model
        ),
        torch.stack([states.mean(dim=0) for states in alone]),
    )

    def packed() -> Tensor:
        input_ids, position_ids, cu_seqlens = mine.pack_sequences(sequences)
        apart = mine.block_diagonal_mask(cu_seqlens, model.dtype)
        return model(input_ids, position_ids=position_ids, attention_mask=apart).last_hidden_state[0]

    yield Step(
        "pack_sequences block_diagonal_mask",
        "its last hidden states of texts read one by one, from one row",
        packed,
        torch.cat(alone),
    )
    if config.intermediate_size == 4 * config.hidden_size:  # as the exercise says
        yield Step(
            "attention_flop_share",
            "what torch counts while a real layer runs, at 16, 128 and 512 tokens",
            lambda: torch.tensor([mine.attention_flop_share(tokens, config.hidden_size) for tokens in (16, 128, 512)]),
            torch.tensor([_counted(model, tokens) for tokens in (16, 128, 512)]),
        )
    names = ("fuse_qkv", "sdpa_attention", "length_sorted_batches", "pack_sequences")
    yield Step(
        " ".join(names),
        f"your fast encoder and SentenceTransformer.encode, {len(TEXTS)} texts",
        lambda: _encoder(mine, names)(TEXTS, tokenizer, model, tokens_per_pack=24),
        library().encode(TEXTS, convert_to_tensor=True, show_progress_bar=False),
    )


def _at(contexts: Tensor, mask: Tensor) -> Tensor:
    """The rows of real tokens, of (layers, batch, heads, tokens, head size)."""
    return contexts.transpose(2, 3)[:, mask == 1]


def _in_batches(batches: list[list[int]], sequences: list[list[int]], tokenizer, model) -> Tensor:
    """The mean vector of each text, (texts, hidden), from these batches, put back into the order of the texts."""
    means = torch.empty(len(sequences), model.config.hidden_size)
    for indices in batches:
        batch = tokenizer.pad({"input_ids": [sequences[index] for index in indices]}, return_tensors="pt")
        states = model(**batch).last_hidden_state
        for index, of_text, real in zip(indices, states, batch["attention_mask"] == 1, strict=True):
            means[index] = of_text[real].mean(dim=0)
    return means


def _counted(model, tokens: int) -> float:
    """The share of products between tokens, `bmm`, in all operations of a layer that torch counts."""
    with FlopCounterMode(display=False) as counter:
        model.encoder.layer[0](torch.zeros(1, tokens, model.config.hidden_size))
    counts = counter.get_flop_counts()["Global"]
    return sum(count for name, count in counts.items() if "bmm" in str(name)) / counter.get_total_flops()


def _encoder(mine: Mine, names: tuple[str, ...]):
    return with_functions("packed_encode", **{name: getattr(mine, name) for name in names})

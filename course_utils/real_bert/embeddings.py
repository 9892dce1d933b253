"""Lesson 02: the real model's tables, its sums and all of its norms, and `hidden_states[0]` of a padded batch of pairs."""

import copy
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.real_bert.listening import FIRSTS, SECONDS, heard
from course_utils.real_bert.table import Mine, Step

NEIGHBOURS_OF = ("bert", "monday", "river", "##ing", "[MASK]")


def steps(mine: Mine, tokenizer, model) -> Iterator[Step]:
    """What `against_bert("embeddings")` compares: each table, the sum before the norm, every LayerNorm, and the whole."""
    config, state_dict, embeddings = model.config, model.state_dict(), model.embeddings
    batch = tokenizer(FIRSTS, SECONDS, padding=True, return_tensors="pt")
    ids, kinds = batch["input_ids"], batch["token_type_ids"]
    norms = [part for part in model.modules() if isinstance(part, torch.nn.LayerNorm)]  # the embeddings' comes first
    found = heard(model, batch, [*norms, embeddings])
    seen = [(found[norm][0][0], found[norm][1]) for norm in norms]  # what each norm was given, and what it made of it
    real = found[embeddings][1]  # hidden_states[0]
    tables = _tables_of(embeddings)
    places = torch.arange(ids.shape[1]).expand_as(ids)
    chosen = (ids, places, kinds)
    modules = (embeddings.word_embeddings, embeddings.position_embeddings, embeddings.token_type_embeddings)
    rows = tokenizer.convert_tokens_to_ids(list(NEIGHBOURS_OF))

    yield Step(
        "embedding_lookup",
        "the rows that the model's three tables give",
        lambda: torch.stack([mine.embedding_lookup(*each) for each in zip(tables, chosen, strict=True)]),
        torch.stack([module(each) for module, each in zip(modules, chosen, strict=True)]),
    )
    yield Step(
        "embedding_sum",
        "what the model's first LayerNorm is given",
        lambda: mine.embedding_sum(ids, kinds, *tables),
        seen[0][0],
    )
    yield Step(
        "layer_norm",
        f"all {len(norms)} LayerNorms of the model, each on its own input",
        lambda: torch.stack(
            [
                mine.layer_norm(given, norm.weight, norm.bias, norm.eps)
                for norm, (given, _) in zip(norms, seen, strict=True)
            ]
        ),
        torch.stack([made for _, made in seen]),
    )
    yield Step(
        "nearest_tokens",
        f"the 5 nearest rows of {len(NEIGHBOURS_OF)} tokens, by F.cosine_similarity",
        lambda: [mine.nearest_tokens(tables[0][row], tables[0], 5) for row in rows],
        [F.cosine_similarity(tables[0], tables[0][row], dim=-1).topk(5).indices.tolist() for row in rows],
    )
    planted = _with_a_collision(embeddings)
    yield Step(
        "indistinguishable",
        "your two inputs, in a BertEmbeddings with a planted pair: their difference",
        lambda: _difference(planted, *mine.indistinguishable(*_tables_of(planted))),
        torch.zeros(config.hidden_size),
    )
    yield Step(
        "embedding_parameters",
        "the numbers in model.embeddings, counted",
        lambda: mine.embedding_parameters(config),
        sum(parameter.numel() for parameter in embeddings.parameters()),
    )
    yield Step(
        "bert_embeddings",
        "hidden_states[0] of three pairs, padded",
        lambda: mine.bert_embeddings(ids, kinds, state_dict, config),
        real,
    )


def _with_a_collision(embeddings: torch.nn.Module) -> torch.nn.Module:
    """The model's module with a few of its rows, on a grid of 1/64; word 9 at place 1 is word 4 at place 3."""
    small = copy.copy(embeddings)
    small._modules = dict(embeddings._modules)
    for name, rows in (("word", 10), ("position", 6), ("token_type", 2)):
        table = getattr(embeddings, f"{name}_embeddings").weight.detach()
        chosen = (table[-rows:] if name == "word" else table[:rows]) * 64
        small._modules[f"{name}_embeddings"] = torch.nn.Embedding.from_pretrained(chosen.round() / 64)
    word, position, _ = _tables_of(small)
    word[9] = word[4] + position[3] - position[1]
    return small.eval()


def _tables_of(embeddings: torch.nn.Module) -> list[Tensor]:
    return [getattr(embeddings, f"{name}_embeddings").weight.detach() for name in ("word", "position", "token_type")]


def _difference(embeddings: torch.nn.Module, one: tuple[int, int, int], other: tuple[int, int, int]) -> Tensor:
    """What the module makes of one input, minus what it makes of the other."""
    vectors = []
    for token, place, kind in (one, other):
        ids = torch.full((1, place + 1), token)
        vectors.append(embeddings(input_ids=ids, token_type_ids=torch.full_like(ids, kind))[0, place])
    return vectors[0] - vectors[1]

"""Lesson 01: the learner's tokenizer beside `BertTokenizer`, each step of it, and a batch that the real BERT reads."""

from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING

import torch
from tokenizers.decoders import WordPiece as RealDecoder

from course_utils.given.uncased import uncased

from .table import Step

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

SEED = "this is a 12212121 test sentence"
HOSTILE = (
    SEED,
    "Naïve Café\tin 北京:\u200b unaffable a☃ — 3,456!",
    "U.S.A. isn't e-mail: a_b@c ##ing $5 5€ «ça» Straße ﬁn ½",
    "two  spaces\r\ne\u0301te\u00a0한국어 Ωραία \ufffd\x00\x0cx㐀y \ue000",
    "a" * 100 + " " + "b" * 101 + " " + "д" * 51,
    "hello " * 300,
    "",
)
WORDS = ("hello", "unaffable", "12212121", "unbelievable☃", "☃", "embeddings", "a" * 100, "a" * 101)


def steps(mine: SimpleNamespace, tokenizer: "BertTokenizer", model: "BertModel") -> Iterator[Step]:
    """What each function makes of the hostile texts, a pair, a padded batch, and what the model makes of that."""
    tokenizer = uncased(tokenizer)
    vocab, engine = tokenizer.get_vocab(), tokenizer.backend_tokenizer
    names = tokenizer.convert_ids_to_tokens(list(range(len(vocab))))

    clean = [engine.normalizer.normalize_str(text) for text in HOSTILE]
    what = f"{len(HOSTILE)} hostile texts, normalised"
    yield Step("normalize", what, lambda: [mine.normalize(text) for text in HOSTILE], clean)

    cut = [[word for word, _ in engine.pre_tokenizer.pre_tokenize_str(text)] for text in clean]
    what = f"their {sum(map(len, cut)):,} words"
    yield Step("pre_tokenize", what, lambda: [mine.pre_tokenize(text) for text in clean], cut)

    pieces = [[token.value for token in engine.model.tokenize(word)] for word in WORDS]
    what = f"the pieces of {len(WORDS)} words"
    yield Step("wordpiece", what, lambda: [mine.wordpiece(word, vocab) for word in WORDS], pieces)

    single = [dict(tokenizer(text)) for text in HOSTILE]
    yield Step("encode", "all three lists, each text alone", lambda: _encoded(mine, vocab, single=True), single)

    pairs = [dict(tokenizer(text, other)) for text, other in pairwise(HOSTILE)]
    yield Step("encode", "all three lists, as pairs", lambda: _encoded(mine, vocab, single=False), pairs)

    batch = tokenizer(list(HOSTILE), padding=True, return_tensors="pt")
    given = [one["input_ids"] for one in single]
    rows, columns = batch["input_ids"].shape
    what = f"ids and mask of a padded batch ({rows}, {columns})"
    yield Step(
        "pad_batch", what, lambda: _stacked(*mine.pad_batch(given, tokenizer.pad_token_id)), _stacked(*_two(batch))
    )

    plain = RealDecoder(prefix="##", cleanup=False)
    text = [plain.decode(tokenizer.convert_ids_to_tokens(ids)) for ids in given]
    yield Step("decode", "the ids as text again", lambda: [mine.decode(ids, names) for ids in given], text)

    what = "your text: given away are NFKD, keeps pieces, from the end"
    yield Step("telltale_text", what, lambda: _given_away(mine.telltale_text(), tokenizer, vocab), [True] * 3)

    few = [SEED, *HOSTILE[1:4]]
    real = tokenizer(few, padding=True, return_tensors="pt")
    kept = real["attention_mask"].bool()
    yield Step(
        "encode pad_batch",
        f"the model's {int(kept.sum())} vectors for your padded batch",
        lambda: _read(mine, few, tokenizer, vocab, model)[kept],
        model(**real).last_hidden_state[kept],
    )


def _encoded(mine: SimpleNamespace, vocab: dict[str, int], single: bool) -> list[dict[str, list[int]]]:
    if single:
        return [mine.encode(text, None, vocab) for text in HOSTILE]
    return [mine.encode(text, other, vocab) for text, other in pairwise(HOSTILE)]


def _two(batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    return batch["input_ids"], batch["attention_mask"]


def _stacked(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return torch.stack([ids, mask])  # (2, batch, tokens)


def _given_away(text: str, tokenizer: "BertTokenizer", vocab: dict[str, int]) -> list[bool]:
    """For each of the three planted tokenizers whether it makes other ids of the text than the real one."""
    from course_utils.checks.course import planted
    from course_utils.checks.tokenization.telltale_text import WRONG

    real = tokenizer(text, split_special_tokens=True)["input_ids"]
    return [planted("encode", label)(text, None, vocab)["input_ids"] != real for label in WRONG.values()]


def _read(
    mine: SimpleNamespace, texts: list[str], tokenizer: "BertTokenizer", vocab: dict[str, int], model: "BertModel"
) -> torch.Tensor:
    """What the real model makes of the learner's ids and mask, (batch, tokens, hidden)."""
    ids, mask = mine.pad_batch([mine.encode(text, None, vocab)["input_ids"] for text in texts], tokenizer.pad_token_id)
    return model(input_ids=ids, attention_mask=mask).last_hidden_state

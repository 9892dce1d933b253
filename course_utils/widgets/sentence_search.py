"""Lesson 08's widget: a search box over the course's own sentences, answering as one types."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_utils.figures.style import COLOURS, INK, MUTED, WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.given.corpus import Sentence, load_corpus
from course_utils.modes import in_eval_mode, one_thread
from course_utils.reference.sentence_search import l2_normalize, mean_pool, search

from .base import choice, explore, slider, text

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

QUERY = "quitting tobacco"
EXAMPLES = ("crane", "bat", "bark", "the bank of the river", "no sunshine", "it did not rain")
LONGEST = 256  # tokens: as many as the lesson's embed reads
_BATCH = 32

MEANING, FIRST, WORDS = "mean of the tokens", "[CLS] alone", "words in common"


def sentence_vectors(tokenizer: "BertTokenizer", model: "BertModel", texts: Sequence[str]) -> dict[str, Tensor]:
    """Unit vectors of texts, (texts, hidden), made in two ways: the masked mean of the tokens, and [CLS] alone."""
    found: dict[str, list[Tensor]] = {MEANING: [], FIRST: []}
    with in_eval_mode(model), one_thread():
        for start in range(0, len(texts), _BATCH):
            some = list(texts[start : start + _BATCH])
            batch = tokenizer(some, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
            states = model(**batch).last_hidden_state  # (batch, tokens, hidden)
            found[MEANING].append(l2_normalize(mean_pool(states, batch["attention_mask"])))
            found[FIRST].append(l2_normalize(states[:, 0]))
    return {name: torch.cat(parts) for name, parts in found.items()}


def words_of(tokenizer: "BertTokenizer", sentence: str) -> frozenset[str]:
    """The different words of a text as the tokenizer normalises and cuts them, without punctuation."""
    backend = tokenizer.backend_tokenizer
    words = backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(sentence))
    return frozenset(word for word, _ in words if any(letter.isalnum() for letter in word))


def draw_results(
    query: str, found: Sequence[tuple[int, float]], corpus: Sequence[Sentence], shared: Sequence[int], by: str
) -> Picture:
    """The ranked sentences with bars. found: (index, score) best first; shared: each one's number of words in common."""
    row, left = 32, 190
    canvas = Canvas(WIDTH, 66 + row * len(found) + 8)
    canvas.text(20, 24, f"“{query}”", 15, bold=True, width=WIDTH - 400)  # bold is wider than the canvas reckons
    canvas.text(WIDTH - 20, 24, f"nearest of {len(corpus)} sentences, by {by}", 12, MUTED, anchor="end")
    canvas.text(44, 50, "Jaccard index" if by == WORDS else "cosine", 12, MUTED)
    canvas.text(left, 50, "sentence", 12, MUTED)
    canvas.text(WIDTH - 112, 50, "shared words", 12, MUTED, anchor="end")
    canvas.text(WIDTH - 20, 50, "theme", 12, MUTED, anchor="end")
    role = COLOURS["token" if by == WORDS else "query"]
    for rank, (index, score) in enumerate(found):
        middle = 66 + row * (rank + 0.5)
        canvas.text(36, middle, rank + 1, 12, MUTED, anchor="end")
        length = round(max(min(score, 1.0), 0.0) * 100)
        canvas.rect(44, middle - 9, max(length, 1), 18, role.fill, role.line, radius=2)
        canvas.text(44 + length + 5, middle, f"{score:.2f}", 12, INK)
        canvas.text(left, middle, corpus[index].text, 13, width=WIDTH - left - 206)
        canvas.text(WIDTH - 142, middle, shared[index] or "none", 12, MUTED if shared[index] else INK, anchor="middle")
        canvas.text(WIDTH - 20, middle, corpus[index].theme, 12, MUTED, anchor="end")
    first, score = found[0]
    asked = query if len(query) <= 80 else query[:79] + "…"
    common = {0: "no word", 1: "one word"}.get(shared[first], f"{shared[first]} words")
    return canvas.picture(
        f"Of {len(corpus)} sentences the nearest to “{asked}”, by {by}, is “{corpus[first].text}” with {score:.2f}; the two "
        f"have {common} in common."
    )


def explore_search(
    tokenizer: "BertTokenizer", model: "BertModel", query: str = QUERY, corpus: Sequence[Sentence] | None = None
) -> None:
    """A search box: type, and the nearest of the course's sentences come up; by meaning, by [CLS], or by shared words.

    The sentences' vectors are made once, at the first drawing. `corpus`: other sentences to search in.
    """
    sentences = list(corpus) if corpus is not None else load_corpus()

    @functools.cache
    def known() -> dict[str, Tensor]:
        return sentence_vectors(tokenizer, model, [sentence.text for sentence in sentences])

    words = [words_of(tokenizer, sentence.text) for sentence in sentences]

    def draw(query: str, by: str, results: int) -> Picture:
        typed = " ".join(query.split())
        if not typed:
            raise ValueError("there is nothing to look for yet; type some words.")
        asked = words_of(tokenizer, typed)
        shared = [len(asked & each) for each in words]
        if by == WORDS:
            scores = [both / max(len(asked | each), 1) for both, each in zip(shared, words, strict=True)]
            best = sorted(range(len(scores)), key=lambda index: -scores[index])[:results]
            found = [(index, scores[index]) for index in best]
        else:
            found = search(sentence_vectors(tokenizer, model, [typed])[by][0], known()[by], results)
        return draw_results(typed, found, sentences, shared, by)

    explore(
        draw,
        query=text("search", query, examples=EXAMPLES),
        by=choice("compare by", [MEANING, FIRST, WORDS]),
        results=slider("results", 3, 10, 6),
    )

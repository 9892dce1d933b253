"""Lesson 08: the learner's search engine beside sentence-transformers, its parts, its `encode` and its search."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from course_utils.given.corpus import load_corpus
from course_utils.model import MODEL

from .table import Step

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel, BertTokenizer

    from .table import Mine

QUESTIONS = ["rejected mortgage", "a broken bone", "my flight was late"]
LONG = "The weather is lovely today. " * 50  # more than 256 tokens
_TOGETHER = 16  # texts in a padded batch
_BEST = 5


def steps(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel") -> Iterator[Step]:
    """The library's three modules one by one, then `encode` against `embed`, and a search from questions to sentences."""
    from sentence_transformers.util import cos_sim, semantic_search

    library = _library()
    _, pooling, normalize = library
    some = load_corpus()[::3]
    sentences = [one.text for one in some]
    batch = tokenizer(sentences[:_TOGETHER], padding=True, return_tensors="pt")
    mask, states = batch["attention_mask"], model(**batch).last_hidden_state  # (texts, tokens), (texts, tokens, hidden)
    means = pooling({"token_embeddings": states, "attention_mask": mask})["sentence_embedding"]  # (texts, hidden)
    yield Step(
        "mean_pool",
        f"the library's Pooling, {_TOGETHER} sentences in one batch",
        lambda: mine.mean_pool(states, mask),
        means,
    )
    yield Step(
        "l2_normalize",
        "the library's Normalize, on these means",
        lambda: mine.l2_normalize(means),
        normalize({"sentence_embedding": means})["sentence_embedding"],
    )
    yield Step(
        "cosine_matrix",
        "util.cos_sim, the first six means with the others",
        lambda: mine.cosine_matrix(means[:6], means[6:]),
        cos_sim(means[:6], means[6:]),
    )

    texts = [*sentences[:_TOGETHER], "", LONG]
    yield Step(
        "embed",
        f"SentenceTransformer.encode, {len(texts)} texts, one empty, one too long",
        lambda: mine.embed(texts, tokenizer, model, 4),
        library.encode(texts, batch_size=4, convert_to_tensor=True),
    )
    corpus = library.encode(sentences, convert_to_tensor=True)  # (sentences, hidden)
    asked = library.encode(QUESTIONS, convert_to_tensor=True)  # (questions, hidden)
    best = semantic_search(asked, corpus, top_k=3)  # for each question a list of hits
    yield Step(
        "search",
        f"util.semantic_search, index and cosine of the best 3 for {len(QUESTIONS)} questions",
        lambda: torch.tensor([mine.search(one, corpus, 3) for one in asked]),  # (questions, 3, 2)
        torch.tensor([[(hit["corpus_id"], hit["score"]) for hit in hits] for hits in best]),
    )
    themes = ("money", "health", "travel")  # one for each question: what it should find
    right = [[index for index, one in enumerate(some) if one.theme == theme] for theme in themes]
    yield Step(
        "recall_at_k",
        f"the library's InformationRetrievalEvaluator, recall@{_BEST} with a theme's sentences as the right ones",
        lambda: torch.tensor(mine.recall_at_k(asked, corpus, right, _BEST)),
        torch.tensor(_recall(sentences, right, semantic_search(asked, corpus, top_k=_BEST))),
    )
    yield Step(
        "embed search",
        f"all of it: the best sentence for {', '.join(f'“{question}”' for question in QUESTIONS)}",
        lambda: _found(mine, tokenizer, model, sentences),
        [sentences[hits[0]["corpus_id"]] for hits in best],
    )


def _library() -> "SentenceTransformer":
    """The library's model from the course's folder: BERT, the mean, the length 1; a plain BERT gets the last two."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    library = SentenceTransformer(MODEL, device="cpu").float()
    if len(library) != 3 or library[1].pooling_mode != "mean" or not isinstance(library[2], Normalize):
        by_mean = Pooling(library[0].get_embedding_dimension())
        library = SentenceTransformer(modules=[library[0], by_mean, Normalize()], device="cpu")
    library.max_seq_length = 256
    return library


def _recall(sentences: list[str], right: list[list[int]], hits: list[list[dict]]) -> float:
    """What the library's evaluator makes of the search for the questions."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    given = [dict(enumerate(each)) for each in (QUESTIONS, sentences, map(set, right))]
    evaluator = InformationRetrievalEvaluator(*given, precision_recall_at_k=[_BEST])
    return float(evaluator.compute_metrics(hits)["recall@k"][_BEST])


def _found(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel", sentences: list[str]) -> list[str]:
    """For each question the sentence that the learner's own engine finds first."""
    corpus = mine.embed(sentences, tokenizer, model)  # (sentences, hidden)
    asked = mine.embed(QUESTIONS, tokenizer, model)  # (questions, hidden)
    return [sentences[mine.search(one, corpus, 1)[0][0]] for one in asked]

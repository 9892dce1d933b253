"""Sentence search: equal to sentence-transformers, and independent of the batch."""

import functools

import pytest
import torch
import torch.nn.functional as F
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from sentence_transformers.util import cos_sim, semantic_search

from course_utils.reference.sentence_search import cosine_matrix, embed, l2_normalize, mean_pool, recall_at_k, search
from tests.reference.fixtures import FOLDER, close, normal, real_model, real_tokenizer

QUICKSTART = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
TEXTS = [*QUICKSTART, "", "naïve café 北京", "An unaffable river bank, " * 90, "Why?"]


@functools.cache
def library() -> SentenceTransformer:
    return SentenceTransformer(FOLDER, device="cpu")


def test_mean_pool():
    states, mask = normal(3, 5, 7), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]])
    expected = torch.stack([states[0].mean(dim=0), states[1, :2].mean(dim=0), torch.zeros(7)])
    assert close(mean_pool(states, mask), expected)
    assert close(mean_pool(states, mask.bool()), expected)


def test_l2_normalize():
    x = normal(2, 5, 7)
    x[0, 0] = 0
    assert close(l2_normalize(x), F.normalize(x, dim=-1))


def test_embed_equals_sentence_transformers():
    expected = torch.tensor(library().encode(TEXTS))
    mine = embed(TEXTS, real_tokenizer(), real_model())
    assert close(mine, expected)
    assert close(mine.norm(dim=-1), torch.ones(len(TEXTS)))


@pytest.mark.parametrize("batch_size", [1, 3])
def test_embed_does_not_depend_on_the_batch(batch_size):
    texts = [*QUICKSTART, "", "Why?"]
    assert close(embed(texts, real_tokenizer(), real_model(), batch_size), embed(texts, real_tokenizer(), real_model()))


def test_quickstart_numbers():
    vectors = embed(QUICKSTART, real_tokenizer(), real_model())
    cosines = cosine_matrix(vectors, vectors)
    found = [cosines[0, 1].item(), cosines[0, 2].item(), cosines[1, 2].item()]
    assert found == pytest.approx([0.6660, 0.1046, 0.1411], abs=5e-5)


def test_cosine_matrix():
    a, b = normal(3, 7), 5 * normal(4, 7, seed=1)
    assert close(cosine_matrix(a, b), cos_sim(a, b))


def test_search():
    corpus, query = F.normalize(normal(11, 7), dim=-1), F.normalize(normal(7, seed=1), dim=-1)
    values, indices = (corpus @ query).topk(11)
    for k in (1, 4, 11, 99):
        found = search(query, corpus, k)
        assert [index for index, _ in found] == indices[:k].tolist()
        assert [cosine for _, cosine in found] == pytest.approx(values[:k].tolist())
    assert all(type(index) is int and type(cosine) is float for index, cosine in found)


@pytest.mark.parametrize("k", [1, 2, 3, 9])
def test_recall_at_k_equals_the_evaluator(k):
    queries, corpus = l2_normalize(normal(3, 7)), l2_normalize(normal(6, 7, seed=1))
    relevant = [[0, 3, 5], [1], [2, 4]]
    names = dict(enumerate("abc"))
    judge = InformationRetrievalEvaluator(
        names, dict(enumerate("uvwxyz")), dict(enumerate(map(set, relevant))), precision_recall_at_k=[k]
    )
    real = judge.compute_metrics(semantic_search(queries, corpus, top_k=k))["recall@k"][k]
    assert recall_at_k(queries, corpus, relevant, k) == pytest.approx(float(real))

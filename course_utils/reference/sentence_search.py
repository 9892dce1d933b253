"""Sentence search: one vector per sentence, and the sentences whose vectors point the same way."""

import torch
from torch import Tensor, nn


def mean_pool(last_hidden_state: Tensor, attention_mask: Tensor) -> Tensor:
    """Make one vector of each sequence: the mean of its real tokens' vectors.

    last_hidden_state: (batch, tokens, hidden).
    attention_mask: (batch, tokens), 1 for real tokens, 0 for padding.

    Padding must not matter, whatever its vectors are and however much there is of it.

    Returns: (batch, hidden); zeros for a row without any real token.
    Source: Reimers and Gurevych 2019, arXiv 1908.10084, section 3; the Pooling module
        of sentence-transformers.
    """
    weights = attention_mask[:, :, None].to(last_hidden_state.dtype)  # (batch, tokens, 1)
    total = (last_hidden_state * weights).sum(dim=1)  # (batch, hidden)
    count = weights.sum(dim=1)  # (batch, 1)
    return total / count.clamp(min=1.0)


def l2_normalize(x: Tensor) -> Tensor:
    """Bring every vector to Euclidean length 1 and keep its direction: x / ‖x‖.

    x: (..., hidden).

    A vector of zeros stays a vector of zeros.

    Returns: the shape of x.
    Equal to: `F.normalize(x, dim=-1)`.
    """
    length = x.norm(dim=-1, keepdim=True)  # (..., 1)
    return x / length.clamp(min=1e-12)


def embed(
    texts: list[str],
    tokenizer,
    model: nn.Module,
    batch_size: int = 32,
) -> Tensor:
    """Turn texts into unit vectors: tokenise, run the model, pool, normalise.

    texts: the sentences, as strings.
    tokenizer: a `BertTokenizer`; let it pad, and cut a text off at 256 tokens, as the
        library does.
    model: a BERT whose result has a `last_hidden_state`; run it without gradients.
    batch_size: the largest number of texts to run through the model at a time.

    Pool by the mean over the real tokens.

    Returns: (texts, hidden), in the order of the texts and, up to rounding, the same
        whatever the batch size.
    Equal to: `SentenceTransformer.encode`.
    """
    vectors = []
    for start in range(0, len(texts), batch_size):
        batch_texts = texts[start : start + batch_size]
        batch = tokenizer(batch_texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            last_hidden_state = model(**batch)["last_hidden_state"]  # (batch, tokens, hidden)
        pooled = mean_pool(last_hidden_state, batch["attention_mask"])  # (batch, hidden)
        vectors.append(l2_normalize(pooled))
    return torch.cat(vectors)  # (texts, hidden)


def cosine_matrix(a: Tensor, b: Tensor) -> Tensor:
    """Compare all vectors of one set with all of another by the cosine of their angle.

    a: (n, hidden), vectors of any length.
    b: (m, hidden), vectors of any length.

    Returns: (n, m), numbers between -1 and 1.
    Equal to: `sentence_transformers.util.cos_sim(a, b)`.
    """
    unit_a = l2_normalize(a)  # (n, hidden)
    unit_b = l2_normalize(b)  # (m, hidden)
    return unit_a @ unit_b.T  # (n, m)


def search(
    query_embedding: Tensor,
    corpus_embeddings: Tensor,
    k: int,
) -> list[tuple[int, float]]:
    """Find the k texts of a corpus that are most similar to a query.

    query_embedding: (hidden,).
    corpus_embeddings: (texts, hidden).
    k: how many texts to find.

    All vectors have length 1, so a dot product is a cosine.

    Returns: k pairs (index, cosine) of a Python int and float, best first; all texts if
        there are fewer than k.
    """
    cosines = corpus_embeddings @ query_embedding  # (texts,)
    best_first = cosines.argsort(descending=True)  # (texts,)
    found = []
    for index in best_first[:k].tolist():
        found.append((index, cosines[index].item()))
    return found


def recall_at_k(
    query_embeddings: Tensor,
    corpus_embeddings: Tensor,
    relevant: list[list[int]],
    k: int,
) -> float:
    """Measure a search by the share of the right texts that it finds first.

    query_embeddings: (queries, hidden).
    corpus_embeddings: (texts, hidden).
    relevant: for each query the indices of its right texts: at least one, none twice.
    k: how many texts of each search count.

    All vectors have length 1. A query's recall is the share of its right texts that are
    among the k most similar ones.

    Returns: the mean of all queries' recalls, a Python float.
    Equal to: recall@k of sentence-transformers' `InformationRetrievalEvaluator`.
    """
    recalls = []
    for query, right in zip(query_embeddings, relevant, strict=True):
        found = {index for index, _ in search(query, corpus_embeddings, k)}
        recalls.append(len(found.intersection(right)) / len(right))
    return sum(recalls) / len(recalls)

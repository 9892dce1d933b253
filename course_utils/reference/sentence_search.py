"""Sentence search: one vector a sentence, and the sentences whose vectors point the same way."""

import torch
from torch import Tensor, nn


def mean_pool(last_hidden_state: Tensor, attention_mask: Tensor) -> Tensor:
    """Make one vector of each sequence: the mean of its real tokens' vectors.

    last_hidden_state: (batch, tokens, hidden). attention_mask: (batch, tokens), 1 for real tokens, 0 for
    padding.
    Returns (batch, hidden). Padding must not matter, whatever stands there and however much there is of it. A
    row without any real token gives zeros.
    Source: Reimers and Gurevych 2019, arXiv 1908.10084, section 3; the Pooling module of
    sentence-transformers.
    """
    weights = attention_mask[:, :, None].to(last_hidden_state.dtype)  # (batch, tokens, 1)
    total = (last_hidden_state * weights).sum(dim=1)  # (batch, hidden)
    count = weights.sum(dim=1)  # (batch, 1)
    return total / count.clamp(min=1.0)


def l2_normalize(x: Tensor) -> Tensor:
    """Bring every vector to Euclidean length 1 and leave its direction: x / ‖x‖.

    x: (..., hidden). Returns the same shape. A vector of zeros stays one.
    Equal to `F.normalize(x, dim=-1)`.
    """
    length = x.norm(dim=-1, keepdim=True)  # (..., 1)
    return x / length.clamp(min=1e-12)


def embed(texts: list[str], tokenizer, model: nn.Module, batch_size: int = 32) -> Tensor:
    """Turn texts into unit vectors: tokenise, run the model, take the mean over real tokens, normalise.

    tokenizer: a `BertTokenizer`; let it pad, and cut a text off at 256 tokens, where the library does.
    model: a BERT whose result has `last_hidden_state`. Run it without gradients, on at most `batch_size`
    texts at a time.
    Returns (texts, hidden), in the order of the texts and, up to rounding, the same whatever the batch size.
    Equal to `SentenceTransformer.encode`.
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
    """Compare every vector of one set with every vector of another by the cosine of their angle.

    a: (n, hidden). b: (m, hidden); neither needs to have length 1. Returns (n, m), numbers between -1 and 1.
    Equal to `sentence_transformers.util.cos_sim(a, b)`.
    """
    unit_a = l2_normalize(a)  # (n, hidden)
    unit_b = l2_normalize(b)  # (m, hidden)
    return unit_a @ unit_b.T  # (n, m)


def search(query_embedding: Tensor, corpus_embeddings: Tensor, k: int) -> list[tuple[int, float]]:
    """Find the k texts of a corpus that are most similar to a query.

    query_embedding: (hidden,). corpus_embeddings: (texts, hidden). All are unit vectors, so a dot product is
    a cosine.
    Returns k pairs (index, cosine) of a Python int and float, best first. If there are fewer than k texts,
    all of them.
    """
    cosines = corpus_embeddings @ query_embedding  # (texts,)
    best_first = cosines.argsort(descending=True)  # (texts,)
    found = []
    for index in best_first[:k].tolist():
        found.append((index, cosines[index].item()))
    return found

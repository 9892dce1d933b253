"""Ids to vectors: look up three tables, add their rows and normalise the sum, and you have `hidden_states[0]`."""

import torch
from torch import Tensor


def embedding_lookup(table: Tensor, ids: Tensor) -> Tensor:
    """Take from a table the row of each id.

    table: (vocabulary, hidden), one row per id.
    ids: (batch, tokens), integers.

    Returns: (batch, tokens, hidden).
    Equal to: `F.embedding(ids, table)`.
    """
    return table[ids]  # (batch, tokens, hidden)


def embedding_sum(
    input_ids: Tensor,
    token_type_ids: Tensor,
    word: Tensor,
    position: Tensor,
    token_type: Tensor,
) -> Tensor:
    """Add up what a token is, where it is and which of the two texts it belongs to.

    input_ids: (batch, tokens), what each token is.
    token_type_ids: (batch, tokens), which of the two texts each token belongs to.
    word: (vocabulary, hidden), the table for `input_ids`.
    position: (positions, hidden), learned; row 0 is for the first token of every
        sequence.
    token_type: (segments, hidden), the table for `token_type_ids`.

    Returns: (batch, tokens, hidden), not normalised.
    Source: Devlin et al. 2018, arXiv 1810.04805, figure 2; `BertEmbeddings`
        in transformers.
    """
    num_tokens = input_ids.shape[1]
    positions = torch.arange(num_tokens, device=input_ids.device)  # (tokens,)
    position_ids = positions.expand_as(input_ids)  # (batch, tokens), the same in every row
    word_vectors = embedding_lookup(word, input_ids)  # (batch, tokens, hidden)
    segment_vectors = embedding_lookup(token_type, token_type_ids)  # (batch, tokens, hidden)
    position_vectors = embedding_lookup(position, position_ids)  # (batch, tokens, hidden)
    return word_vectors + segment_vectors + position_vectors


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Bring each token's vector to mean 0 and variance 1, then stretch and shift it.

    x: (..., hidden).
    weight, bias: (hidden,), the stretch and the shift of each feature.
    eps: a number added to the variance.

    The mean μ and the variance σ² are taken over the last axis. The variance is the
    mean of (x - μ)²: divided by the number of features, not by one less.

    Returns: y = (x - μ) / √(σ² + eps) · weight + bias, in the shape of x.
    Source: Ba et al. 2016, arXiv 1607.06450.
    Equal to: `F.layer_norm(x, x.shape[-1:], weight, bias, eps)`.
    """
    mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
    variance = x.var(dim=-1, keepdim=True, unbiased=False)  # (..., 1)
    normalized = (x - mean) / torch.sqrt(variance + eps)  # (..., hidden)
    return normalized * weight + bias


def bert_embeddings(
    input_ids: Tensor,
    token_type_ids: Tensor,
    state_dict: dict[str, Tensor],
    config,
) -> Tensor:
    """Compute BERT's `hidden_states[0]`: the sum of the three embeddings, normalised.

    input_ids, token_type_ids: (batch, tokens).
    state_dict: the whole model's tensors under the checkpoint's names; you need
        `embeddings.word_embeddings.weight`, `embeddings.position_embeddings.weight`,
        `embeddings.token_type_embeddings.weight`, `embeddings.LayerNorm.weight` and
        `embeddings.LayerNorm.bias`.
    config: has `layer_norm_eps`.

    Leave out dropout: it belongs to training.

    Returns: (batch, tokens, hidden).
    Source: `BertEmbeddings.forward` in transformers.
    """
    summed = embedding_sum(
        input_ids,
        token_type_ids,
        state_dict["embeddings.word_embeddings.weight"],
        state_dict["embeddings.position_embeddings.weight"],
        state_dict["embeddings.token_type_embeddings.weight"],
    )  # (batch, tokens, hidden)
    norm_weight = state_dict["embeddings.LayerNorm.weight"]
    norm_bias = state_dict["embeddings.LayerNorm.bias"]
    return layer_norm(summed, norm_weight, norm_bias, config.layer_norm_eps)


def nearest_tokens(vector: Tensor, table: Tensor, k: int) -> list[int]:
    """Find the k rows of a table whose directions are closest to that of a vector.

    vector: (hidden,).
    table: (vocabulary, hidden), one row per id.
    k: how many ids to find.

    Closest means the highest cosine, the dot product of unit vectors, so that long rows
    have no advantage. A row of zeros has no direction; its cosine counts as 0.

    Returns: the k ids as Python ints, best first; if the vector is a row of the table,
        that row comes first.
    """
    products = table @ vector  # (vocabulary,)
    lengths = table.norm(dim=-1) * vector.norm()  # (vocabulary,)
    cosines = products / lengths.clamp(min=1e-12)  # (vocabulary,), 0 for a row of zeros
    best_first = cosines.argsort(descending=True)
    return best_first[:k].tolist()


def indistinguishable(
    word: Tensor,
    position: Tensor,
    segment: Tensor,
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Find two different inputs that the sum of their embeddings cannot tell apart.

    word: (vocabulary, hidden), a small table, as are the other two.
    position: (positions, hidden).
    segment: (segments, hidden).

    An input is a triple (token id, place, segment id), and its sum is one row of each
    table, added. No table has the same row twice, and yet there is a pair of triples
    with the same sum. All numbers are multiples of 1/64, so that sums lose no digit,
    in whatever order you add.

    Returns: the two triples, as Python ints. If there are several such pairs, any of
        them will do.
    """
    seen = {}  # what sums there were, and of which triple
    for token, row in enumerate(word):
        for place, where in enumerate(position):
            for kind, text in enumerate(segment):
                triple = (token, place, kind)
                total = row + where + text  # (hidden,)
                key = tuple(total.tolist())
                if key in seen:
                    return seen[key], triple
                seen[key] = triple


def embedding_parameters(config) -> int:
    """Count the parameters of BERT's embeddings: three tables and a norm.

    config: has `vocab_size`, `max_position_embeddings`, `type_vocab_size` and
        `hidden_size`.

    The norm has a weight and a bias.

    Returns: the count, as a Python int.
    Equal to: the number of parameters of `model.embeddings`.
    """
    words = config.vocab_size * config.hidden_size
    positions = config.max_position_embeddings * config.hidden_size
    segments = config.type_vocab_size * config.hidden_size
    norm = 2 * config.hidden_size
    return words + positions + segments + norm

"""Ids to vectors: three tables are looked up, added and normalised, and give `hidden_states[0]`."""

import torch
from torch import Tensor


def embedding_lookup(table: Tensor, ids: Tensor) -> Tensor:
    """Take from a table the row of each id.

    table: (vocabulary, hidden). ids: integers, (batch, tokens). Returns (batch, tokens, hidden).
    Equal to `F.embedding(ids, table)`.
    """
    return table[ids]  # (batch, tokens, hidden)


def embedding_sum(
    input_ids: Tensor, token_type_ids: Tensor, word: Tensor, position: Tensor, token_type: Tensor
) -> Tensor:
    """Add up what a token is, where it stands and which of the two texts it belongs to.

    input_ids, token_type_ids: (batch, tokens). word: (vocabulary, hidden). position: (positions, hidden),
    learned, its row 0 for the first token of every sequence. token_type: (segments, hidden). Returns (batch,
    tokens, hidden), not normalised.
    Source: Devlin et al. 2018, arXiv 1810.04805, figure 2; `BertEmbeddings`.
    """
    num_tokens = input_ids.shape[1]
    positions = torch.arange(num_tokens, device=input_ids.device)  # (tokens,)
    position_ids = positions.expand_as(input_ids)  # (batch, tokens), the same in every row
    word_vectors = embedding_lookup(word, input_ids)  # (batch, tokens, hidden)
    segment_vectors = embedding_lookup(token_type, token_type_ids)  # (batch, tokens, hidden)
    position_vectors = embedding_lookup(position, position_ids)  # (batch, tokens, hidden)
    return word_vectors + segment_vectors + position_vectors


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Bring each token's vector to mean 0 and variance 1, then stretch and shift each feature.

    x: (..., hidden). weight, bias: (hidden,). Mean μ and variance σ² are taken over the last axis, the
    variance as the mean of the squares (divided by the number of features, not by one less): y = (x - μ) /
    √(σ² + eps) · weight + bias.
    Returns the shape of x. Source: Ba et al. 2016, arXiv 1607.06450; equal to
    `F.layer_norm(x, x.shape[-1:], weight, bias, eps)`.
    """
    mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
    variance = x.var(dim=-1, keepdim=True, unbiased=False)  # (..., 1)
    normalized = (x - mean) / torch.sqrt(variance + eps)  # (..., hidden)
    return normalized * weight + bias


def bert_embeddings(input_ids: Tensor, token_type_ids: Tensor, state_dict: dict[str, Tensor], config) -> Tensor:
    """Compute BERT's `hidden_states[0]`: the sum of the three embeddings, normalised.

    input_ids, token_type_ids: (batch, tokens). state_dict: the whole model's tensors under the checkpoint's
    names; needed are `embeddings.word_embeddings.weight`, `embeddings.position_embeddings.weight`,
    `embeddings.token_type_embeddings.weight`, `embeddings.LayerNorm.weight`, `embeddings.LayerNorm.bias`.
    config: has `layer_norm_eps`.
    Returns (batch, tokens, hidden). Dropout is a matter of training and left out. Source:
    `BertEmbeddings.forward`.
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
    """Find the k rows of a table that point most nearly in a vector's direction.

    vector: (hidden,). table: (vocabulary, hidden). Returns the k ids with the highest cosine, best first; if
    the vector is a row of the table, that row comes first. Long rows have no advantage: cosine is the dot
    product of unit vectors. A row of zeros has no direction; its cosine counts as 0.
    """
    products = table @ vector  # (vocabulary,)
    lengths = table.norm(dim=-1) * vector.norm()  # (vocabulary,)
    cosines = products / lengths.clamp(min=1e-12)  # (vocabulary,), 0 for a row of zeros
    best_first = cosines.argsort(descending=True)
    return best_first[:k].tolist()


def embedding_parameters(config) -> int:
    """Count the parameters of BERT's embeddings: three tables, and the norm's weight and bias.

    config: has `vocab_size`, `max_position_embeddings`, `type_vocab_size` and `hidden_size`.
    Equal to the number of parameters of `model.embeddings`.
    """
    words = config.vocab_size * config.hidden_size
    positions = config.max_position_embeddings * config.hidden_size
    segments = config.type_vocab_size * config.hidden_size
    norm = 2 * config.hidden_size
    return words + positions + segments + norm

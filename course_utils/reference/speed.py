"""Making it fast: one product for query, key and value, torch's own attention, no padding."""

import torch
import torch.nn.functional as F
from torch import Tensor


def fuse_qkv(params: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Put the dense layers of query, key and value into one.

    params: one layer's tensors.

    One product then computes all three.

    Returns: the weight, (3 · hidden, hidden), and the bias, (3 · hidden,): first the
        rows that give the query, then those of the key, then those of the value.
    """
    names = ("query", "key", "value")
    weight = torch.cat([params[f"attention.self.{name}.weight"] for name in names])  # (3 · hidden, hidden)
    bias = torch.cat([params[f"attention.self.{name}.bias"] for name in names])  # (3 · hidden,)
    return weight, bias


def sdpa_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
) -> Tensor:
    """Compute the context with torch's own attention, which stores no probabilities.

    query, key, value: (batch, heads, tokens, head size).
    attention_mask: None, or the tokenizer's mask, (batch, tokens) of 1 and 0.

    `F.scaled_dot_product_attention` takes a bool mask in which True means "may be
    looked at".

    Returns: (batch, heads, tokens, head size), the same as the context of
        `scaled_dot_product_attention` up to rounding.
    Source: Dao et al. 2022, arXiv 2205.14135.
    """
    may_look = None
    if attention_mask is not None:
        may_look = attention_mask[:, None, None, :].bool()  # (batch, 1, 1, tokens)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=may_look)


def length_sorted_batches(lengths: list[int], batch_size: int) -> list[list[int]]:
    """Batch texts of similar length together, so that little padding is needed.

    lengths: each text's number of tokens.
    batch_size: how many texts a batch has.

    Returns: lists of indices into `lengths`, shortest text first; every batch has
        `batch_size` indices, except that the last one has what is left. Each index
        occurs once; equal lengths keep their order.
    """
    shortest_first = sorted(range(len(lengths)), key=lambda index: lengths[index])
    batches = []
    for start in range(0, len(shortest_first), batch_size):
        batches.append(shortest_first[start : start + batch_size])
    return batches


def pack_sequences(sequences: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Lay sequences one after the other in a single row: a batch without padding.

    sequences: n lists of ids, N ids in all.

    Sequence i fills the places from boundary i up to, but not including, boundary
    i + 1. FlashAttention calls the boundaries `cu_seqlens`.

    Returns: three int64 tensors: the ids, (1, N); the position ids, (1, N), which start
        again at 0 with each sequence; and the n + 1 boundaries, (n + 1,).
    """
    ids, positions, boundaries = [], [], [0]
    for sequence in sequences:
        ids.extend(sequence)
        positions.extend(range(len(sequence)))
        boundaries.append(len(ids))
    input_ids = torch.tensor([ids], dtype=torch.int64)  # (1, N)
    position_ids = torch.tensor([positions], dtype=torch.int64)  # (1, N)
    cu_seqlens = torch.tensor(boundaries, dtype=torch.int64)  # (n + 1,)
    return input_ids, position_ids, cu_seqlens


def block_diagonal_mask(cu_seqlens: Tensor, dtype: torch.dtype) -> Tensor:
    """Make the additive mask that keeps packed sequences apart.

    cu_seqlens: (n + 1,), the boundaries that `pack_sequences` gives.
    dtype: the dtype of the result.

    Returns: (1, 1, N, N) in the given dtype: 0 where query and key belong to the same
        sequence, the dtype's lowest number elsewhere.
    """
    lengths = cu_seqlens.diff()  # (n,)
    numbers = torch.arange(len(lengths), device=cu_seqlens.device)  # (n,)
    owner = torch.repeat_interleave(numbers, lengths)  # (N,): which sequence a token belongs to
    is_other = owner[:, None] != owner[None, :]  # (N, N)
    zeros = torch.zeros(is_other.shape, dtype=dtype, device=cu_seqlens.device)
    mask = zeros.masked_fill(is_other, torch.finfo(dtype).min)
    return mask[None, None]  # (1, 1, N, N)


def attention_flop_share(seq_len: int, hidden_size: int) -> float:
    """Compute what share of a layer's work grows with the square of the length.

    seq_len: how many tokens the sequence has.
    hidden_size: how many features a token's vector has.

    Count, for one token, the multiplications and additions of an encoder layer's matrix
    products: 2 for each weight, or pair of numbers, multiplied. The feed-forward
    network is 4 · hidden wide. Products with weights cost the same for a token of any
    sequence; Q Kᵀ and the product of the probabilities with V meet all `seq_len`
    tokens.

    Returns: a number between 0 and 1.
    Source: Kaplan et al. 2020, arXiv 2001.08361, table 1.
    """
    attention_weights = 4 * hidden_size * hidden_size  # query, key, value, output
    feed_forward_weights = 2 * 4 * hidden_size * hidden_size
    with_weights = 2 * (attention_weights + feed_forward_weights)
    scores = 2 * seq_len * hidden_size  # Q Kᵀ
    mixing = 2 * seq_len * hidden_size  # probabilities times V
    return (scores + mixing) / (with_weights + scores + mixing)

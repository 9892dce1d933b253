"""Making it fast: one product for query, key and value, torch's own attention, no padding, and a pack for each core."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.sentence_search import l2_normalize


def fuse_qkv(params: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Put the dense layers of query, key and value into one, so that one product computes all three.

    params: one layer's tensors. Returns its weight (3 · hidden, hidden) and bias (3 · hidden,): first the
    rows that give the query, then those of the key, then those of the value.
    """
    names = ("query", "key", "value")
    weight = torch.cat([params[f"attention.self.{name}.weight"] for name in names])  # (3 · hidden, hidden)
    bias = torch.cat([params[f"attention.self.{name}.bias"] for name in names])  # (3 · hidden,)
    return weight, bias


def sdpa_attention(query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None = None) -> Tensor:
    """Compute the context with torch's own attention, which never writes down the probabilities.

    query, key, value: (batch, heads, tokens, head size). attention_mask: None, or the tokenizer's mask,
    (batch, tokens) of 1 and 0. Returns (batch, heads, tokens, head size), the same as
    `scaled_dot_product_attention` up to rounding. Mind that `F.scaled_dot_product_attention` takes a bool
    mask in which True means "may be looked at".
    Source: Dao et al. 2022, arXiv 2205.14135.
    """
    may_look = None
    if attention_mask is not None:
        may_look = attention_mask[:, None, None, :].bool()  # (batch, 1, 1, tokens)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=may_look)


def length_sorted_batches(lengths: list[int], batch_size: int) -> list[list[int]]:
    """Put texts of like length into the same batch, so that little padding is needed.

    lengths: each text's number of tokens. Returns lists of indices into `lengths`, shortest text first; every
    batch has `batch_size` indices but the last, which has what is left. Each index occurs once; equal lengths
    keep their order.
    """
    shortest_first = sorted(range(len(lengths)), key=lambda index: lengths[index])
    batches = []
    for start in range(0, len(shortest_first), batch_size):
        batches.append(shortest_first[start : start + batch_size])
    return batches


def pack_sequences(sequences: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Lay sequences one after the other in a single row: a batch without padding.

    sequences: n lists of ids, N ids together. Returns three int64 tensors: the ids (1, N); the position ids
    (1, N), which begin anew at 0 with each sequence; and the n + 1 boundaries, (n + 1,): sequence i stands
    from boundary i up to, but not with, boundary i + 1. FlashAttention calls the boundaries `cu_seqlens`.
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

    cu_seqlens: (n + 1,), the boundaries that `pack_sequences` gives. Returns (1, 1, N, N) in the given dtype:
    0 where query and key are of the same sequence, the dtype's lowest number elsewhere.
    """
    lengths = cu_seqlens.diff()  # (n,)
    numbers = torch.arange(len(lengths), device=cu_seqlens.device)  # (n,)
    owner = torch.repeat_interleave(numbers, lengths)  # (N,): which sequence a token is of
    is_other = owner[:, None] != owner[None, :]  # (N, N)
    zeros = torch.zeros(is_other.shape, dtype=dtype, device=cu_seqlens.device)
    mask = zeros.masked_fill(is_other, torch.finfo(dtype).min)
    return mask[None, None]  # (1, 1, N, N)


def attention_flop_share(seq_len: int, hidden_size: int) -> float:
    """Compute which share of an encoder layer's work grows with the square of the sequence's length.

    Count, for one token, the multiplications and additions (2 for each weight or pair of numbers multiplied)
    of the layer's matrix products; let the feed-forward network be 4 · hidden wide. Those with weights are
    the same for a token in any sequence; Q Kᵀ and the product of the probabilities with V meet all `seq_len`
    tokens.
    Returns a number between 0 and 1. Source: Kaplan et al. 2020, arXiv 2001.08361, table 1.
    """
    attention_weights = 4 * hidden_size * hidden_size  # query, key, value, output
    feed_forward_weights = 2 * 4 * hidden_size * hidden_size
    with_weights = 2 * (attention_weights + feed_forward_weights)
    scores = 2 * seq_len * hidden_size  # Q Kᵀ
    mixing = 2 * seq_len * hidden_size  # probabilities times V
    return (scores + mixing) / (with_weights + scores + mixing)


def equal_length_runs(lengths: list[int]) -> list[tuple[int, int, int]]:
    """The runs of equal length in a pack sorted by length, as (first token, sequences, tokens a sequence)."""
    runs, first_token = [], 0
    for length in sorted(set(lengths)):
        count = lengths.count(length)
        runs.append((first_token, count, length))
        first_token += count * length
    return runs


def packed_attention(qkv: Tensor, runs: list[tuple[int, int, int]], num_heads: int) -> Tensor:
    """Let each packed sequence attend to itself: a run of equal lengths is a batch that needs no mask.

    qkv: (tokens, 3 · hidden), query, key and value of all packed tokens. Returns the context, (tokens,
    hidden).
    """
    hidden = qkv.shape[1] // 3
    contexts = []
    for first_token, count, length in runs:
        run = qkv[first_token : first_token + count * length]
        parts = run.view(count, length, 3, num_heads, hidden // num_heads).permute(2, 0, 3, 1, 4)
        context = F.scaled_dot_product_attention(parts[0], parts[1], parts[2])  # (count, heads, length, head size)
        contexts.append(context.transpose(1, 2).reshape(count * length, hidden))
    return torch.cat(contexts)


def packed_layer(x: Tensor, params: dict[str, Tensor], runs: list[tuple[int, int, int]], config) -> Tensor:
    """Run one encoder layer on packed tokens (tokens, hidden); params has `qkv.weight` and `qkv.bias`, too."""
    eps, hidden = config.layer_norm_eps, (config.hidden_size,)
    qkv = F.linear(x, params["qkv.weight"], params["qkv.bias"])  # (tokens, 3 · hidden)
    context = packed_attention(qkv, runs, config.num_attention_heads)
    update = F.linear(context, params["attention.output.dense.weight"], params["attention.output.dense.bias"])
    norm = params["attention.output.LayerNorm.weight"], params["attention.output.LayerNorm.bias"]
    x = F.layer_norm(update.add_(x), hidden, *norm, eps)
    wide = F.gelu(F.linear(x, params["intermediate.dense.weight"], params["intermediate.dense.bias"]))
    update = F.linear(wide, params["output.dense.weight"], params["output.dense.bias"])
    norm = params["output.LayerNorm.weight"], params["output.LayerNorm.bias"]
    return F.layer_norm(update.add_(x), hidden, *norm, eps)


def packed_embeddings(sequences: list[list[int]], state_dict: dict[str, Tensor], config) -> Tensor:
    """Embed packed sequences of segment 0: (tokens, hidden)."""
    device = state_dict["embeddings.LayerNorm.bias"].device
    input_ids, position_ids, _ = (tensor.to(device) for tensor in pack_sequences(sequences))
    summed = F.embedding(input_ids[0], state_dict["embeddings.word_embeddings.weight"])
    summed += F.embedding(position_ids[0], state_dict["embeddings.position_embeddings.weight"])
    summed += state_dict["embeddings.token_type_embeddings.weight"][0]
    norm = state_dict["embeddings.LayerNorm.weight"], state_dict["embeddings.LayerNorm.bias"]
    return F.layer_norm(summed, (config.hidden_size,), *norm, config.layer_norm_eps)


def packed_mean(x: Tensor, runs: list[tuple[int, int, int]]) -> Tensor:
    """The mean vector of each packed sequence: (tokens, hidden) to (sequences, hidden)."""
    means = []
    for first_token, count, length in runs:
        run = x[first_token : first_token + count * length]
        means.append(run.view(count, length, -1).mean(dim=1))
    return torch.cat(means)


def fused_layers(state_dict: dict[str, Tensor], config) -> list[dict[str, Tensor]]:
    """Each layer's tensors as `packed_layer` wants them: with `qkv.weight` and `qkv.bias` added."""
    layers = []
    for layer in range(config.num_hidden_layers):
        params = layer_params(state_dict, layer)
        weight, bias = fuse_qkv(params)
        layers.append(params | {"qkv.weight": weight, "qkv.bias": bias})
    return layers


def packs_by_length(lengths: list[int], tokens_per_pack: int, cores: int = 1) -> list[list[int]]:
    """Lists of indices into `lengths`, shortest first; each but the last has `tokens_per_pack` tokens or a few more.

    Texts that would not fill a pack for each core are shared out among the cores, in smaller packs.
    """
    tokens_per_pack = min(tokens_per_pack, -(-sum(lengths) // cores))
    packs, pack, tokens = [], [], 0
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        pack.append(index)
        tokens += lengths[index]
        if tokens >= tokens_per_pack:
            packs.append(pack)
            pack, tokens = [], 0
    return [*packs, pack] if pack else packs


def on_every_core(work: Callable, items: list) -> list:
    """Call `work` with each item, with as many items at a time as torch has threads, each on one thread of its own.

    Returns the results in the order of the items.
    """
    cores = torch.get_num_threads()
    if cores == 1:
        return [work(item) for item in items]
    torch.set_num_threads(1)  # so that no operation is cut into pieces
    try:
        with ThreadPoolExecutor(cores) as pool:
            return list(pool.map(work, items))
    finally:
        torch.set_num_threads(cores)


@torch.no_grad()
def packed_vectors(sequences: list[list[int]], layers: list[dict[str, Tensor]], state_dict, config) -> Tensor:
    """Take one pack, shortest sequence first, through the whole model: (sequences, hidden), unit vectors."""
    runs = equal_length_runs([len(sequence) for sequence in sequences])
    x = packed_embeddings(sequences, state_dict, config)  # (tokens, hidden)
    for params in layers:
        x = packed_layer(x, params, runs, config)
    return l2_normalize(packed_mean(x, runs))


def packed_encode(
    texts: list[str], tokenizer, model: nn.Module, tokens_per_pack: int = 1024, pack_per_core: bool = True
) -> Tensor:
    """Do what `embed` does without computing padding: sorted by length, packed, query, key and value fused.

    tokens_per_pack: about how many tokens go through the layers at once; they should fit into the processor's
    cache. pack_per_core: whether each core takes packs of its own, or all cores work on one pack together.
    Returns (texts, hidden), unit vectors in the order of the texts, equal to `embed` up to rounding.
    """
    config, state_dict = model.config, model.state_dict()
    layers = fused_layers(state_dict, config)
    sequences = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
    cores = torch.get_num_threads() if pack_per_core else 1
    packs = packs_by_length([len(sequence) for sequence in sequences], tokens_per_pack, cores)

    def encode(pack: list[int]) -> Tensor:
        return packed_vectors([sequences[index] for index in pack], layers, state_dict, config)

    found = on_every_core(encode, packs) if pack_per_core else [encode(pack) for pack in packs]
    vectors = torch.empty(len(texts), config.hidden_size, dtype=model.dtype, device=model.device)
    for pack, of_pack in zip(packs, found, strict=True):
        vectors[pack] = of_pack  # back to the order of the texts
    return vectors

"""The whole encoder without padding: texts sorted by length, laid into packs, one per core."""

import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.sentence_search import l2_normalize
from course_utils.reference.speed import fuse_qkv, length_sorted_batches, pack_sequences, sdpa_attention


def equal_length_runs(lengths: list[int]) -> list[tuple[int, int, int]]:
    """Find the runs of equal length in a pack that is sorted by length.

    lengths: each sequence's number of tokens.

    Returns: the runs as (first token, sequences, tokens per sequence).
    """
    runs, first_token = [], 0
    for length in sorted(set(lengths)):
        count = lengths.count(length)
        runs.append((first_token, count, length))
        first_token += count * length
    return runs


def packed_attention(
    qkv: Tensor,
    runs: list[tuple[int, int, int]],
    num_heads: int,
) -> Tensor:
    """Let each packed sequence attend to itself.

    qkv: (tokens, 3 · hidden), query, key and value of all packed tokens.
    runs: the pack's `equal_length_runs`; each is a batch that needs no mask.
    num_heads: how many heads the layer has.

    Returns: the context, (tokens, hidden).
    """
    hidden = qkv.shape[1] // 3
    contexts = []
    for first_token, count, length in runs:
        run = qkv[first_token : first_token + count * length]
        parts = run.view(count, length, 3, num_heads, hidden // num_heads).permute(2, 0, 3, 1, 4)
        context = sdpa_attention(parts[0], parts[1], parts[2])  # (count, heads, length, head size)
        contexts.append(context.transpose(1, 2).reshape(count * length, hidden))
    return torch.cat(contexts)


DENSE = ("qkv", "attention.output.dense", "intermediate.dense", "output.dense")  # the dense layers of a packed layer


def prepared(weight: Tensor) -> Tensor:
    """Lay a dense layer's weight out in the blocks that oneDNN multiplies with.

    weight: (out, in).

    oneDNN is torch's second library for products. On the course's machine it takes 0.87
    of the time of the first, and applies GELU before a result leaves the cache. PyTorch
    has no public name for it; torch.compile calls it by the names used here.

    Returns: the weight for `dense`, unchanged where torch has no oneDNN for it.
    """
    fits = weight.dtype == torch.float32 and weight.device.type == "cpu" and platform.machine() in ("x86_64", "AMD64")
    if fits and torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
        return torch.ops.mkldnn._reorder_linear_weight(weight.detach())
    return weight


def dense(
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    gelu: bool = False,
) -> Tensor:
    """Compute a dense layer, and GELU of it if wanted.

    x: (tokens, in).
    weight: (out, in), plain or `prepared`; or what `int8_layers` has in its place.
    bias: (out,).
    gelu: whether GELU is applied.

    Returns: (tokens, out).
    """
    if isinstance(weight, Tensor) and weight.is_mkldnn:
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "gelu" if gelu else "none", [], "none")
    result = F.linear(x, weight, bias) if isinstance(weight, Tensor) else weight(x)
    return F.gelu(result) if gelu else result


def packed_layer(
    x: Tensor,
    params: dict[str, Tensor],
    runs: list[tuple[int, int, int]],
    config,
) -> Tensor:
    """Run one encoder layer on packed tokens.

    x: (tokens, hidden).
    params: the layer's tensors, with `qkv.weight` and `qkv.bias` from `fused_layers`.
    runs: the pack's `equal_length_runs`.
    config: has `num_attention_heads`, `hidden_size` and `layer_norm_eps`.

    Returns: (tokens, hidden).
    """
    qkv, attention, wide, narrow = ((params[f"{name}.weight"], params[f"{name}.bias"]) for name in DENSE)
    first_norm, last_norm = (
        (params[f"{name}.LayerNorm.weight"], params[f"{name}.LayerNorm.bias"], config.layer_norm_eps)
        for name in ("attention.output", "output")
    )
    context = packed_attention(dense(x, *qkv), runs, config.num_attention_heads)
    x = F.layer_norm(dense(context, *attention).add_(x), x.shape[1:], *first_norm)
    update = dense(dense(x, *wide, gelu=True), *narrow)
    return F.layer_norm(update.add_(x), x.shape[1:], *last_norm)


def packed_embeddings(
    sequences: list[list[int]],
    state_dict: dict[str, Tensor],
    config,
) -> Tensor:
    """Embed packed sequences, all of segment 0.

    sequences: lists of ids.
    state_dict: the whole model's tensors.
    config: has `hidden_size` and `layer_norm_eps`.

    Returns: (tokens, hidden).
    """
    device = state_dict["embeddings.LayerNorm.bias"].device
    input_ids, position_ids, _ = (tensor.to(device) for tensor in pack_sequences(sequences))
    summed = F.embedding(input_ids[0], state_dict["embeddings.word_embeddings.weight"])
    summed += F.embedding(position_ids[0], state_dict["embeddings.position_embeddings.weight"])
    summed += state_dict["embeddings.token_type_embeddings.weight"][0]
    norm = state_dict["embeddings.LayerNorm.weight"], state_dict["embeddings.LayerNorm.bias"]
    return F.layer_norm(summed, (config.hidden_size,), *norm, config.layer_norm_eps)


def packed_mean(x: Tensor, runs: list[tuple[int, int, int]]) -> Tensor:
    """Take the mean vector of each packed sequence.

    x: (tokens, hidden).
    runs: the pack's `equal_length_runs`.

    Returns: (sequences, hidden).
    """
    means = []
    for first_token, count, length in runs:
        run = x[first_token : first_token + count * length]
        means.append(run.view(count, length, -1).mean(dim=1))
    return torch.cat(means)


def fused_layers(state_dict: dict[str, Tensor], config) -> list[dict[str, Tensor]]:
    """Fuse each layer's query, key and value, and prepare the weights of dense layers.

    state_dict: the whole model's tensors.
    config: has `num_hidden_layers`.

    Returns: one dict per layer: its tensors, with `qkv.weight` and `qkv.bias`.
    """
    layers = []
    for layer in range(config.num_hidden_layers):
        params = layer_params(state_dict, layer)
        weight, bias = fuse_qkv(params)
        params |= {"qkv.weight": weight, "qkv.bias": bias}
        layers.append(params | {f"{name}.weight": prepared(params[f"{name}.weight"]) for name in DENSE})
    return layers


def packs_by_length(
    lengths: list[int],
    tokens_per_pack: int,
    cores: int = 1,
) -> list[list[int]]:
    """Share out texts among packs of about as many tokens each, shortest text first.

    lengths: each text's number of tokens.
    tokens_per_pack: how many tokens fill a pack.
    cores: how many cores are to have a pack each.

    Texts that would not fill one pack per core are shared out among the cores, in
    smaller packs.

    Returns: lists of indices into `lengths`; each but the last has `tokens_per_pack`
        tokens or a few more.
    """
    tokens_per_pack = min(tokens_per_pack, -(-sum(lengths) // cores))
    packs, pack, tokens = [], [], 0
    for (index,) in length_sorted_batches(lengths, 1):  # one text at a time, shortest first
        pack.append(index)
        tokens += lengths[index]
        if tokens >= tokens_per_pack:
            packs.append(pack)
            pack, tokens = [], 0
    return [*packs, pack] if pack else packs


def on_every_core(work: Callable, items: list) -> list:
    """Call a function with each item, on all cores at the same time.

    work: the function, of one item.
    items: what it is called with.

    As many items are worked on at a time as torch has threads, each on one thread of
    its own.

    Returns: the results, in the order of the items.
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
def packed_vectors(
    sequences: list[list[int]],
    layers: list[dict[str, Tensor]],
    state_dict,
    config,
) -> Tensor:
    """Take one pack through the whole model.

    sequences: lists of ids, shortest first.
    layers: the result of `fused_layers`.
    state_dict: the whole model's tensors.
    config: has `num_attention_heads`, `hidden_size` and `layer_norm_eps`.

    Returns: (sequences, hidden), unit vectors.
    """
    runs = equal_length_runs([len(sequence) for sequence in sequences])
    x = packed_embeddings(sequences, state_dict, config)  # (tokens, hidden)
    for params in layers:
        x = packed_layer(x, params, runs, config)
    return l2_normalize(packed_mean(x, runs))


def packed_encode(
    texts: list[str],
    tokenizer,
    model: nn.Module,
    tokens_per_pack: int = 1024,
    pack_per_core: bool = True,
    layers: list[dict[str, Tensor]] | None = None,
) -> Tensor:
    """Turn texts into the unit vectors that `embed` gives, without computing padding.

    texts: the sentences, as strings.
    tokenizer: a `BertTokenizer`.
    model: a `BertModel`.
    tokens_per_pack: about how many tokens go through the layers at once; they should
        fit into the processor's cache.
    pack_per_core: whether each core takes packs of its own, or all cores work on one
        pack together.
    layers: None, or the result of `fused_layers` or `int8_layers`, to use it again.

    The texts are sorted by length and packed; query, key and value are fused.

    Returns: (texts, hidden), unit vectors in the order of the texts.
    Equal to: `embed(texts, tokenizer, model)`, up to rounding.
    """
    config, state_dict = model.config, model.state_dict()
    layers = layers or fused_layers(state_dict, config)
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

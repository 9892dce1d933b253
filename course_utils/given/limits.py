"""The machine's limit: the matrix products that no float32 encoder can do without, alone and counted."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_utils.given.packed import dense, equal_length_runs, on_every_core, packs_by_length, prepared

if TYPE_CHECKING:
    from transformers import BertModel


def matrix_products(
    lengths: list[int],
    model: "BertModel",
    tokens_per_pack: int = 1024,
) -> Callable[[], list]:
    """Prepare only the matrix products of `packed_encode`, on random numbers.

    lengths: each text's number of tokens.
    model: a `BertModel`, for its sizes.
    tokens_per_pack: about how many tokens go through the layers at once.

    There is one pack per core, but no tokenizer, no norm, no GELU, no softmax:
    no float32 encoder that computes these products can be faster.

    Returns: a function that computes them.
    """
    config = model.config
    d, heads, inner = config.hidden_size, config.num_attention_heads, config.intermediate_size
    sizes = ((d, 3 * d), (d, d), (d, inner), (inner, d))
    layers = [(prepared(torch.randn(after, before)), torch.zeros(after)) for before, after in sizes]
    packs = []
    for pack in packs_by_length(lengths, tokens_per_pack, torch.get_num_threads()):
        of_pack = [lengths[index] for index in pack]
        inputs = [torch.randn(sum(of_pack), before) for before, _ in sizes]
        queries = [torch.randn(count * heads, length, d // heads) for _, count, length in equal_length_runs(of_pack)]
        scores = [query @ query.transpose(1, 2) for query in queries]
        packs.append((inputs, queries, scores))

    def multiply(pack: tuple[list[Tensor], list[Tensor], list[Tensor]]) -> None:
        inputs, queries, scores = pack
        for _ in range(config.num_hidden_layers):
            for x, layer in zip(inputs, layers, strict=True):
                dense(x, *layer)
            for query, score in zip(queries, scores, strict=True):
                torch.bmm(query, query.transpose(1, 2))  # Q Kᵀ
                torch.bmm(score, query)  # probabilities times V

    return lambda: on_every_core(multiply, packs)


def operations(lengths: list[int], config) -> int:
    """Count the multiplications and additions of the encoder's matrix products.

    lengths: each text's number of tokens; there is no padding.
    config: has `hidden_size`, `intermediate_size` and `num_hidden_layers`.

    Returns: the count, as a Python int.
    """
    d, inner = config.hidden_size, config.intermediate_size
    weights = 2 * (4 * d * d + 2 * d * inner)  # for each token
    return config.num_hidden_layers * sum(length * (weights + 4 * length * d) for length in lengths)

"""What lesson 10 and `make bench` measure with: sentences, the ways to encode them, and a fair race between the ways.

Every way takes a list of texts and gives their unit vectors, (texts, hidden), equal to `embed` up to rounding.
"""

import contextlib
import copy
import gc
import math
import os
import random
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from course_utils.modes import one_thread
from course_utils.reference.self_attention import merge_heads, split_heads
from course_utils.reference.sentence_search import embed, l2_normalize, mean_pool
from course_utils.reference.speed import (
    equal_length_runs,
    fuse_qkv,
    length_sorted_batches,
    on_every_core,
    packed_encode,
    packs_by_length,
)
from course_utils.reference.tokenization import pad_batch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel, BertTokenizer

Encoder = Callable[[list[str]], Tensor]

# The sentences ----------------------------------------------------------------------------------------------------------

_SHORT = ("Why not?", "It rained.", "Nobody came.", "Thank you all!", "She laughed.", "Who is there?")
_WHO = ("the old woman", "a tired driver", "my neighbour", "Dr. Nguyen", "nobody in town", "a boy with a red hat")
_DID = (
    "found a letter",
    "closed the bank",
    "painted the door",
    "paid 3,456 euros",
    "sold two horses",
    "sang all night",
)
_WHERE = ("by the river", "in the kitchen", "behind the station", "on the way home", "at the market", "near the sea")
_WHEN = ("in the morning", "after the storm", "last winter", "before anyone woke up", "on a cold day", "at 17:45")
_AND = (", and", ", because", ", while", ", although", ";", ", so")


def mixed_sentences(count: int, seed: int = 0) -> list[str]:
    """`count` sentences of very different lengths, many short and a few long ones, the same for the same seed."""
    draw = random.Random(seed)

    def one_of(words: tuple[str, ...]) -> str:
        return words[int(draw.random() * len(words))]

    def sentence() -> str:
        if draw.random() < 0.1:
            return one_of(_SHORT)
        clauses = min(1 + int(-1.8 * math.log(1 - draw.random())), 9)  # each further one is rarer
        words = ""
        for number in range(clauses):
            words += f"{one_of(_AND)} " if number else ""
            words += f"{one_of(_WHO)} {one_of(_DID)}"
            words += f" {one_of(_WHERE)}" if draw.random() < 0.5 else ""
            words += f" {one_of(_WHEN)}" if draw.random() < 0.5 else ""
        return words[0].upper() + words[1:] + "."

    return [sentence() for _ in range(count)]


WEIGHTS = 11e6  # in the encoder of a model that is measured with all texts; the course's own has 10.6 million


def all_or_few(texts: list[str], model: "BertModel", few: int = 48) -> list[str]:
    """The texts to measure with: all, and of a larger model as many as take about as long.

    Where nobody waits to see how fast it is (COURSE_CI=1), the first few in place of all.
    """
    count = few if os.environ.get("COURSE_CI") == "1" else len(texts)
    weights = sum(parameter.numel() for parameter in model.encoder.parameters())
    return texts[: max(8, round(count * min(1, WEIGHTS / weights)))]


# The ways ---------------------------------------------------------------------------------------------------------------


def library() -> "SentenceTransformer":
    """The course's model in sentence-transformers: model, mean, unit length; a plain BERT comes without the last."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    from course_utils.model import find_model

    name = find_model()
    if os.path.exists(os.path.join(name, "modules.json")):
        found = SentenceTransformer(name, device="cpu")
    else:
        transformer = Transformer(name)
        pooling = Pooling(transformer.get_embedding_dimension())
        found = SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu")
    found.max_seq_length = 256
    return found


def with_sdpa(model: "BertModel") -> "BertModel":
    """The same model, the weights shared, with torch's own attention."""
    model = copy.deepcopy(model, {id(parameter): parameter for parameter in model.parameters()})
    model.set_attn_implementation("sdpa")
    return model


class FusedSelfAttention(nn.Module):
    """Stands in for a layer's `attention.self`: one product for query, key and value, then torch's attention."""

    def __init__(self, params: dict[str, Tensor], num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.weight, self.bias = fuse_qkv(params)

    def forward(self, hidden_states: Tensor, attention_mask: Tensor | None = None, **_: object) -> tuple[Tensor, None]:
        """(batch, tokens, hidden) to the context of the same shape; no probabilities."""
        qkv = F.linear(hidden_states, self.weight, self.bias)  # (batch, tokens, 3 · hidden)
        query, key, value = (split_heads(part, self.num_heads) for part in qkv.chunk(3, dim=-1))
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask)
        return merge_heads(context), None


def with_fused_qkv(model: "BertModel") -> "BertModel":
    """`with_sdpa`, with one product for query, key and value in every layer."""
    model = with_sdpa(model)
    for layer in model.encoder.layer:
        params = {f"attention.self.{name}": tensor for name, tensor in layer.attention.self.state_dict().items()}
        layer.attention.self = FusedSelfAttention(params, model.config.num_attention_heads)
    return model


@torch.no_grad()
def embed_sorted(texts: list[str], tokenizer: "BertTokenizer", model: "BertModel", batch_size: int = 32) -> Tensor:
    """What `embed` does, with texts of like length in a batch; the vectors are in the order of the texts."""
    sequences = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
    vectors = torch.empty(len(texts), model.config.hidden_size)
    for batch in length_sorted_batches([len(sequence) for sequence in sequences], batch_size):
        input_ids, attention_mask = pad_batch([sequences[index] for index in batch], tokenizer.pad_token_id)
        states = model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        vectors[batch] = l2_normalize(mean_pool(states, attention_mask)).float()
    return vectors


PLAIN, FASTEST, LIBRARY = "plain batches of 32", "+ a pack for each core", "SentenceTransformer.encode"


def encoders(tokenizer: "BertTokenizer", model: "BertModel") -> dict[str, Encoder]:
    """The lesson's ways, each with one saving more than the one before it, and at the end the library's."""
    sdpa, fused, theirs = with_sdpa(model), with_fused_qkv(model), library()
    return {
        PLAIN: lambda texts: embed(texts, tokenizer, model),
        "+ sorted by length": lambda texts: embed_sorted(texts, tokenizer, model),
        "+ SDPA": lambda texts: embed_sorted(texts, tokenizer, sdpa),
        "+ fused QKV": lambda texts: embed_sorted(texts, tokenizer, fused),
        "+ packed, no padding": lambda texts: packed_encode(texts, tokenizer, model, pack_per_core=False),
        FASTEST: lambda texts: packed_encode(texts, tokenizer, model),
        LIBRARY: lambda texts: theirs.encode(texts, convert_to_tensor=True, show_progress_bar=False),
    }


# Fewer bits -------------------------------------------------------------------------------------------------------------


class Int8Linear(nn.Module):
    """A dense layer whose weights are whole numbers from -127 to 127, with one scale an output.

    Its input is rounded to 8 bits as well, with a scale of its own at each call ("dynamic quantisation").
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scale = weight.abs().amax(dim=1).clamp(min=1e-8) / 127  # (out,)
        zero = torch.zeros(len(scale), dtype=torch.int64)
        with warnings.catch_warnings():  # these types are to move from torch to torchao
            warnings.simplefilter("ignore")
            rounded = torch.quantize_per_channel(weight, scale, zero, 0, torch.qint8)
            self.packed = torch.ops.quantized.linear_prepack(rounded, linear.bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out), both float32."""
        return torch.ops.quantized.linear_dynamic(x, self.packed)


def in_int8(model: "BertModel") -> "BertModel":
    """`with_sdpa`, with every dense layer of the encoder in 8 bits. RuntimeError where torch lacks the kernels."""
    model = with_sdpa(model)
    try:
        for parent in list(model.encoder.modules()):
            for name, part in list(parent.named_children()):
                if isinstance(part, nn.Linear):
                    setattr(parent, name, Int8Linear(part))
    except (AttributeError, RuntimeError, NotImplementedError) as error:
        raise RuntimeError("this build of torch has no 8-bit products for this processor") from error
    return model


def in_bfloat16(model: "BertModel") -> "BertModel":
    """`with_sdpa`, all weights and all results in bfloat16."""
    model = copy.deepcopy(model).to(torch.bfloat16)
    model.set_attn_implementation("sdpa")
    return model


def fewer_bits(tokenizer: "BertTokenizer", model: "BertModel") -> dict[str, Encoder]:
    """Sorted batches with torch's attention in float32, bfloat16 and, where torch can, int8."""
    models = {"float32": with_sdpa(model), "bfloat16": in_bfloat16(model)}
    with contextlib.suppress(RuntimeError):
        models["int8"] = in_int8(model)
    return {name: lambda texts, one=one: embed_sorted(texts, tokenizer, one) for name, one in models.items()}


def same_neighbour(vectors: Tensor, reference: Tensor) -> float:
    """The share of texts whose nearest other text by `vectors` is one of those that are nearest by `reference`.

    Both are unit vectors, (texts, hidden); a text that stands there twice has two that are equally near.
    """
    nearest = (vectors @ vectors.T).fill_diagonal_(-1).argmax(dim=-1)  # (texts,)
    cosines = (reference @ reference.T).fill_diagonal_(-1)  # (texts, texts)
    chosen = cosines.gather(1, nearest[:, None])[:, 0]
    return float((chosen > cosines.amax(dim=-1) - 1e-5).float().mean())


# The machine's limit ----------------------------------------------------------------------------------------------------


def matrix_products(lengths: list[int], model: "BertModel", tokens_per_pack: int = 1024) -> Callable[[], list]:
    """Only the matrix products of `packed_encode` on texts of these lengths, on numbers that mean nothing, a pack a core.

    No tokenizer, no norms, no GELU, no softmax, no bias: no float32 encoder that computes these products can be faster.
    """
    config = model.config
    d, heads, inner = config.hidden_size, config.num_attention_heads, config.intermediate_size
    weights = [torch.randn(shape) for shape in ((d, 3 * d), (d, d), (d, inner), (inner, d))]
    packs = []
    for pack in packs_by_length(lengths, tokens_per_pack, torch.get_num_threads()):
        of_pack = [lengths[index] for index in pack]
        inputs = [torch.randn(sum(of_pack), len(weight)) for weight in weights]
        queries = [torch.randn(count * heads, length, d // heads) for _, count, length in equal_length_runs(of_pack)]
        scores = [query @ query.transpose(1, 2) for query in queries]
        packs.append((inputs, queries, scores))

    def multiply(pack: tuple[list[Tensor], list[Tensor], list[Tensor]]) -> None:
        inputs, queries, scores = pack
        for _ in range(config.num_hidden_layers):
            for x, weight in zip(inputs, weights, strict=True):
                torch.mm(x, weight)
            for query, score in zip(queries, scores, strict=True):
                torch.bmm(query, query.transpose(1, 2))  # Q Kᵀ
                torch.bmm(score, query)  # probabilities times V

    return lambda: on_every_core(multiply, packs)


def operations(lengths: list[int], config) -> int:
    """Multiplications and additions of the encoder's matrix products for texts of these lengths, without padding."""
    d, inner = config.hidden_size, config.intermediate_size
    weights = 2 * (4 * d * d + 2 * d * inner)  # for each token
    return config.num_hidden_layers * sum(length * (weights + 4 * length * d) for length in lengths)


# The clock --------------------------------------------------------------------------------------------------------------


def timed(ways: Mapping[str, Callable[[], object]], rounds: int = 1) -> dict[str, float]:
    """Seconds that each way takes, the median over some rounds, with a progress bar in a notebook."""
    return {name: statistics.median(taken) for name, taken in all_rounds(ways, rounds).items()}


def all_rounds(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds that each way takes in each round.

    In a round every way runs once, one after the other: whatever else the machine does slows all of them down.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with _progress(rounds * len(ways)) as step:
        for number in range(rounds):
            for name, way in ways.items():
                step(f"round {number + 1} of {rounds}: {name}" if rounds > 1 else name)
                with _no_collection():
                    began = time.perf_counter()
                    way()
                    seconds[name].append(time.perf_counter() - began)
    return seconds


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Inside, Python collects no garbage, as in `timeit`: whoever happens to set it off would pay for everybody's."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """Hands out a function that moves a bar one step on and says what is done now; it does nothing without a notebook."""
    from course_utils.widgets.base import is_live

    if not is_live():
        yield lambda what: None
        return
    import ipywidgets
    from IPython.display import display

    bar, label = ipywidgets.IntProgress(0, 0, steps), ipywidgets.Label()
    display(ipywidgets.HBox([bar, label]))
    begun = -1

    def step(what: str) -> None:
        nonlocal begun
        begun += 1
        bar.value, label.value = begun, f"{begun} of {steps} done, now {what}"

    yield step
    bar.value, label.value = steps, "done"


PARTS = {
    "dense layers": ("addmm", "mm"),
    "attention": ("bmm", "baddbmm", "_softmax", "_safe_softmax", "_scaled_dot_product_flash_attention_for_cpu"),
    "GELU": ("gelu",),
    "norms": ("native_layer_norm",),
}
REST, NOT_TORCH = "copies, sums, lookups", "tokenizer, Python"
_PART_OF = {name: part for part, names in PARTS.items() for name in names}


class _Stopwatch(TorchDispatchMode):
    """Sees every operation that torch runs, and adds up its seconds under the part of the model that it belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = dict.fromkeys((*PARTS, REST), 0.0)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        began = time.perf_counter()
        result = func(*args, **(kwargs or {}))
        self.seconds[_PART_OF.get(func.overloadpacket.__name__, REST)] += time.perf_counter() - began
        return result


def timed_parts(way: Callable[[], object]) -> dict[str, float]:
    """Seconds by part of the model: dense layers, attention, GELU, norms, other torch operations, and all else.

    On one thread, since the stopwatch sees only what its own thread does.
    """
    with one_thread(), _no_collection():
        began = time.perf_counter()
        with _Stopwatch() as watch:
            way()
        whole = time.perf_counter() - began
    return watch.seconds | {NOT_TORCH: whole - sum(watch.seconds.values())}

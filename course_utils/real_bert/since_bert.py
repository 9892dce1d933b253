"""Lesson 13: the learner's parts, layer and cache against ModernBERT and Llama in transformers.

No weights of either come with the course, so that both are small and random here; what they read are real sentences.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaModel, ModernBertConfig, ModernBertModel
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb
from transformers.models.modernbert.modeling_modernbert import ModernBertRotaryEmbedding

from course_utils.real_bert.listening import heard, params_of
from course_utils.real_bert.table import Step

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

    from course_utils.real_bert.table import Mine

THEIRS = "the library"  # what `against_bert` calls the other side: it is no real BERT

TEXTS = ["this is a 12212121 test sentence", "The river bank was muddy.", "Nobody came."]
SIZES = {"hidden_size": 48, "num_attention_heads": 4, "intermediate_size": 40}
HEADS, HEAD_SIZE = 4, 12
Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]  # layer, queries, keys, values to contexts


def steps(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel") -> Iterator[Step]:
    """ModernBERT's parts, its layers one by one and all together; then Llama, at once and token by token."""
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    batch.pop("token_type_ids")
    yield from _modernbert(mine, batch["input_ids"], batch["attention_mask"], len(tokenizer))
    yield from _llama(mine, batch["input_ids"][:1], len(tokenizer))


def _modernbert(mine: "Mine", ids: Tensor, attention_mask: Tensor, vocabulary: int) -> Iterator[Step]:
    special = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"), 0)
    sizes = {"vocab_size": vocabulary, **SIZES, "num_hidden_layers": 5, "local_attention": 6}
    config = ModernBertConfig(**sizes, **special, attn_implementation="eager")
    modern = _drawn(lambda: ModernBertModel(config))
    layers, tokens, real = list(modern.layers), ids.shape[1], attention_mask == 1
    batch = {"input_ids": ids, "attention_mask": attention_mask}
    parts = heard(modern, batch, [part for layer in layers for part in (layer, layer.mlp)])
    inputs = [parts[layer][0][0] for layer in layers]  # (batch, tokens, hidden) each
    mask = torch.zeros(real.shape).masked_fill(~real, torch.finfo(torch.float32).min)[:, None, None]

    tables = ModernBertRotaryEmbedding(config)
    places, kinds = torch.arange(tokens), ("full_attention", "sliding_attention")
    yield Step(
        "rotary_tables",
        "ModernBertRotaryEmbedding of global and of local layers",
        lambda: torch.stack(
            [
                table
                for kind in kinds
                for table in mine.rotary_tables(places, HEAD_SIZE, config.rope_parameters[kind]["rope_theta"])
            ]
        ),
        torch.stack([table[0] for kind in kinds for table in tables(inputs[0], places[None], kind)]),
    )
    yield Step(
        "geglu",
        f"ModernBertMLP of {len(layers)} layers, random weights",
        lambda: torch.stack(
            [mine.geglu(parts[layer.mlp][0][0], layer.mlp.Wi.weight, layer.mlp.Wo.weight) for layer in layers]
        ),
        torch.stack([parts[layer.mlp][1] for layer in layers]),
    )
    yield Step(
        "sliding_window_mask",
        "who may look at whom in a local layer of ModernBertModel",
        lambda: mine.sliding_window_mask(tokens, config.sliding_window, torch.float32) == 0,
        _mask_of_a_local_layer(modern, ids[:1]) == 0,
    )
    yield Step(
        "modern_layer",
        f"{len(layers)} ModernBertEncoderLayers, local and global, random weights",
        lambda: torch.stack(
            [mine.modern_layer(inputs[n], params_of(layer), config, n, mask)[real] for n, layer in enumerate(layers)]
        ),
        torch.stack([parts[layer][1][real] for layer in layers]),
    )

    def whole() -> Tensor:
        x = modern.embeddings(ids)
        for number, layer in enumerate(layers):
            x = mine.modern_layer(x, params_of(layer), config, number, mask)
        return modern.final_norm(x)[real]

    yield Step(
        "modern_layer",
        "last_hidden_state of the ModernBertModel that they are from",
        whole,
        modern(**batch).last_hidden_state[real],
    )


def _llama(mine: "Mine", ids: Tensor, vocabulary: int) -> Iterator[Step]:
    sizes = {"vocab_size": vocabulary, **SIZES, "num_hidden_layers": 3}
    config = LlamaConfig(**sizes, hidden_act="gelu")
    llama = _drawn(lambda: LlamaModel(config))
    tokens, norms = ids.shape[1], [layer.input_layernorm for layer in llama.layers]
    found = heard(llama, {"input_ids": ids}, norms)
    yield Step(
        "rms_norm",
        f"LlamaRMSNorm of {len(norms)} layers, random weights",
        lambda: torch.stack([mine.rms_norm(found[norm][0][0], norm.weight, norm.variance_epsilon) for norm in norms]),
        torch.stack([found[norm][1] for norm in norms]),
    )
    draw = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(2, HEADS, tokens, HEAD_SIZE, generator=draw) for _ in range(3))
    cos, sin = LlamaRotaryEmbedding(config)(query, torch.arange(tokens)[None])
    yield Step(
        "rotate",
        "apply_rotary_pos_emb of Llama, random queries and keys",
        lambda: torch.stack([mine.rotate(x, cos[0], sin[0]) for x in (query, key)]),
        torch.stack(apply_rotary_pos_emb(query, key, cos, sin)),
    )
    yield Step(
        "causal_mask",
        "torch's attention with is_causal=True, under your mask",
        lambda: F.scaled_dot_product_attention(query, key, value, mine.causal_mask(tokens, query.dtype)),
        F.scaled_dot_product_attention(query, key, value, is_causal=True),
    )
    yield Step(
        "cached_attention",
        "the same, token by token",
        lambda: _token_by_token(mine, query, key, value),
        F.scaled_dot_product_attention(query, key, value, is_causal=True),
    )
    shared = _drawn(lambda: LlamaModel(LlamaConfig(**sizes, num_key_value_heads=2)))
    yield Step(
        "cache_bytes",
        "what lies in the cache of a LlamaModel whose heads share keys",
        lambda: mine.cache_bytes(shared.config, tokens, 1, 4),
        _bytes_in(shared(ids, use_cache=True).past_key_values),
    )

    def under_a_mask(number: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query, key, value, mine.causal_mask(tokens, query.dtype))

    def one_by_one() -> Tensor:
        caches: list = [None] * len(llama.layers)

        def attend(number: int, *three: Tensor) -> Tensor:
            context, caches[number] = mine.cached_attention(*three, caches[number])
            return context

        rows = [_read(mine, llama, ids[:, [place]], torch.tensor([place]), attend) for place in range(tokens)]
        return torch.cat(rows, dim=1)

    parts, theirs = "rms_norm rotary_tables rotate geglu", llama(ids).last_hidden_state
    yield Step(
        f"{parts} causal_mask",
        "a whole LlamaModel (with GELU as its activation), random weights",
        lambda: _read(mine, llama, ids, torch.arange(tokens), under_a_mask),
        theirs,
    )
    yield Step(f"{parts} cached_attention", "the same LlamaModel, token by token", one_by_one, theirs)


def _drawn(make: Callable[[], nn.Module]) -> nn.Module:
    """A model with random weights, the norms' around 1, in which attention makes a difference."""
    with torch.random.fork_rng(devices=[]):
        model = make()
    draw = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.copy_(0.12 * torch.randn(parameter.shape, generator=draw) + (parameter.dim() == 1))
    return model.eval()


def _mask_of_a_local_layer(modern: ModernBertModel, ids: Tensor) -> Tensor:
    """The mask that the model hands its layer 1 for one text, (1, 1, tokens, tokens), of 0 and the lowest number."""
    given: list[Tensor] = []
    layer = modern.layers[1]
    hook = layer.register_forward_pre_hook(
        lambda _, args, named: given.append(named["attention_mask"]), with_kwargs=True
    )
    try:
        modern(ids)
    finally:
        hook.remove()
    return given[0]


def _token_by_token(mine: "Mine", query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    cache, contexts = None, []
    for place in range(query.shape[2]):
        context, cache = mine.cached_attention(*(x[:, :, place : place + 1] for x in (query, key, value)), cache)
        contexts.append(context)
    return torch.cat(contexts, dim=2)


def _read(mine: "Mine", llama: LlamaModel, ids: Tensor, positions: Tensor, attend: Attend) -> Tensor:
    """The last hidden states of a Llama, (batch, tokens, hidden), by the learner's parts."""
    config = llama.config
    cos, sin = mine.rotary_tables(positions, HEAD_SIZE, config.rope_parameters["rope_theta"])
    x = llama.embed_tokens(ids)
    for number, layer in enumerate(llama.layers):
        params = params_of(layer)
        normed = mine.rms_norm(x, params["input_layernorm.weight"], config.rms_norm_eps)
        query, key, value = (
            F.linear(normed, params[f"self_attn.{name}_proj.weight"]).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for name in "qkv"
        )
        context = attend(number, mine.rotate(query, cos, sin), mine.rotate(key, cos, sin), value)
        x = x + F.linear(context.transpose(1, 2).flatten(2), params["self_attn.o_proj.weight"])
        normed = mine.rms_norm(x, params["post_attention_layernorm.weight"], config.rms_norm_eps)
        wi = torch.cat([params["mlp.gate_proj.weight"], params["mlp.up_proj.weight"]])
        x = x + mine.geglu(normed, wi, params["mlp.down_proj.weight"])
    return mine.rms_norm(x, llama.norm.weight, config.rms_norm_eps)


def _bytes_in(cache: object) -> int:
    return sum(kept.numel() * kept.element_size() for layer in cache.layers for kept in (layer.keys, layer.values))

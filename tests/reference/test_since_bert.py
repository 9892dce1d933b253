"""What has changed since BERT: each part equal to ModernBERT's or Llama's in transformers, the layer and a whole model, too."""

import functools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import GPT2Config, GPT2Model, LlamaConfig, LlamaModel, ModernBertConfig, ModernBertModel
from transformers.models.llama import modeling_llama
from transformers.models.modernbert import modeling_modernbert

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.self_attention import (
    extended_attention_mask,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from course_utils.reference.since_bert import (
    cache_bytes,
    cached_attention,
    causal_mask,
    geglu,
    modern_layer,
    rms_norm,
    rotary_tables,
    rotate,
    sliding_window_mask,
)
from tests.reference.fixtures import close, generator, normal

BATCH, HEADS, HEAD_SIZE, TOKENS, VOCABULARY = 2, 3, 6, 11, 37  # an even head size: its halves are turned together
HIDDEN = HEADS * HEAD_SIZE
LAYERS = 5  # of which 0 and 3 are global, the others local
THETAS = {"full_attention": 700.0, "sliding_attention": 50.0}


@torch.no_grad()
def randomized(model: nn.Module, seed: int = 0) -> nn.Module:
    """Every parameter random, the norms' around 1: at initialisation they are 1 and hide mistakes."""
    draw = generator(seed)
    for parameter in model.parameters():
        parameter.copy_(0.3 * torch.randn(parameter.shape, generator=draw) + (parameter.dim() == 1))
    return model.eval()


@functools.cache
def small_modernbert(local_attention: int = 6, eps: float = 1e-5) -> ModernBertModel:
    config = ModernBertConfig(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        num_attention_heads=HEADS,
        intermediate_size=26,
        num_hidden_layers=LAYERS,
        local_attention=local_attention,
        norm_eps=eps,
        rope_parameters={kind: {"rope_type": "default", "rope_theta": theta} for kind, theta in THETAS.items()},
        **dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"), 0),
        attn_implementation="eager",
    )
    return randomized(ModernBertModel(config))


@functools.cache
def small_llama(kv_heads: int = HEADS, layers: int = 2) -> LlamaModel:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        num_attention_heads=HEADS,
        num_key_value_heads=kv_heads,
        intermediate_size=26,
        num_hidden_layers=layers,
        rope_parameters={"rope_type": "default", "rope_theta": THETAS["full_attention"]},
        attn_implementation="eager",
    )
    return randomized(LlamaModel(config))


def small_batch(tokens: int = TOKENS, padding: int = 0) -> dict[str, Tensor]:
    attention_mask = torch.ones(BATCH, tokens, dtype=torch.int64)
    attention_mask[1, tokens - padding :] = 0
    ids = torch.randint(VOCABULARY, (BATCH, tokens), generator=generator(tokens))
    return {"input_ids": ids, "attention_mask": attention_mask}


def calls_of(model: nn.Module, modules: list[nn.Module], **batch: Tensor) -> list[tuple[dict, object]]:
    """The keyword arguments and the result of each module while the model runs, with `hidden_states` among them."""
    found = {}

    def note(module: nn.Module, args: tuple, keywords: dict, result: object) -> None:
        found[module] = (keywords | dict(zip(("hidden_states",), args, strict=False)), result)

    handles = [module.register_forward_hook(note, with_kwargs=True) for module in modules]
    try:
        with torch.no_grad():
            model(**batch)
    finally:
        for handle in handles:
            handle.remove()
    return [found[module] for module in modules]


@pytest.mark.parametrize("eps", [1e-12, 1e-6, 0.1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rms_norm(eps, dtype):
    x, weight = normal(2, 5, HIDDEN, dtype=dtype) + 0.4, 1 + normal(HIDDEN, seed=1, dtype=dtype)
    x[0, 1] *= 1e-3  # where eps counts
    x[1, 2] = 0
    for norm in (nn.RMSNorm(HIDDEN, eps=eps), modeling_llama.LlamaRMSNorm(HIDDEN, eps=eps)):
        norm.weight.data = weight
        assert close(rms_norm(x, weight, eps), norm(x))


@pytest.mark.parametrize("kind", THETAS)
def test_rotary_tables_of_modernbert(kind):
    positions = torch.tensor([0, 1, 2, 7, 5, 40])
    rotary = modeling_modernbert.ModernBertRotaryEmbedding(small_modernbert().config)
    cos, sin = rotary(torch.zeros(1), positions[None], kind)
    mine = rotary_tables(positions, HEAD_SIZE, THETAS[kind])
    assert close(mine[0], cos[0])
    assert close(mine[1], sin[0])
    assert {table.dtype for table in mine} == {torch.float32}


def test_rotary_tables_of_llama():
    positions = torch.arange(20, 33)
    rotary = modeling_llama.LlamaRotaryEmbedding(small_llama().config)
    for mine, theirs in zip(
        rotary_tables(positions, HEAD_SIZE, THETAS["full_attention"]),
        rotary(torch.zeros(1), positions[None]),
        strict=True,
    ):
        assert close(mine, theirs[0])


@pytest.mark.parametrize("library", [modeling_modernbert, modeling_llama])
def test_rotate(library):
    query, key = (normal(BATCH, HEADS, TOKENS, HEAD_SIZE, seed=seed) for seed in range(2))
    cos, sin = rotary_tables(torch.arange(3, 3 + TOKENS), HEAD_SIZE, 50.0)
    expected = library.apply_rotary_pos_emb(query, key, cos[None], sin[None])
    assert close(rotate(query, cos, sin), expected[0])
    assert close(rotate(key, cos, sin), expected[1])


def test_scores_know_only_the_distance():
    query, key = normal(1, 1, 1, HEAD_SIZE), normal(1, 1, 1, HEAD_SIZE, seed=1)

    def score(at: int, other: int) -> Tensor:
        turned = (rotate(x, *rotary_tables(torch.tensor([p]), HEAD_SIZE, 50.0)) for x, p in ((query, at), (key, other)))
        return torch.mul(*turned).sum()

    assert close(score(3, 8), score(23, 28))
    assert not close(score(3, 8), score(8, 3))


def test_geglu():
    for layer in small_modernbert().layers:
        x = normal(BATCH, TOKENS, HIDDEN, seed=layer.layer_idx)
        with torch.no_grad():
            assert close(geglu(x, layer.mlp.Wi.weight, layer.mlp.Wo.weight), layer.mlp(x))


@pytest.mark.parametrize("tokens", [1, 4, 11])
@pytest.mark.parametrize("local_attention", [2, 6, 7, 40])
@pytest.mark.parametrize("padding", [0, 3])
def test_sliding_window_mask(tokens, local_attention, padding):
    model, batch = small_modernbert(local_attention), small_batch(tokens, min(padding, tokens - 1))
    ((given, _),) = calls_of(model, [model.layers[1]], **batch)
    mine = sliding_window_mask(tokens, model.config.sliding_window, torch.float32)
    assert mine.shape == (1, 1, tokens, tokens)
    if given["attention_mask"] is None:  # the window reaches everywhere, and nothing is padded
        assert not mine.any()
        assert model.config.sliding_window >= tokens - 1
        assert batch["attention_mask"].all()
    else:
        padded = extended_attention_mask(batch["attention_mask"], torch.float32)
        assert torch.equal(torch.minimum(mine, padded), given["attention_mask"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_masks_follow_the_dtype(dtype):
    for mask in (sliding_window_mask(5, 1, dtype), causal_mask(5, dtype)):
        assert mask.dtype == dtype
        assert mask.unique().tolist() == [torch.finfo(dtype).min, 0]


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("layer", range(LAYERS))
@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_modern_layer(layer, padding, eps):
    model, batch = small_modernbert(eps=eps), small_batch(padding=padding)
    module = model.layers[layer]
    ((given, expected),) = calls_of(model, [module], **batch)
    params = module.state_dict()
    assert ("attn_norm.weight" in params) == (layer > 0)
    real = batch["attention_mask"].bool()
    mask = extended_attention_mask(batch["attention_mask"], torch.float32) if padding else None
    mine = modern_layer(given["hidden_states"], params, model.config, layer, mask)
    assert mine.shape == expected.shape
    assert close(mine[real], expected[real])


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize("tokens", [3, 11, 29])
def test_a_whole_modernbert(tokens, padding):
    model, batch = small_modernbert(), small_batch(tokens, min(padding, tokens - 1))
    weights, config, no_bias = model.state_dict(), model.config, torch.zeros(HIDDEN)
    mask = extended_attention_mask(batch["attention_mask"], torch.float32)
    x = weights["embeddings.tok_embeddings.weight"][batch["input_ids"]]
    x = layer_norm(x, weights["embeddings.norm.weight"], no_bias, config.norm_eps)
    for number, layer in enumerate(model.layers):
        x = modern_layer(x, layer.state_dict(), config, number, mask)
    x = layer_norm(x, weights["final_norm.weight"], no_bias, config.norm_eps)
    with torch.no_grad():
        expected = model(**batch).last_hidden_state
    real = batch["attention_mask"].bool()
    assert close(x[real], expected[real], atol=1e-4)


@pytest.mark.parametrize("tokens", [1, 4, 11])
def test_causal_mask(tokens):
    mask = causal_mask(tokens, torch.float32)
    assert mask.shape == (1, 1, tokens, tokens)
    query, key, value = (normal(BATCH, HEADS, tokens, HEAD_SIZE, seed=seed) for seed in range(3))
    context, _ = scaled_dot_product_attention(query, key, value, mask)
    assert close(context, F.scaled_dot_product_attention(query, key, value, is_causal=True))


def heads_of_llama(attention: nn.Module, hidden_states: Tensor) -> list[Tensor]:
    """Queries and keys, both turned, and values."""
    cos, sin = rotary_tables(torch.arange(hidden_states.shape[1]), HEAD_SIZE, THETAS["full_attention"])
    parts = (attention.q_proj, attention.k_proj, attention.v_proj)
    query, key, value = (split_heads(hidden_states @ part.weight.T, HEADS) for part in parts)
    return [rotate(query, cos, sin), rotate(key, cos, sin), value]


@torch.no_grad()
def test_causal_attention_with_and_without_a_cache_is_llama_s():
    """Each layer, at once and token by token; the cache holds what a DynamicCache holds."""
    model, batch = small_llama(), small_batch()
    kept = model(**batch, use_cache=True).past_key_values
    modules = [layer.self_attn for layer in model.layers]
    for number, (given, result) in enumerate(calls_of(model, modules, **batch)):
        query, key, value = heads_of_llama(modules[number], given["hidden_states"])
        at_once, _ = scaled_dot_product_attention(query, key, value, causal_mask(TOKENS, torch.float32))
        cache, contexts = None, []
        for place in range(TOKENS):
            newest = (x[:, :, place : place + 1] for x in (query, key, value))
            context, cache = cached_attention(*newest, cache)
            contexts.append(context)
        for context in (at_once, torch.cat(contexts, dim=2)):
            assert close(merge_heads(context) @ modules[number].o_proj.weight.T, result[0])
        assert close(cache[0], kept.layers[number].keys)
        assert close(cache[1], kept.layers[number].values)


@pytest.mark.parametrize("first", range(TOKENS))
def test_a_cache_of_any_number_of_tokens(first):
    """The newest token's context, from a cache that was filled at once; the cache that was given stays as it is."""
    query, key, value = (normal(BATCH, HEADS, first + 1, HEAD_SIZE, seed=seed) for seed in range(3))
    cache = (key[:, :, :first], value[:, :, :first]) if first else None
    before = [x.clone() for x in cache] if cache else []
    context, kept = cached_attention(query[:, :, first:], key[:, :, first:], value[:, :, first:], cache)
    expected = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    assert close(context, expected[:, :, first:])
    assert torch.equal(kept[0], key)
    assert torch.equal(kept[1], value)
    assert all(torch.equal(now, then) for now, then in zip(cache or (), before, strict=True))


def bytes_in(cache) -> int:
    return sum(kept.numel() * kept.element_size() for layer in cache.layers for kept in (layer.keys, layer.values))


@pytest.mark.parametrize("kv_heads", [1, HEADS])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_cache_bytes_of_llama(kv_heads, dtype):
    config = small_llama(kv_heads).config
    model = LlamaModel(config).to(dtype).eval()
    with torch.no_grad():
        cache = model(**small_batch(), use_cache=True).past_key_values
    assert cache_bytes(config, TOKENS, BATCH, dtype.itemsize) == bytes_in(cache)


def test_cache_bytes_where_no_heads_are_shared():
    """GPT-2's config has no `num_key_value_heads`."""
    config = GPT2Config(vocab_size=VOCABULARY, n_embd=HIDDEN, n_head=HEADS, n_layer=4, bos_token_id=0, eos_token_id=0)
    with torch.no_grad():
        cache = GPT2Model(config).eval()(**small_batch(), use_cache=True).past_key_values
    assert cache_bytes(config, TOKENS, BATCH, 4) == bytes_in(cache)

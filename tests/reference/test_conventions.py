"""What the checks and the builder rely on in every reference function: names, signatures, dtype, device."""

import ast
import copy
import importlib
import inspect
import pkgutil
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from course_utils import reference
from course_utils.lessons import LESSONS
from tests.reference.fixtures import HEADS, HIDDEN, normal, small_batch, small_config, small_model

MODULES = [
    importlib.import_module(f"course_utils.reference.{name}") for _, name, _ in pkgutil.iter_modules(reference.__path__)
]
TREES = {module.__name__: ast.parse(inspect.getsource(module)) for module in MODULES}
DEFINED = [
    (module, name)
    for module in MODULES
    for name, thing in vars(module).items()
    if callable(thing) and getattr(thing, "__module__", None) == module.__name__
]
FUNCTIONS = {name: getattr(module, name) for module, name in DEFINED}

# The syllabus, word for word: the learner's function is called with these arguments in this order.
SIGNATURES = {
    "orientation": "count_parameters(module) max_abs_diff(actual, expected) layer_output(hidden_states, layer) "
    "replay_layer(layer, hidden_states) is_deterministic(model, inputs, runs=2)",
    "tokenization": "normalize(text) pre_tokenize(text) encode(text, text_pair, vocab) pad_batch(sequences, pad_token_id=0) "
    "wordpiece(word, vocab, unk_token='[UNK]', max_input_chars_per_word=100) decode(ids, id_to_token) "
    "merge_scores(words) telltale_text()",
    "embeddings": "embedding_lookup(table, ids) embedding_sum(input_ids, token_type_ids, word, position, token_type) "
    "layer_norm(x, weight, bias, eps) bert_embeddings(input_ids, token_type_ids, state_dict, config) "
    "nearest_tokens(vector, table, k) embedding_parameters(config) "
    "indistinguishable(word, position, segment)",
    "self_attention": "linear(x, weight, bias) split_heads(x, num_heads) merge_heads(x) attention_scores(query, key) "
    "softmax(x, dim=-1) extended_attention_mask(attention_mask, dtype) "
    "scaled_dot_product_attention(query, key, value, mask=None) self_attention(hidden_states, params, num_heads, mask=None) "
    "look_at_previous(positions)",
    "add_and_norm": "normalization_stats(x) head_contributions(context, weight) "
    "self_output(context, hidden_states, params, eps) post_ln(x, sublayer, norm) pre_ln(x, sublayer, norm) "
    "update_ratio(x, update) "
    "invisible_updates(x)",
    "feed_forward": "gelu(x) gelu_tanh(x) intermediate(x, params) is_position_wise(fn, x) ffn_parameter_share(config) "
    "output(intermediate_states, attention_output, params, eps) "
    "write_neuron(x, wanted, message)",
    "encoder_layer": "layer_params(state_dict, layer) bert_layer(hidden_states, params, config, mask=None) "
    "run_encoder(hidden_states, state_dict, config, mask=None) first_difference(mine, reference, atol=1e-05) "
    "layer_parameters(config) to_torch_layer(params, config) "
    "mended_layer(hidden_states, params, config, mask=None)",
    "whole_model": "Bert(config) rename_key(hf_key) load_reference_weights(model, state_dict) "
    "pooler(last_hidden_state, weight, bias) parameter_table(config) same_model(a, b, batch)",
    "sentence_search": "mean_pool(last_hidden_state, attention_mask) l2_normalize(x) "
    "embed(texts, tokenizer, model, batch_size=32) cosine_matrix(a, b) search(query_embedding, corpus_embeddings, k) "
    "recall_at_k(query_embeddings, corpus_embeddings, relevant, k)",
    "attention_heads": "offset_attention(probs, offset) attention_to(probs, key_mask) attention_entropy(probs) "
    "value_weighted_attention(probs, value) ablate_head(params, head, num_heads) "
    "word_similarity_by_layer(model, tokenizer, texts, word)",
    "speed": "fuse_qkv(params) sdpa_attention(query, key, value, attention_mask=None) pack_sequences(sequences) "
    "length_sorted_batches(lengths, batch_size) block_diagonal_mask(cu_seqlens, dtype) "
    "attention_flop_share(seq_len, hidden_size)",
    "masked_lm": "mask_tokens(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15) "
    "mlm_head(hidden_states, params, word_embeddings, eps) mlm_loss(logits, labels) train_step(model, batch, optimizer) "
    "fill_mask(model, input_ids, mask_token_id, k) agreement_accuracy(model, tokenizer, sentences)",
    "fine_tuning": "classification_head(pooled, weight, bias) cross_entropy(logits, labels) "
    "head_gradients(pooled, logits, labels) adamw_step(param, grad, state, lr, betas, eps, weight_decay) "
    "linear_warmup(step, warmup, total) trainable(model, last_layers) lora_linear(x, weight, bias, a, b, alpha) "
    "merge_lora(weight, a, b, alpha) confusion_matrix(predicted, labels, classes)",
    "since_bert": "rms_norm(x, weight, eps) rotary_tables(positions, head_size, theta) rotate(x, cos, sin) "
    "geglu(x, wi, wo) sliding_window_mask(tokens, window, dtype) "
    "modern_layer(hidden_states, params, config, layer, mask=None) causal_mask(tokens, dtype) "
    "cached_attention(query, key, value, cache) cache_bytes(config, tokens, batch, bytes_per_number)",
}


def bare(function) -> str:
    """A function's signature without its annotations."""
    signature = inspect.signature(function)
    empty = inspect.Parameter.empty
    parameters = [p.replace(annotation=empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=empty))


@pytest.mark.parametrize("topic", [lesson.topic for lesson in LESSONS])
def test_every_function_of_the_syllabus_has_its_signature(topic):
    module = importlib.import_module(f"course_utils.reference.{topic}")
    wanted = [f"{entry})".strip() for entry in SIGNATURES[topic].split(")") if entry]
    for entry in wanted:
        name = entry.partition("(")[0]
        assert name + bare(getattr(module, name)) == entry
        assert getattr(module, name).__doc__


def test_one_name_means_one_thing_in_all_modules():
    """The checks merge all modules into one namespace."""
    meanings: dict[str, set[str]] = {}
    for module in MODULES:
        for node in TREES[module.__name__].body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    meanings.setdefault(alias.asname or alias.name, set()).add(alias.name)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    meanings.setdefault(alias.asname or alias.name, set()).add(f"{node.module}.{alias.name}")
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                meanings.setdefault(node.name, set()).add(f"{module.__name__}.{node.name}")
            elif isinstance(node, ast.Assign):
                meanings.setdefault(node.targets[0].id, set()).add(f"{module.__name__}.{node.targets[0].id}")
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
    assert len(DEFINED) == len(FUNCTIONS)


def test_nothing_imports_transformers_or_the_checks():
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                assert all(
                    one.partition(".")[0] in ("torch", "math", "string", "unicodedata", "collections")
                    or one.startswith("course_utils.reference")
                    for one in imported
                ), name


def floats(dtype, *shape: int, seed: int = 0):
    return normal(*shape, seed=seed, dtype=dtype)


def arguments(dtype) -> dict[str, tuple]:
    """One call of every function that computes with tensors."""
    model, batch, config = small_model().to(dtype), small_batch(), small_config()
    weights = {name: tensor.detach() for name, tensor in model.state_dict().items()}
    params = FUNCTIONS["layer_params"](weights, 0)
    x, other, vector = floats(dtype, 2, 5, HIDDEN), floats(dtype, 2, 5, HIDDEN, seed=1), floats(dtype, HIDDEN, seed=2)
    heads = [floats(dtype, 2, HEADS, 5, 7, seed=seed) for seed in range(3)]
    square, wide = floats(dtype, HIDDEN, HIDDEN), floats(dtype, 2, 5, 26)
    probs, mask = torch.softmax(floats(dtype, HEADS, 5, 5), dim=-1), torch.zeros(2, 1, 1, 5, dtype=dtype)
    mask[1, ..., 3:] = torch.finfo(dtype).min
    head_params = {"transform.dense.weight": square, "transform.dense.bias": vector, "bias": floats(dtype, 37)}
    head_params |= {"transform.LayerNorm.weight": vector, "transform.LayerNorm.bias": vector}
    ids, types, tables = batch["input_ids"], batch["token_type_ids"], floats(dtype, 37, HIDDEN)
    vectors, classes = floats(dtype, 5, HIDDEN), torch.tensor([0, 36, 7, 7, 2])
    return {
        "embedding_lookup": (tables, ids),
        "embedding_sum": (ids, types, tables, floats(dtype, 11, HIDDEN), floats(dtype, 2, HIDDEN)),
        "layer_norm": (x, vector, vector, 1e-12),
        "bert_embeddings": (ids, types, weights, config),
        "linear": (x, square, vector),
        "split_heads": (x, HEADS),
        "merge_heads": (heads[0],),
        "attention_scores": (heads[0], heads[1]),
        "softmax": (x,),
        "extended_attention_mask": (batch["attention_mask"], dtype),
        "scaled_dot_product_attention": (*heads, mask),
        "self_attention": (x, params, HEADS, mask),
        "normalization_stats": (x,),
        "head_contributions": (heads[0], square),
        "self_output": (x, other, params, 0.1),
        "post_ln": (x, torch.tanh, torch.sin),
        "pre_ln": (x, torch.tanh, torch.sin),
        "update_ratio": (x, other),
        "gelu": (x,),
        "gelu_tanh": (x,),
        "intermediate": (x, params),
        "output": (wide, x, params, 0.1),
        "bert_layer": (x, params, config, mask),
        "mended_layer": (x, params, config, mask),
        "run_encoder": (x, weights, config, mask),
        "layer_params": (weights, 1),
        "pooler": (x, square, vector),
        "mean_pool": (x, batch["attention_mask"]),
        "l2_normalize": (x,),
        "cosine_matrix": (square, tables),
        "offset_attention": (probs, -1),
        "attention_to": (probs, torch.tensor([1, 0, 0, 1, 0])),
        "attention_entropy": (probs,),
        "value_weighted_attention": (probs, heads[2][0]),
        "ablate_head": (params, 1, HEADS),
        "fuse_qkv": (params,),
        "sdpa_attention": (*heads, batch["attention_mask"]),
        "block_diagonal_mask": (torch.tensor([0, 3, 4, 8]), dtype),
        "mlm_head": (x, head_params, tables, 0.1),
        "mlm_loss": (floats(dtype, 2, 5, 37), ids),
        "classification_head": (vectors, tables, floats(dtype, 37)),
        "cross_entropy": (floats(dtype, 5, 37), classes),
        "head_gradients": (vectors, floats(dtype, 5, 37), classes),
        "adamw_step": (square, square, {}, 0.1, (0.9, 0.999), 1e-8, 0.01),
        "lora_linear": (x, square, vector, vectors, vectors.T, 2.0),
        "merge_lora": (square, vectors, vectors.T, 2.0),
        "rms_norm": (x, vector, 0.1),
        "rotate": (floats(dtype, 2, HEADS, 5, 6), floats(dtype, 5, 6), floats(dtype, 5, 6, seed=1)),
        "geglu": (x, floats(dtype, 26, HIDDEN), floats(dtype, HIDDEN, 13)),
        "modern_layer": (floats(dtype, 2, 5, 12), *modern(dtype), 1, mask),
        "cached_attention": (*(each[:, :, :1] for each in heads), (heads[1][:, :, 1:], heads[2][:, :, 1:])),
    }


def modern(dtype) -> tuple[dict[str, Tensor], SimpleNamespace]:
    """Parameters of a local layer of a small ModernBERT, and its config."""
    shapes = {"attn_norm": (12,), "attn.Wqkv": (36, 12), "attn.Wo": (12, 12), "mlp_norm": (12,)}
    shapes |= {"mlp.Wi": (26, 12), "mlp.Wo": (12, 13)}
    kinds = ["full_attention", "sliding_attention"]
    rope = {kind: {"rope_theta": 100.0} for kind in kinds}
    config = SimpleNamespace(num_attention_heads=HEADS, norm_eps=0.1, layer_types=kinds, rope_parameters=rope)
    config.sliding_window = 2
    return {f"{name}.weight": floats(dtype, *shape) for name, shape in shapes.items()}, config


NAMES = list(arguments(torch.float32))
DATA_DEPENDENT = {"block_diagonal_mask", "mlm_loss"}  # their shapes depend on values, which the meta device has not


def tensors(value) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [one for item in value for one in tensors(item)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("name", NAMES)
def test_inputs_stay_and_the_dtype_follows(name):
    results = {}
    for dtype in (torch.float32, torch.float64):
        args = arguments(dtype)[name]
        before = copy.deepcopy(tensors(args))
        result = results[dtype] = tensors(FUNCTIONS[name](*args))
        assert all(torch.equal(now, then) for now, then in zip(tensors(args), before, strict=True))
        assert {tensor.dtype for tensor in result} == {dtype}
    for single, double in zip(results[torch.float32], results[torch.float64], strict=True):
        assert torch.equal(torch.isinf(single), torch.isinf(double))
        assert single.shape == double.shape


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DATA_DEPENDENT])
def test_the_device_follows(name):
    """On the meta device, the only one besides the CPU that every machine has."""

    def moved(value):
        if isinstance(value, torch.Tensor):
            return value.to("meta")
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(map(moved, value))
        return value

    result = FUNCTIONS[name](*(moved(value) for value in arguments(torch.float32)[name]))
    assert {tensor.device.type for tensor in tensors(result)} == {"meta"}

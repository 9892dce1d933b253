"""The encoder layer and the stack: equal to BertLayer, to every hidden state, and to PyTorch's own layer."""

import math

import pytest
import torch
from transformers import BertConfig

from course_utils.checks.course import planted
from course_utils.given.trace import trace_layer
from course_utils.reference.embeddings import bert_embeddings
from course_utils.reference.encoder_layer import (
    bert_layer,
    first_difference,
    layer_parameters,
    layer_params,
    mended_layer,
    run_encoder,
    to_torch_layer,
)
from course_utils.reference.self_attention import extended_attention_mask
from tests.reference.fixtures import (
    HIDDEN,
    SEED_SENTENCE,
    close,
    normal,
    real_batch,
    real_model,
    real_tokenizer,
    small_batch,
    small_model,
)
from tools.sources import ROOT


def test_layer_params():
    state_dict = small_model(num_hidden_layers=12).state_dict()
    for layer in (0, 1, 11):
        params = layer_params(state_dict, layer)
        assert len(params) == 16
        for name, tensor in params.items():
            assert tensor is state_dict[f"encoder.layer.{layer}.{name}"]


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("eps", [1e-12, 0.1])
def test_bert_layer_equals_small_random_models(padded, eps):
    model, batch = small_model(seed=1, layer_norm_eps=eps), small_batch(padded=padded)
    x, mask = normal(2, 5, HIDDEN), extended_attention_mask(batch["attention_mask"], torch.float32)
    for number, layer in enumerate(model.encoder.layer):
        params = layer_params(model.state_dict(), number)
        with torch.no_grad():
            assert close(bert_layer(x, params, model.config, mask), layer(x, mask))
            assert close(bert_layer(x, params, model.config), layer(x))


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_run_encoder_equals_every_hidden_state_of_the_real_model(padded, attention):
    model, batch = real_model(attention), real_batch(padded)
    state_dict = model.state_dict()
    with torch.no_grad():
        expected = model(**batch, output_hidden_states=True).hidden_states
        start = bert_embeddings(batch["input_ids"], batch["token_type_ids"], state_dict, model.config)
        mask = extended_attention_mask(batch["attention_mask"], torch.float32)
        mine = run_encoder(start, state_dict, model.config, mask)
    assert len(mine) == len(expected) == model.config.num_hidden_layers + 1
    real = batch["attention_mask"].bool()
    assert all(close(m[real], e[real]) for m, e in zip(mine, expected, strict=True))


def test_the_seed_sentence_through_the_whole_stack():
    model = real_model()
    batch = real_tokenizer()(SEED_SENTENCE, return_tensors="pt")
    with torch.no_grad():
        expected = model(**batch, output_hidden_states=True).hidden_states
        mine = run_encoder(expected[0], model.state_dict(), model.config)
    differences = [(m - e).abs().max().item() for m, e in zip(mine, expected, strict=True)]
    assert mine[1].shape == (1, 11, 384)
    assert differences[0] == 0.0
    assert max(differences) < 1e-5


def test_first_difference():
    reference = {"a": torch.zeros(2), "b": torch.ones(3), "c": torch.ones(1)}
    assert first_difference({**reference, "extra": torch.ones(1)}, reference) is None
    assert first_difference({**reference, "b": torch.ones(3) + 2e-5, "c": torch.zeros(1)}, reference) == "b"
    assert first_difference({**reference, "b": torch.ones(3) + 2e-5}, reference, atol=1e-4) is None
    assert first_difference({**reference, "c": torch.tensor([math.nan])}, reference) == "c"
    assert first_difference({**reference, "a": torch.zeros(1, 2)}, reference) == "a"
    assert first_difference({"c": torch.ones(1), "a": torch.zeros(2)}, reference) == "b"


@pytest.mark.parametrize("padded", [True, False])
def test_mended_layer_is_berts_layer_and_keeps_what_trace_layer_keeps(padded):
    model, batch = small_model(seed=3, layer_norm_eps=0.1), small_batch(padded=padded)
    x, mask = normal(2, 5, HIDDEN), extended_attention_mask(batch["attention_mask"], torch.float32)
    params = layer_params(model.state_dict(), 1)
    with torch.no_grad():
        mended = mended_layer(x, params, model.config, mask)
        assert close(mended["layer_output"], model.encoder.layer[1](x, mask))
    assert list(mended) == list(trace_layer(x, params, model.config))
    assert first_difference(mended, trace_layer(x, params, model.config, mask)) is None


def test_the_broken_layer_of_the_exercise_has_its_three_bugs_and_each_shows_first_once_those_before_it_are_mended():
    source = (ROOT / "sources" / "exercises" / "06_encoder_layer.py").read_text(encoding="utf-8")
    cell = next(cell for cell in source.split("# %%") if "def broken_layer" in cell)
    world = {"math": math, "F": torch.nn.functional}
    exec(cell, world)
    model, x = real_model(), normal(1, 7, 384)
    params = layer_params(model.state_dict(), 0)
    right = trace_layer(x, params, model.config)
    bugs = {"scores": "scale_of_hidden", "context": "not_transposed", "layer_output": "first_norm_again"}
    broken = world["broken_layer"](x, params, model.config)
    for name, tensor in planted("mended_layer", "as_it_was")(x, params, model.config).items():
        assert torch.equal(broken[name], tensor)
    for mended, place in enumerate(bugs):
        left = planted("mended_layer", *list(bugs.values())[mended:])
        assert first_difference(left(x, params, model.config), right) == place


def test_layer_parameters():
    assert layer_parameters(real_model().config) == 1_774_464
    assert layer_parameters(BertConfig()) == 7_087_872
    small = small_model()
    assert layer_parameters(small.config) == sum(p.numel() for p in small.encoder.layer[0].parameters())


@pytest.mark.parametrize("eps", [1e-12, 0.1])
def test_torch_layer_is_berts_layer(eps):
    model, batch = small_model(seed=2, layer_norm_eps=eps), small_batch()
    params, x = layer_params(model.state_dict(), 1), normal(2, 5, HIDDEN)
    torch_layer = to_torch_layer(params, model.config)
    mask = extended_attention_mask(batch["attention_mask"], torch.float32)
    real = batch["attention_mask"].bool()
    assert not torch_layer.training
    expected = bert_layer(x, params, model.config, mask)[real]
    assert close(torch_layer(x, src_key_padding_mask=~real)[real], expected)
    with torch.no_grad():  # PyTorch's fast path
        assert close(torch_layer(x, src_key_padding_mask=~real)[real], expected)


def test_torch_layer_equals_the_real_model():
    model = real_model()
    with torch.no_grad():
        hidden_states = model(**real_batch(padded=False), output_hidden_states=True).hidden_states
        for number in range(model.config.num_hidden_layers):
            torch_layer = to_torch_layer(layer_params(model.state_dict(), number), model.config)
            assert close(torch_layer(hidden_states[number]), hidden_states[number + 1])

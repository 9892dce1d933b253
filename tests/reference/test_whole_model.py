"""The whole model: every hidden state and the pooler equal to BertModel, with real and small random weights."""

import math

import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForPreTraining

from course_utils.reference.helpers import layer_modules
from course_utils.reference.orientation import count_parameters
from course_utils.reference.whole_model import (
    Bert,
    load_reference_weights,
    parameter_table,
    pooler,
    rename_key,
    same_model,
)
from tests.reference.fixtures import (
    FOLDER,
    close,
    normal,
    randomized,
    real_batch,
    real_model,
    small_batch,
    small_config,
    small_model,
)


def loaded(state_dict, config) -> Bert:
    model = Bert(config).eval()
    assert load_reference_weights(model, state_dict) == ([], [])
    return model


def test_parameters_have_the_checkpoints_names_and_shapes():
    mine = {name: tuple(p.shape) for name, p in Bert(small_config()).named_parameters()}
    theirs = {name: tuple(p.shape) for name, p in small_model().named_parameters()}
    assert mine == theirs
    names = [name for name, _ in layer_modules(small_config()).named_parameters()]
    assert sorted(f"encoder.layer.2.{name}" for name in names) == sorted(n for n in mine if ".layer.2." in n)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("padded", [True, False])
def test_bert_equals_the_real_model_everywhere(attention, padded):
    mine = loaded(load_file(f"{FOLDER}/model.safetensors"), real_model().config)
    reference, batch = real_model(attention), real_batch(padded)
    reference.config.output_hidden_states = True
    try:
        differences = same_model(mine, reference, batch)
    finally:
        reference.config.output_hidden_states = False
    names = [f"hidden_states.{number}" for number in range(7)]
    assert list(differences) == [*names, "last_hidden_state", "pooler_output"]
    assert max(differences.values()) < 1e-4
    assert count_parameters(mine) == 22_713_216


@pytest.mark.parametrize("padded", [True, False])
def test_bert_equals_small_random_models(padded):
    reference, batch = small_model(seed=1, layer_norm_eps=0.1, output_hidden_states=True), small_batch(padded=padded)
    mine = loaded(reference.state_dict(), reference.config)
    assert max(same_model(mine, reference, batch).values()) < 1e-5
    with torch.no_grad():
        bare = {"input_ids": batch["input_ids"]}
        assert close(mine(**bare)["last_hidden_state"], reference(**bare).last_hidden_state)
        assert isinstance(mine(**bare)["hidden_states"], tuple)


def test_same_model_finds_a_changed_layer_and_ignores_padding():
    reference, batch = small_model(seed=1, output_hidden_states=True), small_batch()
    other = loaded(reference.state_dict(), reference.config)

    def noisy_at_padding(**inputs):
        result = other(**inputs)
        noise = (1 - inputs["attention_mask"])[:, :, None] * 9.0
        states = tuple(states + noise for states in result["hidden_states"])
        return result | {"hidden_states": states, "last_hidden_state": states[-1]}

    assert set(same_model(other, noisy_at_padding, batch).values()) == {0.0}
    with torch.no_grad():
        other.encoder["layer"][1]["output"]["dense"].bias[0] += 1.0
    differences = same_model(other, reference, batch)
    wrong = [name for name, difference in differences.items() if difference > 1e-5]
    assert wrong == ["hidden_states.2", "hidden_states.3", "last_hidden_state", "pooler_output"]
    with torch.no_grad():
        other.pooler["dense"].bias[0] = math.nan
    assert same_model(other, reference, batch)["pooler_output"] == math.inf


def test_pooler():
    model, states = small_model(seed=2), normal(2, 5, 21)
    dense = model.pooler.dense
    with torch.no_grad():
        assert close(pooler(states, dense.weight, dense.bias), model.pooler(states))


def test_rename_key():
    assert rename_key("bert.encoder.layer.0.output.LayerNorm.gamma") == "encoder.layer.0.output.LayerNorm.weight"
    assert rename_key("embeddings.LayerNorm.beta") == "embeddings.LayerNorm.bias"
    assert rename_key("encoder.layer.1.output.dense.weight") == "encoder.layer.1.output.dense.weight"
    for dropped in ("embeddings.position_ids", "bert.embeddings.position_ids", "cls.predictions.bias"):
        assert rename_key(dropped) is None


def test_a_checkpoint_with_heads_and_old_names_loads():
    whole = randomized(BertForPreTraining(small_config()))
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in whole.state_dict().items()
    }
    old["bert.embeddings.position_ids"] = torch.arange(11)[None]
    assert any(name.endswith("gamma") for name in old)
    model, batch = loaded(old, whole.config), small_batch()
    with torch.no_grad():
        assert close(model(**batch)["pooler_output"], whole.bert(**batch).pooler_output)


def test_what_does_not_fit_is_told():
    model, state_dict = Bert(small_config()), small_model().state_dict()
    del state_dict["pooler.dense.bias"]
    state_dict["bert.pooler.dense.scale"] = torch.zeros(1)
    assert load_reference_weights(model, state_dict) == (["pooler.dense.bias"], ["pooler.dense.scale"])
    with pytest.raises(RuntimeError, match="pooler"):
        load_reference_weights(model, {"pooler.dense.bias": torch.zeros(3)})


def test_parameter_table():
    expected = {"embeddings": 11_918_592, "encoder": 6 * 1_774_464, "pooler": 147_840, "total": 22_713_216}
    assert parameter_table(real_model().config) == expected
    assert parameter_table(BertConfig())["total"] == 109_482_240
    assert parameter_table(small_config())["total"] == count_parameters(small_model())

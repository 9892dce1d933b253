"""Weights that are damaged, not there, of another shape, under other names, or not numbers: one sentence each."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from course_utils import model
from tests.model.asking import change_config, problem


def rewrite(folder, weights) -> None:
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize("keep", [0, 7, 0.01, 0.5, 0.999])
def test_truncated_weights(copy, keep):
    weights = copy / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    assert "damaged: model.safetensors is cut off" in problem()


def test_only_a_pickle(copy):
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    assert "no model.safetensors. The pickle that it has could run any code" in problem()
    (copy / "pytorch_model.bin").unlink()
    assert "no model.safetensors. Choose" in problem()


def test_missing_tensors_are_never_made_up(copy):
    weights = load_file(copy / "model.safetensors")
    for gone in ("pooler.dense.bias", "encoder.layer.1.output.dense.weight"):
        rewrite(copy, {name: value for name, value in weights.items() if name != gone})
        text = problem()
        assert "lacks 1 of 39 tensors" in text
        assert gone in text


@pytest.mark.parametrize("prefix", ["module.", "module.bert.", "0.auto_model."])
def test_names_that_another_program_put_something_before(copy, prefix):
    weights = load_file(copy / "model.safetensors")
    rewrite(copy, {prefix + name: value for name, value in weights.items()})
    text = problem()
    assert f"calls its tensors {prefix}embeddings.word_embeddings.weight and so on" in text
    assert f"without '{prefix}'" in text


def test_weights_that_do_not_fit_the_config(copy):
    change_config(copy, intermediate_size=24)
    assert "has the shape (20, 12), and its config.json asks for (24, 12)" in problem()


def test_more_layers_than_the_config_says(copy):
    change_config(copy, num_hidden_layers=1)
    assert "its weights have 2 layers, and its config.json says 1" in problem()


def test_twelve_layers_are_twelve(tmp_path, monkeypatch, tiny_bert):
    config = BertConfig.from_pretrained(tiny_bert)
    config.num_hidden_layers = 12
    for path in tiny_bert.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    BertModel(config).save_pretrained(tmp_path)
    monkeypatch.setenv("COURSE_MODEL", str(tmp_path))
    assert len(model.load_model()[1].encoder.layer) == 12


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_weight_that_is_not_a_number(copy, value):
    weights = load_file(copy / "model.safetensors")
    weights["encoder.layer.1.output.dense.weight"][3, 5] = value
    rewrite(copy, weights)
    assert "numbers in encoder.layer.1.output.dense.weight that are infinite or not numbers at all" in problem()


def test_quantised_weights(copy):
    weights = load_file(copy / "model.safetensors")
    weights["pooler.dense.weight"] = torch.zeros(12, 12, dtype=torch.int8)
    rewrite(copy, weights)
    assert "numbers of the type I8 in pooler.dense.weight" in problem()


def test_what_the_model_does_not_use_may_be_anything(copy):
    weights = load_file(copy / "model.safetensors")
    extra = {
        "embeddings.position_ids": torch.arange(512)[None],
        "cls.seq_relationship.bias": torch.tensor([float("nan")]),
    }
    rewrite(copy, weights | extra)
    assert str(copy) == model.MODEL

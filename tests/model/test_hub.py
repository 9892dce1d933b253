"""The hub: the real client against a server on the loopback."""

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file

from tests.hub_server import hub
from tests.model.asking import change_config, run

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
    tohoku = shutil.copytree(tiny_bert, tmp_path / "tohoku")
    (tohoku / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertJapaneseTokenizer"}))
    models = {
        "somebody/tiny-bert": tiny_bert,
        "gpt": gpt,
        "somebody/pickle": pickle_only,
        "somebody/tohoku": tohoku,
        "somebody/closed": None,
    }
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
        assert "a tokenizer of its own, BertJapaneseTokenizer" in from_hub("somebody/tohoku", url, home)
        assert "only for those whom its owner lets in" in from_hub("somebody/closed", url, home)
    # The hub is gone: what was fetched is still there, what was not is missed in one sentence.
    # A cache that another program filled does not know which files the model does not have.
    shutil.rmtree(home / "hub" / "models--somebody--tiny-bert" / ".no_exist")
    assert from_hub("somebody/tiny-bert", url, home, IMPATIENT="1") == expected
    text = from_hub("somebody/other", url, home, IMPATIENT="1")
    assert "the hub cannot be reached: connect to the internet" in text

"""The lessons on a checkpoint unlike the course's own: they hold, or say in a sentence what cannot hold.

The checkpoint is cased, knows hardly an English word, has its special tokens at the end of the vocabulary, its weights in
half precision and in several files, and pools by [CLS]. Played are the sources of the lessons that such a thing could upset.
"""

import json
import os
import shutil
import subprocess
import sys

import jupytext
import pytest
import torch
from transformers import BertConfig, BertModel

from course_utils.model import embedded_folder
from tools.sources import ROOT

LESSONS = ["01_tokenization", "03_self_attention", "05_feed_forward", "07_whole_model", "08_sentence_search"]
LESSONS += ["09_attention_heads", "12_fine_tuning", "13_since_bert", "14_closing"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture(scope="module")
def unlike(tmp_path_factory):
    """The folder of that checkpoint."""
    folder = tmp_path_factory.mktemp("models") / "unlike"
    tokens = (embedded_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    words = [token for token in tokens if token.isascii() and token.isalpha() and len(token) > 2]
    tokens = [token for token in tokens if token not in {*words, *SPECIAL}] + [word.capitalize() for word in words[:99]]
    tokens = [*dict.fromkeys(tokens), *SPECIAL]
    sizes = {"hidden_size": 24, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 40}
    state = torch.get_rng_state()
    torch.manual_seed(0)
    whole = BertModel(BertConfig(vocab_size=len(tokens), pad_token_id=len(tokens) - 5, **sizes))
    whole.half().save_pretrained(folder, max_shard_size="100KB")
    torch.set_rng_state(state)
    (folder / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "model_max_length": 512}))
    shutil.copy(embedded_folder() / "modules.json", folder)
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 24, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return folder


@pytest.fixture(scope="module")
def played(unlike, tmp_path_factory):
    """What became of every lesson, by its name, and all that they printed."""
    here = tmp_path_factory.mktemp("lessons")
    for name in LESSONS:
        jupytext.write(jupytext.read(ROOT / "sources" / "lessons" / f"{name}.py"), here / f"{name}.ipynb")
    env = os.environ | {
        "COURSE_MODEL": str(unlike),
        "COURSE_CI": "1",
        "MPLBACKEND": "Agg",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "tests.play_notebooks", str(here / "results.json")]
    command += [str(here / f"{name}.ipynb") for name in LESSONS]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=5400)
    assert (here / "results.json").exists(), done.stdout[-2000:] + done.stderr[-2000:]
    results = json.loads((here / "results.json").read_text())
    return {name: results[str((here / f"{name}.ipynb").resolve())]["raised"] for name in LESSONS}, done.stdout


@pytest.mark.parametrize("name", LESSONS)
def test_every_cell_runs(played, name):
    assert not played[0][name]


def test_nothing_right_is_called_different(played):
    assert "✓ equal" in played[1]
    assert "✗ different" not in played[1]
    assert "DIFFERENT" not in played[1]
    assert "1018 of 1018 equal" in played[1]


def test_what_cannot_hold_is_said(played):
    assert played[1].count("This model's own tokenizer keeps capitals and accents") == 1
    assert "not, never      none of these is a token of this model" in played[1]

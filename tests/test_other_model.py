"""Nothing depends on the embedded model's sizes: every lesson runs, and every solution passes, on a bert-base in shape.

The weights are random, so outputs are not compared; one process plays all notebooks.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from course_utils.lessons import LESSONS
from course_utils.reference import exercises
from tools.sources import ROOT

PATHS = [path for kind in ("notebooks", "solutions") for path in sorted((ROOT / kind).glob("*.ipynb"))]
NAMES = [path.relative_to(ROOT).as_posix() for path in PATHS]


@pytest.fixture(scope="module")
def base_shaped(tmp_path_factory):
    """A folder with a random BERT of bert-base-uncased's sizes: 12 layers, 12 heads, 768 features."""
    import torch
    from transformers import BertConfig, BertModel

    from course_utils.model import embedded_folder

    folder = tmp_path_factory.mktemp("models") / "base-shaped"
    state = torch.get_rng_state()
    torch.manual_seed(0)
    BertModel(BertConfig()).save_pretrained(folder)
    torch.set_rng_state(state)
    for name in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(embedded_folder() / name, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def played(base_shaped, tmp_path_factory):
    """What became of every notebook, by its name."""
    results = tmp_path_factory.mktemp("played") / "results.json"
    env = os.environ | {
        "COURSE_MODEL": str(base_shaped),
        "COURSE_CI": "1",
        "MPLBACKEND": "Agg",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",  # other tests run beside this one
    }
    command = [sys.executable, "-m", "tests.play_notebooks", str(results), *map(str, PATHS)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=5400)
    assert results.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    return {os.path.relpath(name, ROOT): result for name, result in json.loads(results.read_text()).items()}


def test_the_model_is_as_large_as_bert_base(base_shaped):
    from safetensors import safe_open

    with safe_open(base_shaped / "model.safetensors", "pt") as file:
        assert file.get_slice("encoder.layer.11.output.dense.weight").get_shape() == [768, 3072]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_runs(played, name):
    assert not played[name]["raised"]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_every_solution_passes(played, lesson):
    assert played[f"solutions/{lesson.stem}.ipynb"]["passed"] == sorted(exercises(lesson.topic))

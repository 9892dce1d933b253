"""What several test modules share."""

import os
import shutil
from pathlib import Path
from unittest import mock

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory) -> Path:
    """A folder with a random BERT of 2 layers, 3 heads of size 4, and the course's vocabulary. Not to be changed."""
    from transformers import BertConfig, BertModel

    from course_utils.model import embedded_folder

    folder = tmp_path_factory.mktemp("models") / "tiny-bert"
    config = BertConfig(hidden_size=12, num_attention_heads=3, num_hidden_layers=2, intermediate_size=20)
    BertModel(config).save_pretrained(folder)
    for name in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(embedded_folder() / name, folder)
    return folder


@pytest.fixture(autouse=True)
def same_variables():
    """A test leaves the environment as it was: a warm process refuses kernels whose variables differ from its own."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def one_thread():
    """For tensors that are not worth sharing out: two threads would mostly wait for each other."""
    from course_utils import modes

    with modes.one_thread():
        yield

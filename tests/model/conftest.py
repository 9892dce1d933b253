"""What the tests of the model share: a checkpoint to damage."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def copy(tiny_bert, tmp_path, monkeypatch) -> Path:
    """A copy of the tiny BERT, for a test to damage; COURSE_MODEL names it."""
    folder = shutil.copytree(tiny_bert, tmp_path / "copy")
    monkeypatch.setenv("COURSE_MODEL", str(folder))
    return folder

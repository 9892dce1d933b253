"""PyTorch's build for the CPU, 200 MB instead of 2.9 GB: at the first installation, and after a new pin. Linux's matter."""

import functools
import http.server
import socket
import sys
import threading
import time
import zipfile
from urllib.parse import urlsplit

import pytest

from tests.tools import tiny
from tools import install
from tools.environment import Environment
from tools.messages import InstallError
from tools.pips import Pip

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has two builds of torch")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """PyTorch's CPU index, played by a server on the loopback: two builds of torch of no content. Gives its URL."""
    folder = tmp_path / "index" / "torch"
    folder.mkdir(parents=True)
    links = [write_torch(folder, version) for version in ("2.13.0+cpu", "2.14.0+cpu")]
    (folder / "index.html").write_text(f"<html><body>{''.join(links)}</body></html>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def translate_path(self, path):
            return super().translate_path(urlsplit(path).path)  # what is asked of a proxy has a host

    handler = functools.partial(Quiet, directory=str(tmp_path / "index"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def write_torch(folder, version: str) -> str:
    """Write a wheel with nothing but what it says of itself. Its link."""
    name = f"torch-{version}-py3-none-any.whl"
    info = f"torch-{version}.dist-info/"
    with zipfile.ZipFile(folder / name, "w") as file:
        about = f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\nRequires-Dist: nonesuch\n"
        file.writestr(info + "METADATA", about)
        file.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(info + "RECORD", f"{info}METADATA,,\n{info}WHEEL,,\n{info}RECORD,,\n")
    return f'<a href="{name}">{name}</a>'


@pytest.fixture
def place(project, monkeypatch, tmp_path) -> Environment:
    """The tiny project, and now it needs torch."""
    for name, value in tiny.ALONE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    (project / "pyproject.toml").write_text(tiny.PROJECT.replace("[build", 'dependencies = ["torch"]\n[build'))
    return Environment(project)


def test_it_comes_from_its_index_where_that_answers_and_again_with_a_new_pin(
    place, index, monkeypatch, capsys, tmp_path
):
    with open(tmp_path / "lock", "w") as lock:
        pip = Pip(place, lock)
        monkeypatch.setattr(install, "CPU_TORCH", "http://127.0.0.1:9")
        assert install.install_cpu_torch(place, pip) == []
        assert place.report()["torch"] is None
        assert capsys.readouterr().out == "", "an index that does not answer is no news"
        monkeypatch.setattr(install, "CPU_TORCH", index)
        assert install.install_cpu_torch(place, pip) == []
        assert place.report()["torch"] == "2.13.0+cpu"
        assert "PyTorch for the CPU" in capsys.readouterr().out
        assert install.install_cpu_torch(place, pip) == []
        assert capsys.readouterr().out == "", "it is there already"
        (place.root / "constraints.txt").write_text("torch==2.14.0  # new\n")
        assert install.install_cpu_torch(place, pip) == []
        assert place.report()["torch"] == "2.14.0+cpu"


class PlayedPip:
    """Fails, and notes what it was to install."""

    variables: dict = {}  # noqa: RUF012

    def __init__(self):
        self.calls = []

    def install(self, what, *arguments):
        self.calls.append(arguments)
        raise InstallError("no")


@pytest.mark.parametrize("reachable", [True, False])
@pytest.mark.parametrize(
    ("have", "asked"),
    [
        ("2.12.0+cpu", ["torch==2.13.0+cpu"]),  # a machine without a GPU never gets the build for one
        ("2.12.0", []),  # the build for a GPU was the only one to get
        (None, []),
    ],
)
def test_where_the_index_does_not_answer_the_cpu_build_is_asked_of_the_users_own(
    place, monkeypatch, have, asked, reachable
):
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    monkeypatch.setattr(install, "reachable", lambda url, variables: reachable)
    monkeypatch.setattr(place, "report", lambda: {"torch": have, "lacking": {"torch": "torch is another"}})
    pip = PlayedPip()
    assert install.install_cpu_torch(place, pip) == asked
    assert len(pip.calls) == reachable


def test_a_gpu_gets_the_ordinary_torch(place, monkeypatch):
    monkeypatch.setattr(install.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    pip = PlayedPip()
    assert install.install_cpu_torch(place, pip) == []
    assert not pip.calls


def test_an_index_that_hangs_is_given_up_soon():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        started = time.monotonic()
        assert not install.reachable(f"http://127.0.0.1:{deaf.getsockname()[1]}/torch/", {}, seconds=0.5)
        assert time.monotonic() - started < 60


def test_it_is_looked_for_through_the_users_proxy(index, monkeypatch):
    monkeypatch.setenv("no_proxy", "")
    assert install.reachable("http://pytorch.example/torch/", {"PIP_PROXY": index}, seconds=20)
    assert not install.reachable("http://127.0.0.1:9/torch/", {"PIP_CERT": "/nonexistent"}, seconds=20)

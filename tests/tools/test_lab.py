"""`make lab`: a real JupyterLab opens on the first notebook, and nothing of the learner's own is touched."""

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from tests.conftest import ROOT
from tools import lab


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A course of one notebook, and folders for all that Jupyter keeps about a learner."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    course = tmp_path / "course"
    for room in lab.ROOMS:
        (course / room).mkdir(parents=True)
    write_notebook(course / lab.FIRST, "one")
    monkeypatch.setattr(lab, "ROOT", course)
    return course


def write_notebook(path: Path, text: str) -> None:
    output = nbformat.v4.new_output("display_data", {"text/html": f"<b>{text}</b>"})
    cell = nbformat.v4.new_code_cell("1", execution_count=1, outputs=[output])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def is_trusted(path: Path) -> bool:
    with NotebookNotary() as notary:
        return notary.check_signature(nbformat.read(path, nbformat.NO_CONVERT))


def test_notebooks_are_trusted_once_and_again_when_they_change(place, monkeypatch):
    first, memory = place / lab.FIRST, place / "trusted.json"
    assert not is_trusted(first)
    lab.trust_notebooks(memory)
    assert is_trusted(first)
    signed = []
    sign = NotebookNotary.sign
    monkeypatch.setattr(NotebookNotary, "sign", lambda self, nb: signed.append(nb) or sign(self, nb))
    lab.trust_notebooks(memory)
    assert not signed, "nothing changed"
    write_notebook(first, "two")
    os.utime(first, ns=(1, 1))
    write_notebook(place / "exercises" / "new.ipynb", "three")
    (place / "exercises" / "broken.ipynb").write_text("no notebook")
    assert not is_trusted(first)
    lab.trust_notebooks(memory)
    assert len(signed) == 2
    assert is_trusted(first)
    memory.write_text("damaged")
    lab.trust_notebooks(memory)
    assert is_trusted(first)


def test_a_layout_that_jupyterlab_has_kept_stays(tmp_path):
    lab.prepare_layout(tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_text("the learner's own")
    lab.prepare_layout(tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the learner's own"]


def test_other_settings_stay(tmp_path):
    path = tmp_path / "settings" / "overrides.json"
    lab.write_settings(path)
    path.write_text(json.dumps({"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}))
    lab.write_settings(path)
    assert json.loads(path.read_text()).keys() == {"@jupyterlab/apputils-extension:themes", *lab.SETTINGS}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_no_browser_without_a_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert "--no-browser" in lab.options()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "--no-browser" not in lab.options()


def test_root_only_where_one_is_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in lab.options()
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in lab.options()


def test_jupyterlab_starts_on_the_first_notebook(place):
    (place / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "lab.py", place / "tools")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--port", str(port), "--IdentityProvider.token=secret"]
    server = subprocess.Popen([sys.executable, place / "tools" / "lab.py", *options], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline().startswith(f"Inside BERT is at http://localhost:{port}/lab")
        layout = ask(port, "lab/api/workspaces/default")
        assert layout == lab.LAYOUT | {"metadata": layout["metadata"]}
        news = ask(port, "lab/api/settings/@jupyterlab/apputils-extension:notification")
        assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
        assert ask(port, "api/kernelspecs")["default"] == "python3"
        assert ask(port, f"api/contents/{lab.FIRST}")["content"]["cells"][0]["metadata"]["trusted"]
    finally:
        server.terminate()
        server.wait(30)
    assert {path.name for path in place.iterdir()} == {*lab.ROOMS, "tools", ".jupyter"}


def ask(port: int, path: str) -> dict:
    """The server's answer, once it listens."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", headers={"Authorization": "token secret"})
    for _ in range(60):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except ConnectionError:
            time.sleep(0.5)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.5)
    raise AssertionError("JupyterLab does not answer")


def test_a_request_that_waits_does_not_keep_the_stopped_process():
    script = """
        import asyncio
        import anyio.to_thread
        from tools import lab

        async def request():
            await anyio.to_thread.run_sync(int)  # its thread is there to be used again
            loop.stop()
            await asyncio.Event().wait()

        loop = asyncio.new_event_loop()
        task = loop.create_task(request())
        loop.run_forever()
        lab.end_requests(loop)
        print("stopped")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=60
    )
    assert done.stdout == "stopped\n"

"""`inside-bert`: a real JupyterLab opens on the first notebook, and nothing of the learner's own is touched."""

import json
import os
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from course_utils.learner import copies, folders
from course_utils.lessons import LESSONS
from course_utils.start import faults, lab, options
from tests.conftest import ROOT
from tests.loopback import free_ports


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A course of one notebook, and folders for all that is kept about a learner."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "COURSE_PROGRESS"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    course = tmp_path / "course"
    for room in folders.ROOMS:
        (course / room).mkdir(parents=True)
    write_notebook(course / lab.FIRST, "one")
    return course


def write_notebook(path: Path, text: str) -> None:
    output = nbformat.v4.new_output("display_data", {"text/html": f"<b>{text}</b>"})
    cell = nbformat.v4.new_code_cell("1", execution_count=1, outputs=[output])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def is_trusted(path: Path) -> bool:
    with NotebookNotary() as notary:
        return notary.check_signature(nbformat.read(path, nbformat.NO_CONVERT))


def trust(place: Path) -> int:
    """Let this user's notebooks be trusted; returns how many had to be signed."""
    signed = []
    with NotebookNotary() as notary:
        Path(notary.data_dir).mkdir(parents=True, exist_ok=True)
        sign = notary.sign
        notary.sign = lambda notebook: signed.append(notebook) or sign(notebook)
        lab.trust_notebooks(notary, place)
    return len(signed)


def test_notebooks_are_trusted_once_and_again_when_they_change(place):
    first = place / lab.FIRST
    assert trust(place) == 1
    assert is_trusted(first)
    assert trust(place) == 0, "nothing changed"
    write_notebook(first, "two")
    write_notebook(place / "exercises" / "new.ipynb", "three")
    (place / "exercises" / "broken.ipynb").write_text("no notebook")
    assert not is_trusted(first)
    assert trust(place) == 2
    assert is_trusted(first)


def test_each_users_signature_database_is_asked(place, tmp_path, monkeypatch):
    assert trust(place) == 1
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "second user"))
    assert not is_trusted(place / lab.FIRST)
    assert trust(place) == 1
    assert is_trusted(place / lab.FIRST)
    for path in (tmp_path / "second user").iterdir():
        path.unlink()
    assert trust(place) == 1


def test_a_layout_that_jupyterlab_has_kept_stays(place):
    (kept,) = lab.prepare_layout(place).iterdir()
    kept.write_text("the learner's own")
    assert [path.read_text() for path in lab.prepare_layout(place).iterdir()] == ["the learner's own"]


@pytest.mark.parametrize("folder", ["file/below", "~no-such-user/progress"])
def test_where_the_layout_cannot_be_kept_it_is_said_and_made_elsewhere(place, tmp_path, monkeypatch, capsys, folder):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_PROGRESS", folder if folder.startswith("~") else str(tmp_path / folder))
    assert len(list(lab.prepare_layout(place).iterdir())) == 1
    said = capsys.readouterr().out
    assert said.startswith("The next start will not know which notebooks were open: ")
    assert said.count("\n") == 1


def test_kernels_find_the_folders_that_were_named_from_here(place, tmp_path, monkeypatch):
    for name in ("JUPYTER_PREFER_ENV_PATH", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_DIR"):
        monkeypatch.setenv(name, "/before")  # all of them as they were after the test
    monkeypatch.setenv("JUPYTER_PATH", "/other")
    monkeypatch.setenv("COURSE_MODEL", "model")
    monkeypatch.setenv("COURSE_PROGRESS", "mine")
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    options.set_variables()
    options.set_variables()
    assert os.environ["COURSE_MODEL"] == str(tmp_path / "model")
    assert Path(os.environ["COURSE_PROGRESS"]).is_absolute()
    own = Path(sys.prefix) / "share" / "jupyter"
    assert os.environ["JUPYTER_PATH"] == f"{own}{os.pathsep}/other"
    assert os.environ["JUPYTER_CONFIG_PATH"] == f"{options.DEFAULTS}{os.pathsep}/before"
    assert "JUPYTERLAB_DIR" not in os.environ
    for named in ("~no-such-user/model", "owner/model"):  # not a folder: the lessons say what is wrong
        monkeypatch.setenv("COURSE_MODEL", named)
        options.set_variables()
        assert os.environ["COURSE_MODEL"] == named


@pytest.mark.parametrize(
    ("option", "says"), [("--help-all", "--LabApp.workspaces_dir"), ("--version", "inside-bert"), ("--help", "FOLDER")]
)
def test_what_can_be_typed_is_told_and_nothing_opened(option, says, tmp_path):
    command = [sys.executable, "-m", "course_utils.start", str(tmp_path / "new"), option]
    if option != "--help-all":
        command.remove(str(tmp_path / "new"))
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert says in done.stdout
    assert done.returncode == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            ModuleNotFoundError("No module named 'jupyterlab'"),
            "not installed in this Python (No module named 'jupyterlab')",
        ),
        (
            PermissionError(13, "Permission denied", "/x/y"),
            "The course cannot be opened (/x/y: Permission denied): check ",
        ),
        (OSError(28, "No space left on device"), "The course cannot be opened (No space left on device): check "),
        (SystemExit(1), "JupyterLab does not start, for the reason above. If an option or your own configuration"),
        (
            TypeError("odd"),
            "JupyterLab does not start, because of this TypeError: odd. If an option or your own configuration",
        ),
        (faults.StartError("a sentence"), "a sentence"),
    ],
)
def test_an_error_of_the_machine_is_a_sentence(error, sentence):
    with pytest.raises(faults.StartError) as told, faults.plainly():
        raise error
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


def test_a_question_about_the_options_is_no_error():
    with pytest.raises(SystemExit), faults.plainly():
        raise SystemExit(0)


def start(place: Path, *options: str, **kwargs) -> subprocess.Popen:
    """JupyterLab, as the command starts it, on a folder `mine` beside `place`."""
    command = [sys.executable, "-m", "course_utils.start", place.parent / "mine", "--no-browser", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, **kwargs)


@pytest.mark.parametrize("fault", ["runtime folder", "configuration"])
def test_one_that_cannot_start_says_why(place, tmp_path, monkeypatch, fault):
    if fault == "configuration":
        configure(tmp_path, "c.ServerApp.contents_manager_class = 'nonesuch.Manager'")
    else:
        (tmp_path / "jupyter_runtime_dir").touch()
    server = start(place, stderr=subprocess.STDOUT)
    said, _ = server.communicate(timeout=120)
    assert server.returncode == 1
    assert "Traceback" not in said
    if fault == "configuration":
        assert f"your own configuration, in {tmp_path / 'jupyter_config_dir'}, is the cause, fix that" in said
    else:
        assert f"JupyterLab cannot write to `{tmp_path / 'jupyter_runtime_dir'}`" in said
        assert said.count("\n") == 1


def configure(tmp_path: Path, *lines: str) -> None:
    """Write the learner's own configuration of Jupyter."""
    (tmp_path / "jupyter_config_dir").mkdir()
    (tmp_path / "jupyter_config_dir" / "jupyter_server_config.py").write_text("\n".join(lines))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_no_browser_without_a_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert "--no-browser" in options.options_at_home()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "--no-browser" not in options.options_at_home()


def test_root_only_where_one_is_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in options.options(ROOT, ROOT)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in options.options(ROOT, ROOT)


@pytest.mark.parametrize("configured", [False, True], ids=["", "configured for other work"])
def test_jupyterlab_starts_on_the_first_notebook(place, tmp_path, monkeypatch, configured):
    if configured:
        other = tmp_path / "other"
        (other / "kernels" / "python3").mkdir(parents=True)
        spec = {"argv": ["/other/python"], "display_name": "other", "language": "python"}
        (other / "kernels" / "python3" / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(other))
        monkeypatch.setenv("JUPYTERLAB_DIR", str(other))
        configure(
            tmp_path,
            f"c.ServerApp.preferred_dir = {str(tmp_path / 'gone')!r}",
            "c.FileContentsManager.preferred_dir = 'elsewhere'",
            "c.KernelSpecManager.allowed_kernelspecs = {'ir'}",
            f"c.LabApp.app_dir = {str(other)!r}",
        )
    defaults = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    before = defaults.read_bytes() if defaults.exists() else None
    (port,) = free_ports(1)
    no_settings = f"--LabApp.app_settings_dir={tmp_path}"  # whatever this environment has
    server = start(place, "--port", str(port), "--IdentityProvider.token=secret", no_settings)
    try:
        assert server.stdout.readline() == f"Your notebooks are in {tmp_path / 'mine'}.\n"
        assert server.stdout.readline() == f"Added: {3 * len(LESSONS) + 1} notebooks.\n"
        assert server.stdout.readline().startswith(f"Inside BERT is at http://localhost:{port}/lab")
        layout = ask(port, "lab/api/workspaces/default")
        assert layout == lab.LAYOUT | {"metadata": layout["metadata"]}
        news = ask(port, "lab/api/settings/@jupyterlab/apputils-extension:notification")
        assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
        kernels = ask(port, "api/kernelspecs")
        assert kernels["default"] == "python3"
        assert kernels["kernelspecs"]["python3"]["spec"]["display_name"] != "other"
        cells = ask(port, f"api/contents/{lab.FIRST}")["content"]["cells"]
        assert all(cell["metadata"]["trusted"] for cell in cells if cell["cell_type"] == "code")
    finally:
        server.terminate()
        server.wait(30)
    found = {path.name for path in (tmp_path / "mine").iterdir()}
    assert found == {*folders.ROOMS, copies.MARKER}, "what else is the learner's is elsewhere"
    assert (defaults.read_bytes() if defaults.exists() else None) == before


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
        from course_utils.start import lab

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

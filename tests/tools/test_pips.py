"""The pip of `.venv`: the user's settings of where packages come from, no other setting, and one sentence for a failure."""

import json
import os
import signal
import subprocess
import sys
import types

import pytest

from tests.tools import tiny
from tools import pips
from tools.environment import Environment
from tools.messages import DISK_FULL, InstallError, explain

# Settings with which pip succeeds without installing what was wanted, or does not succeed.
ASTRAY = {
    "target": "{tmp}/target",
    "prefix": "{tmp}/prefix",
    "root": "{tmp}/root",
    "user": "1",
    "dry-run": "1",
    "no-deps": "1",
    "require-hashes": "1",
    "constraint": "/nonexistent.txt",
    "python": "/nonexistent",
    "log": "/nonexistent/log",
    "quiet": "3",
    "no-build-isolation": "0",
}


def settings(tmp_path, monkeypatch, project, config: str, **variables: str) -> dict:
    """The variables of pip that come from this pip.conf and environment, not from the machine's own files."""
    path = tmp_path / "pip.conf"
    for name in os.environ:
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    machines = pips.Pip(Environment(project), lock=None).variables.items()
    path.write_text(config)
    for name, value in {"PIP_CONFIG_FILE": str(path), **variables}.items():
        monkeypatch.setenv(name, value)
    found = pips.Pip(Environment(project), lock=None).variables
    assert found["PIP_CONFIG_FILE"] == os.devnull, "what pip reads no more"
    return dict(found.items() - machines)


def test_index_proxy_certificates_and_cache_stay_the_users(tmp_path, monkeypatch, installed):
    config = """
[global]
index-url = https://mirror.example/simple
extra-index-url =
    https://one.example
    https://two.example
proxy = http://proxy.example:3128
cert = /certificates.pem
cache-dir = /cache
timeout = 7
[install]
find_links = /wheels
trusted-host = mirror.example
[download]
retries = 1
"""
    found = settings(
        tmp_path,
        monkeypatch,
        installed[0],
        config,
        PIP_DEFAULT_TIMEOUT="9",
        PIP_RETRIES="2",
        PIP_NO_INDEX="",
        PYTHONPATH="/nonexistent",
        HTTPS_PROXY="http://proxy.example",
    )
    assert found.pop("PIP_EXTRA_INDEX_URL").split() == ["https://one.example", "https://two.example"]
    assert found == {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_PROXY": "http://proxy.example:3128",
        "PIP_CERT": "/certificates.pem",
        "PIP_CACHE_DIR": "/cache",
        "PIP_FIND_LINKS": "/wheels",
        "PIP_TRUSTED_HOST": "mirror.example",
        "PIP_TIMEOUT": "9",
        "PIP_RETRIES": "2",
        "HTTPS_PROXY": "http://proxy.example",
    }


def test_no_other_setting_counts(tmp_path, monkeypatch, installed):
    lines = "".join(f"{name} = {value}\n" for name, value in ASTRAY.items())
    config = f"[global]\n{lines}[install]\n{lines}"
    variables = {"PIP_" + name.replace("-", "_").upper(): value for name, value in ASTRAY.items()}
    found = settings(tmp_path, monkeypatch, installed[0], config, **variables)
    assert found == {}


def test_a_broken_pip_conf_is_one_sentence(tmp_path, monkeypatch, installed):
    with pytest.raises(InstallError, match=r"The settings of pip cannot be read \(.*pip\.conf.*mend that") as caught:
        settings(tmp_path, monkeypatch, installed[0], "no section\n")
    assert len(str(caught.value).splitlines()) == 1


def test_a_pip_that_has_changed_inside_still_tells_of_the_environment():
    command = [sys.executable, "-I", "-S", "-c", pips.ASK]  # -S: there is no pip to import
    asked = subprocess.run(
        command, env=os.environ | {"PIP_INDEX_URL": "https://x.example"}, capture_output=True, check=True
    )
    assert json.loads(asked.stdout)[":env:.index-url"] == "https://x.example"


def test_with_all_settings_astray_the_course_is_in_the_venv_when_it_is_said_to_be(tmp_path, project):
    """The real pip, once, with everything at the same time."""
    config = (
        "[install]\n" + "".join(f"{k} = {v}\n" for k, v in ASTRAY.items()).format(tmp=tmp_path) + "no-index = true\n"
    )
    (tmp_path / "pip.conf").write_text(config)
    (tmp_path / "pip.py").write_text("raise RuntimeError('broken pip')")
    variables = {"PIP_" + name.replace("-", "_").upper(): value.format(tmp=tmp_path) for name, value in ASTRAY.items()}
    variables |= {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "error"}
    (project / "pyproject.toml").write_text(tiny.PROJECT + "# changed\n")
    for path in Environment(project).folder.rglob("tiny_course*"):
        path.unlink() if path.is_file() else path.rename(tmp_path / "gone")
    done = tiny.run(project, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ready after" in done.stdout
    assert done.stderr == ""
    assert "tiny-course==1.0" in tiny.packages(project)
    assert not {"target", "prefix", "root"} & {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "WARNING: Retrying ... NewConnectionError\nERROR: No matching distribution found for x",
            "connect this machine",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", DISK_FULL),
        ("OSError: [Errno 122] Disk quota exceeded", DISK_FULL),
        (
            "ERROR: Could not find a version that satisfies x (from versions: none)\nERROR: No matching distribution",
            "was not found (ERROR: No matching distribution): connect this machine to the internet, or mend the index",
        ),
        (
            "(from versions: 2.13.0)\nERROR: No matching distribution found for torch==2.14.0+cpu",
            "PyTorch's build for the CPU cannot be fetched",
        ),
        ("ERROR: No matching distribution found for torch==9", "does not fit this system (ERROR: No matching"),
        ("something\nERROR: boom\nhint: look", "The installation failed (ERROR: boom)"),
        ("ERROR: Exception:\nTraceback ...\nImportWarning: what it was", "failed (ImportWarning: what it was)"),
        ("", "The installation failed (no message)"),
    ],
)
def test_what_pip_says_becomes_one_sentence(said, sentence):
    assert sentence in explain(said)


# A script plays pip.


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Makes a Pip that runs a script instead."""
    popen = subprocess.Popen

    def make(text: str, log=tmp_path / "install.log") -> pips.Pip:
        path = tmp_path / "script.py"
        path.write_text(text)
        command = [sys.executable, "-u", str(path)]
        monkeypatch.setattr(pips.subprocess, "Popen", lambda _, **named: popen(command, **{**named, "pass_fds": ()}))
        pip = object.__new__(pips.Pip)
        pip.environment = types.SimpleNamespace(python=sys.executable, root=tmp_path, log=log)
        pip.lock = types.SimpleNamespace(fileno=lambda: 0)
        pip.variables = dict(os.environ)
        return pip

    return make


def test_the_screen_shows_the_step_and_the_log_has_it_all(script, tmp_path, capsys):
    script("""
import time
for line in ("Collecting torch", "Downloading https://x/torch-2.13.0-py3.whl (199.1 MB)", "Installing collected packages: a, b"):
    print(line)
    time.sleep(0.8)
""").install("what it needs")
    assert capsys.readouterr().out.splitlines() == [
        "Looking for what it needs ...",
        "Downloading torch (199.1 MB) ...",
        "Installing 2 packages ...",
    ]
    assert "Collecting torch\n" in (tmp_path / "install.log").read_text()


def test_a_failure_is_one_sentence_with_the_log(script):
    with pytest.raises(InstallError, match=r"failed \(ERROR: boom\); all that pip said is in \.venv.install\.log\.$"):
        script("print('ERROR: boom'); raise SystemExit(1)").install("it")


def test_a_log_that_cannot_be_written_stops_nothing(script, tmp_path):
    script("print('x' * 100_000)\nfor i in range(1000): print(i)", log=tmp_path / "no" / "folder").install("it")


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("way", ["asked", "stubborn"])
def test_pip_ends_with_its_installer(script, tmp_path, monkeypatch, way):
    ends = tmp_path / "ends"
    text = f"""
import pathlib, signal, time
signal.signal(signal.SIGINT, {"signal.SIG_IGN" if way == "stubborn" else "signal.default_int_handler"})
print("started")
try:
    time.sleep(100)
except KeyboardInterrupt:
    pathlib.Path({str(ends)!r}).touch()
"""
    seen = []

    def show(reader, phase):
        while not (tmp_path / "install.log").exists():
            reader.join(0.05)
        raise KeyboardInterrupt

    wait = subprocess.Popen.wait
    monkeypatch.setattr(
        subprocess.Popen, "wait", lambda process, seconds=None: seen.append(process) or wait(process, seconds and 0.5)
    )
    monkeypatch.setattr(pips, "show_progress", show)
    with pytest.raises(KeyboardInterrupt):
        script(text).install("it")
    assert seen[0].returncode == (0 if way == "asked" else -signal.SIGKILL)
    assert ends.exists() == (way == "asked")

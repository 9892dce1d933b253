"""The words after `inside-bert`: each does one thing, and a word that means nothing is told in one sentence."""

import os
import signal
import subprocess
import sys

import pytest

from course_utils import names
from course_utils.health import __main__ as health
from course_utils.learner import store
from course_utils.reference import exercises
from course_utils.start import command, faults, lab, words
from tests.conftest import ROOT


@pytest.fixture
def opened(monkeypatch) -> list[tuple]:
    """What would be opened: folder and options."""
    found = []
    monkeypatch.setattr(command, "start", lambda folder, arguments: found.append((folder, arguments)) or 0)
    return found


@pytest.mark.parametrize(
    ("typed", "folder", "options"),
    [
        ("", None, []),
        ("mine", "mine", []),
        ("./doctor", "./doctor", []),
        ("mine --port 8889", "mine", ["--port", "8889"]),
        ("--port 8889 --no-browser", None, ["--port", "8889", "--no-browser"]),
    ],
)
def test_a_folder_comes_first_and_all_options_are_jupyterlabs(opened, typed, folder, options):
    assert command.main(typed.split()) == 0
    assert opened == [(folder, options)]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("docter", "There is no command `docter`: did you mean `inside-bert doctor`? For a folder of that name type "),
        ("upgrade", "did you mean `inside-bert update`?"),
        ("help", "did you mean `inside-bert --help`?"),
        ("progres", "did you mean `inside-bert progress`?"),
        ("my folder", "`folder` is one argument too many"),
        ("doctor now", "`inside-bert doctor` takes nothing after it; `now` is one argument too many."),
        ("progress 3", "`inside-bert progress` takes nothing after it"),
        ("update a b", "takes one folder at most"),
        ("update --all", "takes one folder at most, and no options"),
    ],
)
def test_a_word_that_means_nothing_is_told_in_one_sentence(opened, tmp_path, monkeypatch, typed, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(faults.StartError) as told:
        command.main(typed.split())
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)
    assert not opened
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_no_mistyped_command(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docter").mkdir()
    command.main(["docter"])
    assert opened == [("docter", [])]


def test_the_doctors_exit_code_is_the_commands(monkeypatch):
    monkeypatch.setattr(health, "main", lambda: 1)
    assert command.main(["doctor"]) == 1


def test_progress_is_told_lesson_by_lesson(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    total = len(names.checks())
    assert words.progress().endswith(
        f"\n0 of {total} proven.\nPass a check in an exercise notebook: its lesson's bar then begins to fill."
    )
    first, *others = exercises("feed_forward")
    store.record(first, f"def {first}(x):\n    return x\n")
    assert command.main(["progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith("05 Feed-forward"))
    assert lines[number].endswith(f" 1 of {len(others) + 1}")
    assert lines[number].count("█") == 20 // (len(others) + 1)
    assert lines[number + 1] == f"   open: {', '.join(others)}"
    assert lines[-1] == f"1 of {total} proven."


def test_progress_needs_neither_torch_nor_transformers(tmp_path):
    code = "import sys; from course_utils.start import words; words.progress(); print({'torch', 'transformers'} & {*sys.modules})"
    env = os.environ | {"COURSE_PROGRESS": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="no such signal here")
def test_who_reads_only_the_first_line_sees_no_traceback(tmp_path):
    line = f'"{sys.executable}" -m course_utils.start progress | head -n 1'
    env = os.environ | {"COURSE_PROGRESS": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(line, shell=True, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


@pytest.fixture
def hub(monkeypatch):
    """A JupyterHub has started this."""
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    for name in ("JUPYTERHUB_DEFAULT_URL", "JUPYTERHUB_SINGLEUSER_APP", "JUPYTER_SERVER_URL"):
        monkeypatch.setenv(name, "")  # so that it is as before after the test
        monkeypatch.delenv(name)


def test_under_a_hub_its_single_user_server_is_started(hub):
    pytest.importorskip("jupyterhub")
    assert lab.under_hub()
    assert lab.hubs_app().__name__ == "JupyterHubSingleUser"
    assert os.environ["JUPYTERHUB_DEFAULT_URL"] == "/lab"


def test_under_a_hub_without_jupyterhub_one_sentence_says_what_to_install(hub, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterhub.singleuser.extension", None)
    with pytest.raises(faults.StartError, match="jupyterhub is not installed beside the course"):
        lab.hubs_app()


def test_a_terminal_in_the_hubs_server_starts_no_second_one(hub, monkeypatch):
    monkeypatch.setenv("JUPYTER_SERVER_URL", "http://localhost:8888/user/ada/")
    monkeypatch.setattr(lab, "surroundings", lambda: None)
    updated = []
    monkeypatch.setattr(command, "update", lambda rest: updated.append(rest) or 0)
    assert command.main([]) == 0
    assert updated == [[]]

"""The installer with the real pip: once, not twice, and never without what worked before."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.tools import tiny
from tools.environment import Environment


def mine(project: Path) -> bool:
    """Whether what the learner had in `.venv` is still there."""
    return (project / ".venv" / "mine").exists()


def beside(project: Path) -> set[str]:
    return {path.name for path in project.glob(".venv?*")}


def test_once_then_not_again(installed):
    project, said = installed
    assert "Making .venv with Python" in said
    assert "Ready after" in said
    assert "tiny-course==1.0" in tiny.packages(project)
    again = tiny.run(project)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert not Environment(project).unfinished.exists()


def test_an_extra_is_added_and_never_taken_away(project):
    done = tiny.run(project, "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Making .venv" not in done.stdout
    assert "Ready after" in done.stdout
    assert tiny.run(project).stdout == tiny.run(project, "test").stdout == "", "less than what is there is there, too"
    (project / "constraints.txt").write_text("torch==2.14.0\n")
    assert "Ready after" in tiny.run(project).stdout
    assert Environment(project).read_stamp()["extras"] == ["test"]
    assert mine(project)
    assert beside(project) == {".venv.lock"}


def test_an_upgrade_that_fails_leaves_the_old_one_in_use(project):
    stamp = Environment(project).read_stamp()
    (project / "pyproject.toml").write_text(tiny.PROJECT.replace("requires = []", 'requires = ["nonesuch"]'))
    done = tiny.run(project)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, "a sentence, no traceback"
    assert "nonesuch" in done.stderr
    assert "The folder .venv is as it was and can be used: `" in done.stderr
    assert "Ready" not in done.stdout
    assert "nonesuch" in Environment(project).log.read_text(), "what pip said is where the sentence says"
    assert Environment(project).read_stamp() == stamp
    assert mine(project)
    assert beside(project) == {".venv.lock"}
    (project / "pyproject.toml").write_text(tiny.PROJECT)  # the learner goes back to the old version
    again = tiny.run(project)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_an_upgrade_that_is_ended_leaves_the_old_one_in_use(project, tmp_path):
    started = tmp_path / "started"
    stamp = Environment(project).read_stamp()
    (project / "constraints.txt").write_text("torch==2.14.0\n")
    process = tiny.start(project, STARTED=str(started))
    wait_for(started)
    process.terminate()
    _, wrong = process.communicate(timeout=100)
    assert "Interrupted: run this again" in wrong
    assert "The folder .venv is as it was and can be used" in wrong
    assert Environment(project).read_stamp() == stamp
    assert mine(project)
    assert beside(project) == {".venv.lock"}


def wait_for(path: Path) -> None:
    end = time.monotonic() + 100
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="Windows hands no lock on")
def test_after_a_killed_upgrade_the_next_one_waits_for_its_pip_and_begins_with_the_old_one(project, tmp_path):
    started = tmp_path / "started"
    (project / "constraints.txt").write_text("torch==2.14.0\n")
    killed = tiny.start(project, STARTED=str(started))
    wait_for(started)
    killed.kill()
    killed.wait()
    second = tiny.start(project)
    assert "Another installation is running here" in second.stdout.readline()
    assert second.poll() is None
    started.unlink()
    said, wrong = second.communicate(timeout=100)
    assert second.returncode == 0, wrong
    assert "the one from before it is back in use" in said
    assert "Ready after" in said
    assert mine(project)
    assert beside(project) == {".venv.lock"}
    killed.communicate()


def test_a_venv_made_by_uv_is_given_pip_and_kept(project):
    """uv puts no pip into it."""
    place = Environment(project)
    place.stamp.unlink()
    for path in place.folder.glob("[Ll]ib/**/site-packages/pip*"):
        shutil.rmtree(path)
    assert not place.report()["pip"]
    done = tiny.run(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Making .venv" not in done.stdout
    assert "Ready after" in done.stdout
    assert place.report()["pip"]
    assert mine(project)


def test_run_by_the_very_python_of_a_venv_from_another_place(project):
    place = Environment(project)
    place.stamp.write_text(place.stamp.read_text().replace(project.name, "elsewhere"))
    command = [str(place.python), str(project / "tools" / "install.py")]
    done = subprocess.run(command, env=os.environ | tiny.ALONE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "from another place: making a new one" in done.stdout
    assert place.read_stamp()["place"] == str(project)
    assert not mine(project)

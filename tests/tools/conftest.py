"""The tiny project, installed once per run."""

import json
import shutil
from pathlib import Path

import pytest

from tests.tools import tiny
from tools.environment import Environment


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> tuple[Path, str]:
    """The tiny project after a first installation, and what that one said. Not to be changed."""
    project = tiny.write(tmp_path_factory.mktemp("installed") / "project")
    done = tiny.run(project)
    assert done.returncode == 0, done.stdout + done.stderr
    return project, done.stdout


@pytest.fixture
def project(installed, tmp_path) -> Path:
    """A copy of the installed project that takes its place for its own, with something of the learner's in `.venv`."""
    project = shutil.copytree(installed[0], tmp_path / "project", symlinks=True)
    place = Environment(project)
    place.stamp.write_text(json.dumps(place.read_stamp() | {"place": str(project)}))
    (place.folder / "mine").touch()
    return project

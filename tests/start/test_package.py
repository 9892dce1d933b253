"""The package, as `pip install inside-bert` brings it: whole, and all that a learner needs, outside of the repository."""

import json
import os
import shutil
import subprocess
import tarfile
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from course_utils import names
from course_utils.lessons import LESSONS
from course_utils.start.lab import FIRST
from tests.loopback import free_ports

from . import packages

NOTEBOOKS = 3 * len(LESSONS) + 1  # and the closing page
CARRIED = NOTEBOOKS + 1  # the list of the tested versions
CHANGED, UNTOUCHED = "exercises/05_feed_forward.ipynb", "exercises/06_encoder_layer.ipynb"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, Path, Path]:
    """A copy of the sources with its wheel and source archive."""
    folder = tmp_path_factory.mktemp("dist")
    source = packages.copy_sources(folder / "source")
    archive = packages.build_archive(source, folder)
    return source, packages.build_wheel(source, folder / "wheel"), archive


@pytest.fixture(scope="module")
def python(built, tmp_path_factory) -> Path:
    """The Python of an environment in which the wheel is installed."""
    python = packages.make_environment(tmp_path_factory.mktemp("environment"))
    packages.install(python, built[1])
    return python


@pytest.fixture
def run(python, tmp_path, monkeypatch):
    """Run the command, or the environment's Python, in a folder of the learner's."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "COURSE_PROGRESS"):
        monkeypatch.setenv(name, str(tmp_path / "own" / name.lower()))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments: object, program: str = "inside-bert") -> str:
        command = [str(python.with_name(program)), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def mine(run, tmp_path) -> Path:
    """The course's folder, made as a start makes it before JupyterLab is opened."""
    code = "from course_utils.start import place; place.own_place('mine')"
    run("-c", code, program="python")
    return tmp_path / "here" / "mine"


def contents(wheel: Path) -> dict[str, int]:
    """The files in a wheel, each with its checksum."""
    return {info.filename: info.CRC for info in zipfile.ZipFile(wheel).infolist()}


def test_wheel_and_source_archive_hold_every_module_and_file(built):
    source, wheel, archive = built
    held = contents(wheel)
    left_out = {"build", "inside_bert.egg-info"}
    files = {
        path.relative_to(source).as_posix()
        for path in (source / "course_utils").rglob("*")
        if path.is_file() and not left_out & set(path.parts)
    }
    assert files <= set(held)
    assert any(name.endswith(".diff") for name in files)
    assert any(name.endswith("default_setting_overrides.json") for name in files)
    assert {name.rpartition("/")[2] for name in held if "/licenses/" in name} == {"LICENSE", "LICENSE-CONTENT"}
    assert sum(name.startswith("course_utils/course/") for name in held) == CARRIED
    assert {name.split("/")[0].partition("-")[0] for name in held} == {"course_utils", "inside_bert"}, "nothing beside"
    with tarfile.open(archive) as packed:
        assert files <= {name.partition("/")[2] for name in packed.getnames()}


def test_the_source_archive_gives_the_same_wheel(built, tmp_path):
    _, wheel, archive = built
    again = contents(packages.build_wheel(archive, tmp_path / "again"))
    lists = {name for name in again if name.endswith(("/RECORD", "/WHEEL"))}
    assert {name: crc for name, crc in again.items() if name not in lists} == {
        name: crc for name, crc in contents(wheel).items() if name not in lists
    }


def test_an_editable_installation_copies_no_notebooks(built, tmp_path):
    source = shutil.copytree(built[0], tmp_path / "source", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    python = packages.make_environment(tmp_path / "environment")
    packages.pip("--python", python, "install", "--no-build-isolation", "-e", source)
    code = "from course_utils.learner import folders; print(folders.course(), len(folders.notebooks(folders.course())))"
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([python, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == f"{source} {NOTEBOOKS}\n"


def test_the_command_makes_the_folder_and_a_second_time_changes_nothing(mine, run, built):
    copied = {path.relative_to(mine).as_posix(): path.read_bytes() for path in mine.glob("*/*.ipynb")}
    assert len(copied) == NOTEBOOKS
    assert all((built[0] / name).read_bytes() == content for name, content in copied.items())
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*")}
    assert "nothing to do" in run("update", "mine")
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*")} == before


def test_doctor_progress_and_version_answer(run):
    assert run("--version").startswith("inside-bert 0.")
    assert "0 of 5\n" in run("progress")
    said = run("doctor")
    assert said.startswith("Everything is ready.")
    assert "tested" in next(line for line in said.splitlines() if " packages " in line)
    assert "is not here" not in said, "the list of the tested versions came along"
    assert "is the build for" in said.splitlines()[-1]


def test_a_mistake_is_named_and_what_passes_is_remembered(mine, run, python, monkeypatch):
    monkeypatch.chdir(mine / "exercises")
    code = (
        "import course_utils, torch; print(course_utils.__file__)\n"
        "print(course_utils.check_gelu(torch.relu).diagnosis)\n"
        "course_utils.check_gelu(lambda x: torch.nn.functional.gelu(x))"
    )
    file, diagnosis, *_ = run("-c", code, program="python").splitlines()
    assert Path(file).is_relative_to(python.parent.parent)
    assert diagnosis == "('relu',)"
    assert f"1 of {len(names.checks())} proven" in run("progress")


def test_an_upgrade_renews_what_is_unchanged_and_puts_the_new_beside_what_is_not(built, mine, run, python, tmp_path):
    source = shutil.copytree(built[0], tmp_path / "source", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    packages.set_version(source, "0.9.0")
    for name in (CHANGED, UNTOUCHED):
        (source / name).write_text("a newer one")
    (mine / CHANGED).write_text("the learner's own")
    packages.install(python, packages.build_wheel(source, tmp_path / "wheel"))
    try:
        said = run("update", "mine")
    finally:
        packages.install(python, built[1])
    assert f"Updated (you had not changed them): {UNTOUCHED}." in said
    beside = CHANGED.replace(".ipynb", ".new-0.9.0.ipynb")
    assert f"the new versions are next to them: {beside}." in said
    assert (mine / CHANGED).read_text() == "the learner's own"
    assert (mine / beside).read_text() == (mine / UNTOUCHED).read_text() == "a newer one"
    assert len(list(mine.glob("*/*.ipynb"))) == NOTEBOOKS + 1


def test_jupyterlab_starts_in_the_folder_and_serves_the_first_notebook(run, python, tmp_path):
    (port,) = free_ports(1)
    options = ["--no-browser", "--ServerApp.ip=127.0.0.1", "--port", str(port), "--IdentityProvider.token=secret"]
    server = subprocess.Popen([python.with_name("inside-bert"), *options], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == f"Your notebooks are in {tmp_path / 'here' / 'inside-bert'}.\n"
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/contents/{FIRST}", headers={"Authorization": "token secret"}
        )
        notebook = answer(request)["content"]
        assert all(cell["metadata"]["trusted"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    finally:
        server.terminate()
        server.communicate(timeout=60)


def answer(request: urllib.request.Request) -> dict:
    """The server's answer, once it listens."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.5)
    raise AssertionError("JupyterLab does not answer")

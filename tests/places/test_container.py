"""The container's files: the Dockerfile's steps in a folder of their own, and that it copies what there is."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.loopback import free_ports

from .hub import until

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SCRIPT = ROOT / "tools" / "container.sh"
posix = pytest.mark.skipif(os.name != "posix", reason="the container's script is for sh")


def copied() -> list[tuple[str, str]]:
    """What each COPY takes, and where it goes."""
    lines = [line.split()[1:] for line in re.findall(r"^COPY .*$", DOCKERFILE, re.M)]
    return [(source, line[-1]) for line in lines for source in line[:-1]]


def test_docker_is_sent_what_the_dockerfile_copies_and_nothing_else():
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert patterns[0] == "*"
    let_in = {pattern[1:] for pattern in patterns if pattern.startswith("!")}
    assert let_in == {source for source, _ in copied()}
    for source in let_in:
        assert (ROOT / source).exists(), source
    dropped = [pattern for pattern in patterns[1:] if not pattern.startswith("!")]
    assert not any(fnmatch.fnmatch(source, pattern) for source in let_in for pattern in dropped)


def test_the_container_does_not_run_as_root_and_says_whether_it_is_well():
    assert re.search(r"^FROM python:3\.1[123]-slim$", DOCKERFILE, re.M)
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.M)[-1] == "learner"
    assert "VOLUME /learner" in DOCKERFILE
    check = json.loads(re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, re.M)[1])
    command = json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1])
    assert "--port=8888" in command
    compile(check[-1], "healthcheck", "exec")
    assert ":8888/" in check[-1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The folder in which the Dockerfile's own lines have run; pip finds PyTorch and the others where the tests have them."""
    place = tmp_path_factory.mktemp("container")
    source, target = place / "source", place / "opt"
    for name, where in copied():
        path = place / where.lstrip("/")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, path, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            path.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, path)
    site = target / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True)
    packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "tests.pth").write_text("\n".join(sorted(packages)))
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_CONFIG_FILE": os.devnull}
    bin_of_this = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | offline | {"PATH": bin_of_this}
    steps = re.findall(r"sh /source/container.sh (torch|course) /source /opt/inside-bert", DOCKERFILE)
    assert steps == ["torch", "course"]
    for step in steps:
        done = subprocess.run(
            ["sh", source / "container.sh", step, source, target], env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return target


@posix
def test_the_course_is_there_with_its_notebooks_and_its_command(installed, tmp_path):
    code = (
        "import course_utils; from course_utils.learner import folders; print(course_utils.__file__);"
        "print(len(folders.notebooks(folders.course())))"
    )
    run = {
        "cwd": tmp_path,
        "env": {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        "capture_output": True,
        "text": True,
    }
    where, number = subprocess.run([installed / "bin" / "python", "-c", code], **run).stdout.split()
    assert where.startswith(str(installed))
    rooms = ("notebooks", "exercises", "solutions")
    assert int(number) == sum(len(list((ROOT / room).glob("*.ipynb"))) for room in rooms)
    done = subprocess.run([installed / "bin" / "inside-bert", "progress"], **run)
    assert done.returncode == 0, done.stderr
    assert "0 of" in done.stdout


@posix
def test_the_containers_command_opens_the_course_and_answers_the_health_check(installed, tmp_path):
    (installed / "share").symlink_to(
        Path(sys.prefix) / "share"
    )  # JupyterLab's pages, which pip puts there in a container
    command = json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1])
    check = json.loads(re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, re.M)[1])
    (port,) = free_ports(1)
    changed = {"--ip=0.0.0.0": "--ip=127.0.0.1", "--port=8888": f"--port={port}"}
    words = [changed.get(word, word.replace("/learner", str(tmp_path))) for word in command]
    env = {"PATH": f"{installed / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path), "USER": "learner"}
    well = [check[0], *check[1:-1], check[-1].replace(":8888/", f":{port}/")]
    assert subprocess.run(well, env=env, capture_output=True).returncode != 0
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(words, cwd=tmp_path, env=env, stdout=log, stderr=log)
    try:
        until(lambda: server.poll() is not None or "token=" in (tmp_path / "log").read_text(), "the server's address")
        assert server.poll() is None, (tmp_path / "log").read_text()
        done = subprocess.run(well, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "inside-bert" / "notebooks" / "00_orientation.ipynb").is_file()
    finally:
        server.terminate()
        server.wait(60)


@posix
def test_a_step_that_does_not_exist_is_told():
    done = subprocess.run(["sh", SCRIPT, "cours"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "torch, course and learner" in done.stderr


def test_the_dev_container_installs_with_the_installer_and_uses_what_it_makes():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert settings["postCreateCommand"] == "python tools/install.py"
    assert (ROOT / "tools" / "install.py").is_file()
    code = settings["customizations"]["vscode"]
    assert code["settings"]["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
    assert {"ms-toolsai.jupyter", "ms-python.python"} <= set(code["extensions"])
    assert settings["forwardPorts"] == [8888]
    for name in settings["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / name).is_file()
    assert ".progress/" in (ROOT / ".gitignore").read_text().split(), "a learner's progress is not the course's"


def test_binder_gets_what_conda_gets_and_not_the_dockerfile():
    """Binder takes a Dockerfile at the root before all else, unless there is a folder for Binder; paths are from that folder."""
    binder, conda = (
        yaml.safe_load((ROOT / name).read_text()) for name in (".binder/environment.yml", "environment.yml")
    )
    *_, pip = conda["dependencies"]
    pip["pip"] = [line.replace("constraints.txt", "../constraints.txt").replace("-e .", "-e ..") for line in pip["pip"]]
    assert binder == conda
    assert (ROOT / ".binder" / "../constraints.txt").is_file()

"""A project that pip can install without a network: it builds itself and needs nothing. With the course's installer."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.conftest import ROOT

# With STARTED in the environment it makes that file and waits until it is gone: the moment to kill, or to start another.
BACKEND = """
    import os, pathlib, time, zipfile

    def build_editable(folder, settings=None, metadata=None):
        started = pathlib.Path(os.environ.get("STARTED", "nowhere"))
        if started.is_absolute():
            started.touch()
            end = time.monotonic() + 100
            while started.exists() and time.monotonic() < end:
                time.sleep(0.05)
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
ALONE = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "no_proxy": "*"}  # nothing but what lies on this disk


def write(folder: Path) -> Path:
    """The tiny project, with the course's installer and pins of its own."""
    (folder / "tools").mkdir(parents=True)
    for path in (ROOT / "tools").glob("*.py"):
        shutil.copy(path, folder / "tools")
    (folder / "b.py").write_text(textwrap.dedent(BACKEND))
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "constraints.txt").write_text("torch==2.13.0\n")
    return folder


def start(project: Path, *extras: str, **variables: str) -> subprocess.Popen:
    """Start the installer."""
    return subprocess.Popen(
        [sys.executable, str(project / "tools" / "install.py"), *extras],
        env=os.environ | ALONE | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(project: Path, *extras: str, **variables: str) -> subprocess.CompletedProcess:
    """Run the installer to its end."""
    process = start(project, *extras, **variables)
    said, wrong = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, said, wrong)


def python(project: Path) -> Path:
    return project / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages(project: Path) -> str:
    """The output of `pip freeze`, all packages included."""
    command = [str(python(project)), "-I", "-m", "pip", "list", "--format=freeze"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.replace("_", "-")

"""The course as a package: built as for PyPI, and installed in an environment of its own that costs seconds."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.conftest import ROOT

FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "LICENSE-CONTENT", "constraints.txt")
FOLDERS = ("course_utils", "notebooks", "exercises", "solutions")


def copy_sources(folder: Path) -> Path:
    """A copy of what the package is built from."""
    folder.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    for name in FOLDERS:
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "course")
        )
    return folder


def set_version(source: Path, version: str) -> None:
    """Give a copy of the sources another version."""
    project = source / "pyproject.toml"
    text, count = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', project.read_text(encoding="utf-8"))
    assert count == 1
    project.write_text(text, encoding="utf-8")


def build_wheel(source: Path, folder: Path) -> Path:
    """The wheel of a source folder or archive, built offline with the setuptools of this environment."""
    folder.mkdir()
    pip("wheel", "--no-build-isolation", "-w", folder, source)
    (wheel,) = folder.glob("inside_bert-*.whl")
    return wheel


def build_archive(source: Path, folder: Path) -> Path:
    """The source archive of a source folder."""
    make = "import sys, setuptools.build_meta as build; build.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", make, folder], cwd=source, check=True, capture_output=True, timeout=120)
    (archive,) = folder.glob("inside_bert-*.tar.gz")
    return archive


def make_environment(folder: Path) -> Path:
    """A new environment, which sees the libraries of this one but not the checkout. Returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    base = {"base": str(folder), "platbase": str(folder)}
    libraries = sysconfig.get_path("purelib", "venv", base)
    # Such a line adds the folder alone; the file in it that leads to the checkout is not read.
    Path(libraries, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Path(sysconfig.get_path("scripts", "venv", base), "python.exe" if os.name == "nt" else "python")


def install(python: Path, wheel: Path) -> Path:
    """Install a wheel there, in place of an older one; returns the command `inside-bert`."""
    pip("--python", python, "install", "--force-reinstall", wheel)
    return python.with_name("inside-bert.exe" if os.name == "nt" else "inside-bert")


def pip(*arguments: object) -> None:
    """Run pip on what lies on this disk alone."""
    command = [sys.executable, "-m", "pip", *arguments, "--no-deps", "--no-index", "-q"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr

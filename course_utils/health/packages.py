"""The installed packages: all that the course needs, in the versions it was tested with, and no file gone."""

import csv
import importlib.metadata as metadata
import importlib.util
import os
import re
import sys
from pathlib import Path

from course_utils.learner import folders

ROOT = Path(__file__).resolve().parents[2]
CPU_TORCH = "https://download.pytorch.org/whl/cpu"


def check_packages() -> tuple[str, str]:
    """Status and text on the installed packages."""
    needed = needed_packages()
    missing = sorted(name for name, version in needed.items() if version is None)
    if missing:
        return "broken", f"not installed: {', '.join(missing)}. {reinstall()}"
    unfit = unfit_packages(needed)
    if unfit:
        return "broken", f"too old or too new for the course: {', '.join(unfit)}. {reinstall()}"
    gone = {name: files for name in needed if (files := missing_files(name))}
    if gone:
        told = [f"{name} lacks {count(files)}, `{files[0]}` for one" for name, files in sorted(gone.items())]
        return "broken", f"files are gone: {some(told)}. {reinstall(*sorted(gone))}"
    pins = pinned_versions()
    if not pins:
        return "note", (
            "all installed, but whether in the versions that the course was tested with cannot be said: they are listed "
            "in `constraints.txt` of its repository, which is not here."
        )
    other = {name: version for name, version in needed.items() if pins.get(name, version) != version}
    if other:
        told = [f"{name} {version} (tested: {pins[name]})" for name, version in sorted(other.items())]
        return (
            "note",
            f"other versions than tested: {some(told)}. If something looks odd, take the tested ones. {reinstall()}",
        )
    return "ok", "all installed, in the versions that the course was tested with"


def needed_packages() -> dict[str, str | None]:
    """Every package that the course needs, directly or not, with its installed version; None if it is missing."""
    from packaging.requirements import Requirement

    found: dict[str, str | None] = {}
    waiting = [Requirement(line) for line in course_requirements()]
    while waiting:
        requirement = waiting.pop()
        name = canonical(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            found[name] = None
            continue
        found[name] = package.version.split("+")[0]  # torch is 2.13.0+cpu where it has no GPU to serve
        waiting += [Requirement(line) for line in package.requires or ()]
    return found


def unfit_packages(installed: dict[str, str | None]) -> list[str]:
    """The packages in a version that the course cannot use, each with the versions that it can."""
    from packaging.requirements import Requirement

    found = []
    for requirement in map(Requirement, course_requirements()):
        version = installed.get(canonical(requirement.name))
        if version and not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement.name} {version} (needed: {requirement.specifier})")
    return sorted(found)


def course_requirements() -> list[str]:
    """What the course itself asks for: from its pyproject.toml, or what the installed package says of it."""
    import tomllib

    project = ROOT / "pyproject.toml"
    if project.is_file():
        found = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        if found.get("name") == "inside-bert":  # beside an installed package it is somebody else's
            return found["dependencies"]
    return metadata.requires("inside-bert") or []


def pinned_versions() -> dict[str, str]:
    """The versions in constraints.txt, which the package carries, too; {} for a course installed without it."""
    pins = constraints()
    lines = pins.read_text(encoding="utf-8").splitlines() if pins.is_file() else []
    parts = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonical(name): version for name, version in parts}


def constraints() -> Path:
    """Where the tested versions are listed."""
    beside = ROOT / "constraints.txt"
    return beside if beside.is_file() else folders.PACKED / "constraints.txt"


def missing_files(name: str) -> list[str]:
    """The files of an installed package that are gone, or empty though they were not, by the list that pip keeps of them."""
    package = metadata.distribution(name)
    folders: dict[str, dict[str, int]] = {}
    gone = []
    for path, _, size in csv.reader((package.read_text("RECORD") or "").splitlines()):
        folder, _, file = path.rpartition("/")
        # Caches may go. So may tests, and what is not beside the package: some systems leave them out.
        if path.startswith(("/", "..")) or path.endswith(".pyc") or re.search(r"(^|/)tests?/", path):
            continue
        if folder not in folders:
            folders[folder] = _sizes(str(package.locate_file(folder)))
        if file not in folders[folder] or (folders[folder][file] == 0 and size.strip("0")):
            gone.append(path)
    return gone


def _sizes(folder: str) -> dict[str, int]:
    """The files in a folder, with their sizes; {} if it is not there."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
    except OSError:
        return {}


def reinstall(*names: str) -> str:
    """The sentence that says how to install what is missing, or these packages again although they seem to be there.

    `make install` would not: it looks whether it has run, not at each package.
    """
    index = f"--extra-index-url {CPU_TORCH} " if sys.platform.startswith("linux") else ""
    if names:
        versions = {name: metadata.version(name) for name in names}
        what = "--force-reinstall --no-deps " + index * versions.get("torch", "").endswith("+cpu")
        what += " ".join(f"{name}=={version}" for name, version in versions.items())
    elif not constraints().is_file():
        return "Install the course again with this Python, and restart the kernel."
    elif constraints().parent == ROOT:
        what = f"{index}-c constraints.txt -e ."
    else:
        what = f"{index}-c {quoted(constraints())} inside-bert"
    run = "Run" if folders.is_packed() else "In the course's folder run"
    return f"{run} `{pip_install()} {what}`, and restart the kernel."


def pip_install() -> str:
    """The beginning of the command that installs something beside the course; an environment of uv's has no pip."""
    return (
        f"{this_python()} -m pip install" if importlib.util.find_spec("pip") else f"uv pip install -p {this_python()}"
    )


def this_python() -> str:
    """This Python as one types it in the course's folder."""
    inside = not folders.is_packed() and Path(sys.executable).is_relative_to(ROOT)
    return quoted(os.path.relpath(sys.executable, ROOT) if inside else sys.executable)


def quoted(path: str | Path) -> str:
    """A path as one types it."""
    return f'"{path}"' if " " in str(path) else str(path)


def canonical(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def shown(path: Path) -> str:
    """A path as it is told: from the course's folder or the home folder on, where it lies in them."""
    for place, sign in ((ROOT, ""), (Path(os.path.expanduser("~")), "~/")):
        if path != place and path.is_relative_to(place):
            return sign + path.relative_to(place).as_posix()
    return str(path)


def some(told: list[str]) -> str:
    """The first three of a list, and how many more there are."""
    return "; ".join(told[:3]) + (f"; and {len(told) - 3} more" if len(told) > 3 else "")


def count(files: list[str]) -> str:
    """`1 file`, `2 files`."""
    return f"{len(files)} file{'s' * (len(files) != 1)}"

"""The folders of a learner: one of their own for JupyterLab's layout, and a copy of a course that they may only read.

A course may lie where many read and nobody writes. What belongs to a learner is then kept with the learner.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from . import store

ROOMS = ("notebooks", "exercises", "solutions")
MARKER = ".course.json"  # in a copy


class Copy(NamedTuple):
    """A learner's copy of a course: where it is, and the files that both the course and the learner have changed since."""

    folder: Path
    kept: list[str]


def why_not_writable(folder: Path) -> str:
    """Why nothing can be saved in this folder, or where it is to be made, in the system's words; "" if something can."""
    try:
        while not folder.exists():
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))  # on a full disk an empty file can still be made
            file.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def jupyter_trouble() -> str:
    """What keeps Jupyter from writing its own files, and what to do; "" if nothing does."""
    from jupyter_core import paths

    try:
        Path.home()
    except RuntimeError:
        return "There is no home folder for your notebooks, settings and progress: set HOME to a folder that is yours."
    told = {}
    for variable in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        folder = Path(getattr(paths, variable.lower())())
        if why := why_not_writable(folder):
            told[variable] = f"`{folder}` ({why})"
    if not told:
        return ""
    home = "set HOME to a folder that is yours, " * (len(told) > 1)
    return (
        f"JupyterLab cannot write to {' and '.join(told.values())}: make that writable, {home}"
        f"or name another place in {' and '.join(told)}."
    )


def is_read_only(course: Path) -> bool:
    """Whether this learner cannot save the notebooks of the course where they are."""
    return any(_cannot_save(course / room) for room in ROOMS)


def _cannot_save(room: Path) -> bool:
    notebooks = list(room.glob("*.ipynb"))
    if not notebooks:
        return False
    return bool(why_not_writable(room)) or not any(os.access(notebook, os.W_OK) for notebook in notebooks)


def layout_folder(course: Path) -> Path:
    """Where JupyterLab keeps this learner's layout of this course; it may not exist yet. Raises `store.NoFolder`."""
    key = hashlib.sha256(str(course).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return store.find_folder() / "layout" / f"{course.name}-{key}"


def copy_folder(course: Path) -> Path:
    """Where this learner's copy of the course is, or is to be: `inside-bert` in the home folder, or the next free name."""
    home, number = Path.home(), 1
    while True:
        folder = home / f"inside-bert{'' if number == 1 else f'-{number}'}"
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return folder
        copied_from = _marker(folder).get("course")
        # A course that has moved is still the same one.
        if copied_from and (Path(copied_from) == course or not Path(copied_from).exists()):
            return folder
        number += 1


def update_copy(course: Path) -> Copy:
    """Bring this learner's copy of the course up to date. What the learner changed stays; a file they moved is copied again."""
    folder = copy_folder(course)
    copied = _marker(folder).get("files", {})
    kept = []
    _mark(folder, course, copied)  # else a copy that cannot be finished would not be known as one
    for path in sorted(path for room in ROOMS for path in (course / room).glob("*.ipynb")):
        name = path.relative_to(course).as_posix()
        theirs, now = folder / name, _checksum(path)
        mine = _checksum(theirs) if theirs.exists() else None
        if mine in (None, copied.get(name)) and mine != now:
            _replace(theirs, path.read_bytes())
        elif mine != now and copied.get(name) != now:
            kept.append(name)
        copied[name] = now
    _mark(folder, course, copied)
    return Copy(folder, kept)


def _mark(folder: Path, course: Path, copied: dict[str, str]) -> None:
    """Write down of which course this folder is a copy, and the checksum of each file when it was copied."""
    _replace(folder / MARKER, json.dumps({"course": str(course), "files": copied}, indent=1).encode())


def _marker(folder: Path) -> dict:
    """What the marker in a copy says, {} if there is none or it cannot be read."""
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return {"course": str(found["course"]), "files": dict(found["files"])}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that there is never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_bytes(content)
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)

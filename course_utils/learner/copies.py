"""A learner's own copy of the notebooks: made, and brought up to date without losing a word of theirs.

A marker in the copy holds the checksum of each notebook as the course gave it. So a notebook that the learner has changed is
known: it stays, and a newer one comes beside it. The marker is written after each notebook: a copy that was interrupted is
completed by the next start.
"""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import re
import time
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from . import folders

MARKER = ".course.json"
PACKAGE = "inside-bert"  # in the marker: the notebooks came with the package, wherever that was installed
_HALF = re.compile(r"\..+\.ipynb\.\d+")
OLD = 3600  # seconds: a half-written file of this age is nobody's any more


class Copy(NamedTuple):
    """A learner's copy of a course: where it is, and the notebooks of it that have just been written, by reason."""

    folder: Path
    given: list[str]  # for the first time
    again: list[str]  # because they were gone: deleted, or renamed by the learner
    renewed: list[str]  # because the learner had not changed the older one
    beside: list[str]  # newer ones, beside those that the learner has changed


def is_copy(folder: Path) -> bool:
    """Whether this folder was made by `update`: its marker is ours, or is damaged and the rooms are there."""
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return isinstance(found, dict) and {"course", "files"} <= found.keys()
    except OSError:
        return False
    except ValueError:
        return any((folder / room).is_dir() for room in folders.ROOMS)


def around(folder: Path) -> Path | None:
    """The copy that this folder is, or lies in."""
    return next((place for place in (folder, *folder.parents) if is_copy(place)), None)


def home_copy(course: Path) -> Path:
    """Where this learner's copy of the course is, or is to be: `inside-bert` in the home folder, or the next free name."""
    for number in itertools.count(1):
        folder = Path.home() / f"inside-bert{'' if number == 1 else f'-{number}'}"
        if not folder.exists() or (folder.is_dir() and is_free(folder)):
            return folder
        source = _marker(folder).get("course")
        # A course that has moved is still the same one.
        if source and (source in (_source(course), PACKAGE) or not Path(source).exists()):
            return folder


def is_free(folder: Path) -> bool:
    """Whether nothing but hidden files is in this folder, and no marker."""
    return all(path.name.startswith(".") for path in folder.iterdir()) and not is_copy(folder)


def update(course: Path, folder: Path, version: str) -> Copy:
    """Make a copy of the course's notebooks in `folder`, or bring it up to date. Nothing of the learner's is overwritten."""
    known = _marker(folder)
    copied = dict(known.get("files", {}))
    done = Copy(folder, [], [], [], [])

    def mark() -> None:
        marked = {"course": _source(course), "version": version, "files": copied}
        if marked != known:
            _replace(folder / MARKER, json.dumps(marked, indent=1).encode())
            known.update(marked, files=dict(copied))

    mark()  # else a copy that cannot be finished would not be known as one
    _remove_halves(folder)
    for path in folders.notebooks(course):
        name = path.relative_to(course).as_posix()
        content = path.read_bytes()
        now, was, mine = _checksum(content), copied.get(name), _checksum_of(folder / name)
        if mine is None or (mine == was != now):
            _replace(folder / name, content, mine)
            (done.renewed if mine else done.again if was else done.given).append(name)
        elif now not in (mine, was):
            done.beside.append(_put_beside(folder, name, content, version, copied))
        copied[name] = now
        mark()
    return done


def _put_beside(folder: Path, name: str, content: bytes, version: str, copied: dict[str, str]) -> str:
    """Write a newer notebook beside the learner's own, `03_self_attention.new-0.2.0.ipynb`; returns its name.

    An older one beside it, which they have not touched, makes room.
    """
    stem = PurePosixPath(name).with_suffix("").as_posix()
    now = _checksum(content)
    for number in itertools.count(1):
        beside = f"{stem}.new-{version}{'' if number == 1 else f'-{number}'}.ipynb"
        if _checksum_of(folder / beside) in (None, now, copied.get(beside)):
            break
    _replace(folder / beside, content)
    for older in [other for other in copied if other.startswith(f"{stem}.new-") and other != beside]:
        if _checksum_of(folder / older) == copied.pop(older):
            (folder / older).unlink()
    copied[beside] = now
    return beside


def _source(course: Path) -> str:
    """What the marker says of where the notebooks came from."""
    return PACKAGE if course == folders.PACKED else str(course)


def _marker(folder: Path) -> dict:
    """What the marker in a copy says, {} if there is none or it cannot be read."""
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return {
            "course": str(found["course"]),
            "version": str(found.get("version", "")),
            "files": dict(found["files"]),
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _checksum_of(path: Path) -> str | None:
    """The checksum of a file, None if there is none."""
    if path.is_symlink() and not path.exists():
        return "a link to nowhere"  # to a disk that is not there now: it is not ours to replace
    return _checksum(path.read_bytes()) if path.exists() else None


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes, was: str | None = "") -> None:
    """Write a file so that there is never half of one.

    was: the checksum of what may be replaced; if the learner has saved something else meanwhile, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_bytes(content)
        if was != "" and _checksum_of(path) not in (was, _checksum(content)):
            raise OSError(errno.EBUSY, "somebody is writing there", str(path))
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def _remove_halves(folder: Path) -> None:
    """Remove what a start that was killed had half written; a young one may be another start's, at work now."""
    for half in itertools.chain(*(folder.glob(f"{room}/.*.ipynb.[0-9]*") for room in folders.ROOMS)):
        with contextlib.suppress(OSError):
            if _HALF.fullmatch(half.name) and time.time() - half.stat().st_mtime > OLD:
                half.unlink()

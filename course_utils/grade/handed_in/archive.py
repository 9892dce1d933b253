"""All files in a folder or a zip, and in the zips inside: listed first, read one at a time, never unpacked to disk.

A zip may lie about what it holds. What is read is bounded in size, number and depth, and what goes over a bound is told with
the file it belongs to: one learner's zip does not stop the class.
"""

import calendar
import contextlib
import functools
import io
import lzma
import os
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_OF_A_NOTEBOOK = 64 * 2**20  # bytes; with stored pictures a notebook has a few MB
MOST_OF_A_ZIP = 256 * 2**20  # bytes, of a zip inside a zip
MOST_FILES = 200_000  # in a zip
DEEPEST = 3  # zips inside each other
DEEPEST_FOLDER, LONGEST_NAME = 40, 255
_NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # some browsers add an ending
_LEFT_OUT = re.compile(r"(?:\.(?!.*_assignsubmission_).*|__MACOSX|__pycache__|Thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_TOO_DEEP = f"lies deeper than {DEEPEST_FOLDER} folders, or has a name longer than {LONGEST_NAME} letters"


class Unreadable(Exception):
    """A file that is there and cannot be read; the message completes "FILE ..."."""


@dataclass(frozen=True)
class Found:
    """A file: `parts` is its path, in which a zip counts as a folder. `trouble` completes "FILE ..." if it is not to be read."""

    parts: tuple[str, ...]
    changed: float
    chain: tuple[str, ...]  # the file on the disk; then, in a zip, the members that lead to it
    trouble: str = ""
    size: int = 0

    @property
    def path(self) -> str:
        return "/".join(self.parts)

    @property
    def is_notebook(self) -> bool:
        return bool(_NOTEBOOK.search(self.parts[-1]))

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return _NOTEBOOK.sub("", self.parts[-1])

    def read(self) -> bytes:
        """Its bytes. Raises Unreadable."""
        return _read(self.chain, MOST_OF_A_NOTEBOOK)


def files(path: Path) -> list[Found]:
    """Everything in a folder or a zip, sorted, without what systems put there: `__MACOSX`, checkpoints, hidden files.

    Raises Unreadable if `path` itself is a zip that cannot be read.
    """
    if path.is_dir():
        found = list(_in_folder(path))
    elif zipfile.is_zipfile(path):
        found = list(_in_zip((str(path),), ()))
    else:
        found = [Found((path.name,), path.stat().st_mtime, (str(path),), size=path.stat().st_size)]
    return sorted(found, key=lambda each: each.parts)


def close() -> None:
    """Closes the zips that are still open."""
    _opened.cache_clear()


def _in_folder(root: Path) -> Iterator[Found]:
    whole = root.resolve()
    for folder, folders, names in os.walk(root):
        inside = tuple(map(_normal, Path(folder).relative_to(root).parts))
        folders[:] = [name for name in folders if not _LEFT_OUT.match(name)]
        if len(inside) >= DEEPEST_FOLDER and folders:
            folders.clear()
            yield Found(inside, 0.0, (), _TOO_DEEP)
        linked = [name for name in folders if Path(folder, name).is_symlink()]  # os.walk does not go there, either
        for name in [*linked, *names]:
            file, parts = Path(folder, name), (*inside, _normal(name))
            if _LEFT_OUT.match(name):
                continue
            if file.is_symlink() and (name in linked or not file.resolve().is_relative_to(whole)):
                yield Found(parts, 0.0, (), "is a link to another place, which the grader does not follow")
            elif file.is_file():
                yield from _file_or_zip(Found(parts, file.stat().st_mtime, (str(file),), size=file.stat().st_size))


def _file_or_zip(found: Found) -> Iterator[Found]:
    """The file, or if it is a zip what is in it."""
    if not found.parts[-1].lower().endswith(".zip"):
        yield found
        return
    try:
        if len(found.chain) > DEEPEST:
            raise Unreadable(f"is a zip inside {DEEPEST} others; the grader looks no deeper")
        inside = list(_in_zip(found.chain, found.parts))
    except Unreadable as error:
        yield Found(found.parts, found.changed, found.chain, str(error))
    else:
        yield from inside


def _in_zip(chain: tuple[str, ...], parts: tuple[str, ...]) -> Iterator[Found]:
    members = {}
    for info in _opened(chain).infolist():
        steps = tuple(step for step in _name(info).replace("\\", "/").split("/") if step not in ("", ".", ".."))
        if steps and not info.is_dir() and not any(_LEFT_OUT.match(step) for step in steps):
            members[steps] = info  # of two with one name the later counts, as for any program that unpacks
    for steps, info in members.items():
        if len(steps) > DEEPEST_FOLDER or max(map(len, steps)) > LONGEST_NAME:
            yield Found((*parts, *(step[:LONGEST_NAME] for step in steps[:DEEPEST_FOLDER])), 0.0, (), _TOO_DEEP)
            continue
        yield from _file_or_zip(Found((*parts, *steps), _seconds(info), (*chain, info.filename), size=info.file_size))


@functools.lru_cache(maxsize=4)
def _opened(chain: tuple[str, ...]) -> zipfile.ZipFile:
    """An open zip. Files are read in the order of their paths, so a few at a time are enough."""
    try:
        if len(chain) == 1:
            opened = zipfile.ZipFile(chain[0])
            number = len(opened.infolist())
        else:
            content = _read(chain, MOST_OF_A_ZIP)
            number = content.count(b"PK\x01\x02")  # how each entry of the list of files begins
            opened = zipfile.ZipFile(io.BytesIO(content)) if number <= MOST_FILES else None
        if number > MOST_FILES:
            raise Unreadable(f"is a zip of more than {MOST_FILES:,} files")
        return opened
    except _BROKEN as error:
        raise Unreadable(f"is not a zip that can be read ({error})") from None


_BROKEN = (
    zipfile.BadZipFile,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
)


def _read(chain: tuple[str, ...], most: int) -> bytes:
    """The bytes of a file on the disk, or of a member of a zip, if they are at most `most`."""
    try:
        on_disk = len(chain) == 1
        size = os.stat(chain[0]).st_size if on_disk else _opened(chain[:-1]).getinfo(chain[-1]).file_size
        if size <= most:
            with Path(chain[0]).open("rb") if on_disk else _opened(chain[:-1]).open(chain[-1]) as file:
                content = file.read(most + 1)
            if len(content) <= most:
                return content
    except _BROKEN as error:
        raise Unreadable(f"cannot be read ({error})") from None
    raise Unreadable(f"has {_megabytes(max(size, most + 1))}; the grader reads up to {_megabytes(most)}")


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"


def _name(info: zipfile.ZipInfo) -> str:
    """A member's name. Some programs write UTF-8 without saying so, and zipfile then takes it for cp437."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return _normal(name)


def _normal(name: str) -> str:
    """A name with umlauts in one piece: macOS takes them apart. What is not text, such as a lone surrogate, becomes `?`."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))


def _seconds(info: zipfile.ZipInfo) -> float:
    """A member's time, which has no zone, as if it were UTC: only the order of times counts."""
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except ValueError:
        return 0.0

"""What this learner has proven, in one SQLite file: `progress.sqlite`.

It lies in the user's data folder, or in the folder that COURSE_PROGRESS names. Any number of kernels may write at once.
A damaged file is put aside under a new name and never deleted; one that a newer version of the course wrote is left alone.
What cannot be written, the session remembers, and writes it with the next pass that can be written.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from .keeping import CannotKeep, kept_source, lent
from .origins import COURSE, home

FILE = "progress.sqlite"
LAYOUT = 1  # of the tables, as `PRAGMA user_version`; files without a number have this one, too

DAMAGED = (
    "Your progress file was damaged. It has been put aside under a new name, nothing is deleted, and a new file begun."
)
_REMEMBERED = "What you pass is kept until this kernel stops."
UNWRITABLE = (
    "Your progress cannot be saved: its folder cannot be written to, or the disk is full; `doctor()` says more. "
    f"{_REMEMBERED}"
)
BUSY = (
    "Your progress cannot be read or saved now: another program keeps its file locked. Shut down kernels that hang (Kernel, "
    f"Shut Down All Kernels). {_REMEMBERED} The next check that finds the file free saves it."
)
NEWER = (
    "Your progress file was written by a newer version of the course, so this version leaves it alone: update the course "
    f"(`inside-bert update` says how; in a clone, `git pull` and `make install`). {_REMEMBERED}"
)

_WAIT = 30.0  # seconds for another kernel to finish writing
_WAIT_AGAIN = 0.1  # once that was in vain
_DAMAGE = (1, 11, 26)  # SQLite's codes for another table layout, a malformed file, and no database at all
_LOCKED = (5, 6, 15)  # for a file, or a table, that another holds, and for locks that do not work
_COLUMNS = [("name", "TEXT", 0, None, 1), ("source", "TEXT", 0, None, 0)]  # type, NOT NULL, default, key

_session: dict[Path | None, dict[str, str | None]] = {}  # what is not written yet, by folder
_waited: set[Path] = set()  # the files that stayed locked
_said: set[tuple[Path | None, str]] = set()


class NoFolder(OSError):
    """Why no folder for the progress can be named, and what to do."""


class _Newer(Exception):
    """The file has the layout of a newer version of the course."""


def folder() -> Path | None:
    """The folder of the progress file; it may not exist yet. None if none can be named."""
    try:
        return find_folder()
    except NoFolder:
        return None


def find_folder() -> Path:
    """The folder of the progress file; it may not exist yet. Raises NoFolder.

    A kernel runs in its notebook's folder, so a relative name is taken from the course's folder; where the course was
    installed without one, or may only be read, from the home folder.
    """
    named = os.environ.get("COURSE_PROGRESS", "").strip()
    try:
        if named:
            path = Path(named).expanduser()
        else:
            import platformdirs

            path = Path(platformdirs.user_data_dir("inside-bert", appauthor=False)).expanduser()
        return path if path.is_absolute() else _course_or_home() / path
    except (RuntimeError, KeyError):  # no such user, or no home folder
        what = (
            f"COURSE_PROGRESS names `{named}`, and there is no such home folder" if named else "there is no home folder"
        )
        raise NoFolder(f"{what}. Name a folder in the environment variable COURSE_PROGRESS") from None
    except (ImportError, AttributeError) as error:  # platformdirs is missing, or a file beside the notebook hides it
        from course_utils.hiding import hidden_library

        raise NoFolder(
            hidden_library(error).rstrip(".") or f"{error}. Run `inside-bert doctor`, or `make doctor` in a clone"
        ) from None


def _course_or_home() -> Path:
    course = Path(__file__).resolve().parents[2]
    return course if (course / "pyproject.toml").is_file() and os.access(course, os.W_OK) else Path.home()


def record(name: str, answer: object) -> None:
    """Remember that `answer` passed the exercise `name`, and keep its source. Never raises.

    Where the new source cannot be kept, an earlier one stays. `answer` may be the source itself. What the course itself
    handed out, as `my_bert` does where a learner has not passed, is not recorded as the learner's; nor is what it built.
    """
    if _is_the_courses(answer):
        print(f"This {name} is the reference's own, so it is not recorded as yours: write yours, and check that.")
        return
    source, reason = None, ""
    try:
        source = answer if type(answer) is str else kept_source(answer)
    except CannotKeep as error:
        reason = str(error)
    place = _place()
    _save(place, name, source)
    if reason:
        theirs = "your earlier one" if _stored(place).get(name) else "the reference's"
        print(f"{name} passed, but later notebooks cannot use this version, since it {reason}. They use {theirs}.")


def _is_the_courses(answer: object) -> bool:
    """Whether it is the reference's, or built from it, as `planted` and `with_functions` do."""
    if any(answer is function for _, function in lent):
        return True
    with suppress(Exception):  # an object that cannot even be looked at is not ours
        found = home(answer)
        if found is not None and found[0].partition(".")[0] == COURSE:
            return True
        key = sys.modules.get(f"{COURSE}.judge.answer_key")  # else nothing has been built
        parts = vars(answer).values() if isinstance(answer, type) else [answer]
        return key is not None and any(map(key.is_planted, parts))
    return False


def passed() -> dict[str, str | None]:
    """The exercises that this learner passed, with the kept source, or None where it could not be kept."""
    place = _place()
    stored = _stored(place)
    return stored | {name: source or stored.get(name) for name, source in _session.get(place, {}).items()}


def source_of(name: str) -> str | None:
    """The kept source of the exercise `name`; None if it is not passed or could not be kept."""
    return passed().get(name)


def _stored(place: Path | None) -> dict[str, str | None]:
    """What the file holds; asking makes no file."""
    return (_with_file(place, _read) or {}) if place and os.path.exists(place / FILE) else {}


def _save(place: Path | None, name: str, source: str | None) -> None:
    """Write a pass, and those that could not be written before."""
    unwritten = _session.setdefault(place, {})
    unwritten[name] = source or unwritten.get(name)
    rows = dict(unwritten)
    if _with_file(place, lambda database: _write(database, rows)):
        for written in rows:
            if unwritten.get(written) == rows[written]:  # and not passed again in another thread
                unwritten.pop(written, None)


def _place() -> Path | None:
    """The folder of the progress file, None if none can be named; says so, once."""
    try:
        return find_folder()
    except NoFolder as reason:
        _say(None, f"Your progress cannot be saved: {reason}. {_REMEMBERED}")
        return None


def _with_file(place: Path | None, work: Callable[[sqlite3.Connection], Any]) -> Any:
    """What `work` returns for the open file, or None where the file cannot be used; says why, once."""
    if place is None:
        return None
    path, why = place / FILE, UNWRITABLE
    try:
        for _ in range(3):  # a damaged file is put aside, then there is a new one
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with closing(_open(path)) as database:
                    return work(database)
            except sqlite3.DatabaseError as error:
                if not (_is_damage(error) and _put_aside(path)):
                    raise
    except _Newer:
        why = NEWER
    except Exception as error:  # a folder, a disk, a name that nobody has thought of: a pass must not end in it
        if _code(error) in _LOCKED:
            _waited.add(path)
            why = BUSY
    _say(place, why)
    return None


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_WAIT_AGAIN if path in _waited else _WAIT, isolation_level=None)


def _write(database: sqlite3.Connection, rows: dict[str, str | None]) -> bool:
    database.execute("BEGIN IMMEDIATE")
    _read(database)  # nothing is added to a file that cannot be read again
    database.execute("CREATE TABLE IF NOT EXISTS passed (name TEXT PRIMARY KEY, source TEXT)")
    database.executemany(
        "INSERT INTO passed (name, source) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET source = coalesce(excluded.source, source)",
        rows.items(),
    )
    database.execute(f"PRAGMA user_version = {LAYOUT}")
    database.execute("COMMIT")
    return True


def _read(database: sqlite3.Connection) -> dict[str, str | None]:
    """All rows; raises _Newer, or DatabaseError if the file is not sound."""
    if database.execute("PRAGMA user_version").fetchone()[0] > LAYOUT:
        raise _Newer
    state = database.execute("PRAGMA quick_check(1)").fetchone()
    if state != ("ok",):
        raise sqlite3.DatabaseError("quick_check failed")
    columns = [column[1:] for column in database.execute("PRAGMA table_info(passed)")]
    if not columns:
        return {}  # a file that another kernel has only just begun
    if columns != _COLUMNS:
        raise sqlite3.DatabaseError("another layout, without a number")
    return dict(database.execute("SELECT name, source FROM passed ORDER BY rowid"))


def _code(error: Exception) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault, not its folder, the disk or another kernel."""
    return _code(error) is None or _code(error) in _DAMAGE  # None: raised by Python, for text that is no UTF-8


def _put_aside(path: Path) -> bool:
    """Rename a damaged file to the next free number beside it. False if that cannot be done.

    Several kernels may find the damage at once: only the holder of a lock renames, and only what is still damaged.
    """
    try:
        with closing(_open(path.with_name("progress.lock"))) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            if _is_sound(path):
                return True
            number = 1
            while path.with_name(f"progress.damaged-{number}.sqlite").exists():
                number += 1
            aside = path.with_name(f"progress.damaged-{number}.sqlite")
            for part in ("-journal", "-wal", "-shm", ""):  # a journal left behind would be played into the new file
                if os.path.exists(f"{path}{part}"):
                    os.rename(f"{path}{part}", f"{aside}{part}")
    except sqlite3.OperationalError as error:
        if _code(error) in _LOCKED:
            _waited.add(path.with_name("progress.lock"))
        return False
    except (OSError, sqlite3.Error):
        return False
    _say(path.parent, DAMAGED)
    return True


def _is_sound(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        with closing(_open(path)) as database:
            _read(database)
    except sqlite3.DatabaseError as error:
        return not _is_damage(error)
    return True


def _say(place: Path | None, sentence: str) -> None:
    """Print a sentence once in a session."""
    if (place, sentence) not in _said:
        _said.add((place, sentence))
        print(sentence)

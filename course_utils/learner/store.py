"""What this learner has proven, in one SQLite file: `progress.sqlite`.

It lies in the user's data folder, or in the folder that COURSE_PROGRESS names. Any number of kernels may write at once.
A damaged file is put aside under a new name and never deleted. Where the file cannot be written, the session remembers.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from .keeping import CannotKeep, kept_source

FILE = "progress.sqlite"
DAMAGED = (
    "Your progress file was damaged. It has been put aside under a new name, nothing is deleted, and a new file begun."
)
UNWRITABLE = (
    "Your progress cannot be saved: its folder cannot be written to, or is busy. It is kept until this kernel stops."
)

_WAIT = 30.0  # seconds for another kernel to finish writing
_DAMAGE = (1, 11, 26)  # SQLite's codes for another table layout, a malformed file, and no database at all
_session: dict[Path, dict[str, str | None]] = {}  # what could not be written, by folder
_said: set[tuple[Path, str]] = set()


def folder() -> Path:
    """The folder of the progress file; it may not exist yet."""
    named = os.environ.get("COURSE_PROGRESS", "").strip()
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("inside-bert", appauthor=False))


def record(name: str, answer: object) -> None:
    """Remember that `answer` passed the exercise `name`, and keep its source. Never raises.

    Where the new source cannot be kept, an earlier one stays. `answer` may be the source itself.
    """
    try:
        source = answer if isinstance(answer, str) else kept_source(answer)
    except CannotKeep as reason:
        source = None
        print(
            f"{name} passed, but later notebooks cannot use your version, since it {reason}; they use the reference's."
        )

    def write(database: sqlite3.Connection) -> bool:
        database.execute("BEGIN IMMEDIATE")
        _read(database)  # nothing is added to a file that cannot be read again
        database.execute("CREATE TABLE IF NOT EXISTS passed (name TEXT PRIMARY KEY, source TEXT)")
        database.execute(
            "INSERT INTO passed (name, source) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET source = coalesce(excluded.source, source)",
            (name, source),
        )
        database.execute("COMMIT")
        return True

    if not _with_file(write):
        _session.setdefault(folder(), {})[name] = source


def passed() -> dict[str, str | None]:
    """The exercises that this learner passed, with the kept source, or None where it could not be kept."""
    stored = (_with_file(_read) or {}) if os.path.exists(folder() / FILE) else {}
    return stored | _session.get(folder(), {})


def source_of(name: str) -> str | None:
    """The kept source of the exercise `name`; None if it is not passed or could not be kept."""
    return passed().get(name)


def _with_file(work: Callable[[sqlite3.Connection], Any]) -> Any:
    """What `work` returns for the open file, or None where the file cannot be used; says why, once."""
    path = folder() / FILE
    for _ in range(3):  # a damaged file is put aside, then there is a new one
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=_WAIT, isolation_level=None)) as database:
                return work(database)
        except sqlite3.DatabaseError as error:
            if not (_is_damage(error) and _put_aside(path)):
                break
        except OSError:
            break
    _say(UNWRITABLE)
    return None


def _read(database: sqlite3.Connection) -> dict[str, str | None]:
    """All rows; raises DatabaseError if the file is not sound."""
    state = database.execute("PRAGMA quick_check(1)").fetchone()
    if state != ("ok",):
        raise sqlite3.DatabaseError("quick_check failed")
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'passed'").fetchone():
        return {}  # a file that another kernel has only just begun
    return dict(database.execute("SELECT name, source FROM passed ORDER BY rowid"))


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault, not its folder, the disk or another kernel."""
    code = getattr(error, "sqlite_errorcode", None)  # None: raised by Python, for text that is no UTF-8
    return code is None or code & 0xFF in _DAMAGE


def _put_aside(path: Path) -> bool:
    """Rename a damaged file to the next free number beside it. False if that cannot be done.

    Several kernels may find the damage at once: only the holder of a lock renames, and only what is still damaged.
    """
    try:
        with closing(sqlite3.connect(path.with_name("progress.lock"), timeout=_WAIT, isolation_level=None)) as lock:
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
    except (OSError, sqlite3.Error):
        return False
    _say(DAMAGED)
    return True


def _is_sound(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT)) as database:
            _read(database)
    except sqlite3.DatabaseError as error:
        return not _is_damage(error)
    return True


def _say(sentence: str) -> None:
    """Print a sentence once in a session."""
    if (folder(), sentence) not in _said:
        _said.add((folder(), sentence))
        print(sentence)

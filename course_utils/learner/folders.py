"""The folders of the course and of a learner: where the notebooks are, and where JupyterLab keeps this learner's layout.

A course may lie where many read and nobody writes. What belongs to a learner is then kept with the learner.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from . import store

ROOMS = ("notebooks", "exercises", "solutions")
PACKED = Path(__file__).resolve().parents[1] / "course"  # setup.py puts the notebooks and the pins there
CHECKOUT = Path(__file__).resolve().parents[2]


def is_packed() -> bool:
    """Whether the course was installed as a package: it then carries its notebooks, and there is no repository around it."""
    return PACKED.is_dir()


def course() -> Path:
    """The folder that holds the course's own notebooks and `constraints.txt`."""
    return PACKED if is_packed() else CHECKOUT


def start_command() -> str:
    """What a learner types to open the course."""
    return "inside-bert" if is_packed() else "make lab"


def notebooks(place: Path) -> list[Path]:
    """The notebooks in the rooms of a course, or of a learner's copy."""
    return sorted(path for room in ROOMS for path in (place / room).glob("*.ipynb"))


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


def layout_folder(place: Path) -> Path:
    """Where JupyterLab keeps this learner's layout of this folder; it may not exist yet. Raises `store.NoFolder`."""
    key = hashlib.sha256(str(place).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return store.find_folder() / "layout" / f"{place.name}-{key}"

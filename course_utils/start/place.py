"""In which folder the learner works, and what is said when notebooks are put there.

In a checkout that they may change, the course is opened where it is. Else they get a copy: where they say, or in `inside-bert`,
here if the course came as a package, in their home folder if it is shared.
"""

import importlib.metadata as metadata
import os
from pathlib import Path

from course_utils.learner import copies, folders

from .faults import StartError
from .lab import under_hub


def own_place(named: str | None) -> Path:
    """The folder with the notebooks that this learner works on, which are all there then; says what was done for it."""
    folder = find(named)
    if folder == folders.course():
        return folder
    copy = update(folder)
    shared = not (named or folders.is_packed() or under_hub())
    print("The course's own notebooks are read-only. " * shared + f"Your notebooks are in {folder}.", flush=True)
    tell(copy)
    return folder


def find(named: str | None) -> Path:
    """The folder in which the learner works, or is to work: the one that they name, or the one that fits."""
    course = folders.course()
    if named is not None:
        folder = Path(os.path.abspath(os.path.expanduser(named)))
        return course if folder.exists() and course.samefile(folder) else folder
    here = Path.cwd()
    if found := copies.around(here):
        return found
    if folders.is_packed() and not under_hub():
        return here / "inside-bert"
    if under_hub() or folders.is_read_only(course):
        return copies.home_copy(course)
    return course


def update(folder: Path) -> copies.Copy:
    """Put the notebooks into a folder, or bring them up to date there. Raises StartError if it holds something else."""
    if folder.exists() and not folder.is_dir():
        raise StartError(
            f"{folder} is a file, and the notebooks need a folder: name another one, `inside-bert FOLDER`."
        )
    if folder.exists() and not copies.is_copy(folder) and not copies.is_free(folder):
        raise StartError(
            f"{folder} is not empty and is not a folder of this course, so nothing was put there: name an empty or new one, "
            "`inside-bert FOLDER`."
        )
    try:
        return copies.update(folders.course(), folder, version())
    except OSError as error:
        raise StartError(
            f"The notebooks cannot be put into {folder} ({error.strerror or error}): check that you may write there and that "
            "the disk is not full, or name another folder, `inside-bert FOLDER`; what is there already stays, and the next "
            "start goes on with it."
        ) from None


def version() -> str:
    """The course's version."""
    try:
        return metadata.version("inside-bert")
    except metadata.PackageNotFoundError:  # its folder is on the path, and it was not installed
        return "unknown"


def tell(copy: copies.Copy) -> bool:
    """Print what was written, by reason. Returns whether there was anything."""
    some = {
        "Added: {}.": copy.given,
        "Restored, because they were deleted or renamed: {}.": copy.again,
        "Updated (you had not changed them): {}.": copy.renewed,
        "You have changed these, so yours stay and the new versions are next to them: {}.": copy.beside,
    }
    for sentence, names in some.items():
        if names:
            print(sentence.format(listed(names)), flush=True)
    return any(some.values())


def listed(names: list[str]) -> str:
    """The names, or how many if they are many."""
    return ", ".join(names) if len(names) <= 12 else f"{len(names)} notebooks"

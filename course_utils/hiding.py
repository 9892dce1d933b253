"""A file beside the notebook that has the name of a library: Python takes it for the library, and an import fails."""

import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType


def hidden_library(error: BaseException) -> str:
    """The sentence that says which file or folder beside the notebook made this import fail; "" if none did."""
    here = os.getcwd()
    path = [entry or here for entry in sys.path]
    others = [entry for entry in path if os.path.realpath(entry) != os.path.realpath(here)]
    for name in _named(error):
        found = PathFinder.find_spec(name, path)
        if found is None or not found.origin or not PathFinder.find_spec(name, others):
            continue
        file = Path(found.origin)
        kind, file = ("folder", file.parent) if found.submodule_search_locations else ("file", file)
        if os.path.realpath(file.parent) == os.path.realpath(here):
            what = "the course" if name == "course_utils" else f"the library {name}"
            return f"The {kind} `{file.name}` beside this notebook hides {what}: rename it and restart the kernel."
    return ""


def _named(error: BaseException | None) -> Iterator[str]:
    """The top-level modules that an error, or one that led to it, is about, or in which it was raised."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        names = [error.name or ""] if isinstance(error, ImportError) else []
        if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
            names.append(error.obj.__name__)
        step = error.__traceback__
        while step is not None:
            names.append(step.tb_frame.f_globals.get("__name__") or "")
            step = step.tb_next
        yield from dict.fromkeys(name.partition(".")[0] for name in names if name)
        error = error.__cause__ or error.__context__

"""Whether a thing can be imported in every notebook, and from where, or is the learner's own.

A file beside a notebook is the learner's: another notebook, in another folder, cannot import it.
"""

import functools
import importlib.util
import inspect
import os
import sys
import sysconfig
import types
from pathlib import Path

COURSE = __name__.partition(".")[0]
# searched first, for functions whose `__module__` is missing or private
_HOMES = ("builtins", "math", "operator", "typing", "types", "torch", "torch.nn.functional")


class CannotKeep(Exception):
    """Why an answer cannot be written down: the rest of a sentence that begins with `it`."""


def is_definition(value: object) -> bool:
    """Whether a value is a class, or a function below its decorators."""
    below = inspect.unwrap(value) if callable(value) else value
    return isinstance(below, (type, types.FunctionType))


def home(value: object) -> tuple[str, str] | None:
    """The module that a value can be imported from, and its name there; None for what the learner defined."""
    name = next((n for n in (getattr(value, key, None) for key in ("__name__", "_name")) if isinstance(n, str)), "")
    where = getattr(value, "__module__", None)
    where = where if isinstance(where, str) else ""
    if not name or (where and not is_installed(where)):
        return None
    for module in (*_HOMES, where):
        if getattr(sys.modules.get(module), name, None) is value:
            return module, name
    if isinstance(value, (type, types.FunctionType)):
        return None  # these say truly where they are from
    places = [
        module
        for module, found in list(sys.modules.items())
        if isinstance(found, types.ModuleType) and vars(found).get(name) is value and is_installed(module)
    ]
    return (min(places, key=lambda place: ("._" in f".{place}", len(place), place)), name) if places else None


def is_installed(module: str) -> bool:
    """Whether every notebook can import a module, in whatever folder: it is Python's, a package's or the course's."""
    top = module.partition(".")[0]
    if top in (COURSE, "__main__"):
        return top == COURSE
    places = _places(top)
    return any(_is_library(place, top) for place in places) if places else top in sys.stdlib_module_names


def is_own_file(module: str) -> bool:
    """Whether a module is a file, or a folder, of the learner's."""
    return bool(_places(module.partition(".")[0])) and not is_installed(module)


def file_of(module: str) -> str:
    """A learner's module in words: its file."""
    path = getattr(sys.modules.get(module), "__file__", None)
    return f"the file `{os.path.basename(path)}`" if path else f"the module `{module}`"


def _places(top: str) -> list[str]:
    """The file, and the folders, of a top-level module, whether it is imported already or not yet."""
    found = sys.modules.get(top)
    if found is None:
        spec = importlib.util.find_spec(top)
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
    else:
        places = [getattr(found, "__file__", None), *getattr(found, "__path__", ())]
    return [place for place in places if place and place not in ("built-in", "frozen")]


@functools.cache
def _is_library(place: str, top: str) -> bool:
    """Whether the file or folder of a top-level module lies where Python or pip puts such."""
    path, python = (Path(os.path.realpath(each)) for each in (place, sysconfig.get_path("stdlib")))
    return (
        path.is_relative_to(python)
        or not {"site-packages", "dist-packages"}.isdisjoint(path.parts)
        or (top in sys.stdlib_module_names and path.suffix in (".so", ".pyd"))
        or any(path.parent.glob("*.dist-info"))  # pip install --target
    )

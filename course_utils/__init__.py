"""Inside BERT: what a learner imports, `from course_utils import load_model, check_gelu, show_tower, progress`.

Importing the package costs nothing: a name is looked up where it lives when it is first asked for.

    check_*                 checks/, one for each exercise
    show_*                  figures/, made of each `draw_*`
    explore_*, watch_*      widgets/
    all others              the exercises and helpers of reference/, given/, and a few in a table in `names.py`

`__init__.pyi` tells all of them to an IDE: after adding one, `python -m tools.stubs` writes it again.
"""

import importlib
from types import ModuleType

from course_utils import names


def __getattr__(name: str) -> object:
    home = None if name.startswith("_") else names.homes().get(name)
    if home is not None:
        return _found(name, _module(home))
    if names.is_module(name):
        return _module(name)
    raise names.unknown("course_utils", name, __dir__())


def __dir__() -> list[str]:
    return sorted({*names.homes(), "my_bert"})


def _module(name: str) -> ModuleType:
    """A module of the package; if a file beside the notebook hides what it imports, the ImportError says which."""
    try:
        return importlib.import_module(f"course_utils.{name}")
    except Exception as error:
        from course_utils.hiding import hidden_library

        says = hidden_library(error)
        if says:
            raise ImportError(says) from None
        raise


def _found(name: str, module: ModuleType) -> object:
    """What a public name means in the module where it lives."""
    if name.startswith("check_"):
        return module.find(names.checks()[name])
    if name.startswith("show_") and not hasattr(module, name):
        from course_utils.figures import shown

        return shown(getattr(module, name.replace("show_", "draw_", 1)))
    return getattr(module, name)

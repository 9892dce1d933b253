"""Inside BERT: what a learner imports, `from course_utils import load_model, check_gelu, show_tower, progress`.

Names are looked up where they live when they are first asked for, so importing the package costs nothing: `check_*` in
checks/, `show_*` in figures/, `explore_*` in widgets/, the rest in the table below or among the reference's functions.
"""

import importlib
import importlib.util

from course_utils.lessons import LESSONS

_HOMES = {
    "MODEL": "model",
    "load_model": "model",
    "load_corpus": "corpus",
    "doctor": "health",
    "progress": "learner",
    "certificate": "closing",
    "planted": "checks",
    "with_functions": "checks",
    "show_proof": "figures.proof",
    "show_lookalikes": "figures.proof",
    "watch_training": "widgets.masked_lm",
}
_ROOMS = {"check_": "checks", "show_": "figures", "explore_": "widgets"}


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(f"course_utils.{_HOMES[name]}"), name)
    if not name.startswith("_") and importlib.util.find_spec(f"course_utils.{name}"):
        return importlib.import_module(f"course_utils.{name}")  # a module of the package: no need to look further
    room = next((room for prefix, room in _ROOMS.items() if name.startswith(prefix)), "reference")
    if not name.startswith("_"):
        for module in _modules(room):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"course_utils has no {name!r}; dir(course_utils) lists what there is")


def __dir__() -> list[str]:
    found = set(_HOMES)
    for prefix, room in _ROOMS.items():
        found.update(name for module in _modules(room) for name in vars(module) if name.startswith(prefix))
    return sorted(found)


def _modules(room: str):
    """The modules of a room that are written, in the order of the lessons."""
    for lesson in LESSONS:
        name = f"course_utils.{room}.{lesson.topic}"
        if importlib.util.find_spec(name):
            yield importlib.import_module(name)

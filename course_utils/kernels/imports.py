"""What a kernel imports before its first cell asks for it, and which files beside a notebook forbid that."""

import importlib
import os
from collections.abc import Iterable

# What `load_model`, the checks, figures and widgets import, at once or when they are first called.
MODULES = (
    "transformers.models.bert.modeling_bert",
    "transformers.models.bert.tokenization_bert",
    "transformers.models.modernbert.modeling_modernbert",
    "safetensors.torch",
    "hypothesis.strategies",
    "platformdirs",
    "course_utils.model",
    "course_utils.checks.course",
    "course_utils.figures.here",
    "course_utils.widgets.questions",
)


def import_all() -> None:
    """Import what the lessons and exercises need. It changes nothing else that a notebook can see."""
    for name in MODULES:
        importlib.import_module(name)


def modules_in(folder: str) -> set[str]:
    """The top-level modules that Python would find in a folder."""
    try:
        with os.scandir(folder or os.curdir) as entries:
            return {entry.name.partition(".")[0] for entry in entries if _is_module(entry)}
    except OSError:
        return set()


def _is_module(entry: os.DirEntry) -> bool:
    return entry.name.endswith((".py", ".so")) or os.path.exists(os.path.join(entry.path, "__init__.py"))


def hides_library(folder: str, path: Iterable[str]) -> bool:
    """Whether a file of this folder has the name of a module that is elsewhere on the path: `torch.py` beside a notebook.

    There nothing is imported early: the learner's own cell fails, and says which file it is.
    """
    here, own = os.path.realpath(folder), modules_in(folder)
    return bool(own) and any(own & modules_in(entry) for entry in path if os.path.realpath(entry) != here)

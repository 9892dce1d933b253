"""The public names of the course: where each lives, and what is said about one that does not exist.

Which names there are is read from the sources, without importing them.
"""

import functools
import re
import sys
from collections.abc import Iterable
from pathlib import Path

_FIXED = {
    "MODEL": "model",
    "load_model": "model",
    "weight_files": "model",
    "doctor": "health",
    "progress": "learner.progress",
    "certificate": "learner.certificate",
    "predict": "widgets.questions",
    "against_bert": "real_bert.table",
    "planted": "checks.course",
    "with_functions": "checks.course",
    "timed": "clock",
    "timed_parts": "clock",
}
_DEFINITION = re.compile(r"^(?:def|class) ([A-Za-z]\w*)|^([A-Z][A-Z_]*) = ", re.MULTILINE)


@functools.cache
def homes() -> dict[str, str]:
    """Every public name, and the module of the package where it lives: `{"gelu": "reference.feed_forward", ...}`."""
    figures, widgets = _defined("figures").items(), _defined("widgets").items()
    return {
        **_FIXED,
        **_defined("reference"),
        **_defined("given"),
        **dict.fromkeys(checks(), "checks.course"),
        **{re.sub("^draw_", "show_", name): home for name, home in figures if name.startswith(("draw_", "show_"))},
        **{name: home for name, home in widgets if name.startswith(("explore_", "watch_"))},
    }


@functools.cache
def checks() -> dict[str, str]:
    """The name of every check, and its exercise: `check_bert` is that of `Bert`."""
    reference = _defined("reference").items()
    return {f"check_{name.lower()}": name for name, home in reference if home != "reference.helpers"}


def is_module(name: str) -> bool:
    """Whether the package has a module or a room of this name."""
    here = Path(__file__).parent / name
    return here.with_suffix(".py").exists() or (here / "__init__.py").exists()


@functools.cache
def _defined(room: str) -> dict[str, str]:
    """The public functions, classes and CONSTANTS that the modules of a room define, and their modules."""
    return {
        function or constant: f"{room}.{path.stem}"
        for path in sorted((Path(__file__).parent / room).glob("[!_]*.py"))
        for function, constant in _DEFINITION.findall(path.read_text(encoding="utf-8"))
    }


def unknown(module: str, name: str, known: Iterable[str]) -> Exception:
    """What a module's `__getattr__` raises for a name that it does not have; `known`: those that it has.

    An AttributeError, as `hasattr` expects. But `from module import name` would replace it by Python's own "cannot import
    name" and lose what it says, so there it is an ImportError.
    """
    import difflib  # importing the package stays cheap
    import opcode

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    advice = f"Did you mean {close[0]!r}?" if close else f"dir({module}) lists what there is."
    said = f"{module} has no {name!r}. {advice}"
    asking = sys._getframe(2)  # this function was called by `__getattr__`, and that by the line with the name
    if asking.f_code.co_code[asking.f_lasti] == opcode.opmap["IMPORT_FROM"]:
        return ImportError(said)
    return AttributeError(said, obj=None)  # else Python would set it, and add a suggestion of its own

"""`course_utils` as a sandbox has it: what a lesson hands out besides the exercises, and no answers.

A learner's first cell imports checks, pictures and much else in one line, of which their functions need nothing. So every name
can be imported; what is not here says so when it is used.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any


class Unavailable:
    """In place of something that is not handed out where answers are judged."""

    def __init__(self, name: str, why: str = "is not handed out while answers are judged") -> None:
        self.__dict__.update(_name=name, _why=why)

    def _refuse(self, *_: object, **__: object) -> Any:
        raise ImportError(f"`{self._name}` {self._why}.")

    __call__ = __getitem__ = __setattr__ = __iter__ = __len__ = __bool__ = __add__ = __eq__ = _refuse
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse()


_MODEL = ("MODEL", "load_model")


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    helpers = importlib.import_module("course_utils.reference.helpers")
    if hasattr(helpers, name) and not name.startswith("_"):
        return getattr(helpers, name)
    if name in _MODEL:
        return getattr(importlib.import_module("course_utils.model"), name)
    if name == "my_bert":
        return sys.modules.get("course_utils.my_bert", ModuleType("course_utils.my_bert"))
    if importlib.util.find_spec(f"course_utils.{name}"):  # a module of the package's own
        return importlib.import_module(f"course_utils.{name}")
    return Unavailable(name)

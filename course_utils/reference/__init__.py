"""The answer key: a whole BERT in plain PyTorch, one module a topic, written to be read.

The public functions and classes that a topic's module defines are its exercises: the docstring is the statement, the body
the solution. Nothing here knows of the checks, and nothing here needs transformers: the tests prove each equal to it.
"""

import importlib
import inspect

from course_utils.lessons import LESSONS


def exercises(topic: str) -> list[str]:
    """The names of a topic's exercises, in the order of its module. What the module only imports does not count."""
    module = importlib.import_module(f"course_utils.reference.{topic}")
    return [
        name
        for name, value in vars(module).items()
        if (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]


def all_exercises() -> list[str]:
    """The names of all exercises, in the order of the lessons."""
    return [name for lesson in LESSONS for name in exercises(lesson.topic)]

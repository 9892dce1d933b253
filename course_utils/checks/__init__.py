"""The judges of the exercises: one module a topic with its inputs, mistakes and hints; `engine` is what they share."""

import functools
import importlib
import importlib.util

from course_utils.lessons import LESSONS


def exercises(topic: str) -> list[str]:
    """The names of a topic's exercises, in the order in which its checks module defines them."""
    if importlib.util.find_spec(f"course_utils.checks.{topic}") is None:
        return []
    module = importlib.import_module(f"course_utils.checks.{topic}")
    return [name.removeprefix("check_") for name in vars(module) if name.startswith("check_")]


@functools.cache
def _topics() -> dict[str, str]:
    return {name: lesson.topic for lesson in LESSONS for name in exercises(lesson.topic)}


def find(name: str):
    """The check of an exercise, or None if no exercise has that name."""
    topic = _topics().get(name)
    return getattr(importlib.import_module(f"course_utils.checks.{topic}"), f"check_{name}") if topic else None

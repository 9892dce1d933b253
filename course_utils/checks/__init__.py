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
    return [check.name for name, check in vars(module).items() if name.startswith("check_")]


def all_exercises() -> list[str]:
    """The names of all exercises, in the order of the lessons."""
    return [name for lesson in LESSONS for name in exercises(lesson.topic)]


@functools.cache
def _topics() -> dict[str, str]:
    return {name: lesson.topic for lesson in LESSONS for name in exercises(lesson.topic)}


def find(name: str):
    """The check of an exercise, or None if no exercise has that name."""
    topic = _topics().get(name)
    return getattr(importlib.import_module(f"course_utils.checks.{topic}"), f"check_{name.lower()}") if topic else None


def planted(name: str, *labels: str):
    """The reference function `name` with mistakes planted in it, by their labels: `planted("layer_norm", "unbiased")`.

    A label of a part is written as in a diagnosis: `planted("bert_layer", "layer_norm: unbiased")`.
    """
    from .answer_key import plant

    chosen = []
    for label in labels:
        part, _, own = label.rpartition(": ")
        known = {mistake.label: mistake for mistake in find(part or name).mistakes}
        if own not in known:
            raise ValueError(f"{part or name} has no mistake {own!r}; it has {', '.join(known)}")
        chosen.append((part or name, known[own]))
    return plant(name, tuple(chosen))


def with_functions(name: str, **functions):
    """The reference function `name` with other functions in the place of its parts, by the parts' names."""
    from .answer_key import Mistake, plant

    return plant(name, tuple((part, Mistake(part, function=function)) for part, function in functions.items()))

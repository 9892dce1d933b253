"""The course as the engine sees it: the answer key, the checks by name, and where a pass is recorded."""

import importlib
from pathlib import Path

from course_utils.judge import AnswerKey, Check, Course
from course_utils.lessons import LESSONS
from course_utils.reference import exercises

from .inputs import Draw
from .words import say

# Mistakes can also be planted in what is built on the key: lesson 06 hunts a bug in `trace_layer`, lesson 10 one in
# `packed_encode`, and exercises 11 and 12 train `MaskedLM` and `IntentModel` with the learner's functions.
KEY = AnswerKey(
    [
        "course_utils.reference.helpers",
        *(f"course_utils.reference.{lesson.topic}" for lesson in LESSONS),
        *(f"course_utils.given.{name}" for name in ("trace", "packed", "tiny_model", "intents", "lora")),
    ]
)

_found: dict[str, Check] = {}


def find(name: str) -> Check | None:
    """The check of an exercise, loaded when it is first asked for; None if no exercise has that name."""
    if name not in _found:
        topic = next((lesson.topic for lesson in LESSONS if name in exercises(lesson.topic)), None)
        if topic is None:
            return None
        module = importlib.import_module(f"course_utils.checks.{topic}.{name}")
        module.check.course = COURSE
        module.check.diff = Path(module.__file__).with_suffix(".diff")
        _found[name] = module.check
    return _found[name]


def record(name: str, answer: object) -> None:
    """Remember that an answer passed. What that takes is imported when the first one passes."""
    from course_utils.learner import store

    store.record(name, answer)


# What answers have in place of an argument: BERT's sizes, and numbers of the tokenizer.
SIZES = (12, 64, 512, 768, 3072, 30522, 100, -100)
COURSE = Course(KEY, find, record, Draw, say, SIZES)
planted = COURSE.planted
with_functions = KEY.with_functions

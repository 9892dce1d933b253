"""The steps of a lesson, run with a mistake planted in one of its functions."""

import importlib
from types import SimpleNamespace

import torch

from course_utils.checks.course import KEY, planted
from course_utils.real_bert.table import run
from course_utils.reference import exercises
from tests.reference.fixtures import real_model, real_tokenizer


def found(topic: str, name: str, label: str) -> bool:
    """Whether a step of the lesson that uses the function `name` is not equal if it makes the mistake `label`."""
    mine = SimpleNamespace(**{each: KEY.functions[each] for each in exercises(topic)})
    setattr(mine, name, planted(name, label))
    module = importlib.import_module(f"course_utils.real_bert.{topic}")
    with torch.no_grad():
        steps = module.steps(mine, real_tokenizer(), real_model())
        outcomes = run(step for step in steps if name in step.uses.split())
        return any(name in one.uses and not one.equal for one in outcomes)

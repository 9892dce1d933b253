"""The judge: it makes the inputs, knows the answers, and compares what a sandbox has computed with them.

It runs in the teacher's process and never runs a learner's code. What it gets are plain values (sandbox/wire.py).
"""

import functools
import hashlib
import hmac
import inspect
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from torch import Tensor

from course_utils.checks.course import find
from course_utils.judge import Check, Run, trial
from course_utils.judge.compare import equal, first_difference
from course_utils.judge.copies import kept
from course_utils.judge.running.session import known_state
from course_utils.judge.words import Raised
from course_utils.lessons import LESSONS
from course_utils.reference import exercises

from .sandbox import wire
from .sandbox.compute import Task

TOPICS = {name: lesson.topic for lesson in LESSONS for name in exercises(lesson.topic)}  # in the course's order
ORDER = {lesson.topic: lesson.number for lesson in LESSONS}
STEMS = {lesson.topic: lesson.stem for lesson in LESSONS}


@dataclass(frozen=True)
class Verdict:
    """What the values are worth. status: "passed", "failed" or "error"; cases, passed: how many, and how many are right."""

    status: str
    cases: int = 0
    passed: int = 0
    time_is_up: bool = False


@dataclass(frozen=True)
class Prepared:
    """An exercise's check, its cases and what the reference gives for them."""

    check: Check
    runs: tuple[Run, ...]

    @property
    def task(self) -> Task:
        """What the sandbox without answers may know of it."""
        check = self.check
        wanted = inspect.signature(check.use or check.reference).parameters
        names = tuple(wanted)[1:] if check.use else tuple(wanted)
        view = check.view if check.view and _is_open(check.view) else None
        cases = tuple((run.case.args, run.tolerance, run.case.raises) for run in self.runs)
        return Task(check.name, check.kind, names, cases, check.use, view, self.replayed)

    @functools.cached_property
    def replayed(self) -> bool:
        """Whether what a check compares follows from what the answer returns, and from nothing else that it does.

        Then the judge makes it of the answer's own values: what runs beside an answer could have been changed by it.
        """
        check = self.check
        if check.use is None or check.kind == "class":
            return False
        return all(map(self._follows, self.runs))

    def _follows(self, run: Run) -> bool:
        values: list = []
        trial.call(self.check, _noted(self.check.reference, values), run.case)
        packing = wire.Packing()
        packing.pack(values)
        try:
            return not packing.foreign and self._gives(run, values)
        except Exception:  # it wants the very tensors that it was given, say
            return False

    def _gives(self, run: Run, values: list) -> bool:
        """Whether what the check makes of these values of an answer is what is expected."""
        left = iter(values)
        value = trial.call(self.check, lambda *_, **__: next(left), run.case)
        return trial.difference_of(self.check, run.case, value, run.expected, run.tolerance) is None

    def verdict(self, message: Mapping[str, Any], tensors: dict[str, Tensor]) -> Verdict:
        """What a sandbox's message about the exercise is worth. Whatever is wrong with the message is wrong with the answer."""
        told = message.get("runs")
        cases = len(self.runs)
        if message.get("time_is_up") is True:
            return Verdict("error", cases, time_is_up=True)
        if not isinstance(told, list) or len(told) != cases or message.get("error"):
            return Verdict("error", cases)
        right = [self._is_right(run, each, tensors) for run, each in zip(self.runs, told, strict=True)]
        if all(right):
            return Verdict("passed", cases, cases)
        raised = any(isinstance(each, dict) and each.get("error") and not each.get("misfit") for each in told)
        return Verdict("error" if raised else "failed", cases, sum(right))

    def _is_right(self, run: Run, told: Any, tensors: dict[str, Tensor]) -> bool:
        if not isinstance(told, dict) or told.get("error") or told.get("done") is not True:
            return False
        if told.get("changed") is not False or told.get("unsteady") is not False:
            return False
        check, classes = self.check, {"Raised": Raised}
        if is_dataclass(run.expected):
            classes[type(run.expected).__qualname__] = type(run.expected)
        try:
            if self.replayed and not self._gives(run, [wire.unpack(each, tensors) for each in told["returned"]]):
                return False
            if "viewed" in told and check.view is not None:
                seen = wire.unpack(told["viewed"], tensors, classes)
                expected = check.view(run.expected, *run.case.args)
                return first_difference(seen, expected, check.axes, run.tolerance) is None
            value = wire.unpack(told.get("value"), tensors, classes)
            if type(value) is str and isinstance(run.expected, str):  # words that a card shows without quotes
                value = type(run.expected)(value)
            if check.view is None and isinstance(run.expected, Tensor):
                return equal(value, run.expected, run.tolerance)
            return trial.difference_of(check, run.case, value, run.expected, run.tolerance) is None
        except Exception:  # a value of a kind that a view cannot look at
            return False


class Judge:
    """The prepared exercises of some lessons, with the same inputs for everybody who shares the class's secret."""

    def __init__(self, names: Iterable[str], secret: str) -> None:
        self._secret = secret
        self.exercises = {name: _prepared(name, secret) for name in names}

    def tasks(self) -> bytes:
        """For the sandbox without answers: the inputs alone."""
        return pickle.dumps({name: each.task for name, each in self.exercises.items()})

    def keys(self) -> bytes:
        """For the sandbox that explains: other inputs, and what the reference gives for them.

        Others, so that nothing which is learnt there, where the answers are, can be of use where the verdict is made.
        """
        secret = f"{self._secret}, explained"
        return pickle.dumps({name: _prepared(name, secret).runs for name in self.exercises})

    def verdict(self, name: str, message: Mapping[str, Any], tensors: dict[str, Tensor]) -> Verdict:
        """What a sandbox's message about an exercise is worth."""
        with known_state():
            return self.exercises[name].verdict(message, tensors)


def seed(secret: str, name: str) -> int:
    """The seed of an exercise's inputs: whoever does not know the class's secret cannot know them."""
    return int.from_bytes(hmac.new(secret.encode(), name.encode(), hashlib.sha256).digest()[:6])


def _prepared(name: str, secret: str) -> Prepared:
    check = find(name)
    if check is None:
        raise ValueError(f"There is no exercise {name!r}.")
    return Prepared(check, tuple(trial.prepare(check, check.make_cases(seed(secret, name)))))


def _noted(function: Callable, values: list) -> Callable:
    def noted(*args: object, **named: object) -> object:
        values.append(kept(value := function(*args, **named)))
        return value

    return noted


def _is_open(function: object) -> bool:
    """Whether a function of a check's is where no answers are, so that a sandbox may have it."""
    return getattr(function, "__module__", "").endswith(".inputs")

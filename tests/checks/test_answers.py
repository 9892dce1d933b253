"""Answers that nobody planted: right ones pass on many seeds, wrong ones without a name stay so, cards say what is true."""

import importlib
import json

import pytest

from course_utils.checks.course import find
from course_utils.checks.inputs import Config
from course_utils.judge import Case, Run, running, trial
from course_utils.lessons import LESSONS
from course_utils.reference import all_exercises, exercises

NAMES = all_exercises()
SEEDS = 200
AT_ONCE = 25  # seeds judged together: each time a thread is begun and the session put in a known state
ANSWERS = {lesson.topic: importlib.import_module(f"tests.answers.{lesson.topic}") for lesson in LESSONS}


def table(name: str, kind: str) -> list:
    """The exercise's row of RIGHT, UNNAMED or TOLD."""
    return getattr(ANSWERS[find(name).topic], kind).get(name, [])


@pytest.mark.parametrize("kind", ["RIGHT", "UNNAMED", "TOLD"])
@pytest.mark.parametrize("topic", ANSWERS)
def test_tables_name_exercises_of_their_topic(topic, kind):
    assert set(getattr(ANSWERS[topic], kind)) <= set(exercises(topic))


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_pass_on_many_seeds(name, monkeypatch):
    check = find(name)
    monkeypatch.setattr(running, "TIME_LIMIT", 300.0)  # nothing here is endless, and a busy machine is not a mistake
    monkeypatch.delenv("COURSE_CI", raising=False)
    judged = set()
    for seeds in batched(range(SEEDS), AT_ONCE):
        prepared = []
        for seed in seeds:
            monkeypatch.setattr("secrets.randbits", lambda bits, seed=seed: seed)
            drawn = [(run, exact(run.case)) for run in trial.prepare(check)]
            prepared += [run for run, text in drawn if text not in judged]
            judged |= {text for _, text in drawn} - {None}
        for answer in [check.reference, *table(name, "RIGHT")] if prepared else []:
            result = check.judge(answer, [Run(run.case, run.expected, run.tolerance) for run in prepared])
            assert result.passed, f"{answer.__name__}, one of the seeds {seeds}: {result}"


def batched(items: range, size: int) -> list[range]:
    """`itertools.batched`, which Python 3.11 does not have."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def exact(case: Case) -> str | None:
    """A case's arguments as text: one that draws nothing is the same on every seed. None with tensors, which are drawn."""

    def config(thing: object) -> dict:
        if isinstance(thing, Config):
            return vars(thing)
        raise TypeError

    try:
        return json.dumps(case.args, default=config)
    except TypeError:
        return None


@pytest.mark.parametrize("name", NAMES)
def test_unknown_mistakes_fail_without_a_name(name, monkeypatch):
    monkeypatch.setattr(running, "DIAGNOSIS_LIMIT", 60.0)  # unnamed because nothing fits, not because time was up
    for wrong in table(name, "UNNAMED"):
        result = find(name).judge(wrong)
        assert result.status == "failed", f"{wrong.__name__}: {result}"
        assert not result.diagnosis, f"{wrong.__name__} was named {result.diagnosis}"


@pytest.mark.parametrize(("name", "told"), [(name, told) for name in NAMES for told in table(name, "TOLD")])
def test_cards_say_what_is_true(name, told):
    check = find(name)
    result = check.judge(told.answer)
    assert not result.passed
    for sentence in told.says:
        assert sentence in repr(result)
    for sentence in told.never:
        assert sentence not in repr(result)
    if told.diagnosis is not None:
        assert result.diagnosis == told.diagnosis
    if told.nothing_broken:
        assert result.status == "failed"
        assert not [each.broken for each in check.properties if each.broken in result.notes]

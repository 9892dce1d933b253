"""Answers that nobody planted: right ones written another way pass on many seeds, wrong ones of no name stay unnamed."""

import importlib
import importlib.util

import pytest

from course_utils.checks import all_exercises, find, running
from course_utils.checks.engine import Run

NAMES = all_exercises()
SEEDS = 200


def outside(name: str, kind: str) -> list:
    """The functions of tests/bank/<topic>.py: ALTERNATIVES (right) or UNNAMED (wrong, known under no name)."""
    topic = find(name).topic
    if importlib.util.find_spec(f"tests.bank.{topic}") is None:
        return []
    return getattr(importlib.import_module(f"tests.bank.{topic}"), kind).get(name, [])


@pytest.mark.parametrize("name", NAMES)
def test_right_alternatives_pass_on_many_seeds(name, monkeypatch):
    check = find(name)
    monkeypatch.setattr(running, "TIME_LIMIT", 30.0)  # nothing here is endless, and a busy machine is no mistake
    monkeypatch.delenv("COURSE_CI", raising=False)
    for seed in range(SEEDS):
        monkeypatch.setattr("secrets.randbits", lambda bits, seed=seed: seed)
        known = check.runs()
        for alternative in [check.reference, *outside(name, "ALTERNATIVES")]:
            result = check.judge(alternative, [Run(run.case, run.expected) for run in known])
            assert result.passed, f"{alternative.__name__}, seed {seed}: {result}"


@pytest.mark.parametrize("name", NAMES)
def test_unknown_mistakes_fail_without_a_name(name, monkeypatch):
    monkeypatch.setattr(running, "DIAGNOSIS_LIMIT", 60.0)  # unnamed because nothing fits, not because time was up
    for wrong in outside(name, "UNNAMED"):
        result = find(name).judge(wrong)
        assert result.status == "failed", f"{wrong.__name__}: {result}"
        assert not result.diagnosis, f"{wrong.__name__} was named {result.diagnosis}"

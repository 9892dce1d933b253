"""What a check offers: exceptions as answers, fixed and fresh inputs, hints, solutions, grades."""

import builtins
import math
import os
import subprocess
import sys

import pytest
import torch

from course_utils.judge import Case, Check
from tests.conftest import ROOT
from tests.judge import toy_key as toy
from tests.judge.toy_course import CHECKS, judge, one_off, recorded, right


def test_the_exception_that_must_be_raised():
    class Negative(ValueError):
        pass

    def own(x):
        if x < 0:
            raise Negative
        return math.sqrt(x)

    check = CHECKS["toy_root"]
    assert check.judge(math.sqrt).passed
    assert check.judge(own).passed


def test_a_value_or_another_exception_instead():
    def other(x):
        if x < 0:
            raise TypeError
        return math.sqrt(x)

    def returned(x):
        return math.sqrt(x) if x >= 0 else ValueError("negative")

    check = CHECKS["toy_root"]
    for wrong, words in ((lambda x: abs(x) ** 0.5, "to raise ValueError"), (other, "TypeError"), (returned, "`raise`")):
        result = check.judge(wrong)
        assert result.status == "failed"
        assert words in result.headline
        assert "negative" in repr(result)


def test_a_mistake_that_raises_something_else_is_named():
    def asserts(x):
        assert x >= 0
        return math.sqrt(x)

    assert CHECKS["toy_root"].judge(asserts).diagnosis == ("asserts",)


def test_an_exception_where_none_is_wanted_is_an_error():
    def always(x):
        raise ValueError

    assert CHECKS["toy_root"].judge(always).status == "error"


def test_a_blank_is_a_blank_where_an_exception_is_wanted():
    check = one_off(toy.toy_root, lambda draw: [Case((-4.0,), raises=ValueError)])
    assert check.judge(blank_one).status == "not_attempted"


def blank_one(x):
    raise NotImplementedError


def test_a_reference_that_draws_leaves_the_random_state_alone():
    def toy_noise(x):
        """Whether a draw is a number."""
        return bool(torch.rand(1) < 2)

    check = one_off(toy_noise, lambda draw: [Case((1,))])
    before = torch.get_rng_state()
    assert check.judge(lambda x: True).passed
    assert torch.equal(torch.get_rng_state(), before)


def test_same_text_under_course_ci(monkeypatch):
    monkeypatch.setenv("COURSE_CI", "1")
    one, other = judge(lambda query, key: query @ key.mT), judge(lambda query, key: query @ key.mT)
    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()
    assert "0x" not in repr(one)


def test_fresh_inputs_without_it(monkeypatch):
    monkeypatch.delenv("COURSE_CI", raising=False)
    seen = []
    for _ in range(2):
        judge(lambda query, key: seen.append(query) or right(query, key))
    assert not torch.equal(seen[0], seen[-1])


def test_hints_in_turn_and_solution():
    check = one_off(toy.toy_scores, CHECKS["toy_scores"].cases, diff=CHECKS["toy_scores"].diff)
    assert [check.hint().text for _ in range(3)] == ["first", "second", "third"]
    assert check.hint().text == "third\nThat was the last hint; `check_toy_scores.solution()` shows one way."
    assert "math.sqrt" in check.solution().text


def test_nbgrader_gets_an_exception_and_for_a_pass_no_value_that_it_would_read_as_points(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    recorded.clear()
    with pytest.raises(AssertionError, match="not scaled"):
        CHECKS["toy_scores"](lambda query, key: query @ key.mT)
    assert CHECKS["toy_scores"](right) is None
    assert not recorded


def test_our_own_bug_is_not_the_learners(monkeypatch):
    monkeypatch.setattr(Check, "make_cases", lambda self, seed=None: builtins.int("x"))
    assert "Please report" in judge(right).headline


def test_a_pass_is_recorded_and_nothing_else():
    recorded.clear()
    CHECKS["toy_scores"](lambda query, key: query @ key.mT)
    assert not recorded
    assert CHECKS["toy_scores"](right).passed
    assert recorded == ["toy_scores"]


FIRST = """
import sys
import torch
from course_utils import check_gelu
before = set(sys.modules)
assert check_gelu(torch.nn.functional.gelu).passed
new = {name.split(".")[1] for name in set(sys.modules) - before if name.startswith("torch.")}
print(sorted(new & {"_inductor", "_dynamo"}))
"""


def test_the_first_check_of_a_kernel_imports_no_compiler(tmp_path):
    """The first impression of the course: `torch.use_deterministic_algorithms` would import 800 modules."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "COURSE_PROGRESS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("[]")

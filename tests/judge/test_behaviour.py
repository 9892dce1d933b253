"""Badly behaved answers: endless, loud, meddling, greedy, hostile."""

import gc
import math
import random
import sys
import threading
import time

import numpy as np
import pytest
import torch

from course_utils.judge import Case, running
from course_utils.judge.compare import equal
from course_utils.judge.running import stopping
from course_utils.judge.words import brief
from tests.judge import toy_key as toy
from tests.judge.toy_course import judge, one_off, right


@pytest.fixture
def impatient(monkeypatch):
    """For answers that never end; all others have the learner's five seconds, also on a busy machine."""
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)
    monkeypatch.setattr(running, "WALL_LIMIT", 8.0)


def test_endless_loop_is_ended(impatient):
    def spin(query, key):
        while True:
            pass

    threads = threading.active_count()
    result = judge(spin)
    assert result.status == "error"
    assert "Still running after" in result.headline
    assert threading.active_count() <= threads  # one that an earlier test left behind may have ended


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_giving_back_what_an_endless_loop_has_made_is_not_interrupted(monkeypatch):
    """Python prints an interruption that comes while a thread ends, as if the learner had."""
    monkeypatch.setattr(running, "TIME_LIMIT", 2.0)  # long enough to make what takes long to give back

    def hoard(query, key):
        batches, start = [], 0
        while start < len(query):
            batches.append([start] * 9)  # and start stays where it is
        return batches

    assert "Still running after" in judge(hoard).headline


def test_a_callback_of_the_garbage_collector_is_not_interrupted():
    """Python prints what is raised there, as "Exception ignored in", and goes on with the loop."""

    def watched(phase, details):
        return sys._getframe()

    frame = watched("start", {})
    assert not stopping._collects_garbage(frame)
    gc.callbacks.append(watched)
    try:
        assert stopping._collects_garbage(frame)
    finally:
        gc.callbacks.remove(watched)
    assert not stopping._collects_garbage(None)


def test_endless_loop_that_swallows_everything_is_ended(impatient):
    def spin(query, key):
        while True:
            try:
                while True:
                    time.sleep(0.001)
            except:  # noqa: E722
                pass

    threads = threading.active_count()
    assert judge(spin).status == "error"
    assert threading.active_count() <= threads  # one that an earlier test left behind may have ended


def test_stuck_in_a_c_call_is_reported(monkeypatch):
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)
    monkeypatch.setattr(running, "WALL_LIMIT", 1.0)
    result = judge(lambda query, key: time.sleep(3))
    assert result.status == "error"
    assert "restart the kernel" in repr(result)


def test_works_outside_the_main_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(judge(right)))
    thread.start()
    thread.join()
    assert results[0].passed


def test_prints_are_kept_short(capsys):
    def loud(query, key):
        print("x" * 10_000_000)
        return query @ key.mT

    result = judge(loud)
    assert capsys.readouterr().out == ""
    assert len(repr(result)) < 3_000
    assert "characters more" in repr(result)


def test_session_is_left_alone():
    def meddles(query, key):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        torch.set_default_dtype(torch.float64)
        return right(query, key)

    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    expected = torch.rand(1), random.random(), np.random.rand()
    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    assert judge(meddles).passed
    assert torch.get_default_dtype() == torch.float32
    assert (torch.rand(1), random.random(), np.random.rand()) == expected


@pytest.mark.parametrize(
    ("mine", "expected", "same"),
    [(3.0, math.inf, False), (math.inf, 3.0, False), (math.inf, math.inf, True), (math.nan, math.inf, False),
     (-math.inf, math.inf, False), (math.nan, math.nan, True), (math.nan, 3.0, False), (3.0, 3.00001, True)],
)  # fmt: skip
def test_numbers_that_are_not_finite(mine, expected, same):
    assert equal(mine, expected) == same


def test_large_tensors_in_a_value_are_told_by_shape():
    value = {"vectors": torch.zeros(2, 21), "rows": [torch.zeros(3, 5)], "length": 1 / 3}
    assert brief(value) == "{'vectors': Tensor (2, 21), 'rows': [Tensor (3, 5)], 'length': 0.333333}"
    assert brief(toy.ToyModel(7)) == "ToyModel"
    assert brief(23837184.0) == "23837184.0"


def test_noise_in_the_last_bit_is_not_called_randomness():
    calls = iter(range(10**6))

    def noisy(query, key):
        return right(query, key) * (1 + 1e-7 * (next(calls) % 2))

    assert judge(noisy).passed


def test_large_allocation():
    def greedy(query, key):
        waste = torch.ones(100 * 2**20 // 4)
        return right(query, key) + 0 * waste[0]

    assert judge(greedy).passed


def test_answer_with_a_hostile_comparison():
    class Hostile:
        def __eq__(self, other):
            raise RuntimeError("no")

        __hash__ = None

    assert judge(lambda query, key: Hostile()).status == "failed"


def test_keyboard_interrupt_inside_the_answer():
    def interrupted(query, key):
        raise KeyboardInterrupt

    assert judge(interrupted).status == "error"


STATES = {
    "no_grad": torch.no_grad,
    "inference mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "another device": lambda: torch.device("meta"),
}


def toy_slope(x):
    """The slope of the sum of squares, which needs gradients, a dtype and a device."""
    x = x.clone().requires_grad_()
    (x @ x.mT).diagonal(dim1=-2, dim2=-1).sum().backward()
    return x.grad + torch.zeros(x.shape)


SLOPE = one_off(toy_slope, lambda draw: [Case((draw.normal(3, 4),)), Case((draw.normal(2, 5),))])


@pytest.mark.parametrize("state", STATES)
def test_a_right_answer_is_right_in_every_state_of_the_session(state):
    with STATES[state]():
        result = SLOPE.judge(lambda x: 2 * x)
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_autocast_enabled("cpu")
        wrong = SLOPE.judge(lambda x: 3 * x)
        after = torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_autocast_enabled("cpu")
        device = torch.get_default_device()
    assert result.passed, result
    assert "times 1.5" in repr(wrong)
    assert before == after
    assert device.type == ("meta" if state == "another device" else "cpu")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_another_default_dtype_changes_no_verdict(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        assert SLOPE.judge(lambda x: 2 * x).passed
        assert torch.get_default_dtype() == dtype
    finally:
        torch.set_default_dtype(before)

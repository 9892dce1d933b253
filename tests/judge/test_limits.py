"""The time limit: what counts, what is said of a stop, and what cannot be waited for."""

import contextlib
import functools
import inspect
import re
import signal
import subprocess
import sys
import time
import warnings

import pytest
import torch

from course_utils.judge import Case, diagnosis, running
from course_utils.judge.compare import equal, first_difference
from course_utils.judge.running import guarded
from course_utils.judge.running.alarm import uses_re
from tests.conftest import ROOT
from tests.judge import toy_key as toy
from tests.judge.toy_course import CHECKS, judge, one_off, right


@pytest.fixture
def impatient(monkeypatch):
    """For answers that never end."""
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)
    monkeypatch.setattr(running, "WALL_LIMIT", 20.0)


def test_waiting_costs_no_processor_time(monkeypatch):
    monkeypatch.setattr(running, "TIME_LIMIT", 0.3)

    def patient(query, key):
        time.sleep(0.3)
        return right(query, key)

    assert judge(patient).passed


def test_waiting_for_too_long_is_not_called_a_loop(monkeypatch):
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)
    monkeypatch.setattr(running, "WALL_LIMIT", 0.6)

    def waits(query, key):
        for _ in range(300):
            time.sleep(0.01)
        return right(query, key)

    result = judge(waits)
    assert result.headline.startswith("It still waited for something")
    assert "stopped in your line" in repr(result)


def test_where_an_endless_loop_was_stopped(impatient):
    def spin(query, key):
        number = 0
        while number < len(query):
            for each in query:
                each.sum()
        return number

    text = repr(judge(spin))
    assert "a loop that never ends?" in text
    number = inspect.getsourcelines(spin)[1] + 2
    assert re.search(rf"stopped in your line +{number}: while number < len\(query\):", text)


def test_what_is_slow_is_not_called_endless(impatient):
    def slow(query, key):
        total = 0
        for number in range(10**10):
            total += number
        return total

    text = repr(judge(slow))
    assert "Too slow: one call took more than 0.5 seconds" in text
    assert "never ends" not in text
    assert "for number in range(10**10):" in text


def test_a_stop_counts_only_if_it_happens_again(impatient):
    first = []

    def loads_a_library(query, key):
        if not first:
            first.append(True)
            for _ in range(10**10):
                pass
        return right(query, key)

    assert judge(loads_a_library).passed


def test_an_endless_mistake_needs_a_case_that_ends(impatient):
    def other(text):
        number = 0
        while number < 10:
            text = text + ""
        return [text]

    result = judge(other, "toy_pieces")
    assert "a loop that never ends?" in result.headline
    assert result.diagnosis == ()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_a_regular_expression_that_never_ends_is_ended(impatient):
    def explodes(text):
        return re.match(r"(a+)+$", "a" * 40 + "b")

    def swallows(text):
        while True:
            try:  # noqa: SIM105
                explodes(text)
            except:  # noqa: E722
                pass

    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    for answer in (explodes, swallows):
        result = judge(answer, "toy_pieces")
        assert result.status == "error"
        assert "stopped in your line" in repr(result)
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


ENDLESS = """
import os, re, signal, threading
from tests.judge.toy_course import CHECKS

def searching(text):
    os.write(1, b"running\\n")
    while True:
        re.sub("a", "b", text)

def collecting(text):
    os.write(1, b"running\\n")
    return [None for _ in iter(int, 1)]

try:
    CHECKS["toy_pieces"].judge({answer})
except KeyboardInterrupt:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("stopped", [thread.name for thread in threading.enumerate() if thread.name == "check"])
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
@pytest.mark.parametrize("answer", ["searching", "collecting"])
def test_the_stop_button_ends_a_check(answer):
    script = ENDLESS.format(answer=answer)
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "running\n"
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
                break
        process.kill()
        assert "stopped []\n" in process.stdout.read()  # nothing goes on in the background, filling the memory


def test_what_uses_regular_expressions():
    pattern = re.compile("a")

    def helper(text):
        return re.findall("a", text)

    def local_import(text):
        from re import findall

        return findall("a", text)

    assert uses_re(helper)
    assert uses_re(local_import)
    assert uses_re(lambda text: helper(text))
    assert uses_re(lambda text: [pattern.match(each) for each in text])
    assert not uses_re(right)
    assert not uses_re(functools.partial(right))
    assert not uses_re(None)


@pytest.mark.parametrize("ask", ["breakpoint()", "import pdb; pdb.set_trace()", "input('more? ')"])
def test_nothing_waits_for_the_keyboard(ask):
    world = {}
    exec(f"def asks(text):\n    {ask}\n    return text.lower().split()", world)
    result = judge(world["asks"], "toy_pieces")
    assert result.status == "error"
    assert "NoKeyboard" in result.headline


def test_async_answers_warn_of_nothing():
    async def pieces(text):
        return text.lower().split()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = judge(pieces, "toy_pieces")
        del pieces
    assert result.status == "failed"
    assert "coroutine" in repr(result)
    assert not [each for each in seen if "await" in str(each.message)]


class Agrees(torch.Tensor):
    """A tensor that says of itself whatever is asked for."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True


def test_a_subclass_of_tensor_does_not_judge_itself():
    def cheats(query, key):
        return torch.zeros(2, 3, 5, 6).as_subclass(Agrees)

    assert judge(cheats).status == "failed"
    mine, expected = torch.zeros(3).as_subclass(Agrees), torch.ones(3)
    assert not equal(mine, expected)
    assert first_difference(mine, expected).kind == "values"


def test_diagnosis_is_bounded_by_what_it_tries(monkeypatch):
    tried = []
    gives = diagnosis.gives
    monkeypatch.setattr(diagnosis, "gives", lambda *all_of_it: tried.append(1) or gives(*all_of_it))
    for most in (3, 2500):
        monkeypatch.setattr(diagnosis, "MOST_TRIED", most)
        tried.clear()
        judge(lambda query, key, value: (query, key), "toy_attention")
        judge(lambda query, key, value: (value, query), "toy_attention")
        assert len(tried) <= 2 * most + 10
        assert len(tried) % 2 == 0  # the same each time


def test_where_one_raise_explains_all_no_pair_is_told():
    check = one_off(
        toy.toy_root,
        lambda draw: [Case((4.0,)), Case((9.0,))],
        diff="""
- return math.sqrt(x)
+ return math.sqrt(x) + y
undefined: It names y.
""",
    )
    runs_wrong = check.judge(lambda x: 1.0 if x < 5 else y)  # noqa: F821
    assert "Two things at once" not in repr(runs_wrong)


def test_a_right_part_is_not_blamed():
    world = {"toy_scores": right, "toy_softmax": torch.softmax}
    exec(
        "def attend(query, key, value):\n"
        "    weights = toy_softmax(toy_scores(query, key) * query.shape[-1] ** 0.5, -1)\n"
        "    return weights @ value, weights",
        world,
    )
    right_part = {**world, "toy_scores": eval("lambda q, k: right(q, k)", {"right": right})}
    for namespace in (world, right_part):
        result = CHECKS["toy_attention"].judge(_in(namespace, world["attend"]))
        assert result.diagnosis == ("toy_scores: unscaled",)
        assert result.headline == "Where the reference calls `toy_scores`: The scores are not scaled."


def test_a_wrong_part_is_blamed():
    def toy_scores(query, key):
        return query @ key.mT

    def attend(query, key, value):
        weights = torch.softmax(toy_scores(query, key), -1)
        return weights @ value, weights

    assert judge(attend, "toy_attention").headline == "In `toy_scores`: The scores are not scaled."


def _in(namespace, function):
    """The same function with other globals."""
    return type(function)(function.__code__, namespace, function.__name__)


def test_the_clock_is_the_thread_s():
    spent = time.process_time()
    outcome = guarded(lambda: sum(range(1000)), 0.5)
    assert outcome.value == 499500
    assert not outcome.timed_out
    assert time.process_time() - spent < 0.5

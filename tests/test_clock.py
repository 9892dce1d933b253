"""The clock: ways take turns, and seconds are put down to the right part of a model."""

import time

import torch

from course_utils.clock import timed, timed_parts


def test_the_clock():
    calls = []
    seconds = timed(
        {"sleeps": lambda: (calls.append("sleeps"), time.sleep(0.02)), "rests": lambda: calls.append("rests")}, 3
    )
    assert calls == ["sleeps", "rests"] * 3
    assert seconds["sleeps"] >= 0.02
    x = torch.randn(300, 300)
    parts = timed_parts(lambda: (torch.mm(x, x), torch.nn.functional.gelu(x)))
    assert parts["dense layers"] > 0
    assert parts["GELU"] > 0
    assert parts["attention"] == 0

"""The shelf: what is lent is not copied, and what is remembered is handed out in copies."""

import pickle

import pytest
import torch
from torch import nn

from course_utils.judge.copies import changed_argument, fresh
from course_utils.judge.shelf import copied, lent, remembering


class Tensors(dict):
    """A dict that can be lent."""


def counted(function, **how):
    """`function` remembered, and the list of the arguments that it was called with."""
    calls = []

    def counting(*args):
        calls.append(args)
        return function(*args)

    return remembering(counting, **how), calls


def test_every_call_gets_what_is_lent():
    model, weights = lent(nn.Linear(2, 2)), lent(Tensors(a=torch.ones(2)))
    mine = fresh((model, weights))
    assert mine[0] is model
    assert mine[1] is weights
    assert changed_argument({"model": model, "weights": weights}, mine) is None


def test_what_is_lent_can_be_pickled_and_is_lent_on_the_other_side():
    there = pickle.loads(pickle.dumps(lent(Tensors(a=1))))
    assert there == {"a": 1}
    assert copied(there) is there


def test_it_runs_once_for_each_key():
    double, calls = counted(lambda number: 2 * number, key=lambda number: number)
    assert [double(3), double(3), double(4)] == [6, 6, 8]
    assert calls == [(3,), (4,)]


def test_it_hands_out_copies():
    ones, _ = counted(lambda: torch.ones(2), key=lambda: "the one")
    ones().zero_()
    assert ones().tolist() == [1, 1]
    same, _ = counted(lambda: [1], key=lambda: "the one", copy=lambda thing: thing)
    assert same() is same()


def test_a_key_of_none_is_not_remembered():
    double, calls = counted(lambda number: 2 * number, key=lambda number: None)
    assert [double(3), double(3)] == [6, 6]
    assert len(calls) == 2


def test_an_exception_is_not_remembered():
    raising, calls = counted(lambda: 1 // len(calls[1:]), key=lambda: "the one")
    with pytest.raises(ZeroDivisionError):
        raising()
    assert raising() == 1


def test_it_forgets_when_it_has_kept_enough():
    double, calls = counted(lambda number: 2 * number, key=lambda number: number, most=2)
    for number in (1, 2, 3, 3, 1):
        double(number)
    assert calls == [(1,), (2,), (3,), (1,)]

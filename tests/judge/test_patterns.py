"""Where a tensor differs: what is not compared is neither right nor wrong; and whether a function can end without a return."""

import pytest
import torch

from course_utils.judge.blanks import ends_without_return
from course_utils.judge.patterns import where_wrong

AXES = ("tokens", "hidden")
EXPECTED = torch.arange(1.0, 16).reshape(5, 3).sin() + 2


def test_what_a_view_hides_is_not_called_right():
    mine, expected = EXPECTED + torch.arange(15.0).reshape(5, 3).cos(), EXPECTED.clone()
    mine[4] = expected[4] = 0.0
    assert list(where_wrong(mine, expected, AXES, 1e-5)) == []
    mine[3] = expected[3]
    assert list(where_wrong(mine, expected, AXES, 1e-5)) == ["Right along tokens only at place 3."]


def test_what_a_view_hides_does_not_make_the_wrong_ones_few():
    mine, expected = EXPECTED.clone(), EXPECTED.clone()
    mine[3:] = expected[3:] = 0.0
    mine[:2] += torch.arange(6.0).reshape(2, 3).exp()
    assert list(where_wrong(mine, expected, AXES, 1e-5)) == ["Right along tokens only at place 2."]
    mine[1] = expected[1]
    assert list(where_wrong(mine, expected, AXES, 1e-5)) == ["Wrong along tokens only at place 0."]


def test_a_place_within_the_tolerance_by_chance_is_not_called_right():
    gap = torch.tensor([[3e-3, 2e-4, 5e-6], [4e-3, 1e-4, 6e-6]])
    assert list(where_wrong(EXPECTED[:2] + gap, EXPECTED[:2], AXES, 1e-5)) == []


def falls_off(x):
    if x:
        return 1


def both_ways(x):
    if x:
        return 1
    else:
        raise ValueError


def returns_none(x):
    for one in x:
        return one
    return None


def loops_on(x):
    while True:
        x += 1
        if x > 5:
            return x


def leaves_the_loop(x):
    while True:
        break


def in_a_context(x):
    with torch.no_grad():
        return x


def only_inside(x):
    def inner():
        return x

    inner()


@pytest.mark.parametrize(
    ("function", "ends"),
    [
        (falls_off, True),
        (both_ways, False),
        (returns_none, False),
        (loops_on, False),
        (leaves_the_loop, True),
        (in_a_context, False),
        (only_inside, True),
        (lambda x: None, False),
        (print, False),
    ],
)
def test_whether_a_function_can_end_without_a_return(function, ends):
    assert ends_without_return(function) is ends

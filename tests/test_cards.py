"""What the course's own checks say of answers that stand in no bank of mistakes."""

import numpy as np

from course_utils.checks import find
from course_utils.checks.answer_key import plant


def test_chance_that_does_not_come_from_the_generator():
    check = find("mask_tokens")
    from_elsewhere = next(mistake for mistake in check.mistakes if mistake.label == "not_deterministic")
    result = check.judge(plant("mask_tokens", (("mask_tokens", from_elsewhere),)))
    assert result.diagnosis == ("not_deterministic",)
    assert "`generator`" in result.headline


def test_a_number_of_numpys():
    check = find("count_parameters")
    result = check.judge(lambda module: np.int64(check.reference(module)))
    assert "expected an int, got an int64" in result.headline.lower()
    assert ".item()" in result.headline

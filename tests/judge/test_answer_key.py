"""The key as text, and mistakes planted in it."""

import pytest
import torch

from course_utils.judge import Unplantable
from course_utils.judge.answer_key import is_planted
from course_utils.judge.mistakes import Edit, edited, replacing
from tests.judge import toy_key as toy
from tests.judge.toy_course import CHECKS, COURSE, SHAPE


def test_planting_leaves_the_reference_alone():
    query, key, _ = torch.ones(SHAPE), torch.ones(SHAPE), None
    planted = COURSE.key.plant("toy_scores", (("toy_scores", CHECKS["toy_scores"].mistakes[0]),))
    assert float(planted(query, key).max()) == 7.0
    assert float(toy.toy_scores(query, key).max()) == pytest.approx(7**0.5)


def test_overlapping_edits_are_refused():
    pair = tuple(("toy_scores", mistake) for mistake in CHECKS["toy_scores"].mistakes)
    with pytest.raises(Unplantable, match="change the same text"):
        COURSE.key.plant("toy_scores", pair)


def test_parts_are_found():
    assert COURSE.key.parts("toy_attention") == {"toy_scores", "toy_softmax"}


def test_a_planted_function_is_told_from_a_learners():
    planted = COURSE.planted("toy_scores", "unscaled")
    assert is_planted(planted)
    assert not is_planted(toy.toy_scores)


def test_a_label_that_does_not_exist():
    with pytest.raises(ValueError, match="toy_scores has no mistake 'scaled'; it has unscaled, by_dh"):
        COURSE.planted("toy_attention", "toy_scores: scaled")


def test_other_functions_in_the_place_of_parts():
    attention = COURSE.key.with_functions("toy_attention", toy_scores=lambda query, key: torch.zeros(2, 3, 5, 6))
    context, probabilities = attention(torch.ones(SHAPE), None, torch.ones(2, 3, 6, 7))
    assert torch.allclose(probabilities, torch.full((2, 3, 5, 6), 1 / 6))
    assert torch.allclose(context, torch.ones(SHAPE))


def test_edits_are_made_together():
    text = "a + b * c"
    assert edited(text, [replacing(text, "c", "d"), replacing(text, "a +", "x -")]) == "x - b * d"
    assert edited(text, [Edit(1, 1, "[0]"), Edit(1, 1, "[1]")]) == "a[1][0] + b * c"
    with pytest.raises(Unplantable, match="change the same text"):
        edited(text, [replacing(text, "b * c", "d"), replacing(text, "* c", "")])
    with pytest.raises(Unplantable, match="2 times"):
        replacing("a + a", "a", "b")

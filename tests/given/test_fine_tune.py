"""The stored learning curve is whole and agrees with itself; how sure an accuracy is."""

import math

import pytest

from course_utils.given.fine_tune import accuracy_interval, load_learning_curve
from course_utils.given.messages import INTENTS, load_messages, load_strangers


def test_the_curve_is_of_the_messages_that_the_course_has():
    curve = load_learning_curve()
    assert curve["held_out"] == len(load_messages("held_out")[0])
    assert curve["strangers"] == len(load_strangers())
    assert max(curve["sizes"]) <= len(load_messages("train")[0]) / len(INTENTS)


def test_every_way_has_every_training():
    curve = load_learning_curve()
    assert len(curve["seeds"]) >= 5
    assert [way["name"] for way in curve["ways"]] == ["nearest neighbour", "frozen", "LoRA", "whole"]
    for way in curve["ways"]:
        assert [len(row) for row in way["accuracy"]] == [len(curve["seeds"])] * len(curve["sizes"])


def test_the_confusions_agree_with_the_accuracies():
    curve = load_learning_curve()
    for way in curve["ways"]:
        right = sum(way["confusion"][number][number] for number in range(len(INTENTS)))
        total = sum(map(sum, way["confusion"]))
        assert total == curve["held_out"] * len(curve["seeds"])
        assert right / total == pytest.approx(sum(way["accuracy"][-1]) / len(curve["seeds"]), abs=1e-4)
        assert sum(way["missed"]) == total - right


def test_the_bounds_are_those_that_would_just_not_be_surprised():
    """Wilson's bounds are the accuracies from which what was counted is 1.96 standard errors away."""
    for right, total in ((150, 216), (1, 7), (19, 20)):
        for bound in accuracy_interval(right, total):
            assert abs(right / total - bound) == pytest.approx(1.96 * math.sqrt(bound * (1 - bound) / total))
    low, high = accuracy_interval(20, 20)
    assert 0.8 < low < high == pytest.approx(1)

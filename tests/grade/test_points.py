"""What exercises are worth, and what a learner has earned."""

import json

import pytest

from course_utils.grade.errors import PointsError
from course_utils.grade.marks.points import DIFFICULTY, counts, exercises_of, handed_in, score, topic_of, weights_of
from course_utils.grade.records import Graded, Record
from course_utils.lessons import LESSONS
from course_utils.reference import all_exercises, exercises
from tests.conftest import ROOT
from tools import difficulty


def test_the_difficulties_are_those_of_the_sources():
    assert difficulty.keep(ROOT / "sources", check=True) == []


def test_a_difficulty_that_has_changed_is_told_and_then_written(tmp_path, monkeypatch):
    kept = tmp_path / "difficulty.json"
    kept.write_text(DIFFICULTY.read_text().replace('"linear": "easy"', '"linear": "hard"'))
    monkeypatch.setattr(difficulty, "DIFFICULTY", kept)
    (said,) = difficulty.keep(ROOT / "sources", check=True)
    assert "run make notebooks" in said
    assert difficulty.keep(ROOT / "sources", check=False) == []
    assert json.loads(kept.read_text()) == json.loads(DIFFICULTY.read_text())


def test_every_exercise_has_points_in_the_order_of_its_lesson():
    assert [name for lesson in LESSONS for name in exercises_of(lesson.topic)] == list(weights_of())
    for lesson in LESSONS:
        assert sorted(exercises_of(lesson.topic)) == sorted(exercises(lesson.topic))
    assert set(weights_of().values()) == {1.0, 2.0, 3.0}
    assert len(weights_of()) == len(all_exercises())


def test_points_toml_overrides_by_name(tmp_path):
    file = tmp_path / "points.toml"
    file.write_text("\ufefflinear = 2\nsoftmax = 0.5\nlook_at_previous = 0 # for the curious\n", encoding="utf-8")
    weights = weights_of(file)
    assert (weights["linear"], weights["softmax"], weights["look_at_previous"]) == (2, 0.5, 0)
    assert weights["split_heads"] == weights_of()["split_heads"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("linears = 2", "no exercise 'linears'; did you mean 'linear'"),
        ("[self_attention]\nlinear = 2", "self_attention = .* is not a number"),
        ("linear = -1", "linear = -1 is not a number of points"),
        ("linear = true", "linear = True is not"),
        ("linear = 'two'", "linear = 'two' is not"),
        ("linear = inf", "linear = inf is not"),
        ("linear = nan", "linear = nan is not"),
        ("linear 2", "is not TOML"),
        (b"linear = 2 # \xff", "is not TOML"),
    ],
)
def test_a_mistake_in_points_toml_is_one_sentence(text, says, tmp_path):
    file = tmp_path / "points.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PointsError, match=says) as caught:
        weights_of(file)
    assert "\n" not in str(caught.value)
    with pytest.raises(PointsError, match="cannot be read"):
        weights_of(tmp_path / "none.toml")


def test_what_counts():
    record = Record("anna", exercises={
        "linear": Graded("linear", "passed"),
        "split_heads": Graded("split_heads", "failed"),
        "self_attention": Graded("self_attention", "failed", with_reference=["split_heads"]),
        "softmax": Graded("softmax", "stumbled"),
        "merge_heads": Graded("merge_heads", "not_attempted"),
        "gelu": Graded("gelu", "error"),
    })  # fmt: skip
    weights = weights_of()
    assert score(record, weights) == (3, 1 + 2 + 2 + 1 + 1)
    assert score(record, weights, follow_through=False) == (1, 7)
    assert score(record, weights, "self_attention") == (3, 6)
    assert score(record, weights, "feed_forward") == (0, 1)
    assert score(record, weights, "speed") == (0, 0)
    assert [counts(each) for each in record.exercises.values()] == [True, False, True, False, False, False]
    assert handed_in(record, "feed_forward")
    assert not handed_in(record, "speed")
    assert topic_of("gelu") == "feed_forward"


def test_a_blank_notebook_is_handed_in_and_an_unreadable_file_is_not():
    blank = {"linear": Graded("linear", "not_attempted")}
    assert handed_in(Record("anna", notebooks={"a.ipynb": "03_self_attention"}, exercises=blank), "self_attention")
    assert not handed_in(Record("ben", notebooks={"a.ipynb": ""}, exercises=blank))

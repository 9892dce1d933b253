"""Gradescope's results.json, held against the fields and values that its documentation allows."""

import json

import pytest

from course_utils.checks.course import find
from course_utils.grade.marks.gradescope import write_results
from course_utils.grade.records import Graded, Look, Record

VISIBLE = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
OF_ALL = {
    *("score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility"),
    *("stdout_visibility", "extra_data", "tests", "leaderboard"),
}
OF_A_TEST = {
    *("score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags"),
    *("visibility", "extra_data"),
}
WEIGHTS = {"linear": 1.0, "split_heads": 2.0, "merge_heads": 2.5, "softmax": 1.0, "self_attention": 3.0}


def record(*answers: Graded) -> Record:
    return Record("ada", exercises={each.exercise: each for each in answers})


def results(path, written: Record, **options) -> dict:
    write_results(written, WEIGHTS, path, **options)
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def failed() -> Graded:
    """A real card, of an answer that prints and returns what would be a script in a page."""
    card = find("linear").judge(lambda x, weight, bias: "<script>alert(1)</script>").to_dict()
    return Graded(
        "linear", card["status"], cases=3, card={k: v for k, v in card.items() if k not in ("diagnosis", "passed")}
    )


@pytest.fixture
def all_sorts(failed) -> Record:
    return record(
        failed,
        Graded("split_heads", "passed", cases=2, passed=2),
        Graded("merge_heads", "stumbled"),
        Graded("softmax", "not_attempted"),
        Graded("self_attention", "failed", cases=2, passed=0, with_reference=["linear"]),
    )


def test_every_field_and_value_is_one_that_gradescope_documents(tmp_path, all_sorts):
    found = results(tmp_path / "results.json", all_sorts)
    assert set(found) <= OF_ALL
    assert {found["output_format"], found["test_output_format"]} <= FORMATS
    assert found["stdout_visibility"] in VISIBLE
    for test in found["tests"]:
        assert set(test) <= OF_A_TEST
        assert test["visibility"] in VISIBLE
        assert test.get("status", "passed") in ("passed", "failed")


def test_points_are_the_weights_and_follow_through_is_a_switch(tmp_path, all_sorts):
    found = results(tmp_path / "results.json", all_sorts)
    marks = {test["name"]: (test.get("status"), test.get("score"), test.get("max_score")) for test in found["tests"]}
    assert marks == {
        "03 Self-attention: linear": ("failed", 0, 1),
        "03 Self-attention: split_heads": ("passed", 2, 2),
        "03 Self-attention: merge_heads": (None, None, None),
        "03 Self-attention: softmax": ("failed", 0, 1),
        "03 Self-attention: self_attention": ("passed", 3, 3),
    }
    assert found["score"] == 5
    assert "reference's linear" in found["tests"][-1]["output"]
    strict = results(tmp_path / "results.json", all_sorts, follow_through=False)
    assert strict["score"] == 2
    assert strict["tests"][-1]["status"] == "failed"


def test_where_the_grader_stumbled_the_learner_is_told_that_it_is_not_final(tmp_path, all_sorts):
    found = results(tmp_path / "results.json", all_sorts)
    assert "Not final: the grader stumbled at merge_heads." in found["output"]
    assert "not your fault" in found["tests"][2]["output"]


def test_a_failed_exercise_worth_nothing_is_not_passed(tmp_path):
    write_results(record(Graded("linear", "failed", cases=1)), {"linear": 0.0}, tmp_path / "r.json")
    (test,) = json.loads((tmp_path / "r.json").read_text())["tests"]
    assert (test["status"], test["score"], test["max_score"]) == ("failed", 0, 0)


def test_the_card_is_told_as_plain_text(tmp_path, failed):
    """Gradescope shows HTML as it is; as text a script from a learner's string is only read."""
    found = results(tmp_path / "results.json", record(failed))
    (test,) = found["tests"]
    assert "<script>alert(1)</script>" in test["output"]
    assert found["test_output_format"] == "text"
    assert "output_format" not in test


def test_a_card_that_no_judge_wrote_is_not_shown(tmp_path):
    forged = Graded("linear", "failed", cases=3, passed=1, card={"status": "failed", "headline": ["full marks"]})
    (test,) = results(tmp_path / "results.json", record(forged))["tests"]
    assert "full marks" not in test["output"]
    assert "right on 1 of 3 cases" in test["output"]


def test_what_a_teacher_should_look_at_is_told(tmp_path):
    written = record(Graded("linear", "not_attempted"))
    written.looks = [Look("03.ipynb", "It is not JSON."), Look("", "Two files have one name.")]
    assert (
        results(tmp_path / "results.json", written)["output"] == "03.ipynb: It is not JSON.\nTwo files have one name."
    )


def test_an_earlier_file_stays_whole_when_the_new_one_cannot_be_written(tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    path.write_text("earlier")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk")))
    with pytest.raises(OSError, match="disk"):
        write_results(record(Graded("linear", "passed")), WEIGHTS, path)
    assert path.read_text() == "earlier"
    assert [each.name for each in tmp_path.iterdir()] == ["results.json"]

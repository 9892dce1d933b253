"""The tables that a teacher opens, and whose mark has changed since an earlier run."""

import csv
import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.grade.errors import CompareError
from course_utils.grade.marks import compare, tables
from course_utils.grade.marks.points import exercises_of, weights_of
from course_utils.grade.records import Graded, Look, Record, Settings

SETTINGS = Settings(("self_attention", "add_and_norm"), "s3cret")
WEIGHTS = weights_of()


def record(student: str, name: str = "", lessons=SETTINGS.topics, **graded: Graded) -> Record:
    """All passed in the lessons that were handed in, but for what is given."""
    made = Record(student, name)
    for topic in SETTINGS.topics:
        for each in exercises_of(topic):
            status = "passed" if topic in lessons else "not_attempted"
            made.exercises[each] = graded.get(each) or Graded(each, status, 4, 4)
    return made


CLASS = [
    record("anna", "=HYPERLINK(\"http://x\")", softmax=Graded("softmax", "failed", 6, 2, [["no_max", "overflow"]], notebook="@a.ipynb")),
    record("jörg", "Jörg Müller", ("self_attention",), softmax=Graded("softmax", "failed", 6, 2, [["no_max", "overflow"]])),
    record("li", "", split_heads=Graded("split_heads", "failed"), merge_heads=Graded("merge_heads", "error"),
           self_attention=Graded("self_attention", "failed", with_reference=["split_heads"])),
    record("zoë", "", linear=Graded("linear", "stumbled", notebook="z.ipynb")),
    record("nobody", "", ()),
]  # fmt: skip
ALL = {topic: sum(WEIGHTS[each] for each in exercises_of(topic)) for topic in SETTINGS.topics}


@pytest.fixture
def written(tmp_path):
    tables.write_tables(CLASS, WEIGHTS, SETTINGS, tmp_path, {"li": [Look("", "In no row.")]})
    return tmp_path


def rows(path) -> dict[str, dict[str, str]]:
    return {row["student_id"]: row for row in tables.read_table(path)}


def test_grades_have_a_column_for_each_lesson(written):
    grades = rows(written / "grades.csv")
    headings = ["student_id", "name", "03_self_attention", "04_add_and_norm", "score", "max_score", "needs_a_look"]
    assert list(grades["anna"]) == headings
    everything = ALL["self_attention"] + ALL["add_and_norm"]
    assert float(grades["anna"]["score"]) == everything - WEIGHTS["softmax"]
    assert grades["jörg"]["04_add_and_norm"] == ""
    assert float(grades["jörg"]["score"]) == ALL["self_attention"] - WEIGHTS["softmax"]
    assert (
        float(grades["li"]["03_self_attention"])
        == ALL["self_attention"] - WEIGHTS["split_heads"] - WEIGHTS["merge_heads"]
    )
    assert float(grades["zoë"]["score"]) == float(grades["zoë"]["max_score"]) == everything - WEIGHTS["linear"]
    assert (grades["nobody"]["score"], grades["nobody"]["needs_a_look"]) == ("", "1")


def test_results_have_a_row_for_each_exercise(written):
    results = tables.read_table(written / "results.csv")
    assert len(results) == len(CLASS) * len(CLASS[0].exercises)
    found = {(row["student_id"], row["exercise"]): row for row in results}
    softmax = found["anna", "softmax"]
    assert (softmax["lesson"], softmax["status"], softmax["cases"], softmax["passed"]) == (
        "03_self_attention",
        "failed",
        "6",
        "2",
    )
    assert (softmax["labels"], softmax["points"], softmax["max_points"]) == ("no_max or overflow", "0", "2")
    assert (found["li", "self_attention"]["with_reference"], found["li", "self_attention"]["points"]) == (
        "split_heads",
        "2",
    )
    assert found["zoë", "linear"]["points"] == ""


def test_mistakes_are_counted_the_most_frequent_first(written):
    mistakes = [tuple(row.values()) for row in tables.read_table(written / "mistakes.csv")]
    assert mistakes[0] == ("03_self_attention", "softmax", "no_max or overflow", "2", "4")
    assert ("03_self_attention", "merge_heads", "", "1", "4") in mistakes


def test_nobody_has_a_silent_zero(written):
    looks = rows(written / "needs_a_look.csv")
    assert set(looks) == {"zoë", "li", "nobody"}
    assert looks["zoë"]["exercise"] == "linear"
    assert "no mark" in looks["nobody"]["reason"]
    assert looks["li"]["reason"] == "In no row."


def test_a_learners_text_is_no_formula_and_umlauts_can_be_read(written):
    raw = (written / "grades.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "Jörg Müller".encode() in raw
    for name in ("grades.csv", "results.csv"):
        for row in csv.reader(io.StringIO((written / name).read_text(encoding="utf-8-sig"))):
            assert not [cell for cell in row if cell.startswith(("=", "@", "+", "-"))]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_text_is_read_as_it_was_written(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "text.csv"
    tables.write_table(path, ("a", "b"), [(text, "x")])
    assert tables.read_table(path) == [{"a": text, "b": "x"}]


def test_run_json_says_how_it_was_graded(written):
    run = json.loads((written / "run.json").read_text(encoding="utf-8"))
    assert run["settings"]["secret"] == "s3cret"
    assert run["points"]["linear"] == 1
    assert "gelu" not in run["points"]
    assert run["versions"]["torch"]


def test_a_table_is_written_whole_or_not_at_all(written, monkeypatch):
    before = {path.name: path.read_bytes() for path in written.iterdir()}

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        tables.write_tables(CLASS[:1], WEIGHTS, SETTINGS, written)
    assert {path.name: path.read_bytes() for path in written.iterdir()} == before


def test_the_same_records_give_the_same_bytes(written, tmp_path_factory):
    again = tmp_path_factory.mktemp("again")
    tables.write_tables(
        [Record.of(each.to_dict()) for each in CLASS], WEIGHTS, SETTINGS, again, {"li": [Look("", "In no row.")]}
    )
    for path in written.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_comparing_says_whose_mark_has_changed(written):
    earlier = compare.read_earlier(written)
    assert compare.changes(earlier, CLASS, WEIGHTS) == []
    assert "no status and no mark" in compare.as_text([])
    now = [record("anna"), *CLASS[1:4], record("new")]
    found = compare.changes(earlier, now, WEIGHTS | {"gelu": 9})
    changed = [each for each in found if each.student_id == "anna"]
    assert [(each.exercise, each.status_before, each.status, each.points_before, each.points) for each in changed] == [
        ("softmax", "failed", "passed", "0", "2")
    ]
    assert {each.student_id for each in found} == {"anna", "new", "nobody"}
    assert {each.status_before for each in found if each.student_id == "new"} == {""}
    compare.write_changes(found, written)
    assert len(tables.read_table(written / "compare.csv")) == len(found)
    said = compare.as_text(found)
    assert "1 result of 1 learner has changed" in said
    assert "anna  softmax  failed -> passed  0 -> 2" in said
    assert f"{len(found) - 1} results are of learners or lessons that only one" in said


def test_a_long_comparison_is_cut_short_in_the_terminal(written):
    found = compare.changes(compare.read_earlier(written), CLASS, dict.fromkeys(WEIGHTS, 7.0))
    said = compare.as_text(found, 5)
    assert len(said.splitlines()) == 1 + 5 + 1 + 1
    assert f"and {len(found) - 5} more" in said


def test_other_points_are_a_change_of_the_mark(written):
    found = compare.changes(compare.read_earlier(written / "results.csv"), CLASS[:1], WEIGHTS | {"linear": 5.0})
    assert [(each.points_before, each.points) for each in found if each.student_id == "anna"] == [("1", "5")]


def test_a_learners_name_cannot_steer_the_terminal():
    found = [compare.Change("\x1b[2Jx", "", "gelu", "failed", "passed", "0", "1")]
    assert "\x1b" not in compare.as_text(found)


@pytest.mark.parametrize("content", [None, "a,b\n1,2\n", b"\xff\xfe\x00"])
def test_what_is_no_earlier_run_is_one_sentence(content, tmp_path):
    if content is not None:
        (tmp_path / "results.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CompareError, match=r"results\.csv") as caught:
        compare.read_earlier(tmp_path)
    assert "\n" not in str(caught.value)

"""The command: what it writes where, and that whatever is wrong with what it is given is said in one sentence.

Grading itself stands still here: what came of each learner is made up, so that only the command is under test.
"""

import csv
import json
import os
import subprocess
import sys
import threading
import zipfile

import pytest

from course_utils.grade import command, workers
from course_utils.grade.marks.points import exercises_of
from course_utils.grade.marks.tables import read_table
from course_utils.grade.options import topics_of
from course_utils.grade.records import Graded, Record
from course_utils.grade.sandbox.bubblewrap import NoSandbox
from course_utils.lessons import LESSONS
from tests.conftest import ROOT

STEMS = {lesson.topic: lesson.stem for lesson in LESSONS}


@pytest.fixture
def graded(monkeypatch):
    """Everybody passes all but the exercises named in their notebook. Returns all calls of the grader."""
    calls = []

    def grade_all(submissions, settings, out, jobs=1, dask="", say=None):
        calls.append((submissions, settings, out, jobs))
        return [_record(each, settings) for each in submissions]

    monkeypatch.setattr(workers, "grade_all", grade_all)
    return calls


def _record(submission, settings):
    failed = b" ".join(each.content for each in submission.notebooks).decode().split()
    record = Record(submission.student, submission.name, list(submission.ids))
    record.notebooks = {each.path: each.path.rpartition("/")[2].removesuffix(".ipynb") for each in submission.notebooks}
    for topic in settings.topics:
        for name in exercises_of(topic):
            status = "failed" if name in failed else "passed" if record.notebooks else "not_attempted"
            card = {"exercise": name, "status": status, "headline": "Made up."}
            record.exercises[name] = Graded(name, status, 1, int(status == "passed"), card=card)
    return record


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, failed in (("anna", ""), ("ben", "linear softmax")):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "03_self_attention.ipynb").write_text(failed)
    return tmp_path


def test_a_class_is_graded_and_everything_is_written(place, graded, capsys):
    (place / "canvas.csv").write_bytes(
        b"Student,ID,03 Self-attention (9)\r\n    Points Possible,,10\r\nA,anna,\r\nC,carl,5\r\n"
    )
    before = sorted((place / "in").rglob("*"))
    assert command.main(["in", "--out", "out", "--roster", "canvas.csv", "--similar", "--jobs", "3"]) == 0
    (submissions, settings, _, jobs) = graded[0]
    assert [each.student for each in submissions] == ["anna", "ben"]
    assert (settings.topics, jobs) == (("self_attention",), 3)
    names = {path.relative_to(place / "out").as_posix() for path in (place / "out").rglob("*") if path.is_file()}
    assert names == {
        "grades.csv", "results.csv", "mistakes.csv", "needs_a_look.csv", "run.json", "canvas_filled.csv", "class.html",
        "similar.html", "feedback/anna/03_self_attention.html", "feedback/ben/03_self_attention.html",
    }  # fmt: skip
    assert (place / "out" / "canvas_filled.csv").read_bytes().split(b"\r\n")[2:4] == [b"A,anna,10", b"C,carl,5"]
    assert [row["student_id"] for row in read_table(place / "out" / "needs_a_look.csv")] == ["ben"]
    said = capsys.readouterr().out
    assert "2 learners, lesson 03. On average" in said
    assert "1 learner not found in canvas.csv" in said
    assert sorted((place / "in").rglob("*")) == before


def test_a_second_run_has_the_same_inputs_and_compares(place, graded, capsys):
    assert command.main(["in", "--out", "out"]) == 0
    (place / "in" / "ben" / "03_self_attention.ipynb").write_text("linear")
    assert command.main(["in", "--out", "out", "--compare", "out"]) == 0
    assert graded[0][1].secret == graded[1][1].secret
    assert len(graded[0][1].secret) == 32
    assert "ben  softmax  failed -> passed  0 -> 2" in capsys.readouterr().out
    assert len(read_table(place / "out" / "compare.csv")) == 1
    command.main(["in", "--out", "other"])
    command.main(["in", "--out", "given", "--secret", "mine"])
    assert graded[2][1].secret != graded[0][1].secret
    assert json.loads((place / "given" / "run.json").read_text())["settings"]["secret"] == "mine"


def test_options_reach_the_grader(place, graded):
    options = ["--lessons", "4,self_attention", "--explain", "short", "--no-follow-through", "--unsafe", "--cpu", "2"]
    assert command.main(["in", "--out", "out", *options]) == 0
    settings = graded[0][1]
    assert settings.topics == ("self_attention", "add_and_norm")
    assert (settings.explain, settings.follow_through, settings.sandbox, settings.cpu, settings.wall) == (
        "short",
        False,
        False,
        2,
        20,
    )


def test_points_and_the_exit_code(place, graded):
    (place / "points.toml").write_text("linear = 10")
    assert command.main(["in", "--out", "out", "--points", "points.toml", "--exit-code"]) == 1
    grades = {row["student_id"]: float(row["score"]) for row in read_table(place / "out" / "grades.csv")}
    assert grades["anna"] - grades["ben"] == 12
    assert command.main(["in/anna", "--out", "out", "--exit-code"]) == 0


def test_shards_grade_and_a_run_without_one_writes(place, graded, capsys):
    for index in (1, 2, 3):
        assert command.main(["in", "--out", "out", "--lessons", "3", "--shard", f"{index}/3"]) == 0
    assert sorted(each.student for call in graded for each in call[0]) == ["anna", "ben"]
    assert len({call[1] for call in graded}) == 1
    assert not (place / "out" / "grades.csv").exists()
    assert command.main(["in", "--out", "out", "--lessons", "3"]) == 0
    assert graded[3][1] == graded[0][1]
    assert "Part 2 of 3" in capsys.readouterr().out


def test_shards_that_begin_together_have_one_secret(tmp_path):
    found, ready = [], threading.Barrier(8)

    def begin():
        ready.wait()
        found.append(command.secret_of(tmp_path))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(found) == 8
    assert len(set(found)) == 1
    assert os.listdir(tmp_path) == ["run.json"]


def test_what_could_not_be_read_is_to_be_looked_at(place, graded):
    (place / "in" / "carl").mkdir()
    (place / "in" / "carl" / "work.zip").write_bytes(b"PK")
    assert command.main(["in", "--out", "out"]) == 0
    (look,) = read_table(place / "out" / "needs_a_look.csv")
    assert (look["student_id"], look["notebook"]) == ("carl", "carl/work.zip")
    grades = {row["student_id"]: row for row in read_table(place / "out" / "grades.csv")}
    assert (grades["carl"]["score"], grades["carl"]["needs_a_look"]) == ("", "1")


def test_lessons_are_those_that_were_handed_in(place, graded):
    (place / "in" / "anna" / "Add & norm (1).ipynb").write_text("")
    assert command.main(["in", "--out", "out"]) == 0
    assert graded[0][1].topics == ("self_attention", "add_and_norm")


def test_gradescope_grades_everything_as_one_learners(place, graded):
    (place / "results").mkdir()
    assert command.main(["in", "--gradescope", "--out", "results"]) == 0
    assert [path.name for path in (place / "results").iterdir()] == ["results.json"]
    assert len(graded[0][0]) == 1
    assert len(graded[0][0][0].notebooks) == 2


def test_gradescope_tells_the_learner_that_there_is_no_notebook(place, graded):
    (place / "empty").mkdir()
    assert command.main(["empty", "--gradescope", "--out", "results"]) == 0
    results = json.loads((place / "results" / "results.json").read_text())
    assert results["score"] == 0
    assert "holds no notebook" in results["output"]


WRONG = {
    "no submissions": ([], "which submissions"),
    "a missing folder": (["nothing"], "there is no nothing"),
    "an unknown lesson": (["in", "--lessons", "03,14"], "no lesson '14'; the lessons are 00_orientation"),
    "an empty list": (["in", "--lessons", ","], "--lessons is empty"),
    "out inside": (["in", "--out", "in/grades"], "only read"),
    "out is in": (["in", "--out", "in"], "only read"),
    "out is a file": (["in", "--out", "file"], "is a file"),
    "a shard of nothing": (["in", "--lessons", "3", "--shard", "3/2"], "the second of eight parts is 2/8"),
    "a shard without lessons": (["in", "--shard", "1/2"], "needs --lessons"),
    "no worker": (["in", "--jobs", "0"], "1 or more"),
    "no time": (["in", "--cpu", "0"], "more than 0"),
    "a column of nothing": (["in", "--column", "Grade"], "needs --roster"),
    "no roster": (["in", "--roster", "none.csv"], "there is no none.csv"),
    "a roster without the column": (["in", "--roster", "roster.csv"], "--column NAME"),
    "no earlier run": (["in", "--compare", "in"], "has no results.csv"),
    "no points": (["in", "--points", "none.toml"], "cannot be read"),
    "another's run.json": (["in", "--out", "other"], "run.json is not this grader's"),
    "nothing of a lesson": (["strange"], "say which are graded"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_sentence(case, place, graded, capsys):
    arguments, says = WRONG[case]
    (place / "file").write_text("")
    (place / "roster.csv").write_text("ID,Essay\n")
    (place / "other").mkdir()
    (place / "other" / "run.json").write_text("{}")
    (place / "strange").mkdir()
    (place / "strange" / "recipe.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    before = sorted(place.rglob("*"))
    assert command.main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.startswith("inside-bert-grade: ")
    assert len(said.splitlines()) == 1
    assert graded == []
    assert sorted(place.rglob("*")) == before


def test_where_there_is_no_sandbox_that_is_said(place, monkeypatch, capsys):
    def none(*_, **__):
        raise NoSandbox("There is no bubblewrap here.")

    monkeypatch.setattr(workers, "grade_all", none)
    assert command.main(["in", "--out", "out"]) == 2
    assert "There is no bubblewrap here." in capsys.readouterr().err


def test_other_systems_are_told_what_to_do(place, monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert command.main(["in"]) == 2
    assert "needs Linux" in capsys.readouterr().err


def test_a_stop_says_how_to_go_on(place, monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "grade_all", stopped)
    assert command.main(["in", "--out", "out"]) == 130
    assert "goes on where it was" in capsys.readouterr().err


def test_lessons_have_several_names():
    assert topics_of("03_self_attention") == topics_of("3") == topics_of("self_attention") == ("self_attention",)
    assert topics_of("Self-attention, 00") == ("orientation", "self_attention")
    assert topics_of("all") == tuple(STEMS)


def test_a_wrong_path_is_told_without_loading_torch(tmp_path):
    program = (
        "import sys\nfrom course_utils.grade.command import main\n"
        f"print(main([{str(tmp_path / 'nothing')!r}]), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "2 False"


def test_a_zip_of_canvas_fills_canvas_table(place, graded):
    with zipfile.ZipFile("submissions.zip", "w") as file:
        file.writestr("doejane_LATE_1234_5678_03_self_attention-1.ipynb", "")
    (place / "c.csv").write_text('Student,ID,SIS User ID,Final\n"Doe, Jane",1234,007,\n')
    assert (
        command.main(["submissions.zip", "--out", "o", "--lessons", "3", "--roster", "c.csv", "--column", "final"]) == 0
    )
    total = sum(float(row["score"]) for row in read_table(place / "o" / "grades.csv"))
    (row,) = csv.DictReader((place / "o" / "c_filled.csv").open(newline=""))
    assert (float(row["Final"]), row["SIS User ID"]) == (total, "007")

"""Tables of Canvas, Moodle and others come back as they were, but for the marks."""

import csv
import io

import pytest

from course_utils.grade.errors import RosterError
from course_utils.grade.marks.points import exercises_of, weights_of
from course_utils.grade.marks.roster import Roster
from course_utils.grade.records import Graded, Record

TOPICS = ("self_attention", "add_and_norm")
ATTENTION = ("self_attention",)
STEMS = {"self_attention": "03_self_attention", "add_and_norm": "04_add_and_norm"}


def record(student: str, passed: int = 3, name: str = "", ids: tuple = (), topics=TOPICS, graded=TOPICS) -> Record:
    """Who has passed the first few exercises of each lesson that they handed in."""
    exercises = {}
    for topic in graded:
        for place, each in enumerate(exercises_of(topic)):
            exercises[each] = Graded(each, "passed" if topic in topics and place < passed else "not_attempted")
    notebooks = {f"{student}/{STEMS[topic]}.ipynb": STEMS[topic] for topic in topics}
    return Record(student, name, list(ids), notebooks, exercises=exercises)


WEIGHTS = weights_of()
THREE = sum(WEIGHTS[each] for each in exercises_of("self_attention")[:3])
ALL = sum(WEIGHTS[each] for each in exercises_of("self_attention"))

CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,03 Self-attention (4711),04 Add & norm (4712),Essay (4713),Current Score\r\n"
    ",,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,100.00,20,10,(read only)\r\n"
    '"Müller, Jörg",1234,0012345,jmueller,"A, B",,,7.5,71\r\n'
    '"=HYPERLINK(""http://x"",""Doe, Jane"")",1235,0012346,jdoe,A,"3.00",,  8,\r\n'
    "Late Comer,1236,0012347,lcomer,A,1,2,3,\r\n"
    '"Student, Test",1237,,f00,A,,,,\r\n'
).encode()

MOODLE = (
    "Identifier,\"Full name\",\"Email address\",Status,Grade,\"Maximum Grade\",\"Feedback comments\"\n"
    '"Participant 123456","Jane Müller",jane@uni.example,"Submitted for grading - ",,100.00,"line\none"\n'
    '"Participant 123457","Ben Li",ben@uni.example,"No submission",55.00,100.00,\n'
)  # fmt: skip


def differences(old: bytes, new: bytes, delimiter: str = ",") -> dict[tuple[int, int], str]:
    """The fields that differ, once it is certain that nothing else does: the new file has the old lines but for these."""
    before, after = (
        list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=delimiter)) for data in (old, new)
    )
    assert [len(row) for row in before] == [len(row) for row in after]
    return {
        (row, column): value
        for row, values in enumerate(after)
        for column, value in enumerate(values)
        if before[row][column] != value
    }


def test_canvas_has_a_column_for_each_lesson_and_its_points_are_those_possible():
    learners = [
        record("müllerjörg_1234", 3, "müllerjörg", ("1234",)),
        record("doejane_1235", 99, "doejane", ("1235",), ("self_attention",)),
    ]
    done = Roster(CANVAS, "canvas.csv", TOPICS).fill(learners, WEIGHTS)
    norm = sum(WEIGHTS[each] for each in exercises_of("add_and_norm")[:3]) / sum(
        WEIGHTS[each] for each in exercises_of("add_and_norm")
    )
    found = differences(CANVAS, done.data)
    assert set(found) == {(3, 5), (3, 6), (4, 5)}
    assert float(found[3, 5]) == round(100 * THREE / ALL, 2)
    assert float(found[3, 6]) == pytest.approx(20 * norm, abs=0.005)
    assert found[4, 5] == "100"
    assert b'A,"100",,  8,\r\n' in done.data  # the quotes around 3.00 stay
    for line in (CANVAS.split(b"\r\n")[number] for number in (0, 1, 2, 5, 6)):
        assert line + b"\r\n" in done.data
    assert (done.rows, done.unmatched) == (2, {})
    assert done.columns["self_attention"] == "03 Self-attention (4711)"


def test_nothing_changes_where_nothing_was_handed_in():
    assert Roster(CANVAS, "canvas.csv", TOPICS).fill([record("x", ids=("1234",), topics=())], WEIGHTS).data == CANVAS


def test_moodle_takes_the_total_of_its_maximum():
    learners = [record("Jane_Müller", 3, "Jane Müller", ("123456", "Participant 123456"), *[ATTENTION] * 2)]
    done = Roster(MOODLE.encode(), "moodle.csv", ["self_attention"]).fill(learners, WEIGHTS)
    assert differences(MOODLE.encode(), done.data) == {(1, 4): f"{100 * THREE / ALL:.2f}".rstrip("0").rstrip(".")}
    assert b'"line\none"' in done.data
    assert b'"No submission",55.00,100.00,\n' in done.data


def test_a_german_worksheet_has_commas_in_its_decimals():
    text = "ID;Vollständiger Name;Bewertung;Bestwertung\nTeilnehmer/in 7;Jane Müller;;10,00\n"
    done = Roster(text.encode(), "moodle.csv", ["self_attention"])
    found = differences(text.encode(), done.fill([record("x", 3, ids=("7",), graded=ATTENTION)], WEIGHTS).data, ";")
    assert found == {(1, 2): f"{10 * THREE / ALL:.2f}".rstrip("0").rstrip(".").replace(".", ",")}


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nMatrikelnummer;Mark\r\n0012345;\r\n",
        "Vorname\tNachname\tMark\rJörg\tMüller\t\r",
        '"E-mail","Mark"\n"0012345@uni.example",""\n',
        "OrgDefinedId,Mark\n#0012345,\n",
        "Who,Mark\n0012345,",
        "Name,Mark\nMÜLLER JÖRG,\n",
    ],
)
def test_other_tables_know_the_learner_too(text):
    learner = record("0012345", 3, "Jörg Müller")
    done = Roster(text.encode(), "list.csv", ["self_attention"], "Mark").fill([learner], WEIGHTS)
    assert (done.rows, done.unmatched) == (1, {})
    assert len(done.data) > len(text.encode())


def test_old_encodings_are_kept():
    data = "Name;Grade\r\nMüller;\r\n".encode("cp1252")
    done = Roster(data, "list.csv", ["self_attention"]).fill([record("Müller", 0)], WEIGHTS)
    assert done.data == "Name;Grade\r\nMüller;0\r\n".encode("cp1252")


def test_an_id_counts_more_than_a_name_and_a_name_that_two_have_counts_nothing():
    text = b"ID,Name,Grade\n1,Jane Doe,\n2,Jane Doe,\n"
    roster = Roster(text, "list.csv", ["self_attention"])
    by_id = roster.fill([record("a", 0, "Jane Doe", ("2",))], WEIGHTS)
    assert by_id.data == b"ID,Name,Grade\n1,Jane Doe,\n2,Jane Doe,0\n"
    by_name = roster.fill([record("Jane_Doe", 0, "Jane Doe")], WEIGHTS)
    assert by_name.data == text
    assert "several rows" in by_name.unmatched["Jane_Doe"]
    both = roster.fill([record("a", 0, "", ("1",)), record("b", 0, "", ("1",))], WEIGHTS)
    assert both.data == text
    assert set(both.unmatched) == {"a", "b"}


def test_who_is_in_no_row_is_returned():
    done = Roster(CANVAS, "canvas.csv", TOPICS).fill([record("nobody", 3)], WEIGHTS)
    assert done.data == CANVAS
    assert done.unmatched == {"nobody": "No row of canvas.csv has an id or a name of this learner."}


def test_a_lesson_without_a_column_is_told():
    text = b"ID,03 Self-attention\n1,\n"
    assert Roster(text, "x.csv", TOPICS).fill([record("1")], WEIGHTS).without == ("04 Add & norm",)


@pytest.mark.parametrize(
    "heading", ["03_self_attention", "Self-attention", "3. Self-Attention (99)", "Lesson 3: homework", "Assignment: self attention"]
)  # fmt: skip
def test_a_column_is_known_by_the_lessons_names(heading):
    text = f'ID,"{heading}",Essay\n1,,\n'.encode()
    assert Roster(text, "x.csv", TOPICS).fill([record("1")], WEIGHTS).columns == {"self_attention": heading}


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        (CANVAS, "Current Score", "cannot take marks"),
        (CANVAS, "ID", "cannot take marks"),
        (CANVAS, "Essays", "no column named 'Essays'; it has 'Student'"),
        (b"ID,Essay\n1,\n", "", "--column"),
        (b"ID,Self-attention draft,Self-attention paper\n1,,\n", "", "several columns for one lesson"),
        (b"ID,Grade,Grade\n1,,\n", "Grade", "several columns named 'Grade'"),
        (b"", "", "no columns"),
        (b"nothing here\n", "", "no columns"),
    ],
)
def test_what_cannot_be_filled_in_is_one_sentence(text, column, says):
    with pytest.raises(RosterError, match=says) as caught:
        Roster(text, "list.csv", TOPICS, column)
    assert "list.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_grader_stumbled_over_counts_neither_way():
    learner = record("1", 99, graded=ATTENTION)
    learner.exercises["linear"].status = "stumbled"
    text = b"ID,Grade,Maximum Grade\n1,,10\n"
    assert (
        Roster(text, "x.csv", ["self_attention"]).fill([learner], WEIGHTS).data == b"ID,Grade,Maximum Grade\n1,10,10\n"
    )

import pytest

from course_utils.grade.extract import answers_of, choose
from course_utils.lessons import LESSONS

from .notebooks import extracted

TOPICS = tuple(lesson.topic for lesson in LESSONS)
LINEAR = "def linear(x, weight, bias):\n    return x * weight + bias\n"
OLD = LINEAR.replace("+ bias", "")
BLANK = "def linear(x, weight, bias):\n    raise NotImplementedError\n"
SOFTMAX = "def softmax(x, dim=-1):\n    return x\n"
GELU = "def gelu(x):\n    return x\n"


def test_the_newest_attempt_counts_and_the_others_are_listed():
    old, new = extracted(OLD, path="b.ipynb", changed=1000), extracted(LINEAR, path="a.ipynb", changed=2000)
    for given in ([old, new], [new, old]):
        chosen, superseded, looks = choose(given, TOPICS)
        assert chosen == {"linear": (new, new.answers["linear"])}
        assert superseded == ["b.ipynb"]
        assert [look.notebook for look in looks] == ["b.ipynb"]
        assert "`a.ipynb`" in looks[0].reason


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("03_self_attention.ipynb", "03_self_attention (1).ipynb"),
        ("03_self_attention (2).ipynb", "03_self_attention (10).ipynb"),
        ("03_self_attention.ipynb", "03_self_attention-2.ipynb"),
        ("03_self_attention_v2.ipynb", "03_self_attention_v3.ipynb"),
        ("03_self_attention.ipynb", "03_self_attention-Copy1.ipynb"),
        ("lesson_03.ipynb", "lesson_03 (1).ipynb"),
        ("a.ipynb", "b.ipynb"),
        ("zzz.ipynb", "a/03 (1).ipynb"),
    ],
)
def test_of_attempts_of_the_same_time_the_number_in_the_name_tells(older, newer):
    old, new = extracted(OLD, path=older, changed=1001.5), extracted(LINEAR, path=newer, changed=1000)
    for given in ([old, new], [new, old]):
        chosen, superseded, _ = choose(given, TOPICS)
        assert chosen["linear"][0] is new
        assert superseded == [older]


def test_the_time_counts_more_than_the_number():
    old, new = extracted(OLD, path="03 (4).ipynb", changed=1000), extracted(LINEAR, path="03.ipynb", changed=1003)
    assert choose([old, new], TOPICS)[0]["linear"][0] is new


def test_the_same_file_twice_needs_no_look():
    one, other = (extracted(LINEAR, path=path) for path in ("a/03.ipynb", "b/03.ipynb"))
    _, superseded, looks = choose([one, other], TOPICS)
    assert superseded == ["a/03.ipynb"]
    assert looks == []


def test_all_lessons_may_come_in_one_notebook():
    whole = extracted(LINEAR, SOFTMAX, GELU)
    chosen, superseded, looks = choose([whole], TOPICS)
    assert list(chosen) == ["linear", "softmax", "gelu"]
    assert (superseded, looks) == ([], [])


def test_a_lessons_own_notebook_comes_before_a_newer_one_of_another_lesson():
    own, other = (
        extracted(LINEAR, changed=1000),
        extracted(OLD, GELU, GELU, "def output(x):\n    return x", changed=9000),
    )
    assert other.topic == "feed_forward"
    assert choose([own, other], TOPICS)[0]["linear"][0] is own


def test_a_blank_is_filled_from_another_lessons_notebook():
    own, other = extracted(BLANK, SOFTMAX, changed=9000), extracted(LINEAR, GELU, path="05.ipynb", changed=1000)
    chosen, superseded, looks = choose([own, other], TOPICS)
    assert chosen["linear"][0] is other
    assert chosen["softmax"][0] is own
    assert (superseded, looks) == ([], [])


def test_an_answer_that_only_an_older_attempt_has_is_looked_at():
    old, new = (
        extracted(LINEAR, SOFTMAX, path="old.ipynb", changed=1),
        extracted(BLANK, SOFTMAX, path="new.ipynb", changed=9),
    )
    chosen, superseded, looks = choose([old, new], TOPICS)
    assert chosen["linear"][1].blank
    assert superseded == ["old.ipynb"]
    assert [look.exercise for look in looks] == ["", "linear"]


def test_a_newer_piece_of_a_lesson_does_not_replace_the_whole():
    whole = extracted(
        LINEAR, BLANK.replace("linear", "softmax"), "def split_heads(x):\n    return x", path="a.ipynb", changed=1
    )
    piece = extracted(OLD, path="scratch.ipynb", changed=9)
    other = extracted(SOFTMAX, path="softmax.ipynb", changed=5)
    chosen, superseded, looks = choose([whole, piece, other], TOPICS)
    assert chosen["linear"][0] is whole
    assert chosen["softmax"][0] is other
    assert superseded == []
    assert [(look.notebook, look.exercise) for look in looks] == [("scratch.ipynb", "linear")]


def test_a_broken_answer_is_not_replaced_by_an_older_one():
    old, new = (
        extracted(LINEAR, path="a.ipynb", changed=1),
        extracted("def linear(x:\n    pass", path="b.ipynb", changed=9),
    )
    assert choose([old, new], TOPICS)[0]["linear"][1].error


def test_what_nobody_defines_and_what_is_not_asked_for_is_absent():
    found = [extracted(LINEAR), extracted("print('x", path="junk.ipynb"), extracted(path="empty.ipynb")]
    assert list(choose(found, ("self_attention",))[0]) == ["linear"]
    assert choose(found, ("feed_forward",))[0] == {}
    assert choose([], TOPICS) == ({}, [], [])


def test_a_notebook_with_no_answers_supersedes_nothing():
    own, junk = extracted(LINEAR, changed=1), answers_of(extracted(path="x.ipynb", changed=9).notebook)
    chosen, superseded, _ = choose([own, junk], TOPICS)
    assert chosen["linear"][0] is own
    assert superseded == []


def test_the_solutions_in_a_copy_of_the_course_come_last_however_new():
    own, ours = (
        extracted(OLD, path="me/exercises/03.ipynb", changed=1),
        extracted(LINEAR, path="me/solutions/03.ipynb", changed=9),
    )
    chosen, superseded, looks = choose([ours, own], TOPICS)
    assert chosen["linear"][0] is own
    assert (superseded, looks) == (["me/solutions/03.ipynb"], [])
    chosen, _, looks = choose([ours], TOPICS)  # their own folder may have that name
    assert chosen["linear"][0] is ours
    assert "are these the learner's answers?" in looks[0].reason

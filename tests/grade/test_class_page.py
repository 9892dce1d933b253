"""The page that tells a teacher what the class misunderstood."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from course_utils.figures.class_map import class_map
from course_utils.figures.style import COLOURS, INK, PAPER, contrast, mix
from course_utils.grade.marks.points import weights_of
from course_utils.grade.records import Graded, Look, Record
from course_utils.grade.report.class_page import class_page, write_class_page
from course_utils.grade.report.masking import Pseudonyms, without_comments
from course_utils.grade.report.mistakes import Named, told_apart
from course_utils.grade.report.monday import chosen
from course_utils.grade.report.tally import tally
from course_utils.lessons import LESSONS
from tests.figures.drawings import outside, words
from tests.grade.hostile import ALL, NASTY, Reader
from tests.grade.klass import blank, class_of, judged, record, unnamed

WEIGHTS = weights_of()
UNSCALED = "def attention_scores(query, key):\n    return query @ key.mT"


def page(records, **how) -> Reader:
    read = Reader(class_page(records, WEIGHTS, **how))
    assert not read.amiss
    read.text = " ".join(read.text.split())
    return read


def several(number: int, **answers: Graded) -> list[Record]:
    return [record(f"id-{n:03}", name=f"Person {n:03}", **answers) for n in range(number)]


@pytest.fixture(scope="module")
def made() -> list[Record]:
    return class_of(40)


def test_monday_begins_with_the_mistakes_that_most_learners_made():
    records = several(5) + [
        record(f"b{n}", attention_scores=replace(judged("attention_scores", "unscaled"), text=UNSCALED))
        for n in range(6)
    ]
    records += [
        record(f"c{n}", extended_attention_mask=judged("extended_attention_mask", "inverted")) for n in range(3)
    ]
    records += [record(f"d{n}", softmax=unnamed("softmax", f"IndexError: index {n} is out of range")) for n in range(7)]
    first, second, third = chosen(tally(records, WEIGHTS))
    assert first.named == (Named("attention_scores", "unscaled"),)
    assert second.named == (Named("extended_attention_mask", "inverted"),)
    assert third.about == "IndexError: index # is out of range"
    text = page(records).text
    at = [
        text.index(each)
        for each in ("Teach this on Monday", "The scores are not divided by √dh.", "It is the wrong way")
    ]
    assert at == sorted(at)
    assert "6 learners 6 of the 21 who tried (29 %)" in text
    assert UNSCALED.split("\n")[1].strip() in text


def test_a_mistake_of_a_part_counts_once_for_a_learner_whichever_exercise_shows_it():
    own = {"attention_scores": judged("attention_scores", "unscaled")}
    below = {"self_attention": judged("self_attention", "attention_scores: unscaled")}
    records = [record("a", **own), record("b", **own, **below), record("c", **below), record("d")]
    (found,) = (
        each for each in tally(records, WEIGHTS).findings if each.named == (Named("attention_scores", "unscaled"),)
    )
    assert (len(found.learners), found.tried, dict(found.where)) == (3, 4, {"attention_scores": 2, "self_attention": 2})


def test_mistakes_that_cannot_be_told_apart_are_one_finding():
    assert told_apart("softmax", [["a"], ["b"]]) == [(Named("softmax", "a"), Named("softmax", "b"))]
    assert told_apart("softmax", [["a", "linear: b"]]) == [(Named("softmax", "a"),), (Named("linear", "b"),)]
    assert told_apart("softmax", [["a", "b"], ["a", "c"]]) == [
        (Named("softmax", "a"),),
        (Named("softmax", "b"), Named("softmax", "c")),
    ]
    assert told_apart("softmax", []) == []


def test_the_table_counts_every_outcome():
    part = replace(judged("self_attention", "attention_scores: unscaled"), with_reference=["attention_scores"])
    records = [
        record("a"),
        record("b", self_attention=part, linear=blank("linear")),
        record("c", softmax=Graded("softmax", "stumbled"), linear=unnamed("linear", "NameError: x")),
        record("d", linear=judged("linear", "no_bias")),
        record("e", ()),
    ]
    counts = tally(records, WEIGHTS)
    assert dict(counts.outcomes["linear"]) == {"passed": 1, "not_attempted": 1, "error": 1, "failed": 1}
    assert dict(counts.outcomes["self_attention"]) == {"passed": 3, "part": 1}
    assert (counts.handed["self_attention"], counts.whole["self_attention"]) == (4, 1)
    assert counts.passing["self_attention"] == (32, 35)
    assert counts.tried("softmax") == 3
    text = page(records).text
    assert "4 of 5 learners handed in, in 1 lesson." in text
    assert "the grader stumbled on 1" in text
    assert "the grader stumbled on softmax, which costs nobody points 1" in text
    assert "91 % pass" in text


def test_failures_without_a_name_are_grouped_by_what_their_cards_say():
    records = [
        record(f"a{n}", softmax=unnamed("softmax", f"RuntimeError: size ({n}, {n + 3}) does not fit `x_{n} + mask`."))
        for n in range(4)
    ] + [record("b", softmax=unnamed("softmax", "NameError: `y` has no value."))]
    records.append(
        record("c", linear=Graded("linear", "failed", card={"headline": ["no", "text"]}, text="def linear(): 0"))
    )
    largest, *others = tally(records, WEIGHTS).unnamed
    assert (largest.about, len(largest.learners)) == ("RuntimeError: size (#, #) does not fit ‹…›.", 4)
    assert {each.about for each in others} == {"NameError: ‹…› has no value.", "It is wrong, and no card says how."}
    assert "Failures without a name: mend these" in page(records).text


def test_the_points_are_told_in_words():
    text = page([record("a"), record("b"), record("c", ())]).text
    assert "Half of those who handed in have 100 % of the points or more; the mean is 100 %." in text
    assert "The one learner who handed in has 100 % of the points." in page([record("a")]).text


def test_what_needs_a_look_is_counted_by_reason():
    records = several(3)
    for number, each in enumerate(records):
        each.looks = [
            Look(f"{each.name}.ipynb", f"`{each.name}.ipynb` looks like the answer to `softmax` in cell {number}.")
        ]
    assert "‹…› looks like the answer to softmax in cell #. 3" in page(records).text
    assert "Nothing: every notebook could be read" in page(several(2)).text


def test_pseudonyms_are_stable_and_not_in_the_alphabets_order(made):
    who, again = Pseudonyms(made), Pseudonyms(made[::-1])
    names = [who.long(each.student) for each in made]
    assert names == [again.long(each.student) for each in made]
    assert len(set(names)) == len(made)
    assert names != sorted(names)
    assert all(re.fullmatch(r"learner \d\d", each) for each in names)


def test_no_name_or_id_is_on_the_page_unless_names_are_opened(made):
    closed, opened = page(made).text, page(made, names=True).text
    for each in made:
        assert each.student not in closed
        assert each.name not in closed
    assert "Sofia Rossi" in opened
    assert "it is for you alone" in opened


@pytest.mark.parametrize(
    "inside",
    [
        "# by Jürgen Groß",
        "juergen = 1",
        "x = 'groß'",
        "y_groß_2 = 3",
        "id = '20231234'",
        '"""jgross@uni.example"""\n    z = 1',
        "JURGEN = 2",
    ],
)
def test_an_example_does_not_tell_who_wrote_it(inside):
    text = f"def linear(x, weight, bias):\n    {inside}\n    return x @ weight"
    made = record("jgross@uni.example", name="Jürgen Groß", linear=replace(judged("linear", "no_bias"), text=text))
    made.ids = ["20231234"]
    html = class_page([made], WEIGHTS).casefold()
    assert "return x @ weight" in html
    for secret in ("jürgen", "juergen", "jurgen", "groß", "jgross", "20231234"):
        assert secret not in html


def test_an_example_without_its_writers_name_is_taken_first():
    own = "def linear(x, weight, bias):\n    maria = x\n    return maria @ weight"
    other = "def linear(x, weight, bias):\n    something_longer = x\n    return something_longer @ weight"
    records = [
        record("m1", name="Maria", linear=replace(judged("linear", "no_bias"), text=own)),
        record("m2", name="Paul", linear=replace(judged("linear", "no_bias"), text=other)),
    ]
    assert "something_longer" in page(records).text
    assert "▢▢▢" not in page(records).text
    assert "▢▢▢" in page(records[:1]).text


def test_examples_are_shown_without_comments_and_docstrings():
    text = 'def f(x):\n    """Doc\n    string."""\n    y = "# kept"  # gone\n\n    return x'
    assert without_comments(text) == 'def f(x):\n    y = "# kept"\n    return x'
    assert without_comments("def f(:\n    x = 1  # gone") == "def f(:\n    x = 1"
    assert without_comments('def f():\n    """Only a docstring."""') == 'def f():\n    """Only a docstring."""'


@pytest.mark.parametrize("nasty", [*NASTY, ALL], ids=[*map(str, range(len(NASTY))), "all"])
@pytest.mark.parametrize("names", [False, True])
def test_no_text_of_a_learners_becomes_an_element(nasty, names):
    card = {"headline": nasty, "status": "failed"}
    records = [
        record(nasty, name=nasty, linear=Graded("linear", "failed", 1, 0, [], [], card, nasty, nasty)),
        record(
            "b",
            name=nasty,
            linear=Graded("linear", "error", 1, 0, [[nasty]], [], card, nasty, f"def linear(): {nasty!r}"),
        ),
        record(
            "c", name=nasty, softmax=Graded("softmax", "failed", 1, 0, [["softmax: x", nasty], [nasty]], [nasty], card)
        ),
    ]
    records[0].exercises[nasty] = Graded(nasty, "failed", text=nasty)
    records[0].looks = [Look(nasty, nasty, nasty)]
    records[0].notebooks[nasty] = nasty
    read = page(records, names=names)
    assert read.tags.count("svg") == 1  # the map


@pytest.mark.parametrize("letter", ["x", '"', "\U0001f4a5"])
def test_the_page_of_a_large_class_is_under_2_mb(letter):
    long, records = letter * 5000, []
    base = record("x")
    for number in range(400):
        made = Record(
            f"{number:05}",
            f"{letter * 300} {number}",
            notebooks={"a": "03_self_attention"},
            exercises=dict(base.exercises),
        )
        headline = f"{letter * 300} {'ab'[number % 2] * (number % 199)} " + long
        for name in list(made.exercises)[:8]:
            labels = [] if number % 3 else [[f"{letter * 200} {number}"]]
            made.exercises[name] = Graded(
                name, "failed", 5, 1, labels, [], {"headline": headline}, text=f"def {name}():\n    {long}"
            )
        made.looks = [Look("a", f"{long[:200]} {'ab'[number % 2] * (number % 99)}")]
        records.append(made)
    assert len(class_page(records, WEIGHTS, names=True).encode()) < 2_000_000


@pytest.mark.parametrize("records", [[], [record("a", ())], [Record("a")], [Record("a", notebooks={"x": ""})]])
def test_a_class_without_answers_has_a_page(records):
    read = page(records)
    assert "Nothing is handed in yet." in read.text


def test_a_class_of_one_has_a_page():
    text = page([record("a", linear=judged("linear", "no_bias"))]).text
    assert "1 learner 1 of the 1 who tried (100 %)" in text


def test_a_class_that_is_right_is_told_so(tmp_path):
    write_class_page(several(3), WEIGHTS, tmp_path)
    assert "No mistake is shared by several learners" in (tmp_path / "class.html").read_text("utf-8")


def test_tables_have_captions_and_scopes(made):
    html = class_page(made, WEIGHTS)
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    assert len(tables) == 6  # points, the map's numbers, three lessons, looks
    for table in tables:
        assert "<caption>" in table
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", table))


CONFIG = SimpleNamespace(
    hidden_size=384, num_attention_heads=12, intermediate_size=1536, num_hidden_layers=6, vocab_size=30522,
    max_position_embeddings=512, type_vocab_size=2, hidden_act="gelu",
)  # fmt: skip


def test_the_map_says_every_lessons_share_in_words():
    shares = {lesson.topic: lesson.number / 11 for lesson in LESSONS} | {"speed": None}
    picture = class_map(CONFIG, shares)
    shown = words(picture)
    assert {"0 % pass", "27 % pass", "100 % pass", "not handed in"} <= set(shown)
    assert shown.count("36 % pass") == 2  # lesson 04 is on the map twice
    assert not outside(picture)
    assert class_map(CONFIG, {}).caption.endswith("Nobody has handed in a lesson yet.")
    assert "0.4" not in words(class_map(CONFIG, {"speed": 0.996}))
    assert "99 % pass" in words(class_map(CONFIG, {"speed": 0.996}))


def test_all_text_on_the_map_can_be_read_on_the_reddest_ground():
    reddest = class_map(CONFIG, {lesson.topic: 0.0 for lesson in LESSONS}).svg
    ground = mix(PAPER, COLOURS["failed"].line, 0.34)
    assert ground in reddest
    for colour in (INK, COLOURS["attention"].ink):
        assert contrast(colour, ground) >= 4.5, colour

"""Answers that are alike: copies are listed, common ways and short answers are not."""

import random

import pytest

from course_utils.grade.records import Graded, Record
from course_utils.grade.report.shapes import SMALLEST, shape_of
from course_utils.grade.report.similar import similar_groups, similar_page, write_similar
from course_utils.reference import all_exercises
from tests.grade.hostile import ALL, NASTY, Reader
from tests.grade.klass import source

ODD = '''def split_heads(x, num_heads):
    """Splits."""
    batch, tokens, hidden = x.shape
    size = hidden // num_heads
    pieces = []
    for head in range(num_heads):
        start = head * size
        pieces.append(x[:, :, start : start + size].unsqueeze(1))
    if len(pieces) == 1:
        return pieces[0]
    return torch.cat(pieces, dim=1).reshape(batch, num_heads, tokens, size)
'''
COPY = """def split_heads(x: Tensor, num_heads: int) -> Tensor:
    # all my own work
    b, t, h = x.shape
    width = h // num_heads
    parts = []
    for i in range(num_heads):
        first = (i * width)
        parts.append(x[:, :, first:first + width].unsqueeze(0x1))
    if len(parts) == 1: return parts[0]
    return torch.cat(parts,
                     dim=1).reshape(b, num_heads, t, width)
"""
OTHER = """def split_heads(x, num_heads):
    return torch.stack(x.chunk(num_heads, -1), 1)
"""


def handed_in(texts, exercise="split_heads") -> list[Record]:
    return [
        Record(f"s{number:04}", f"Name{number}", exercises={exercise: Graded(exercise, "passed", text=text)})
        for number, text in enumerate(texts)
    ]


def of_their_own(number: int) -> list[str]:
    """Answers that nobody else has: random chains of calls."""
    chance = random.Random(number)
    calls = ("reshape", "transpose", "view", "permute", "unflatten", "movedim", "contiguous", "swapaxes", "flatten")
    made = []
    for _ in range(number):
        steps = "\n".join(
            f"    x = x.{chance.choice(calls)}({chance.randrange(9)}, {chance.randrange(9)})" for _ in range(9)
        )
        made.append(f"def split_heads(x, num_heads):\n{steps}\n    return x\n")
    return made


def test_a_copy_with_other_names_comments_and_layout_is_found():
    records = handed_in([*of_their_own(20), ODD, COPY])
    (group,) = similar_groups(records)
    assert group.students == ("s0020", "s0021")
    assert group.like == 1.0
    assert shape_of(ODD).nodes == shape_of(COPY).nodes


def test_a_copy_with_a_changed_line_is_found():
    changed = COPY.replace("    if len(parts) == 1: return parts[0]\n", "    print(b)\n")
    (group,) = similar_groups(handed_in([*of_their_own(20), ODD, changed]))
    assert group.students == ("s0020", "s0021")
    assert 0.6 <= group.like < 1


def test_three_copies_are_one_group():
    (group,) = similar_groups(handed_in([ODD, *of_their_own(20), COPY, ODD]))
    assert group.students == ("s0000", "s0021", "s0022")


def test_what_many_learners_have_is_a_common_way():
    assert not similar_groups(handed_in([*of_their_own(20), *[ODD] * 15]))


def test_nobody_is_like_anybody_in_a_class_of_honest_answers():
    assert not similar_groups(handed_in(of_their_own(40)))


@pytest.mark.parametrize("name", all_exercises()[::5])
def test_the_solution_is_never_listed(name):
    assert not similar_groups(handed_in([source(name)] * 2 + ["def f(x):\n    return x"] * 8, name))


def test_short_answers_and_blanks_are_never_listed():
    short = "def split_heads(x, num_heads):\n    return x.foo(3).bar(4, 5, 6)\n"
    assert len(shape_of(short).nodes) < SMALLEST
    assert not similar_groups(handed_in([short, short, *["def split_heads(x, n):\n    return x"] * 4000]))
    records = handed_in([ODD, ODD, *of_their_own(20)])
    for each in records[:2]:
        each.exercises["split_heads"].status = "not_attempted"
    assert not similar_groups(records)


def test_what_is_like_the_solution_says_nothing():
    near = source("split_heads").replace("return pieces", "return 1 * pieces")
    assert near != source("split_heads")
    assert not similar_groups(handed_in([near, near, *of_their_own(20)]))


def test_in_a_small_class_two_short_answers_that_are_alike_say_little():
    assert len(shape_of(OTHER).nodes) >= SMALLEST
    assert not similar_groups(handed_in([OTHER, OTHER, COPY]))
    assert similar_groups(handed_in([COPY, COPY, OTHER]))


def test_the_order_of_the_records_does_not_matter():
    records = handed_in([*of_their_own(30), ODD, COPY, OTHER * 2, ODD])
    shuffled = random.Random(1).sample(records, len(records))
    assert similar_page(records) == similar_page(shuffled)


def test_names_constants_and_annotations_do_not_count_but_what_is_called_does():
    one = shape_of("def f(x: int):\n    y: float = 100000.0\n    return g(x).sum() * y")
    assert shape_of("def h(a):\n    'doc'\n    b = 1e5\n    pass\n    return k(a).sum() * b").nodes == one.nodes
    assert shape_of("def h(a):\n    b = 1e5\n    return k(a).mean() * b").nodes != one.nodes
    assert shape_of("def h(a):\n    b = 2\n    return k(a).sum() * b").nodes != one.nodes
    assert shape_of("def f(:") is None
    assert shape_of("x = " + "(" * 5000 + ")" * 5000) is None


def test_learners_who_are_alike_in_several_exercises_come_first():
    records = handed_in([*of_their_own(20), ODD, COPY])
    for each in records[-2:]:
        each.exercises["merge_heads"] = Graded("merge_heads", "failed", text=ODD.replace("split_heads", "merge_heads"))
    for each in records[:20]:
        text = each.exercises["split_heads"].text.replace("split_heads", "merge_heads")
        each.exercises["merge_heads"] = Graded("merge_heads", "failed", text=text)
    text = Reader(similar_page(records, names=True)).text
    assert "Name20 (s0020) and Name21 (s0021) 2 merge_heads, split_heads" in text
    assert text.index("Alike in several exercises") < text.index("Exercise by exercise")


def test_the_page_says_that_it_is_no_verdict_and_names_nobody(tmp_path):
    signed = COPY.replace("all my own work", "by Name21, s0021")
    write_similar(handed_in([*of_their_own(20), ODD, signed]), tmp_path)
    read = Reader((tmp_path / "similar.html").read_text("utf-8"))
    assert not read.amiss
    assert "This is a list to look at, not a verdict." in read.text
    assert "pieces.append" in read.text
    assert "parts.append" in read.text
    assert "Name21" not in read.text
    assert "s0021" not in read.text


@pytest.mark.parametrize("nasty", [*NASTY, ALL], ids=[*map(str, range(len(NASTY))), "all"])
def test_no_text_of_a_learners_becomes_an_element(nasty):
    text = ODD.replace("Splits.", nasty.replace("\x00", "").replace("\ud800", ""))
    records = handed_in([*of_their_own(20), text, text])
    for each in records[-2:]:
        each.name = nasty
        each.exercises[nasty] = Graded(nasty, "failed", text=text)
    for names in (False, True):
        html = similar_page(records, names)
        assert "pieces.append" in html
        assert not Reader(html).amiss
        html.encode()


def test_a_class_without_answers_has_a_page():
    for records in ([], [Record("a")], handed_in(["not python ("])):
        assert "No two answers are alike" in similar_page(records)

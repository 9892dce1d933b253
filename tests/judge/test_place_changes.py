"""The place: lines that can be put right alone."""

import ast
import math
import sys

import pytest
import torch

from course_utils.judge import Run
from course_utils.judge.insight.additions import additions
from course_utils.judge.insight.changes import Scope, changes
from course_utils.judge.insight.guard import Guard, Limits
from course_utils.judge.insight.known import TRIVIAL, Known
from course_utils.judge.insight.repair import steps
from course_utils.judge.insight.traces import Trace
from course_utils.judge.insight.values import Recorder, TooLong
from course_utils.judge.insight.written import rewritten
from tests.judge.test_place import ATTENTION, cell, placed, placed_of
from tests.judge.toy_course import CHECKS

SOFTMAX = """
def toy_softmax(x, dim=-1):
    largest = x.amax(dim=dim, keepdim=True)
    powers = torch.exp(x - largest)
    total = powers.sum(dim=dim, keepdim=True)
    return powers / total
"""
PIECES = """
def toy_pieces(text):
    pieces = []
    rest = text.strip()
    for word in rest.split(" "):
        if rest != "":
            pieces.append(word.lower())
    return pieces
"""
LOOPS = """
def toy_scores(query, key):
    size = query.shape[-1]
    rows = []
    for head in range(query.shape[1]):
        products = query[:, head] @ key[:, head].mT
        rows.append(products / size**0.5)
    return torch.stack(rows, dim=1)
"""
ANSWERS = {"toy_attention": ATTENTION, "toy_softmax": SOFTMAX, "toy_pieces": PIECES, "toy_scores": LOOPS}


@pytest.mark.parametrize(
    ("name", "line", "right", "wrong"),
    [
        ("toy_attention", 6, "products / query.shape[-1] ** 0.5", "products / query.shape[-2] ** 0.5"),
        ("toy_attention", 8, "probabilities @ value", "value"),
        ("toy_attention", 9, "context, probabilities", "probabilities, context"),
        ("toy_softmax", 4, "x - largest", "x * largest"),
        ("toy_softmax", 4, "torch.exp(x - largest)", "(x - largest)"),
        ("toy_softmax", 5, "powers.sum", "powers.mean"),
        ("toy_softmax", 6, "powers / total", "powers"),
        ("toy_pieces", 6, '!= ""', '== ""'),
        ("toy_pieces", 7, "word.lower()", "word.upper()"),
        ("toy_pieces", 7, "append", "extend"),
        ("toy_scores", 6, "key[:, head]", "query[:, head]"),
        ("toy_scores", 7, "products / size", "products * size"),
        ("toy_scores", 8, "dim=1", "dim=0"),
        ("toy_scores", 8, "torch.stack", "torch.cat"),
    ],
)
def test_the_line_is_found_in_which_one_slip_was_made(name, line, right, wrong):
    assert ANSWERS[name].count(right) == 1
    found = placed(name, ANSWERS[name].replace(right, wrong))
    assert found is not None
    assert found[0] == line
    assert f"line {line}" in found[1].lower()


def test_what_is_said_quotes_the_line_and_does_not_give_the_change_away():
    found = placed("toy_softmax", SOFTMAX.replace("x - largest", "x * largest"))
    says = "`x.amax(dim=dim, keepdim=True)` in line 3 is right, as in the reference. "
    says += "The first value that the reference never has is made in line 4: `x * largest`. "
    assert found == (4, says + "A change in that line alone makes yours right.")
    found = placed("toy_pieces", PIECES.replace('!= ""', '== ""'))
    says = 'A change in line 6 alone is enough: with something else in the place of `rest == ""`'
    assert found == (6, f"{says}, yours gives the right result in every case.")


def test_nothing_is_said_where_two_lines_could_be_changed():
    """Two names may be set, or used, in the wrong order: nobody knows which."""
    text = """
def toy_attention(query, key, value):
    probabilities = torch.softmax(query @ key.mT / query.shape[-1] ** 0.5, -1)
    context, weights = probabilities, probabilities @ value
    return context, weights
"""
    assert placed("toy_attention", text) is None


def test_nothing_is_said_where_only_the_dtype_is_wrong():
    text = SOFTMAX.replace("x.amax", "x.double().amax")
    assert placed("toy_softmax", text) is None
    assert (
        placed("toy_softmax", text.replace("x - largest", "x * largest").replace("total\n", "total.float()\n"))
        is not None
    )


def test_nothing_is_said_where_one_change_is_not_enough():
    assert (
        placed("toy_softmax", SOFTMAX.replace("x - largest", "x * 3").replace("powers / total", "powers + 5")) is None
    )


def test_an_answer_that_calls_itself_is_changed_everywhere():
    text = """
def toy_pieces(text, first=True):
    text = text.strip() if first else text
    if not text:
        return []
    word, _, rest = text.partition(" ")
    return [word.upper(), *toy_pieces(rest, False)]
"""
    found = placed("toy_pieces", text)
    assert found is not None
    assert found[0] == 7


def test_changes_that_never_end_are_given_up():
    text = """
def toy_pieces(text):
    pieces, left = [], text.strip().split(" ")
    while len(left) > 0 and left[0] + text.strip() != "":
        pieces.append(left[0].upper())
        left = left[1:]
    return pieces
"""
    found = placed("toy_pieces", text)
    assert found is not None
    assert found[0] == 5


class Counted:
    """An object that an answer calls: what it counts is not copied."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1


def test_the_answer_is_called_a_limited_number_of_times():
    answer = cell(
        ATTENTION.replace("    products =", "    counted()\n    products =").replace("** 0.5", "+ 77"), "toy_attention"
    )
    answer.__globals__["counted"] = counted = Counted()
    placed_of("toy_attention", answer)
    once = counted.calls
    assert 10 < once < 1500
    placed_of("toy_attention", answer)
    assert counted.calls == 2 * once


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("[0] * (n + 1)", "n + 10**12"),
        ("torch.zeros(n + 1)", "n * 10**9"),
        ("'a' * (n + 1)", "-10**12 * -n"),
        ("2 ** (n + 1)", "10**12"),
        ("list(range(n + 1))", "10**12"),
        ("sum(range(*(0, n + 1)))", "10**12"),
    ],
)
def test_what_a_changed_answer_makes_is_limited_before_it_is_made(text, new):
    """One call of C cannot be ended, and would take all memory."""
    answer = rewritten(cell(f"def large(n):\n    return {text}\n", "large"))
    recorder = Recorder(answer.spots)
    answer.make(recorder)(3)
    trace = Trace(None, answer.spots, recorder.events, [], [], None)
    spot = next(number for number, spot in enumerate(answer.spots) if spot.op == "Add")
    same, changed = (answer.changed(spot, ast.parse(each, mode="eval").body) for each in ("n + 2", new))
    answer.make(Guard(Limits([trace])), same)(3)
    with pytest.raises(TooLong):
        answer.make(Guard(Limits([trace])), changed)(3)


def test_a_range_of_a_changed_answer_is_short():
    answer = rewritten(cell("def numbers(bounds):\n    return list(range(*bounds))\n", "numbers"))
    recorder = Recorder(answer.spots)
    answer.make(recorder)((3,))
    limits = Limits([Trace(None, answer.spots, recorder.events, [], [], None)])
    for bounds in ((3,), (5, 1), (9, 0, -2), (0,)):
        assert answer.make(Guard(limits))(bounds) == list(range(*bounds))
    for bounds in ((10**12,), (10**12, 0, -1), (0, 10**12, 3)):
        with pytest.raises(TooLong):
            answer.make(Guard(limits))(bounds)


def test_an_answer_that_deals_with_files_is_not_changed():
    """`open("w", name)` would write a file of another name."""
    text = PIECES.replace('!= ""', '== ""')
    assert placed("toy_pieces", text) is not None
    text = text.replace("    pieces = []", "    with open(__import__('os').devnull, 'w'):\n        pieces = []")
    assert placed("toy_pieces", text) is None


def test_the_steps_of_a_call_are_counted_the_same_each_time():
    check, answer = CHECKS["toy_attention"], rewritten(cell(ATTENTION, "toy_attention"))
    run = Run(check.make_cases(0)[0], None, 1e-5)
    found = {steps(check, run, answer) for _ in range(5)}
    assert len(found) == 1
    assert sys.getprofile() is None


def test_a_run_with_many_large_values_is_not_kept():
    answer = rewritten(cell("def large(x):\n    for _ in range(100):\n        x = x + 1\n    return x\n", "large"))
    recorder = Recorder(answer.spots)
    with pytest.raises(TooLong):
        answer.make(recorder)(torch.zeros(100_000))
    assert recorder.full
    assert sum(event.value.numel() for event in recorder.events if isinstance(event.value, torch.Tensor)) < 10_000_000
    recorder = Recorder(answer.spots)
    answer.make(recorder)(torch.zeros(100))
    assert not recorder.full


def test_no_change_is_the_expression_itself():
    scope = Scope({"x": [torch.ones(2, 3)], "y": [torch.ones(2, 3)], "n": [3]}, ("a", "ab"), (2, 0.5), ("T", "shape"))
    for text, value in (
        ("x + y", torch.ones(2, 3)),
        ("x.sum(1, keepdim=True)", torch.ones(2, 1)),
        ("x[1:]", torch.ones(1, 3)),
        ("'a'", "a"),
        ("2", 2),
        ("n < 3 and n > 1", False),
        ("(x, y)", (torch.ones(2, 3),) * 2),
    ):
        node = ast.parse(text, mode="eval").body
        for way in (changes, additions):
            found = [ast.unparse(ast.fix_missing_locations(new)) for new in way(node, value, scope)]
            assert ast.unparse(node) not in found
            assert found or (way is additions and isinstance(node, (ast.BoolOp, ast.Tuple, ast.Constant)))


def test_a_value_that_is_zero_up_to_the_tolerance_proves_nothing():
    known = Known(1e-5)
    tiny = torch.tensor([0.0, 1e-39, -1e-20, 0.0])
    assert known.number(tiny) == TRIVIAL
    assert known.number(torch.tensor([math.inf, math.inf])) == TRIVIAL
    assert known.number(torch.tensor([0.0, 1e-3, 0.0, 0.0])) is None
    assert known.number(torch.tensor([0.0, -math.inf])) is None


def test_numbers_are_found_up_to_the_tolerance():
    known = Known(1e-5)
    values = [0.1, 0.30001, -2.5, 1e6 + 0.5, 0.7]
    numbers = [known.number(value, add=True) for value in values]
    assert len(set(numbers)) == len(values)
    assert [known.number(value * (1 + 1e-6)) for value in values] == numbers
    assert [known.number(value * 1.001) for value in values] == [None] * len(values)
    assert known.number(math.nan) is None

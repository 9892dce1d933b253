"""The place: the line that makes the first value which the reference never has."""

import linecache
import math

import pytest
import torch

from course_utils.judge import Run, trial
from course_utils.judge.insight.place import place
from course_utils.judge.insight.values import Recorder
from course_utils.judge.insight.written import rewritten
from tests.judge.toy_course import CHECKS

_cells = 0


def cell(text: str, name: str):
    """What a notebook's cell defines."""
    global _cells
    _cells += 1
    file = f"<cell of test_place {_cells}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    world = {"torch": torch, "math": math}
    exec(compile(text, file, "exec"), world)
    return world[name]


def placed(name: str, text: str) -> tuple[int, str] | None:
    """The place in an answer that is the text of a cell, always with the same inputs."""
    return placed_of(name, cell(text, name))


def placed_of(name: str, answer) -> tuple[int, str] | None:
    check = CHECKS[name]
    runs = [Run(case, trial.call(check, check.reference, case), check.tolerance) for case in check.make_cases(0)]
    trial.try_out(check, answer, runs)
    return place(check, answer, runs)


ATTENTION = """
import torch

def toy_attention(query, key, value):
    products = query @ key.transpose(-2, -1)
    scores = products / query.shape[-1] ** 0.5
    probabilities = torch.softmax(scores, dim=-1)
    context = probabilities @ value
    return context, probabilities
"""


def test_a_right_answer_has_no_place():
    assert placed("toy_attention", ATTENTION) is None


def test_the_first_wrong_value_is_told_with_what_was_right_before_it():
    found = placed("toy_attention", ATTENTION.replace("dim=-1", "dim=1"))
    assert found == (
        7,
        "`products / query.shape[-1] ** 0.5` in line 6 is right, as in the reference. "
        "The first value that the reference never has is made in line 7: `torch.softmax(scores, dim=1)`. "
        "A change in that line alone makes yours right.",
    )


@pytest.mark.parametrize(
    ("line", "right", "wrong"),
    [
        (5, "query @ key", "key @ query"),
        (5, "query @ key.transpose(-2, -1)", "query @ key.transpose(-2, -1) * 2"),
        (6, "** 0.5", "** 2"),
        (6, "/ query", "* query"),
        (7, "dim=-1", "dim=0"),
        (8, "@ value", "@ key"),
    ],
)
def test_the_line_is_the_edited_one(line, right, wrong):
    assert right in ATTENTION
    found = placed("toy_attention", ATTENTION.replace(right, wrong))
    if wrong.startswith("key @ query"):  # the shapes do not fit: it raises in line 8, after the place
        assert found is not None
    assert found is None or found[0] == line
    assert found is not None


def test_lines_are_counted_in_the_cell_as_errors_count_them():
    found = placed("toy_attention", "# above\n# it\n" + ATTENTION.replace("dim=-1", "dim=1"))
    assert found is not None
    assert found[0] == 9
    assert "in line 9" in found[1]


def test_another_way_to_a_right_value_is_not_blamed():
    """Scaling both factors makes values that the reference never has, and leads to its scores."""
    text = """
def toy_attention(query, key, value):
    root = query.shape[-1] ** 0.25
    scores = (query / root) @ (key / root).transpose(-2, -1)
    probabilities = torch.softmax(scores, dim=-1)
    context = probabilities.transpose(-2, -1).transpose(-1, -2) - probabilities @ value
    return context, probabilities
"""
    check = placed("toy_attention", text.replace("probabilities.transpose(-2, -1).transpose(-1, -2) -", "2 *"))
    assert check is not None
    assert check[0] == 6
    assert "first value" not in check[1]
    assert "Line 6 makes a value that the reference never has: `2 * probabilities`." in check[1]


def test_nothing_is_said_of_an_answer_that_goes_another_way():
    text = """
def toy_scores(query, key):
    rows = []
    for row in query.unbind(-2):
        rows.append((key * row[..., None, :]).square().sum(-1))
    return torch.stack(rows, -2)
"""
    assert placed("toy_scores", text) is None


def test_nothing_is_said_without_the_text():
    world = {"torch": torch}
    exec("def toy_scores(query, key):\n    products = query @ key.transpose(-2, -1)\n    return products + 1", world)
    assert placed_of("toy_scores", world["toy_scores"]) is None
    assert placed_of("toy_scores", torch.add) is None


def test_nothing_is_said_where_the_text_is_no_longer_what_runs():
    answer = cell("def toy_scores(query, key):\n    x = query @ key.mT\n    return x * 3\n", "toy_scores")
    file = answer.__code__.co_filename
    newer = "def toy_scores(query, key):\n    x = query @ key.mT\n    return x / 3 + 1\n"
    linecache.cache[file] = (len(newer), None, newer.splitlines(keepends=True), file)
    assert placed_of("toy_scores", answer) is None


def test_an_endless_or_raising_answer_does_no_harm():
    endless = "def toy_pieces(text):\n    n = 0\n    while text:\n        n += 1\n    return []\n"
    answer = cell(endless, "toy_pieces")
    check = CHECKS["toy_pieces"]
    runs = [
        Run(case, trial.call(check, check.reference, case), 1e-5, value=[], done=True) for case in check.cases(None)
    ]
    assert place(check, answer, runs) is None
    raising = ATTENTION.replace("return context", "raise ValueError(context)\n    return context")
    assert placed("toy_attention", raising) is None


def test_values_in_a_loop_are_followed():
    text = """
def toy_pieces(text):
    pieces = []
    rest = text.strip()
    while rest:
        word, _, rest = rest.partition(" ")
        pieces.append(word.upper())
    return pieces
"""
    found = placed("toy_pieces", text)
    assert found is not None
    assert found[0] == 7


def test_only_the_answers_own_text_is_quoted():
    found = placed("toy_attention", ATTENTION.replace("dim=-1", "dim=1"))
    assert found is not None
    for name in ("toy_softmax", "toy_scores", "exponentials", "amax"):
        assert name not in found[1]


def test_the_same_answer_has_the_same_place_each_time():
    text = ATTENTION.replace("@ value", "@ key")
    assert placed("toy_attention", text) == placed("toy_attention", text)


def test_what_the_answer_keeps_is_left_as_it_was():
    text = """
kept = {}

def toy_scores(query, key, seen={}):
    kept["called"] = seen["called"] = True
    scores = query @ key.transpose(-2, -1)
    return scores * 2
"""
    answer = cell(text, "toy_scores")
    check = CHECKS["toy_scores"]
    runs = [Run(case, trial.call(check, check.reference, case), check.tolerance) for case in check.make_cases(0)]
    trial.try_out(check, answer, runs)
    answer.__globals__["kept"].clear()
    answer.__defaults__[0].clear()
    found = place(check, answer, runs)
    assert found is not None
    assert found[0] == 7
    assert not answer.__globals__["kept"]
    assert not answer.__defaults__[0]


def test_a_step_left_out_at_the_end_is_told_where_it_returns():
    text = """
def toy_scores(query, key):
    products = query @ key.transpose(-2, -1)
    return products
"""
    found = placed("toy_scores", text)
    says = "What line 4 returns, `products`, is right as a step, but the reference goes on from there: "
    assert found == (4, says + "at least one step is missing.")


def test_a_right_value_in_the_wrong_place_is_told():
    found = placed("toy_attention", ATTENTION.replace("query.shape[-1] ** 0.5", "1").replace("/ 1", "/ 1.0"))
    assert found is None or found[0] in (5, 6)


def test_lambdas_and_methods_of_a_class_are_rewritten():
    answer = cell("toy_scores = lambda query, key: query @ key.transpose(-2, -1) * 3\n", "toy_scores")
    found = placed_of("toy_scores", answer)
    assert found is not None
    assert found[0] == 1
    made = rewritten(
        cell(
            "class Twice:\n    'Twice it.'\n    size = 1\n\n    def forward(self, x):\n        y = x + x\n        return y\n",
            "Twice",
        )
    )
    recorder = Recorder(made.spots)
    assert made.make(recorder)().forward(3) == 6
    assert 6 in [event.value for event in recorder.events]

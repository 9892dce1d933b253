"""The benchmark of the cards: edited answers that have a text, what came of each, and what the table counts."""

import functools
import inspect
import zlib

import pytest
import torch
from torch import nn

from bench import explain
from bench.edits import Edit
from course_utils.checks.course import find
from course_utils.judge import Result, running


def scaled(x, weight=2):
    return x * weight


def shifted_by(offset):
    def shifted(x):
        return x + offset

    return shifted


@torch.no_grad()
def without_gradients(x):
    return x.exp()


class Doubled(nn.Module):
    def forward(self, x):
        return scaled(x)


def edited(answer, old, new):
    function = explain.built(answer, explain.source_of(answer).replace(old, new))
    return function, functools.partial(explain.forget, function)


def test_an_edited_answer_has_its_own_text_and_the_names_of_its_module():
    for answer, old, new, value in (
        (scaled, "x * weight", "x + weight", 5),
        (shifted_by(7), "x + offset", "x - offset", -4),
        (without_gradients, "x.exp()", "-x", -3),
        (Doubled, "scaled(x)", "scaled(-x)", -6),
    ):
        function, forget = edited(answer, old, new)
        x = torch.tensor(3.0)
        assert (function()(x) if answer is Doubled else function(x)) == value
        lines, first = inspect.getsourcelines(function)
        assert "".join(lines) == explain.source_of(answer).replace(old, new)
        assert first in (0, 1)
        forget()
    assert scaled(3) == 6


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("return torch.exp(x) / torch.exp(x).sum(dim, keepdim=True)", "wrong"),  # overflows
        ("return torch.softmax(x, dim)", "passed"),
        ("return torch.softmax(x)", "raised"),
        ("while True: pass", "stopped"),
        ("pass", "no verdict"),
    ],
)
def test_what_comes_of_an_answer(body, outcome, monkeypatch):
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)
    namespace = {"torch": torch}
    exec(f"def softmax(x, dim=-1):\n    {body}", namespace)
    result, came, seconds = explain.judged(find("softmax"), namespace["softmax"])
    assert came == outcome, result
    assert seconds >= 0


EDIT = Edit("operator", "", 2, 3, "x + 1", "x - 1")


def card(outcome="wrong", edit=EDIT, lines=4, seconds=0.1, **fields):
    status = {"wrong": "failed", "passed": "passed"}.get(outcome, "error")
    return explain.Card("softmax", "mine", edit, lines, Result("softmax", status, "says", **fields), outcome, seconds)


def test_the_table_counts_what_was_told():
    found = [
        card("passed"),
        card("raised", place=(2, "of an exception, not of a value")),
        card(explanations=(("one", "other"),), place=(3, "right")),
        card(relations=("It is negative.",), place=(4, "elsewhere"), smallest="f(1)"),
        card(argument="eps", lines=1),
        card(place=(9, "later"), edit=Edit("line left out", "", 2, 2, "x = 1", "pass"), seconds=2.0),
        card(),
    ]
    row = explain.table(found).splitlines()[-1].split(" | ")
    assert row == ["| all", "7", "1", "1", "0", "0", "5", "1", "1", "1", "3", "1", "4", "1", "0.10", "2.00", "2.00 |"]
    says = explain.shares(found)
    for line in (
        "Of 5",
        "name: 1 of 5, 20%",
        "or place: 4 of 5, 80%",
        "several lines: 3 of 4",
        "edited line: 1 of 2",
        "in answers of several lines: 1 of 2",
    ):
        assert line in says


def test_a_body_is_counted_without_its_docstring():
    assert explain._body_lines('def f(x):\n    """Says."""\n    return x\n') == 1
    assert explain._body_lines("@deco\ndef f(x):\n    y = x\n    return y\n") == 2


def test_a_third_is_held_out_and_printed_apart(monkeypatch, capsys):
    monkeypatch.setattr(running, "TIME_LIMIT", running.TIME_LIMIT)  # put back what main sets
    monkeypatch.setenv("COURSE_CI", "1")
    names = ["softmax", next(name for name in explain.all_exercises() if zlib.crc32(name.encode()) % 3 == 0)]
    monkeypatch.setattr(explain, "all_exercises", lambda: names)
    explain.main(["--sample", "1"])
    alone = capsys.readouterr().out
    assert "`softmax`" in alone
    assert names[1] not in alone
    explain.main(["--sample", "1", "--held-out"])
    both = capsys.readouterr().out
    assert both.count("Edits that pass") == 2
    assert both.index("`softmax`") < both.index("Exercises held out") < both.index(f"`{names[1]}`")


def test_the_same_seed_judges_the_same_edits():
    one, again = ([(each.edit, each.outcome) for each in explain.cards("post_ln", seed=3, count=2)] for _ in range(2))
    assert one == again
    assert len(one) == 4
    assert len(list(explain.cards("post_ln", seed=3, count=2, with_key=True))) == 6

"""A learner's answer that nobody touched is graded the same, whatever became of the notebook around it."""

import ast
import functools
import json
import sys
from types import ModuleType

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils import reference
from course_utils.checks.course import find
from course_utils.grade.extract.definitions import exercises

from ..conftest import ROOT
from .notebooks import extracted, run, statements

LESSONS = ("01_tokenization", "03_self_attention", "05_feed_forward")
SCRATCH = (
    "while True:\n    pass",
    "input('Go on? ')",
    "%matplotlib inline\n!pip install torch\nlinear?",
    "%%bash\nrm -rf x",
    "print('never closed",
    'x = """never closed',
    "def helper(x:\n    return x",
    "raise SystemExit",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "x = torch.ones(10 ** 12)\noutput = x + 1\nsoftmax = 3",
    "del torch, math",
    "for x in range(10 ** 12): softmax = x",
)


@functools.cache
def cells_of(stem: str) -> tuple[tuple[str, str], ...]:
    content = json.loads((ROOT / "solutions" / f"{stem}.ipynb").read_text())
    return tuple((cell["cell_type"], "".join(cell["source"])) for cell in content["cells"])


@functools.cache
def untouched(stem: str):
    return extracted(*cells_of(stem), path=f"{stem}.ipynb")


@functools.cache
def expected(name: str) -> tuple:
    """Arguments of a check's first case, and what the answer key makes of them."""
    check = find(name)
    args = check.make_cases(3)[0].args
    return args, check.reference(*args)


def same(one, other) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return one == other


@pytest.fixture(autouse=True, scope="module")
def _others_come_from_the_key():
    with pytest.MonkeyPatch.context() as patch:
        handed_out = ModuleType("course_utils.my_bert")
        for name, key in exercises().items():
            setattr(handed_out, name, getattr(getattr(reference, key.topic), name))
        patch.setitem(sys.modules, "course_utils.my_bert", handed_out)
        yield


def assert_right(found, names) -> None:
    for name in names:
        args, value = expected(name)
        assert same(run(found.answers[name])[name](*args), value), name
    together = run(*(found.answers[name] for name in names))
    for name in names:
        args, value = expected(name)
        assert same(together[name](*args), value), name


def is_needed(text: str, names) -> bool:
    """Whether a code cell may not be deleted: it has an answer, or the imports of all."""
    if "%pip" in text:  # the cell that installs the course on Colab
        return False
    bound = {getattr(each, "name", "") for each in ast.parse(text).body}
    return bool(bound & set(names)) or text.startswith("import")


@st.composite
def bent(draw, stem: str) -> list[tuple[str, str]]:
    """A solution notebook after some accidents."""
    names = list(untouched(stem).answers)
    cells = [(kind, text, kind == "code" and is_needed(text, names)) for kind, text in cells_of(stem)]
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(0, len(cells) - 1))
        to = draw(st.integers(0, len(cells)))
        kind, text, needed = cells[at]
        accident = draw(
            st.sampled_from(["delete", "copy", "move", "split", "type", "noise", "scratch", "blank", "reverse"])
        )
        if accident == "delete" and not needed and len(cells) > 1:
            del cells[at]
        elif accident == "copy":
            cells.insert(to, cells[at])
        elif accident == "move":
            cells.insert(min(to, len(cells) - 1), cells.pop(at))
        elif accident == "split" and kind == "code" and needed and text.startswith("import"):
            lines = text.split("\n")
            starts = [each.lineno - 1 for each in ast.parse(text).body]
            cut = draw(st.sampled_from(starts))
            cells[at : at + 1] = [(kind, "\n".join(part), True) for part in (lines[:cut], lines[cut:]) if any(part)]
        elif accident == "type" and not needed:
            cells[at] = (draw(st.sampled_from(["markdown", "raw", "heading"])), text, False)
        elif accident == "noise" and kind == "code" and not needed:
            cells[at] = (kind, draw(st.text("()[]{}'\"\n\t =:x%!?@#\\\0\f", max_size=30)) + text, False)
        elif accident == "noise" and kind == "code":  # beside an answer: a whole broken line below it
            cells[at] = (kind, f"{text}\nz = 1\n{draw(st.sampled_from(['x = = 1', 'print(1', 'if', '?']))}", True)
        elif accident == "scratch":
            cells.insert(to, ("code", draw(st.sampled_from(SCRATCH)), False))
        elif accident == "blank":
            name = draw(st.sampled_from(names))
            cells.insert(to, ("code", f"def {name}(*args):\n    '''Words.'''\n    raise NotImplementedError", False))
        elif accident == "reverse":
            cells.reverse()
    return [(kind, text) for kind, text, _ in cells]


@pytest.mark.parametrize("stem", LESSONS)
@given(data=st.data())
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_an_untouched_answer_is_found_and_computes_the_same_in_any_bent_notebook(stem, data):
    found = extracted(*data.draw(bent(stem)), path=data.draw(st.sampled_from(["x.ipynb", f"{stem} (1).ipynb"])))
    before = untouched(stem).answers
    assert list(found.answers) == list(before)
    assert {name: answer.text for name, answer in found.answers.items()} == {
        name: answer.text for name, answer in before.items()
    }
    for name, answer in found.answers.items():
        assert (answer.blank, answer.error, answer.calls) == (False, "", before[name].calls)
        assert not any(line.startswith(("while", "input", "raise", "x =", "plt")) for line in statements(answer))
    assert_right(found, before)


def _code(change) -> list[tuple[str, str]]:
    return [(kind, change(text) if kind == "code" else text) for kind, text in cells_of("03_self_attention")]


def _without(*words: str) -> list[tuple[str, str]]:
    return [cell for cell in cells_of("03_self_attention") if not (cell[0] == "code" and cell[1].startswith(words))]


def _moved_to_the_end(words: str) -> list[tuple[str, str]]:
    return sorted(cells_of("03_self_attention"), key=lambda cell: cell[1].startswith(words))


SCALED = "    return products / math.sqrt(query.shape[-1])"
BENT = {
    "no check cells": _without("check_"),
    "answers moved to the end": _moved_to_the_end("def "),
    "imports moved to the end": _moved_to_the_end("import "),
    "a helper and a constant": _code(
        lambda text: (
            text.replace(SCALED, "    return products * factor(query.shape[SIZE])")
            + ("\nSIZE = -1\n\ndef factor(size):\n    return 1 / math.sqrt(size)" if text.startswith("places") else "")
        )
    ),
    "a syntax error in another cell": [*cells_of("03_self_attention"), ("code", "print('hello")],
    "magics and input": _code(lambda text: f"%time\n{text}\nname = input('Your name: ')\n!ls"),
    "other imports": _code(
        lambda text: text.replace("import torch\n", "import numpy as np, torch\nfrom os import *\n")
    ),
    "an endless scratch cell": [("code", "while True:\n    pass"), *cells_of("03_self_attention")],
    "a blank copy below": [
        *cells_of("03_self_attention"),
        *(("code", f"def {name}(x):\n    raise NotImplementedError") for name in ("linear", "softmax")),
    ],
}


@pytest.mark.parametrize("what", BENT)
def test_a_bent_notebook_is_graded_as_if_it_were_not(what):
    found = extracted(*BENT[what], path="my homework (3).ipynb")
    assert found.topic == "self_attention"
    assert not found.looks
    names = [
        name for name in untouched("03_self_attention").answers if what[:8] != "a helper" or name != "attention_scores"
    ]
    assert len(names) >= 8
    if what == "a helper and a constant":
        args, value = expected("attention_scores")
        torch.testing.assert_close(run(found.answers["attention_scores"])["attention_scores"](*args), value)
        names = [name for name in names if "attention_scores" not in found.answers[name].calls]
    assert_right(found, names)


@pytest.mark.parametrize("what", ["markdown", "renamed"])
def test_an_answer_that_cannot_be_found_is_looked_at_and_the_others_are_graded(what):
    if what == "markdown":
        cells = [
            ("markdown" if text.startswith("def linear") else kind, text)
            for kind, text in cells_of("03_self_attention")
        ]
    else:
        cells = _code(lambda text: text.replace("def linear(", "def my_linear("))
    found = extracted(*cells)
    assert "linear" not in found.answers
    assert {look.exercise for look in found.looks} == {"linear", "self_attention"}
    assert_right(found, [name for name in found.answers if name != "self_attention"])

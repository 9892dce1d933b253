"""The argument: another call of the reference that gives what a wrong answer gave, in every case."""

import math
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from course_utils.judge import AnswerKey, Case, Check, Course, trial
from course_utils.judge.insight.otherwise import otherwise
from course_utils.judge.running.session import known_state

SOURCE = '''
import torch

def standard(x, weight, bias, eps):
    """Standardised along the last axis."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt() * weight + bias

def masked_mean(x, mask, keep=1.0):
    """The mean of the rows that count."""
    kept = mask[:, :, None].to(x.dtype) * keep
    return (x * kept).sum(1) / kept.sum(1)

def scored(query, key, mask=None):
    """Scores, with a mask added."""
    scores = query @ key.transpose(-2, -1)
    return scores if mask is None else scores + mask

def dense(x, params, config):
    """Two layers."""
    for number in range(config.layers):
        x = x @ params[f"layer.{number}.first"] + params[f"layer.{number}.second"]
    return x * config.scale

def words(text, most=3):
    """The first words."""
    return text.split()[:most]

def countdown(number):
    """The numbers down to 1."""
    found = []
    while number != 0:
        found.append(number * 1001)
        number = number - 1
    return found

def pairs(x, size):
    """The sums of all pairs of so many numbers."""
    tried.append(size)
    return x.sum() + torch.arange(size)[:, None] + torch.arange(size)

def table(size):
    """The products of all pairs of so many numbers."""
    tried.append(size)
    return torch.outer(torch.arange(size), torch.arange(size))

def doubled(size):
    """Twice as many, and more."""
    tried.append(size)
    return [2 * size, 3 * size, 5 * size]

def is_long(text, least=5):
    """Whether a text is long."""
    return len(text) >= least
'''


def padding(*lengths: int, of: int) -> torch.Tensor:
    return (torch.arange(of) < torch.tensor(lengths)[:, None]).long()


def dense_case(draw, layers: int, scale: float) -> Case:
    params = {f"layer.{n}.{which}": draw.normal(4, 4) for n in range(3) for which in ("first", "second")}
    return Case((draw.normal(4, 4), params, SimpleNamespace(layers=layers, scale=scale, unused=2)))


CASES = {
    "standard": lambda draw: [
        Case((draw.normal(2, 3, 5), draw.normal(5), draw.normal(5), 1e-12)),
        Case((draw.normal(2, 4, 5), draw.normal(5), draw.normal(5), 0.1)),
    ],
    "masked_mean": lambda draw: [
        Case((draw.normal(2, 4, 3), padding(4, 2, of=4))),
        Case((draw.normal(2, 5, 3), padding(3, 4, of=5))),
    ],
    "scored": lambda draw: [
        Case((draw.normal(2, 3, 4), draw.normal(2, 3, 4))),
        Case((draw.normal(2, 3, 4), draw.normal(2, 3, 4), -1e4 * (1.0 - padding(3, 2, of=3)[:, None]))),
    ],
    "dense": lambda draw: [dense_case(draw, 2, 3.0), dense_case(draw, 3, 1.0)],
    "words": lambda draw: [Case(("One two Three four",)), Case(("A bee sat Down there", 4)), Case(("Dear me", 1))],
    "countdown": lambda draw: [Case((draw.number(3, 6),)), Case((draw.number(7, 9),))],
    "pairs": lambda draw: [Case((draw.normal(3), 4)), Case((draw.normal(3), 5))],
    "table": lambda draw: [Case((4,)), Case((5,))],
    "doubled": lambda draw: [Case((1004,)), Case((1005,))],
    "is_long": lambda draw: [Case(("short",)), Case(("long enough",)), Case(("no",))],
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """told(name, answer): what is said of it."""
    key = ModuleType("otherwise_key")
    file = tmp_path_factory.mktemp("key") / "otherwise_key.py"
    file.write_text(SOURCE, encoding="utf-8")
    key.__file__, key.tried = str(file), []
    sys.modules["otherwise_key"] = key
    exec(compile(SOURCE, str(file), "exec"), key.__dict__)
    course = Course(AnswerKey([key]), lambda name: None, sizes=(768, 30522, 1e-4))

    def said(name: str, answer) -> str:
        check = Check(vars(key)[name], CASES[name], course=course)
        with known_state():
            runs = trial.prepare(check)
            trial.try_out(check, answer, runs)
            return otherwise(check, runs)

    said.key = key
    yield said
    del sys.modules["otherwise_key"]


def test_an_ignored_number_is_told_with_the_number_that_is_used(told):
    standard = told.key.standard
    says = told("standard", lambda x, weight, bias, eps: standard(x, weight, bias, 1e-5))
    assert says == "Yours is what the right function gives with `eps` = 1e-5, whatever it is given."
    assert "`eps` = 0.0001" in told("standard", lambda x, weight, bias, eps: standard(x, weight, bias, 1e-4))
    assert "with a tiny `eps`, such as 1e-12" in told("standard", lambda x, w, b, eps: standard(x, w, b, 1e-13))


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("standard", lambda f: lambda x, w, b, eps: f(x, b, w, eps), "with `weight` and `bias` swapped."),
        ("standard", lambda f: lambda x, w, b, eps: f(x, w, 0 * b, eps), "with `bias` all 0."),
        ("standard", lambda f: lambda x, w, b, eps: f(x, 1 + 0 * w, b, eps), "with `weight` all 1."),
        ("standard", lambda f: lambda x, w, b, eps: f(x, w, w, eps), "with `weight` in place of `bias`."),
        ("masked_mean", lambda f: lambda x, mask: f(x, 1 - mask), "with `mask` inverted."),
        (
            "masked_mean",
            lambda f: lambda x, mask: f(x, mask[:1].expand_as(mask)),
            "`mask` of the first sample for all.",
        ),
        ("masked_mean", lambda f: lambda x, mask: x.mean(1), "with `mask` all 1."),
        ("masked_mean", lambda f: lambda x, mask: f(x[:1], mask[:1]), "for the first sample of the batch only."),
        ("scored", lambda f: lambda q, k, mask=None: f(q, k), "without `mask`."),
        ("scored", lambda f: lambda q, k, mask=None: f(k, q, mask), "with `query` and `key` swapped."),
        ("scored", lambda f: lambda q, k, mask=None: f(q, q, mask), "with `query` in place of `key`."),
        (
            "words",
            lambda f: lambda text, most=3: text.split()[:3],
            "`most` left at its default, 3, whatever it is given.",
        ),
        ("words", lambda f: lambda text, most=3: f(text.lower(), most), "with `text` in lower case."),
        ("words", lambda f: lambda text, most=3: f(text, most - 1), "with `most` one lower."),
        ("countdown", lambda f: lambda number: f(number + 1), "with `number` one higher."),
    ],
)
def test_another_call_of_the_reference(told, name, answer, says):
    assert told(name, answer(vars(told.key)[name])).endswith(says)


def test_parts_of_an_argument(told):
    dense = told.key.dense

    def with_config(**other):
        return lambda x, params, config: dense(x, params, SimpleNamespace(**{**vars(config), **other}))

    def with_params(change):
        return lambda x, params, config: dense(x, {k: change(k, v, params) for k, v in params.items()}, config)

    assert "with `config.layers` = 1, whatever" in told("dense", with_config(layers=1))
    assert "with `config.scale` = 3" in told("dense", with_config(scale=3.0))
    no_second = with_params(lambda key, value, _: value * 0 if "second" in key else value)
    assert "with `params['layer.N.second']` all 0." in told("dense", no_second)
    one_for_both = with_params(lambda key, value, params: params[key.replace("second", "first")])
    assert "with `params['layer.N.first']` in place of `params['layer.N.second']`." in told("dense", one_for_both)


def test_an_argument_that_is_returned_as_it_is(told):
    assert told("dense", lambda x, params, config: x) == "Yours is `x` as it was given."
    assert told("words", lambda text, most=3: text) == "Yours is `text` as it was given."


def test_nothing_is_told_without_proof(told):
    for name, arguments in (("standard", 4), ("scored", 2), ("dense", 3)):
        right = vars(told.key)[name]
        assert told(name, right) == "", arguments
    assert told("standard", lambda x, w, b, eps: torch.randn(x.shape)) == ""
    assert told("standard", lambda x, w, b, eps: torch.full_like(x, math.nan)) == ""
    assert told("is_long", lambda text: True) == "", "`least` = 0 gives this as well, but three booleans prove nothing"
    assert told("words", lambda text, most=3: 1 / 0) == ""
    half = told.key.standard
    assert told("standard", lambda x, w, b, eps: half(x, w, b, 1e-5 if eps == 0.1 else 0.5)) == ""


def test_an_endless_call_of_the_reference_ends(told):
    """`number` = 0.5 and -1 would never end; what is counted is lines, so the card does not depend on the clock."""
    assert told("countdown", lambda number: [-1.5]) == ""


def test_no_number_is_tried_from_which_gigabytes_are_made(told):
    told.key.tried.clear()
    assert told("pairs", lambda x, size: told.key.pairs(x, 768)).endswith("with `size` = 768, whatever it is given.")
    assert told("pairs", lambda x, size: torch.randn(size, size)) == ""
    assert told("table", lambda size: torch.randn(size, size)) == ""
    assert max(told.key.tried) == 768
    assert told("doubled", lambda size: [2 * 30522, 3 * 30522, 5 * 30522]).endswith("30522, whatever it is given.")

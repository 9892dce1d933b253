"""A learner's answer as a text that runs by itself: what is kept of it, and what is rebuilt from the text."""

import importlib
import inspect
from pathlib import Path

import pytest
import torch

from course_utils.learner import keeping
from course_utils.learner.keeping import CannotKeep, capture_source, kept_source, rebuild

from .cells import cell


@pytest.fixture(autouse=True)
def nothing_rebuilt(monkeypatch) -> None:
    monkeypatch.setattr(keeping, "rebuilt", [])


def kept(source: str, name: str = "answer"):
    """What is rebuilt of an answer, in a process that knows nothing of the notebook."""
    return rebuild("answer", kept_source(cell(source)[name]))


# what a function uses comes with it


def test_imports_constants_and_helpers_come_along():
    answer = kept("""
        import math, re
        import torch.nn.functional as F
        from math import erf as error_function
        from torch import nn, Tensor
        EPS, BIG, NAMES = 1e-3, float("-inf"), ("a", {"b": [1, None, True]}, {2.5})
        WORDS = re.compile(r"[a-z]+", re.IGNORECASE | re.DOTALL)
        SCALE = torch_value = __import__("torch").tensor([[1.5, -2.0]])
        ACTIVATIONS = {"gelu": F.gelu, "twice": lambda x: 2 * x}

        def even(n): return n == 0 or odd(n - 1)
        def odd(n): return n != 0 and even(n - 1)

        def answer(x: Tensor, eps: float = EPS, *, layer: type = nn.Linear) -> list:
            local = [even(i) for i in range(3)]
            return [eps, BIG, NAMES, WORDS.findall("ab CD"), SCALE.tolist(), math.sqrt(4), error_function(0.0),
                    ACTIVATIONS["twice"](3), float(ACTIVATIONS["gelu"](x)), layer(2, 2).weight.shape[0], local]
        """)
    assert answer(torch.tensor(0.0)) == [
        1e-3,
        float("-inf"),
        ("a", {"b": [1, None, True]}, {2.5}),
        ["ab", "CD"],
        [[1.5, -2.0]],
        2.0,
        0.0,
        6,
        0.0,
        2,
        [True, False, True],
    ]


def test_the_text_is_the_learners_and_runs_alone():
    notebook = cell("""
        HALF = 0.5
        UNUSED = object()

        # a comment of mine
        def answer(x):
            '''Halves.'''
            return x * HALF  # as it should
        """)
    source = kept_source(notebook["answer"])
    assert source == (
        "HALF = 0.5\n\ndef answer(x):\n    '''Halves.'''\n    return x * HALF  # as it should\n\n__answer__ = answer\n"
    )
    answer = rebuild("half", source)
    assert inspect.getsource(answer).startswith("def answer")  # so a check can read it, and keep it again
    assert kept_source(answer) == source


@pytest.mark.parametrize(
    ("source", "argument", "expected"),
    [
        ("answer = lambda x: x + 1", 1, 2),
        ("first = lambda x: x + 1; answer = lambda x: x * 10", 1, 10),
        ("answer = (lambda y: (lambda x: x - y))(3)", 1, -2),
        ("answer = (\n    lambda x:\n        x + 7\n)", 1, 8),
        ("import functools, operator\nanswer = functools.partial(operator.add, 5)", 1, 6),
        ("import functools\ndef add(x, y): return x + y\nanswer = functools.partial(add, y=4)", 1, 5),
        ("answer = abs", -3, 3),
        ("from math import floor as answer", 2.5, 2),
        ("def make(k):\n    def inner(x):\n        return x * k\n    return inner\nanswer = make(3)", 2, 6),
        ("def mine(x):\n    return x if x < 2 else mine(x - 1)\nanswer = mine", 9, 1),
        ("import functools\n@functools.lru_cache\ndef answer(x): return x + 2", 1, 3),
        ("import torch\n@torch.no_grad()\ndef answer(x): return x + 3", 1, 4),
        ("def loud(f):\n    def inner(*a): return f(*a)\n    return inner\n@loud\ndef answer(x): return x + 4", 1, 5),
        ("from __future__ import annotations\ndef answer(x: Nowhere) -> Nowhere: return x", 1, 1),
        ("class Add:\n    def __init__(self, n): self.n = n\ndef answer(x): return Add(x).n", 1, 1),
        ("def answer(x):\n    import math\n    return [math.floor(v) for v in (x,)][0]", 1.5, 1),
        ("class A:\n    def m(self, x): return x + 1\nanswer = A().m", 1, 2),
        ("class A:\n    half = 0.5\n    def __call__(self, x): return x * self.half\nanswer = A()", 4, 2),
        ("class A:\n    @classmethod\n    def m(cls, x): return cls, x\nanswer = lambda x: A.m(x)[1]", 4, 4),
        ("answer = str.upper", "a", "A"),
        ("answer = {1: 'one'}.get", 1, "one"),
        ("from operator import itemgetter\nanswer = itemgetter(1)", "ab", "b"),
        ("if True:\n    def answer(x):\n        return x + '''\nless\n  indented'''", "", "\nless\n  indented"),
        ("exec('def answer(x):\\n    return x + 5')", 1, 6),
        ("def answer(x):\n    global COUNT\n    COUNT += 1\n    return COUNT\nCOUNT = 4", 0, 5),
    ],
)
def test_every_kind_of_answer_comes_back(source, argument, expected):
    assert kept(source)(argument) == expected


def test_torch_functions_come_back():
    x = torch.randn(3, 4)
    assert torch.equal(kept("import torch\nanswer = torch.softmax")(x, -1), x.softmax(-1))
    softmax = kept("import functools, torch\nanswer = functools.partial(torch.softmax, dim=0)")
    assert torch.equal(softmax(x), x.softmax(0))
    assert "from torch.nn.functional import gelu" in kept_source(torch.nn.functional.gelu)


def test_classes_come_back():
    model = kept(
        """
        import torch
        from torch import nn
        SIZE = 3

        class Part(nn.Module):
            def __init__(self, size: int):
                super().__init__()
                self.dense = nn.Linear(size, size)

            def forward(self, x):
                return torch.tanh(self.dense(x))

        class Answer(nn.Module):
            depth = 2

            def __init__(self, config=None):
                super().__init__()
                self.parts = nn.ModuleList([Part(SIZE) for _ in range(self.depth)])

            def forward(self, x):
                for part in self.parts:
                    x = part(x)
                return x
        """,
        "Answer",
    )()
    assert model(torch.ones(2, 3)).shape == (2, 3)
    assert len(list(model.parameters())) == 4


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("answer = (n for n in 'abc').send", "is an object of type generator"),
        ("import torch\nTHE = torch.Generator()\ndef answer(): return THE", "uses `THE`, an object of type Generator"),
        ("import torch\nTHE = torch.nn.Linear(2, 2)\ndef answer(): return THE", "`THE`, an object of type Linear"),
        ("VOCAB = {str(i): i for i in range(9999)}\ndef answer(): return VOCAB", "uses `VOCAB`, which is too large"),
        ("import torch\nW = torch.zeros(99, 99)\ndef answer(): return W", r"uses a tensor of shape \(99, 99\)"),
        ("import torch\nW = torch.ones(2, requires_grad=True)\ndef answer(): return W", r"\(2,\) that is trained"),
        ("import numpy\nW = numpy.zeros((99, 99))\ndef answer(): return W", r"uses an array of shape \(99, 99\)"),
        ("exec('def answer(): ' + 'return 1')", "uses `answer`, whose text is in no cell, since `exec`"),
        ("LOOP = []\nLOOP.append(LOOP)\ndef answer(): return LOOP", "contains itself"),
    ],
)
def test_what_cannot_be_kept_says_why(source, reason):
    answer = cell(source)["answer"]
    with pytest.raises(CannotKeep, match=reason):
        kept_source(answer)
    assert capture_source(answer) is None


def test_a_text_that_does_not_run_is_not_kept():
    notebook = cell("GONE = 1\ndef answer(x=GONE): return x")
    del notebook["GONE"]
    with pytest.raises(CannotKeep, match="needs `GONE`, which is not among the notebook's names now"):
        kept_source(notebook["answer"])
    notebook = cell("N = 1\ndef answer(x=1 / N): return x")
    notebook["N"] = 0
    with pytest.raises(CannotKeep, match=r"does not run outside of its notebook \(ZeroDivisionError: division by zero"):
        kept_source(notebook["answer"])
    notebook = cell("FAILS = False\ndef answer(x=FAILS and exit(1)): return x")
    notebook["FAILS"] = True
    with pytest.raises(CannotKeep, match=r"does not run outside of its notebook \(SystemExit: 1"):
        kept_source(notebook["answer"])


def test_two_things_of_one_name_are_not_mixed_up():
    one, other = cell("N = 1\ndef f(): return N"), cell("N = 2\ndef g(): return N")
    notebook = cell("def answer(): return f(), g()", {"__name__": "__main__", "f": one["f"], "g": other["g"]})
    with pytest.raises(CannotKeep, match="two different things that are both called `N`"):
        kept_source(notebook["answer"])


def test_every_reference_function_can_be_kept_as_an_answer():
    """The course's own solutions, pasted into a notebook, are rebuilt as what they are."""
    seen = 0
    for topic in ("tokenization", "self_attention", "add_and_norm", "feed_forward"):
        module = importlib.import_module(f"course_utils.reference.{topic}")
        notebook = cell(Path(module.__file__).read_text(encoding="utf-8"))
        for name, function in list(notebook.items()):
            if inspect.isfunction(function) and function.__module__ == "__main__" and not name.startswith("_"):
                again = rebuild(name, kept_source(function))
                assert inspect.getsource(again) == inspect.getsource(function)
                seen += 1
    assert seen > 20

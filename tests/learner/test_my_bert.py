"""What is kept of a learner's answer, and what comes back from `my_bert`."""

import importlib
import inspect
import linecache
import textwrap
from pathlib import Path

import pytest
import torch

from course_utils import checks, keeping, learner, my_bert
from course_utils.keeping import CannotKeep, capture_source, kept_source, rebuild

_cells = 0


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    monkeypatch.setattr(learner, "_session", {})
    monkeypatch.setattr(keeping, "rebuilt", [])
    monkeypatch.setattr(my_bert, "rebuilt", keeping.rebuilt)
    monkeypatch.setattr(my_bert, "_checked", {})


def cell(source: str, notebook: dict | None = None) -> dict:
    """Run a cell as a notebook does: in `__main__`, its source known to linecache. Returns the notebook's names."""
    global _cells
    _cells += 1
    filename, source = f"<cell {_cells}>", textwrap.dedent(source)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    notebook = {"__name__": "__main__"} if notebook is None else notebook
    exec(compile(source, filename, "exec", dont_inherit=True), notebook)
    return notebook


def kept(source: str, name: str = "answer"):
    """What comes back of an answer, in a process that knows nothing of the notebook."""
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
        1e-3, float("-inf"), ("a", {"b": [1, None, True]}, {2.5}), ["ab", "CD"], [[1.5, -2.0]], 2.0, 0.0, 6, 0.0, 2,
        [True, False, True],
    ]  # fmt: skip


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
    model = kept("""
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
        """, "Answer")()  # fmt: skip
    assert model(torch.ones(2, 3)).shape == (2, 3)
    assert len(list(model.parameters())) == 4


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("class A:\n    def m(self): return 1\nanswer = A().m", "is an object of type method"),
        ("class A:\n    m = 1\nTHE = A()\ndef answer(): return THE.m", "uses `THE`, an object of type A"),
        ("VOCAB = {str(i): i for i in range(9999)}\ndef answer(): return VOCAB", "uses `VOCAB`, which is too large"),
        ("import torch\nW = torch.zeros(99, 99)\ndef answer(): return W", r"uses a tensor of shape \(99, 99\)"),
        ("exec('def answer(): return 1')", "uses `answer`, whose source is not to be found"),
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
    with pytest.raises(CannotKeep, match=r"does not run outside of its notebook \(NameError\)"):
        kept_source(notebook["answer"])


def test_two_things_of_one_name_are_not_mixed_up():
    one, other = cell("N = 1\ndef f(): return N"), cell("N = 2\ndef g(): return N")
    notebook = cell("def answer(): return f(), g()", {"__name__": "__main__", "f": one["f"], "g": other["g"]})
    with pytest.raises(CannotKeep, match="two different things that are both called `N`"):
        kept_source(notebook["answer"])


# my_bert


@pytest.fixture
def course(monkeypatch):
    """Two exercises, the second built on the first, with checks that call them."""

    def double(x):
        return 2 * x

    def quadruple(x):
        return double(double(x))

    class Check:
        def __init__(self, reference, right):
            self.name, self.reference, self.right, self.calls = reference.__name__, reference, right, 0
            self.call = f"check_{self.name}"

        def passes(self, answer) -> bool:
            self.calls += 1
            try:
                return answer(3) == self.right
            except Exception:
                return False

    found = {"double": Check(double, 6), "quadruple": Check(quadruple, 12)}
    monkeypatch.setattr(checks, "find", found.get)
    monkeypatch.setattr(checks, "exercises", lambda topic: list(found) if topic == "tokenization" else [])
    return found


def test_what_is_not_passed_is_the_references(course, capsys):
    from course_utils.my_bert import double

    assert double is course["double"].reference
    assert capsys.readouterr().out == "double: the reference's, you have not passed check_double yet\n"


def test_what_passed_is_yours_and_checked_again(course, capsys):
    learner.record("double", cell("TWO = 2\ndef mine(x): return TWO * x")["mine"])
    double = my_bert.double
    assert double(5) == 10
    assert double is not course["double"].reference
    assert course["double"].calls == 1
    assert my_bert.double is double  # the second import of a session checks nothing again
    assert course["double"].calls == 1
    assert capsys.readouterr().out == "double: yours\n" * 2


def test_what_no_longer_passes_is_the_references(course, capsys):
    for source in ("__answer__ = lambda x: 3 * x", "import no_such_module", "not python", "__answer__ = 1 / 0", "pass"):
        learner.record("double", source)
        assert my_bert.double is course["double"].reference
        assert capsys.readouterr().out == "double: the reference's, your kept version no longer passes check_double\n"


def test_what_could_not_be_kept_is_the_references(course, capsys):
    class Odd:
        def method(self, x):
            return 2 * x

    learner.record("double", Odd().method)
    capsys.readouterr()
    assert my_bert.double is course["double"].reference
    assert capsys.readouterr().out == "double: the reference's, yours passed, but could not be kept\n"


def test_an_exercise_built_on_another_gets_the_one_that_now_passes(course, capsys):
    learner.record("double", cell("def double(x): return x + x")["double"])
    notebook = cell("""
        from course_utils.my_bert import double
        def quadruple(x): return double(double(x))
        """)
    learner.record("quadruple", notebook["quadruple"])
    source = learner.source_of("quadruple")
    assert source.startswith("from course_utils.my_bert import double\n")
    capsys.readouterr()
    assert my_bert.quadruple(3) == 12
    assert capsys.readouterr().out == "quadruple: yours\n"
    learner.record("double", "__answer__ = None")
    assert my_bert.quadruple(3) == 12
    my_bert._checked.clear()
    assert my_bert.quadruple(3) == 12
    assert capsys.readouterr().out == "quadruple: yours\nquadruple: yours, with the reference's double\n"


def test_an_answer_taken_from_my_bert_stays_what_it_is(course):
    learner.record("double", cell("def double(x): return x + x")["double"])
    before = learner.source_of("double")
    notebook = cell("from course_utils.my_bert import double")
    learner.record("double", notebook["double"])
    my_bert._checked.clear()
    assert my_bert.double(4) == 8
    assert learner.source_of("double") == before


def test_two_exercises_that_use_each_other_end_at_the_reference(course, capsys):
    learner.record("double", "from course_utils.my_bert import quadruple\n__answer__ = lambda x: quadruple(x) // 2")
    learner.record("quadruple", "from course_utils.my_bert import double\n__answer__ = lambda x: 2 * double(x)")
    assert my_bert.double(3) == 6
    assert my_bert.quadruple(3) == 12
    assert "yours" in capsys.readouterr().out


def test_other_names_are_no_exercises(course):
    assert not hasattr(my_bert, "treble")
    assert not hasattr(my_bert, "__path__")
    with pytest.raises(ImportError, match="treble"):
        from course_utils.my_bert import treble  # noqa: F401
    assert dir(my_bert) == ["double", "quadruple"]


def test_every_reference_function_can_be_kept_as_an_answer(monkeypatch):
    """The course's own solutions, pasted into a notebook, come back as what they are."""
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


def test_a_function_passes_in_one_notebook_and_is_imported_in_another(tmp_path):
    """Two real kernels, one after the other, with the real check of `wordpiece`."""
    import nbformat
    from nbclient import NotebookClient

    from course_utils.reference import tokenization

    def run(*cells: str) -> str:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
        outputs = [output for each in notebook.cells for output in each.outputs]
        return "".join(output.get("text") or output["data"]["text/plain"] for output in outputs)

    body = inspect.getsource(tokenization.wordpiece).replace('"##"', "MARK").replace("'##'", "MARK")
    assert "MARK" in body
    first = run(
        'from course_utils import check_wordpiece\nMARK = "##"',
        body,
        "result = check_wordpiece(wordpiece); print(result.passed)",
    )
    assert first == "True\n"
    second = run(
        "from course_utils.my_bert import wordpiece",
        'wordpiece("unaffable", {"una": 0, "##ffa": 1, "##ble": 2})',
        "wordpiece.__globals__['MARK'], wordpiece.__module__",
    )
    assert second == "wordpiece: yours\n['una', '##ffa', '##ble']('##', 'my_bert_wordpiece')"

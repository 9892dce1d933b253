import pytest

from course_utils.grade.extract import answers_of
from course_utils.grade.records import Notebook

from ..conftest import ROOT
from .notebooks import extracted, run, statements

LINEAR = "def linear(x, weight, bias):\n    return x * weight + bias\n"


def kept(*cells: str, name: str = "linear") -> list[str]:
    return statements(extracted(*cells).answers[name])


def test_only_what_the_answer_needs_is_kept():
    cells = (
        "import math\nimport os\nfrom torch import Tensor\nfrom course_utils import check_linear, progress",
        "while True: pass",
        "input('Go on?')",
        "SCALE = math.pi\nOTHER = math.e",
        "def helper(y):\n    return y * SCALE\ndef unused(y):\n    return os.remove(y)",
        "def linear(x: Tensor, weight: Tensor = None) -> Tensor:\n    return helper(x)",
        "check_linear(linear)\nprint(SCALE)",
    )
    wanted = [
        "import math",
        "SCALE = math.pi",
        "def helper(y):",
        "def linear(x: Tensor, weight: Tensor=None) -> Tensor:",
    ]
    assert kept(*cells) == wanted


@pytest.mark.parametrize(
    ("needs", "body"),
    [
        ("f", "return f(x)"),
        ("f", "return [f(y) for y in x]"),
        ("f", "return {y: f for f2, y in x}"),
        ("f", "return (lambda y: f(y))(x)"),
        ("f", "def inner():\n        return f\n    return inner()"),
        ("f", "class A(f):\n        pass\n    return A"),
        ("f", "class A:\n        f = f\n    return A"),
        ("f", "class A:\n        f = 1\n        def g(self):\n            return f\n    return A"),
        ("f", "global f\n    f = 3"),
        ("f", "global f\n    f += 3"),
        ("f", "return f'{f}'"),
        ("f", "return x.f + f.x"),
        ("f", "match x:\n        case f.y:\n            return 1"),
        ("f", "with f as y:\n        return y"),
        ("f", "return [f for y in f for f in y]"),
        ("", "f = x\n    return f"),
        ("", "f += x"),
        ("", "return [f for f in x]"),
        ("", "return [g for f in x for g in f]"),
        ("", "return (lambda f: f)(x)"),
        ("", "for f in x:\n        pass\n    return f"),
        ("", "with x as f:\n        return f"),
        ("", "try:\n        x\n    except ValueError as f:\n        return f"),
        ("", "import f\n    return f"),
        ("", "from a import b as f\n    return f"),
        ("", "if (f := x):\n        return f"),
        ("", "[f := y for y in x]\n    return f"),
        ("", "def f():\n        return f\n    return f"),
        ("", "match x:\n        case [f, *g] | {'a': f, **g}:\n            return f"),
        ("", "f: int\n    return f"),
        ("", "y: f = x\n    return y"),
        ("", "def inner(y: f) -> f:\n        return y\n    return inner"),
        ("", "class A:\n        f = 1\n        y = f\n    return A"),
        ("", "def inner():\n        nonlocal f\n        f = 1\n    f = 0\n    return f"),
        ("", "return x.f, dict(f=1)"),
    ],
)
def test_a_name_of_the_function_itself_needs_nothing_of_the_notebook(needs, body):
    found = kept("f = print", f"def linear(x):\n    {body}\n")
    assert found == (["f = print"] if needs else []) + ["def linear(x):"]


@pytest.mark.parametrize(
    "head",
    [
        "@f\ndef linear(x):\n    return x",
        "def linear(x, y=f):\n    return x",
        "def linear(x, *, y=f):\n    return x",
        "linear = lambda x, y=f: x",
    ],
)
def test_decorators_and_defaults_are_needed(head):
    assert kept("f = print", head)[0] == "f = print"


def test_base_classes_are_needed_and_annotations_are_not():
    bert = "class Bert(nn.Module):\n    size: Size = 3\n    def forward(self, x: T) -> T:\n        return x"
    assert kept("from torch import nn", "Size = T = print()", bert, name="Bert") == [
        "from torch import nn",
        "class Bert(nn.Module):",
    ]


def test_the_last_value_counts_when_a_function_is_called_and_the_last_before_it_when_a_statement_runs():
    cells = ("size = 1", "double = size * 2", "size = 10", "def linear(x):\n    return size + double", "size = 100")
    assert kept(*cells) == ["size = 1", "double = size * 2", "def linear(x):", "size = 100"]
    assert run(extracted(*cells).answers["linear"])["linear"](0) == 102


def test_a_function_that_is_called_at_once_sees_what_was_there_then():
    cells = ("size = 1\ndef f():\n    return size", "a = f()", "size = 'later'", "def linear(x):\n    return a, size")
    assert run(extracted(*cells).answers["linear"])["linear"](0) == (1, "later")
    assert run(extracted(*cells[:3], "def linear(x):\n    return a").answers["linear"])["linear"](0) == 1


def test_what_is_set_on_the_answer_itself_is_kept():
    cells = ("def linear(x):\n    linear.calls += 1\n    return linear.calls", "linear.calls = 3\nlinear(1)")
    assert run(extracted(*cells).answers["linear"])["linear"](0) == 4


def test_what_changes_a_value_later_is_kept():
    cells = (
        "table = {'old': 1}",
        "table = {}\nrest = []",
        "table['a'] = 1\ntable.update(b=2)\nrest.append(3)\nrest += [4]\nprint(table)\nother = table",
        "table.get('a')\ndel table\nfor key in 'cd':\n    table[key] = 5",
        "def linear(x):\n    return len(table) + sum(rest)",
    )
    assert run(extracted(*cells).answers["linear"])["linear"](0) == 11
    assert "print(table)" not in kept(*cells)
    assert "table = {'old': 1}" not in kept(*cells)
    assert "table.get('a')" not in kept(*cells)


def test_a_value_made_of_itself_needs_all_before_it():
    cells = ("x = 1", "x = x + 1", "x += 1", "x: int = x * 2", "def linear(y):\n    return x")
    assert run(extracted(*cells).answers["linear"])["linear"](0) == 6


def test_a_branch_that_may_not_be_taken_needs_what_was_before_it():
    cells = ("device = 'cpu'", "if False:\n    device = 'cuda'", "def linear(x):\n    return device")
    assert run(extracted(*cells).answers["linear"])["linear"](0) == "cpu"


def test_a_loops_own_variable_does_not_need_an_earlier_one():
    cells = (
        "for i in range(3):\n    input()",
        "t = {}\nfor i in range(2):\n    t[i] = i",
        "def linear(x):\n    return t",
    )
    assert kept(*cells) == ["t = {}", "for i in range(2):", "def linear(x):"]


@pytest.mark.parametrize(
    "statement",
    [
        "import math as m",
        "from math import pi as e, e as m",
        "with open('x') as m:\n    pass",
        "(m := 3)",
        "a, (m, *b) = x",
    ],
)
def test_a_name_may_be_bound_in_many_ways(statement):
    assert kept(statement, "def linear(y):\n    return m")[0].startswith(statement.partition("\n")[0][:6])


def test_a_star_import_is_kept_if_a_name_is_not_known_otherwise():
    star = "from math import *"
    assert kept(star, "def linear(x):\n    return sqrt(x)") == [star, "def linear(x):"]
    assert kept(star, "def linear(x):\n    return abs(x)") == ["def linear(x):"]
    assert kept("def linear(x, y=pi):\n    return x", star) == [star, "def linear(x, y=pi):"]


def test_other_answers_are_called_and_those_of_other_lessons_imported():
    cells = (
        "from course_utils.my_bert import layer_norm, gelu as act\nfrom course_utils.my_bert import pooler",
        "from course_utils import my_bert\nimport course_utils.my_bert as mb\nimport course_utils.my_bert",
        "def softmax(x):\n    return layer_norm(x)",
        "def split_heads(x):\n    raise NotImplementedError",
        "def linear(x):\n    return softmax(split_heads(x))",
        "def merge_heads(x):\n    return my_bert.normalize(x) + mb.encode.x + course_utils.my_bert.decode(x).linear",
    )
    found = extracted(*cells).answers
    assert found["linear"].calls == ("split_heads", "softmax")
    assert found["linear"].imports == ("layer_norm", "gelu")
    assert found["merge_heads"].imports == ("normalize", "encode", "decode")
    assert found["merge_heads"].calls == ()


def test_an_import_of_the_answer_within_itself_is_told():
    answer = extracted("def linear(x):\n    from course_utils.my_bert import linear\n    return linear(x)").answers[
        "linear"
    ]
    assert answer.imports == ("linear",)


def test_a_star_import_of_my_bert_gives_what_is_not_known_otherwise():
    answer = extracted("from course_utils.my_bert import *", "def linear(x):\n    return gelu(x)").answers["linear"]
    assert answer.imports == ("gelu",)


def test_an_answer_that_is_called_but_nowhere_to_be_had_is_looked_at():
    found = extracted("def linear(x):\n    return softmax(x)")
    assert found.looks[0].reason == "`linear` uses `softmax`, which the notebook neither defines nor imports."


def test_a_broken_answer_that_is_called_is_told():
    found = extracted("def linear(x):\n    return softmax(x)", "def softmax(x:\n    pass").answers
    assert found["linear"].calls == ("softmax",)
    assert found["softmax"].error


def test_the_chosen_definition_outlives_an_import_that_is_needed_for_something_else():
    cells = (LINEAR, "from operator import add, sub as linear", "def softmax(x):\n    return add(linear(x, 2, 1), 0)")
    assert run(extracted(*cells).answers["softmax"])["softmax"](3) == 7


def test_what_was_moved_below_is_run_before_it_is_needed():
    cells = (
        "double = twice(SIZE)",
        "def linear(x, scale=math.pi):\n    return x + double + math.floor(scale)",
        "def softmax(x):\n    return linear(x)",
        "import math\nSIZE = 4",
        "def twice(x):\n    return helper(x)",
        "def helper(x):\n    return 2 * x",
    )
    found = extracted(*cells).answers
    assert run(found["linear"])["linear"](1) == 12
    assert run(found["softmax"], found["linear"])["softmax"](1) == 12


def test_two_that_need_each_other_are_kept_once():
    cells = ("a = b + 1", "b = a + 1", "def linear(x):\n    return softmax(a)", "def softmax(x):\n    return linear(x)")
    assert sorted(kept(*cells)) == sorted(["a = b + 1", "b = a + 1", "def linear(x):", "def softmax(x):"])


def test_a_long_chain_is_no_recursion():
    cells = ["x = 0", *["x = x + 1"] * 3000, "def linear(y):\n    return x"]
    assert run(extracted(*cells).answers["linear"])["linear"](0) == 3000
    backwards = [*(f"x{i} = x{i + 1} + 1" for i in range(2000)), "x2000 = 0", "def linear(y):\n    return x0"]
    assert run(extracted(*backwards).answers["linear"])["linear"](0) == 2000


def test_a_notebook_too_entangled_to_follow_is_told():
    functions = [f"def f{i}():\n    return f{i + 1}, f{i + 2}" for i in range(1500)]
    cells = [*functions, "x = 0", *(f"x = f{i}(x)" for i in range(1500)), "def linear(y):\n    return x"]
    assert "too entangled" in extracted(*cells).looks[0].reason


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_check_plot_or_model_of_our_own_notebooks_is_run(path):
    found = answers_of(Notebook(path.name, path.read_bytes()))
    assert found.topic == path.stem[3:]
    assert found.looks == ()
    for answer in found.answers.values():
        assert not answer.blank
        for statement in statements(answer):
            assert statement.startswith(("def ", "class ", "import ", "from ")), statement

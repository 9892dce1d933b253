import json
import traceback

import pytest

from course_utils.grade.extract import answers_of
from course_utils.grade.records import Notebook

from .notebooks import extracted, notebook, run, statements

LINEAR = "def linear(x, weight, bias):\n    return x * weight + bias\n"
BLANK = 'def linear(x, weight, bias):\n    """Apply a dense layer."""\n    raise NotImplementedError\n'
SOFTMAX = "def softmax(x, dim=-1):\n    return x / x\n"


def only_look(content: bytes) -> str:
    found = answers_of(Notebook("x.ipynb", content))
    assert (found.topic, found.answers) == ("", {})
    (look,) = found.looks
    return look.reason


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"def linear(x): pass", "not a notebook"),
        (b"[1, 2]", "not a notebook"),
        (b'{"cells": []}', "no cells"),
        (b'{"cells": 3}', "no cells"),
        (b'{"a": "\xfc"}', "UTF-8"),
        (b"[" * 100_000, "nested"),
        (b'{\n<<<<<<< HEAD\n"cells": []}', "Git"),
        (b" " * 50_000_001, "50 MB"),
    ],
)
def test_a_file_that_is_no_notebook_is_told_in_a_sentence(content, word):
    assert word in only_look(content)


def test_a_notebook_of_format_3_is_read():
    cells = [{"cell_type": "heading", "source": "x"}, {"cell_type": "code", "input": LINEAR.splitlines(True)}]
    content = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()
    answer = answers_of(Notebook("a.ipynb", content)).answers["linear"]
    assert answer.cells[0].file == "<ipykernel cell 1 of a>"


@pytest.mark.parametrize("source", [None, 3, [None, 3, LINEAR], {"a": 1}])
def test_a_source_that_is_no_text_is_no_harm(source):
    cells = [{"cell_type": "code", "source": source}, "cell", None, {"cell_type": "code", "source": SOFTMAX}]
    content = json.dumps({"cells": cells}).encode()
    assert "softmax" in answers_of(Notebook("a.ipynb", content)).answers


def test_code_cells_are_counted_as_a_reader_counts_them():
    found = extracted(("markdown", "# Hello"), "1 + 1", ("raw", "x"), "%%bash\nls", LINEAR, path="a/b\\03 (1).ipynb")
    assert found.answers["linear"].cells[0].file == "<ipykernel cell 3 of 03 (1)>"


def test_the_last_definition_that_is_not_blank_counts():
    found = extracted(LINEAR, LINEAR.replace("+", "-"), BLANK, "def linear(x):\n    ...")
    assert found.answers["linear"].text == LINEAR.replace("+", "-").rstrip()
    assert not found.answers["linear"].blank


@pytest.mark.parametrize("body", ["pass", "...", "raise NotImplementedError", '"""Words."""', '"""W."""\n    pass'])
def test_a_blank_is_blank_and_nothing_of_it_is_run(body):
    answer = extracted(f"def linear(x):\n    {body}").answers["linear"]
    assert answer.blank
    assert answer.cells == ()


def test_a_class_is_blank_if_all_of_its_methods_are():
    blank = "class Bert(nn.Module):\n    def __init__(self, config):\n        pass\n    def forward(self, x):\n        "
    assert extracted(blank + "raise NotImplementedError").answers["Bert"].blank
    assert not extracted(blank + "return x").answers["Bert"].blank


def test_the_lessons_own_notion_of_a_blank_is_the_same(tmp_path):
    from course_utils.judge.blanks import is_blank

    for body in ("pass", "...", "raise ValueError", "return x", '"""W."""', "x = 3", "3"):
        source = f"def linear(x):\n    {body}\n"
        path = tmp_path / f"{abs(hash(body))}.py"
        path.write_text(source)
        namespace = {}
        exec(compile(source, str(path), "exec"), namespace)
        assert extracted(source).answers["linear"].blank == is_blank(namespace["linear"]), body


@pytest.mark.parametrize(
    "source",
    [
        "linear = lambda x, weight, bias: x * weight + bias",
        "def mine(x, weight, bias):\n    return x * weight + bias\n\nlinear = mine",
        "import operator\nlinear = operator.itemgetter",
        "from functools import partial\nlinear = partial(lambda y, x, weight, bias: x * weight + bias, 0)",
        "linear: object = lambda x, weight, bias: x * weight + bias",
        "if True:\n    def linear(x, weight, bias):\n        return x * weight + bias",
        "try:\n    def linear(x, weight, bias):\n        return x * weight + bias\nexcept ImportError:\n    pass",
        "async def linear(x, weight, bias):\n    return x",
    ],
)
def test_a_function_may_be_defined_in_many_ways(source):
    answer = extracted(BLANK, source).answers["linear"]
    assert not answer.blank
    assert callable(run(answer)["linear"])


@pytest.mark.parametrize("scratch", ["linear = linear(2, 3, 4)", "linear = 7", "linear = model[0]", "linear = x.y"])
def test_a_value_in_a_scratch_cell_is_not_taken_for_the_answer(scratch):
    answer = extracted(LINEAR, scratch).answers["linear"]
    assert answer.text == LINEAR.rstrip()
    assert run(answer)["linear"](2, 3, 4) == 10


def test_a_value_where_the_answer_is_missing_is_looked_at():
    found = extracted(SOFTMAX, BLANK, "from torch import nn\nlinear = nn.Linear(3, 4)")
    assert found.answers["linear"].blank
    assert [look.exercise for look in found.looks] == ["linear"]


def test_methods_and_nested_functions_do_not_count():
    found = extracted(
        "class A:\n    def linear(self):\n        return 1\n\ndef f():\n    def softmax(x):\n        return x"
    )
    assert found.answers == {}


def test_magics_are_no_harm_and_lines_stay():
    cell = (
        "%matplotlib inline\n!pip install x \\\n   y\nimport math\nprint?\n%time k = \\\n  3\nfiles = !ls\n"
        "def linear(x, weight, bias):\n    %time y = x * weight\n    !echo\n    return y + bias + math.pi * 0 + k\n"
    )
    answer = extracted(cell).answers["linear"]
    assert run(answer)["linear"](2, 3, 4) == 13
    assert answer.cells[0].source.split("\n")[8] == "def linear(x, weight, bias):"
    assert "%time y" in answer.text


@pytest.mark.parametrize("magic", ["%%time", "%%timeit -n 1", "%%capture out", "%%prun", "\n\n%%time"])
def test_a_cell_that_is_timed_keeps_its_answer(magic):
    answer = extracted(f"{magic}\n{LINEAR}").answers["linear"]
    assert answer.cells[0].source.split("\n").index("def linear(x, weight, bias):") == magic.count("\n") + 1


def test_a_cell_for_another_program_is_not_python_but_is_looked_at():
    found = extracted(SOFTMAX, f"%%writefile mine.py\n{LINEAR}")
    assert list(found.answers) == ["softmax"]
    assert "`%%writefile` cell looks like the answer to `linear`" in found.looks[0].reason


@pytest.mark.parametrize(
    "noise",
    [
        "print('x",
        "x = (1 +",
        "def f(:\n    pass",
        "if True\n    x",
        "  y = = 2",
        '"""never closed',
        "<<<<<<< HEAD",
        "a\0b",
    ],
)
@pytest.mark.parametrize("after", [True, False])
def test_a_syntax_error_beside_it_does_not_lose_an_answer(noise, after):
    cell = f"{LINEAR}z = 1\n{noise}" if after else f"{noise}\n{LINEAR}"
    answer = extracted(cell).answers["linear"]
    assert (run(answer)["linear"](2, 3, 4), answer.text) == (10, LINEAR.rstrip())
    (kept,) = answer.cells
    line = kept.source.split("\n").index("def linear(x, weight, bias):")
    assert line == cell.split("\n").index("def linear(x, weight, bias):")


def test_text_in_column_0_does_not_cut_a_function_of_a_broken_cell():
    odd = 'def linear(x, weight, bias):\n    """Words\nin column 0\n"""\n# a comment\n    y = [\n1]\n    return x * weight + bias\n'
    answer = extracted(f"print('x\n{odd}print('y").answers["linear"]
    assert run(answer)["linear"](2, 3, 4) == 10
    assert answer.text == odd.rstrip()


def test_a_broken_answer_says_what_is_wrong_and_where():
    broken = "# mine\ndef linear(x, weight, bias):\n    y = (x @ weight\n    return y\n"
    answer = extracted(BLANK, broken, SOFTMAX).answers["linear"]
    assert answer.error == "SyntaxError: '(' was never closed (line 3 of its cell): `y = (x @ weight`"
    assert answer.text == broken.removeprefix("# mine\n").rstrip()
    assert not answer.blank
    assert answer.cells == ()


def test_a_good_definition_beside_a_broken_one_counts_and_a_later_broken_one_is_looked_at():
    broken = LINEAR.replace("return", "retrun x")
    before, after = extracted(broken, LINEAR), extracted(LINEAR, broken)
    assert not before.answers["linear"].error
    assert before.looks == ()
    assert not after.answers["linear"].error
    assert "one before it was graded" in after.looks[0].reason


def test_what_can_be_parsed_but_not_compiled_is_an_error_too():
    answer = extracted("x = 1\ndef linear(x):\n    break\n").answers["linear"]
    assert answer.error == "SyntaxError: 'break' outside loop (line 3 of its cell): `break`"


def test_an_answer_in_a_markdown_cell_is_looked_at():
    for kind in ("markdown", "raw"):
        found = extracted(SOFTMAX, (kind, f"```python\n{LINEAR}```"))
        assert [look.exercise for look in found.looks] == ["linear"]
        assert "linear" not in found.answers
    assert extracted(SOFTMAX, ("markdown", BLANK)).looks == ()
    assert extracted(LINEAR, ("markdown", LINEAR)).looks == ()


def test_a_renamed_function_is_guessed_and_not_graded():
    found = extracted(SOFTMAX, BLANK, LINEAR.replace("linear", "my_linear"))
    assert found.answers["linear"].blank
    assert [look.reason for look in found.looks] == [
        "`my_linear` has the arguments of `linear`, which has no answer: was it renamed?"
    ]
    alone = extracted(LINEAR.replace("linear", "dense"))
    assert alone.topic == ""
    assert [look.exercise for look in alone.looks] == ["", "linear"]


def test_a_helper_with_one_argument_is_not_guessed_to_be_an_exercise():
    assert extracted("def gelu(x):\n    pass", "def square(x):\n    return x * x", LINEAR, SOFTMAX).looks == ()


def test_what_exercise_notebooks_hand_out_is_not_guessed_to_be_renamed():
    from ..conftest import ROOT

    for path in sorted((ROOT / "exercises").glob("*.ipynb")):
        found = answers_of(Notebook(path.name, path.read_bytes()))
        assert found.looks == (), path.name
        assert found.topic == path.stem[3:]
        assert all(answer.blank for answer in found.answers.values())


def test_the_topic_is_that_of_most_of_the_exercises():
    gelu = "def gelu(x):\n    return x\n"
    assert extracted(LINEAR, SOFTMAX, gelu).topic == "self_attention"
    assert extracted(LINEAR, gelu, path="05_feed_forward.ipynb").topic == "feed_forward"
    assert extracted(LINEAR, gelu, path="mine.ipynb").topic == "self_attention"
    assert extracted(BLANK).topic == "self_attention"


def test_the_text_is_as_it_was_written_and_not_endless():
    inside = "if True:\n    @decorated\n    def linear(x):\n        return x   # mine\n"
    assert extracted(inside).answers["linear"].text == "@decorated\ndef linear(x):\n    return x   # mine"
    long = "def linear(x):\n" + "    x = x + 1\n" * 5000 + "    return x"
    assert len(extracted(long).answers["linear"].text) == 20_000


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 10_000,
        "-" * 100_000 + "1",
        "x = " + "+".join(["1"] * 20_000),
        "x = " + "[" * 90 + "]" * 90,
        "x" + ".y" * 20_000,
        "if x:\n" + "".join(" " * n + "if x:\n" for n in range(1, 120)),
        "".join(f"elif x == {n}:\n  y\n" for n in range(5000)),
        "if x:\n  y\n" + "".join(f"elif x == {n}:\n  y\n" for n in range(5000)),
        "lambda: " * 5000 + "1",
        "x = '''" + "\n%time\n!ls\n" * 500,
        "!ls\n" * 3000,
        "\ud800 = 3",
        "x = (\n" * 300,
        "\t\f x = 3\r\n",
    ],
)
def test_a_bomb_costs_nobody_an_answer(bomb):
    for cells in ([bomb, LINEAR], [f"{LINEAR}z = 1\n{bomb}"], [bomb + "\n" + LINEAR]):
        answer = extracted(*cells).answers["linear"]
        assert answer.text == LINEAR.rstrip()
        assert run(answer)["linear"](2, 3, 4) == 10


@pytest.mark.parametrize("body", ["-" * 100_000 + "1", "+".join(["1"] * 20_000), "x" + ".y" * 20_000])
def test_an_answer_nested_too_deeply_has_a_verdict(body):
    answer = extracted(f"def linear(x):\n    return {body}\n").answers["linear"]
    assert "nested too deeply" in answer.error


def test_too_much_code_is_not_read():
    assert "500,000 characters of code" in extracted("x = 1\n" * 100_000).looks[0].reason
    assert "6,000 statements" in extracted("x = 1\n" * 6000).looks[0].reason


def test_windows_lines_tabs_and_form_feeds_keep_their_numbers():
    cell = "x = 1\r\n\f\r\ndef linear(x, weight, bias):\r\n\treturn x * weight + bias / 0\r\n"
    namespace = run(extracted(cell).answers["linear"])
    with pytest.raises(ZeroDivisionError) as raised:
        namespace["linear"](1, 2, 3)
    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert (last.filename, last.lineno) == ("<ipykernel cell 1 of 03_self_attention>", 4)


def test_prompts_that_were_pasted_are_taken_off():
    cell = ">>> def linear(x, weight, bias):\n...     return x * weight + bias\n"
    assert run(extracted(cell).answers["linear"])["linear"](2, 3, 4) == 10
    assert statements(extracted("  " + LINEAR.replace("\n", "\n  ")).answers["linear"]) == [
        "def linear(x, weight, bias):"
    ]


def test_a_warning_of_the_parser_is_not_an_error(recwarn):
    assert "linear" in extracted("x = '\\d'\n" + LINEAR).answers
    assert not recwarn.list


def test_the_same_notebook_gives_the_same(tmp_path):
    one = notebook(LINEAR, SOFTMAX, "print('x", BLANK)
    assert answers_of(one) == answers_of(one)

"""The stubs that IDEs read: current, whole, and made of types that exist."""

import ast
import builtins
import importlib
import inspect

import jedi
import pytest

import course_utils
from course_utils import my_bert
from tests.conftest import ROOT
from tools import stubs

TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in stubs.STUBS}


def told(tree: ast.Module) -> list[str]:
    """The names that a stub offers: those declared, and those imported `x as x`."""
    names = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names += [alias.name for alias in node.names if alias.asname == alias.name]
        elif isinstance(node, ast.AnnAssign):
            names.append(node.target.id)
        elif isinstance(node, ast.FunctionDef):
            names.append(node.name)
    return names


def test_what_is_committed_is_current():
    assert stubs.main(["--check"]) == 0, "run `python -m tools.stubs`"


def test_a_stub_tells_every_name_once_and_no_other():
    assert sorted(told(TREES["__init__"])) == dir(course_utils)
    assert sorted(told(TREES["my_bert"])) == dir(my_bert)


def test_what_a_stub_imports_exists():
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(node.module)
                assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


def test_every_type_is_imported():
    tree = TREES["__init__"]
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            types = {each.id for each in ast.walk(node.args) if isinstance(each, ast.Name)}
            assert types <= imported | vars(builtins).keys(), node.name


def test_a_picture_has_its_arguments():
    for node in TREES["__init__"].body:
        if isinstance(node, ast.FunctionDef):
            parameters = inspect.signature(getattr(course_utils, node.name)).parameters
            assert [each.arg for each in node.args.args + node.args.kwonlyargs] == list(parameters), node.name


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("from course_utils import check_gel", ["check_gelu", "check_gelu_tanh"]),
        ("from course_utils import show_hea", ["show_head_sum", "show_heads"]),
        ("from course_utils import check_gelu\ncheck_gelu.hin", ["hint"]),
        ("from course_utils.my_bert import wordp", ["wordpiece"]),
    ],
)
def test_jupyter_completes_what_is_typed(typed, offered):
    script = jedi.Script(typed, project=jedi.Project(ROOT))
    assert [completion.name for completion in script.complete()] == offered


def test_a_stub_that_is_not_current_is_named_then_written(tmp_path, monkeypatch, capsys):
    path = tmp_path / "__init__.pyi"
    monkeypatch.setattr(stubs, "STUBS", {path: lambda: "gelu: int\n"})
    path.write_text("gelu: str\n", encoding="utf-8")
    assert stubs.main(["--check"]) == 1
    assert "course_utils/__init__.pyi is not current: run `python -m tools.stubs`." in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "gelu: str\n"
    assert stubs.main([]) == 0
    assert path.read_text(encoding="utf-8") == "gelu: int\n"
    assert stubs.main(["--check"]) == 0

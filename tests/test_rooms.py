"""The rooms of the package: each imports only what is below it, in the order that CONTRIBUTING.md shows.

Imports inside functions count, too: none may hide an arrow that runs back.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.checks.course import find
from course_utils.lessons import LESSONS
from course_utils.reference import all_exercises
from tests.conftest import ROOT

PACKAGE = ROOT / "course_utils"
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]
FLOORS = [
    {room.strip() for room in floor.split(",")}
    for floor in re.search(r"^    (.* > widgets > .*)$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.M)[1].split(
        " > "
    )
]


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The rooms that a file imports from, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "course_utils" and not node.level:
            modules = [f"course_utils.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module]
        else:
            continue
        found |= {module.split(".")[1] for module in modules if module.startswith("course_utils.")}
    return found


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


def test_every_room_has_a_floor():
    assert {room(path) for path in FILES} == set().union(*FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path):
    for other in imported(path) - {room(path)}:
        assert floor(room(path)) < floor(other), f"{room(path)} imports {other}"


def test_an_arrow_that_runs_back_would_be_seen(tmp_path):
    file = tmp_path / "below.py"
    file.write_text("def f():\n    from course_utils.widgets.base import explore\n", encoding="utf-8")
    assert imported(file) == {"widgets"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_name_is_both_a_module_and_a_variable(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module in (None, "course_utils"))
        for alias in node.names
    }
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    assert not modules & stored


BESIDE_AN_ANSWER = ["judge", "checks.inputs", *(f"checks.{lesson.topic}.inputs" for lesson in LESSONS)]


def test_what_runs_beside_an_answer_knows_no_answers():
    """Fixtures, small models and `use=` wrappers can be loaded where there is no answer key, to grade a class in a sandbox."""
    names = [
        name for name in BESIDE_AN_ANSWER if (PACKAGE / f"{name.replace('.', '/')}.py").exists() or name == "judge"
    ]
    assert len(names) > 8
    code = (
        "import sys, importlib\n"
        f"for name in {names}: importlib.import_module('course_utils.' + name)\n"
        "print([name for name in sys.modules if name.startswith(('course_utils.reference', 'course_utils.given'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def homes(value: object) -> set[str]:
    """The modules that define a value, its class, and what it holds."""
    found = {getattr(thing, "__module__", None) or "" for thing in (value, type(value))}
    if isinstance(value, dict):
        value = list(value.values())
    return found.union(*map(homes, value)) if isinstance(value, (list, tuple)) else found


@pytest.mark.parametrize("name", all_exercises())
def test_use_wrappers_and_arguments_come_from_what_runs_beside_an_answer(name):
    check = find(name)
    found = homes(check.use).union(*(homes(case.args) for case in check.make_cases(seed=0)))
    ours = {home.removeprefix("course_utils.") for home in found if home.startswith("course_utils.")}
    assert all(home in BESIDE_AN_ANSWER or home.startswith("judge.") for home in ours), ours

"""The sandbox that computes: what it has, and that nothing in it gives an answer away."""

import ast
import re

import pytest

from course_utils.checks.course import KEY
from course_utils.grade.doctor import ward
from course_utils.grade.judging import TOPICS
from course_utils.grade.sandbox.bubblewrap import OPEN_FILES, PACKAGE
from course_utils.reference import exercises

OPEN = sorted({path for pattern in OPEN_FILES for path in PACKAGE.glob(pattern)})


@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_file_of_the_sandbox_imports_nothing_of_the_reference(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for module in modules:
            assert not re.match(r"course_utils\.(reference(?!\.helpers)|given|checks\.course|my_bert)", module)


@pytest.mark.parametrize("name", TOPICS)
def test_no_file_of_the_sandbox_holds_a_body_of_the_key(name):
    telling = _telling(name)
    assert telling
    for path in OPEN:
        text = _squeezed(path.read_text(encoding="utf-8"))
        assert not any(line in text for line in telling), path


# What a learner's code can see from inside: all modules, all objects, all strings and code, and every file in reach.
_SEARCH = """
import gc, os, sys, types
def linear(x, weight, bias=None):
    telling = {telling!r}
    found = [name for name in sys.modules if name.startswith(("course_utils.reference.", "course_utils.given"))]
    found = [name for name in found if name != "course_utils.reference.helpers"]
    for thing in gc.get_objects():
        if isinstance(thing, dict) or isinstance(thing, list) or isinstance(thing, tuple):
            for each in thing.values() if isinstance(thing, dict) else thing:
                if isinstance(each, str) and thing is not telling and each not in telling and "telling =" not in each:
                    if any(line in "".join(each.split()) for line in telling):
                        found.append(repr(each[:60]))
        if isinstance(thing, types.FunctionType) and thing.__name__ in {names!r} and thing is not linear:
            if thing.__module__ != "__main__":
                found.append(thing.__module__)
    looked = 0
    system = ("usr", "proc", "dev", "bin", "sbin", "lib", "lib64")
    for top in [os.path.join("/", each) for each in os.listdir("/") if each not in system]:
        for folder, _, files in os.walk(top):
            if "site-packages" in folder or "/lib/python3" in folder:
                continue
            for file in files:
                if file.endswith((".py", ".diff", ".ipynb", ".pyc", ".json", ".md", ".txt")):
                    with open(os.path.join(folder, file), errors="replace") as opened:
                        text = "".join(opened.read().split())
                    looked += 1
                    found += [os.path.join(folder, file) for line in telling if line in text]
    for folder in sys.path:
        found += [name for name in os.listdir(folder) if name == "course_utils"] if os.path.isdir(folder) and folder != "/course" else []
    raise RuntimeError(f"looked at {{looked > 30}}, found {{found}}")
"""


def test_nothing_in_the_sandbox_holds_a_body_of_the_key():
    names = exercises("self_attention")
    search = _SEARCH.format(telling=[line for name in names for line in _telling(name)], names=names)
    with ward(cpu=60.0, wall=120.0, explain="none") as here:
        assert _raised_by(here, search) == "looked at True, found []"
        planted = search.replace("def linear", "PLANTED = " + repr(KEY.body_source("linear")) + "\ndef linear", 1)
        assert "found []" not in _raised_by(here, planted), "the search finds nothing"


def _raised_by(here, cell: str) -> str:
    """What `linear` raises in the sandbox that computes."""
    request = {"cells": [["<ipykernel cell 1>", cell, list(range(len(ast.parse(cell).body)))]]}
    request |= {"own": {}, "lent": [], "replaced": [], "try": ["linear"]}
    with here.session() as session:
        message, _ = next(session.ask(request, 1))
    return message["runs"][0]["says"]


def _telling(name: str) -> list[str]:
    """Lines of an exercise's body that follow one another, four where there are as many, without comments and spaces."""
    lines = [_squeezed(line.partition("  #")[0]) for line in KEY.body_source(name).splitlines()[1:]]
    lines = [line for line in lines if line and not line.startswith("#") and not line.endswith("=None,")]
    several = ["".join(lines[start : start + 4]) for start in range(max(len(lines) - 3, 1))]
    return [each for each in several if len(each) > 50] or [max(several, key=len)]


def _squeezed(text: str) -> str:
    return "".join(text.split())

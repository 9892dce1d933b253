"""What can be imported in every notebook, and what is the learner's own."""

import math
import sys
import typing
from types import ModuleType

import numpy
import pytest
import scipy.special
import torch

from course_utils import reference
from course_utils.learner.origins import home, is_installed, is_own_file


@pytest.mark.parametrize(
    ("value", "module", "name"),
    [
        (math.sqrt, "math", "sqrt"),
        (torch.softmax, "torch", "softmax"),
        (torch.nn.functional.gelu, "torch.nn.functional", "gelu"),
        (torch.nn.Linear, "torch.nn.modules.linear", "Linear"),
        (numpy.sqrt, "numpy", "sqrt"),
        (scipy.special.erf, "scipy.special", "erf"),  # it does not say where it is from
        (typing.Optional, "typing", "Optional"),
        (len, "builtins", "len"),
        (reference.exercises, "course_utils.reference", "exercises"),
    ],
)
def test_what_is_installed_has_a_home(value, module, name):
    assert home(value) == (module, name)


@pytest.mark.parametrize(
    "value", [None, 3, "a", lambda x: x, [].append, torch.zeros(1), typing.TypeVar("T"), torch.nn.GELU(), object()]
)
def test_other_values_have_none(value):
    assert home(value) is None


def test_a_function_of_the_learners_has_none_wherever_it_was_put(monkeypatch):
    def mine(x):
        return x

    mine.__module__ = "__main__"
    monkeypatch.setattr(torch, "mine", mine, raising=False)
    assert home(mine) is None


def test_modules_of_python_and_of_packages_are_installed(tmp_path, monkeypatch):
    names = (
        "sys",
        "math",
        "os.path",
        "json.decoder",
        "_decimal",
        "torch.nn",
        "torch.ops",
        "google",
        "numpy",
        "course_utils",
    )
    for name in (*names, "tabnanny", "networkx"):  # the last two not imported yet, as a rule
        assert is_installed(name) or name == "google", name
        assert not is_own_file(name), name
    target = tmp_path / "target"  # as `pip install --target` leaves it
    (target / "extra-1.0.dist-info").mkdir(parents=True)
    (target / "extra_package.py").touch()
    monkeypatch.syspath_prepend(target)
    assert is_installed("extra_package")


def test_a_file_beside_a_notebook_is_the_learners(tmp_path, monkeypatch):
    (tmp_path / "mine_alone.py").touch()
    (tmp_path / "my_folder").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("mine_alone", "my_folder", "my_folder.part"):
        assert is_own_file(name), name
        assert not is_installed(name), name
    assert not is_installed("__main__")
    monkeypatch.setitem(sys.modules, "made_by_hand", ModuleType("made_by_hand"))
    assert not is_installed("made_by_hand")
    assert not is_own_file("no_such_module_at_all")

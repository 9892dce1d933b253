"""What holds for every module of `given`: its imports, its names, the form of its docstrings, its place in the list."""

import ast
import importlib
import inspect
import pkgutil

from course_utils import given, reference
from tests.reference.test_statements import faults

BELOW = ("course_utils.given.", "course_utils.reference.", "course_utils.model")


def modules(package) -> dict[str, object]:
    names = [f"{package.__name__}.{name}" for _, name, _ in pkgutil.iter_modules(package.__path__)]
    return {name: importlib.import_module(name) for name in names}


GIVEN = modules(given)


def test_given_imports_only_what_lies_below_it():
    for name, module in GIVEN.items():
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("course_utils"):
                assert node.module.startswith(BELOW), name


def test_one_name_means_one_thing_in_given_and_the_reference():
    """The key merges these modules into one namespace, and `from course_utils import ...` looks in all of them."""
    meanings: dict[str, object] = {}
    for module in (*modules(reference).values(), *GIVEN.values()):
        for name, thing in vars(module).items():
            if not name.startswith("__"):
                assert meanings.setdefault(name, thing) is thing, f"{name} of {module.__name__}"


def test_the_package_lists_its_modules():
    listed = [line.split(".py ")[0] for line in given.__doc__.splitlines() if ".py " in line]
    assert sorted(listed) == [name.rpartition(".")[2] for name in GIVEN]


def test_docstrings_have_the_form_of_a_statement():
    """But what is returned may go without saying."""
    for name, module in GIVEN.items():
        things = [thing for thing in vars(module).values() if getattr(thing, "__module__", None) == name]
        things += [thing.forward for thing in things if hasattr(thing, "forward")]
        found = {thing.__qualname__: faults(thing) for thing in things if callable(thing)}
        assert {which: wrong for which, wrong in found.items() if set(wrong) - {"no Returns"}} == {}

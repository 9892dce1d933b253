"""Where a notebook defines functions, and which of several definitions counts: the last that is not blank."""

import ast
import functools
import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from course_utils import reference
from course_utils.lessons import LESSONS

from .names import Step
from .slices import Program

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Key:
    """What is known of an exercise: its topic, the names of its arguments, its docstring's first line."""

    topic: str
    arguments: tuple[str, ...]
    says: str


@functools.cache
def exercises() -> dict[str, Key]:
    """All exercises, in the order of the lessons."""
    found = {}
    for lesson in LESSONS:
        for name in reference.exercises(lesson.topic):
            function = getattr(_module(lesson.topic), name)
            says = (inspect.getdoc(function) or "").partition("\n")[0]
            found[name] = Key(lesson.topic, tuple(inspect.signature(function).parameters), says)
    return found


def _module(topic: str):
    return getattr(reference, topic)  # `reference.exercises` has imported it


@dataclass(frozen=True)
class Definition:
    """A definition of a name. place: its statement's, in the notebook. certain: whether it surely gives a function."""

    name: str
    place: int
    node: ast.stmt
    blank: bool
    certain: bool = True


def definitions(program: Program) -> Iterator[Definition]:
    """All definitions in a notebook's order: `def`, `class` and assignments, also inside of `if`, `try` and `with`."""
    modules = {
        name for step in program.steps if isinstance(step.node, (ast.Import, ast.ImportFrom)) for name in step.binds
    }
    functions = set(modules)
    for place, step in enumerate(program.steps):
        for node in _unfolded(step):
            if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                functions.add(node.name)
                yield Definition(node.name, place, node, is_blank(node))
                continue
            for name in _assigned(node):
                certain = _gives_function(node.value, functions, modules)
                if certain:
                    functions.add(name)
                yield Definition(name, place, node, blank=False, certain=certain)


def _unfolded(step: Step) -> Iterator[ast.stmt]:
    todo = [step.node]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, (ast.If, ast.Try, getattr(ast, "TryStar", ast.Try), ast.With, ast.AsyncWith)):
            inside = [*node.body, *(each for handler in getattr(node, "handlers", ()) for each in handler.body)]
            todo += reversed([*inside, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())])


def _assigned(node: ast.stmt) -> list[str]:
    """The names that an assignment gives a value which might be a function."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None or isinstance(node.value, ast.Constant):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _gives_function(value: ast.expr, functions: set[str], modules: set[str]) -> bool:
    """Whether a value is surely a function: `output = model(x)` in a scratch cell is no answer to `output`."""
    if isinstance(value, ast.Lambda):
        return True
    if isinstance(value, ast.Name):
        return value.id in functions
    base = value.func if isinstance(value, ast.Call) else value
    while isinstance(base, (ast.Attribute, ast.Call)):
        base = base.value if isinstance(base, ast.Attribute) else base.func
    if not (isinstance(base, ast.Name) and base.id in modules):
        return False
    if isinstance(value, ast.Attribute):  # F.linear
        return True
    given = value.args[0] if isinstance(value, ast.Call) and value.args else None  # partial(f, ...), torch.compile(f)
    return isinstance(given, ast.Lambda) or (isinstance(given, ast.Name) and given.id in functions)


def is_blank(node: ast.stmt) -> bool:
    """Whether there is nothing but a blank, as the checks see it: see `judge/blanks.py`."""
    if isinstance(node, ast.ClassDef):
        return all(is_blank(each) for each in node.body if isinstance(each, _FUNCTIONS))
    return all(
        isinstance(each, (ast.Pass, ast.Raise)) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in node.body
    )

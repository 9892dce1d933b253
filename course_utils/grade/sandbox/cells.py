"""Run the cells that an answer needs, as a notebook would: in one namespace, statement by statement."""

import __future__

import ast
import importlib
import linecache
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from course_utils.grade.sandbox.handed_out import Unavailable

_LAZY = __future__.annotations.compiler_flag  # annotations are never needed, and may name what is not here


def notebook(name: str = "__main__") -> ModuleType:
    """An empty namespace for a notebook's code; `__main__` is the notebook that is judged."""
    module = ModuleType(name)
    sys.modules[name] = module  # dataclasses and pickle look it up
    vars(module).update(display=_nothing, get_ipython=lambda: None)  # which every notebook has
    return module


def _nothing(*_: object, **__: object) -> None:
    """In the place of `display`: nobody looks."""


def run(cells: Iterable[list], module: ModuleType) -> None:
    """Runs the kept statements of (file, source, kept) triples. One that raises binds nothing, and the next ones run.

    Raises what is no Exception: a time limit, the end of the interpreter.
    """
    for file, source, kept in cells:
        linecache.cache[file] = (len(source), None, [line + "\n" for line in source.split("\n")], file)
        body = ast.parse(source).body
        for number in kept:
            try:
                code = compile(ast.Module([body[number]], []), file, "exec", flags=_LAZY, dont_inherit=True)
                exec(code, vars(module))
            except Exception as error:
                _leave_out(body[number], error, vars(module))


def _leave_out(statement: ast.stmt, error: Exception, namespace: dict[str, Any]) -> None:
    """What could not be imported or set says why when it is used."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            name = alias.asname or alias.name.partition(".")[0]
            namespace[name] = _imported(alias, error) if isinstance(statement, ast.Import) else _missing(name, error)
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        for each in ast.walk(statement):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                says = f"could not be set ({type(error).__name__}: {error})"
                namespace[each.id] = Unavailable(each.id, says)


def _imported(alias: ast.alias, error: Exception) -> Any:
    """One module of `import seaborn as sns, math`, of which another one may be the one that is missing."""
    try:
        module = importlib.import_module(alias.name)
    except Exception as own:
        return _missing(alias.asname or alias.name.partition(".")[0], own)
    return module if alias.asname else sys.modules[alias.name.partition(".")[0]]


def _missing(name: str, error: Exception) -> Unavailable:
    return Unavailable(name, f"could not be imported ({error})")


def hand_out(own: dict[str, list], lent: dict[str, Callable]) -> None:
    """`course_utils.my_bert`: the learner's own functions of other lessons, from their cells, else what is lent.

    Each of the learner's is run when it is first asked for, in a namespace of its own.
    """
    known: dict[str, Any] = dict(lent)
    module = ModuleType("course_utils.my_bert")

    def find(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in own and name not in known:
            theirs = notebook(f"my_bert_{name}")
            run(own[name], theirs)
            known[name] = vars(theirs).get(name, Unavailable(name, "could not be run again"))
        if name not in known:
            raise ImportError(f"my_bert hands out functions of earlier lessons here, and `{name}` is none of them.")
        return known[name]

    module.__getattr__ = find  # type: ignore[method-assign]
    sys.modules["course_utils.my_bert"] = module

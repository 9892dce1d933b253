"""The text that a function, lambda or class was written as: in a cell, or in a file that lies beside a notebook.

It may also be a string that a cell runs (`%%time`, `exec`). A text counts only if it is the one that runs: a file may have
changed since it was imported.
"""

import __future__

import ast
import enum
import inspect
import linecache
import os
import sys
import types
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .origins import CannotKeep

ANNOTATIONS = __future__.annotations.compiler_flag  # of code under `from __future__ import annotations`
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_INNER_SCOPES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


class Written(NamedTuple):
    """Where a function, lambda or class is written: its node, the text around it, the names it sees, its future flags."""

    node: ast.AST
    text: str
    scope: dict[str, object]
    flags: int


def written(value: object, scope: dict[str, object]) -> Written:
    """The text of a function, lambda or class. scope: names that a class without functions may see. Raises CannotKeep."""
    functions = list(_functions(value))
    for function in functions:
        text, code = _text(function.__code__)
        node = _node(text, value, code)
        if node is not None:
            for other in functions:  # a file may have changed in one method only
                _text(other.__code__)
            cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
            seen = {name: cell.cell_contents for name, cell in cells if name != "__class__"}
            return Written(node, text, {**function.__globals__, **seen}, code.co_flags)
    if isinstance(value, type):
        return _class_without_functions(value, scope)
    raise CannotKeep(_no_text(value))


def _functions(value: object) -> Iterator[types.FunctionType]:
    """A function below its decorators, or the functions that a class defines."""
    members = vars(value).values() if isinstance(value, type) else [value]
    for member in members:
        member = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        member = inspect.unwrap(member) if callable(member) else member
        if isinstance(member, types.FunctionType):
            generated = isinstance(value, type) and (
                member.__module__ != value.__module__ or member.__code__.co_filename == "<string>"
            )
            if not generated:  # by an Enum or a dataclass
                yield member


def _text(code: types.CodeType) -> tuple[str, types.CodeType]:
    """The text that a code object was compiled from, and the same code as that text gives it now; "" if there is none."""
    file = code.co_filename
    text = "".join(linecache.getlines(file))
    if _is_cell(linecache.cache.get(file)):
        return text, code
    if not text:
        return next(((text, same) for text in _strings() if (same := _compiled_from(text, code))), ("", code))
    for _ in range(2):
        same = _compiled_from(text, code)
        if same:
            return text, same
        linecache.checkcache(file)  # what is remembered of it may be older than what was imported
        text = "".join(linecache.getlines(file))
    name = os.path.basename(file)
    raise CannotKeep(
        f"comes from `{name}`, which has changed since it was imported: restart the kernel and check again"
    )


def _is_cell(entry: tuple | None) -> bool:
    """Whether an entry of linecache was put there by whoever compiled the text, and not read from a file."""
    return entry is not None and len(entry) == 4 and entry[1] is None


def _cells(module: str = "__main__") -> Iterator[str]:
    """The text of every cell, the newest first; for a module that was rebuilt from a kept text, the kept texts."""
    for file, entry in reversed(list(linecache.cache.items())):
        if _is_cell(entry) and (", kept " in file) == module.startswith("my_bert_"):
            yield "".join(entry[2])


def _strings() -> Iterator[str]:
    """The strings in all cells that may hold a definition: what follows `%%time`, and what `exec` runs."""
    for cell in _cells():
        if "run_cell_magic" in cell or "exec" in cell:
            for node in ast.walk(_parsed(cell)):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and ("def " in text or "lambda" in text):
                    yield text


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _compiled_from(text: str, code: types.CodeType) -> types.CodeType | None:
    """The code object in a text that does what `code` does, on whatever line."""
    flags = code.co_flags & ANNOTATIONS | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        waiting = [compile(text, code.co_filename, "exec", flags, dont_inherit=True)]
    except (SyntaxError, ValueError):
        return None
    found = []
    while waiting:
        found.append(waiting.pop())
        waiting += [part for part in found[-1].co_consts if isinstance(part, types.CodeType)]
    same = [part for part in found if _alike(part, code)]
    return min(same, key=lambda part: abs(part.co_firstlineno - code.co_firstlineno), default=None)


def _alike(one: object, other: object) -> bool:
    """Whether two constants, or two code objects wherever they lie, are the same."""
    if isinstance(one, types.CodeType) and isinstance(other, types.CodeType):
        names = ("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_flags")
        constants = len(one.co_consts) == len(other.co_consts) and map(_alike, one.co_consts, other.co_consts)
        return all(getattr(one, name) == getattr(other, name) for name in names) and bool(constants) and all(constants)
    return type(one) is type(other) and (repr(one) == repr(other) or (isinstance(one, frozenset) and one == other))


def _node(text: str, value: object, code: types.CodeType) -> ast.AST | None:
    """The node that a code object, or the class around it, was compiled from."""
    line, found = code.co_firstlineno, []
    for node in ast.walk(_parsed(text)):
        if isinstance(value, type):
            if (
                isinstance(node, ast.ClassDef)
                and node.name == value.__name__
                and node.lineno <= line <= node.end_lineno
            ):
                found.append(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name == code.co_name and line == first_line(node):
                found.append(node)
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and _covers(node.body, code):
            found.append(node)
    return found[-1] if found else None  # the innermost: ast.walk goes from the outside in


def first_line(node: ast.AST) -> int:
    """The line on which a definition begins, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _covers(body: ast.expr, code: types.CodeType) -> bool:
    """Whether all of the code lies within a lambda's body."""
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    places = [place for place in code.co_positions() if None not in place and place[3] > 0]
    return bool(places) and all(start <= (a, c) and (b, d) <= end for a, b, c, d in places)


def _class_without_functions(value: type, scope: dict[str, object]) -> Written:
    """Where a class of names and values is written. Nothing leads from it to its text, so the text must fit."""
    module = value.__module__
    if module in sys.modules and module != "__main__" and getattr(sys.modules[module], "__file__", None):
        texts, scope = ["".join(linecache.getlines(sys.modules[module].__file__))], vars(sys.modules[module])
    else:
        texts = _cells(module)
    for text in texts:
        for node in ast.walk(_parsed(text)) if f"class {value.__name__}" in text else ():
            if isinstance(node, ast.ClassDef) and node.name == value.__name__ and _fits(node, value):
                hints = vars(value).get("__annotations__", {}).values()
                lazy = bool(hints) and all(isinstance(hint, str) for hint in hints)
                return Written(node, text, scope, ANNOTATIONS if lazy else 0)
    raise CannotKeep(f"uses `{value.__name__}`, a class that is written like this in no cell and no file")


def _fits(node: ast.ClassDef, made: type) -> bool:
    """Whether a class may have been made by this statement: it has the same names, and the same plain values."""
    names: dict[str, ast.expr | None] = {}
    for step in node.body:
        names |= dict.fromkeys(_bound_by(step))
        if isinstance(step, (ast.Assign, ast.AnnAssign)):
            targets = getattr(step, "targets", None) or [step.target]
            names |= {part.id: step.value for part in targets if isinstance(part, ast.Name)}
    own = {*vars(made), *vars(made).get("__annotations__", ())}
    return _public(own) == _public(names) and all(_has(made, name, value) for name, value in names.items())


def _bound_by(step: ast.AST) -> Iterator[str]:
    """The names that a statement of a class gives a value."""
    if isinstance(step, _DEFINITIONS):
        yield step.name
    elif isinstance(step, ast.alias):
        yield step.asname or step.name.partition(".")[0]
    elif isinstance(step, ast.Name):
        yield from [step.id] if isinstance(step.ctx, ast.Store) else []
    elif not isinstance(step, _INNER_SCOPES):
        for part in ast.iter_child_nodes(step):
            yield from _bound_by(part)


def _public(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def _has(made: type, name: str, value: ast.expr | None) -> bool:
    """Whether a name of a class has the value that the statement gives it, as far as both are plain."""
    actual = {**vars(made), **getattr(made, "_field_defaults", {}), **getattr(made, "__members__", {})}.get(name)
    actual = actual.value if isinstance(actual, enum.Enum) else actual
    try:
        expected = ast.literal_eval(value)
    except (ValueError, TypeError):
        return True  # not given, or computed
    return expected == actual or type(expected) is not type(actual)


def _no_text(value: object) -> str:
    """Why the text of a function is not to be found."""
    function = next(_functions(value))
    file, name = function.__code__.co_filename, function.__name__
    if file == "<timed exec>":
        return f"uses `{name}` from a cell that begins with `%%time`: take that line away, run the cell and check again"
    if file.startswith("<"):
        return f"uses `{name}`, whose text is in no cell, since `exec` or a magic command made it: write it in a cell"
    if not linecache.getlines(file):
        return f"uses `{name}` from `{os.path.basename(file)}`, which is not to be found any more"
    return f"uses `{name}`, whose text is not to be found"

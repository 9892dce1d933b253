"""Where a function or class was written, in a cell or a file, and the same again in a form that hands over its values."""

import __future__

import ast
import functools
import inspect
import linecache
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, MappingProxyType
from typing import NamedTuple

from torch import Tensor

from ..answer_key import AnswerKey
from .rewriting import Hold, Recorded
from .values import Recorder, Spot, Swap

_ANNOTATIONS = __future__.annotations.compiler_flag  # of code under `from __future__ import annotations`
_FILE = "<recorded>"


class Rewritten(NamedTuple):
    """A function or class that records its values: what there is to see, its text, and how to make it with the hooks of one run.

    holds: what may be changed, by the numbers of its spots. make(hooks, code) takes other code than its own, and
    changed(number, node) is the code with another expression at one spot. calls_itself: so what is made from what is not
    known, since the values of several calls are mixed up.
    """

    spots: list[Spot]
    text: str
    make: Callable[..., Callable]
    holds: dict[int, Hold] = MappingProxyType({})
    changed: Callable[[int, ast.AST], CodeType] | None = None
    calls_itself: bool = False


def rewritten(answer: Callable) -> Rewritten | None:
    """An answer that records its values, or None where its text is not known for certain."""
    function = next(_functions(answer), None)
    if function is None:
        return None
    text = "".join(linecache.getlines(function.__code__.co_filename))
    node = _node(text, answer, function.__code__)
    if node is None:
        return None
    itself = _calls_itself(node)
    spots: list[Spot] = []
    is_lambda = isinstance(node, ast.Lambda)
    recorded = Recorded(spots)
    tree = recorded.visit(node)
    tree = ast.fix_missing_locations(ast.Expression(tree) if is_lambda else ast.Module([tree], []))
    flags = function.__code__.co_flags & _ANNOTATIONS

    def compiled() -> CodeType:
        return compile(tree, _FILE, "eval" if is_lambda else "exec", flags, dont_inherit=True)

    def changed(number: int, new: ast.AST) -> CodeType:
        with recorded.holds[number].changed(new):
            return compiled()

    own_code = compiled()
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    seen = {name: cell.cell_contents for name, cell in cells if name != "__class__"}

    names = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}

    def make(recorder: Recorder | Swap, code: CodeType = own_code) -> Callable:
        world = {**function.__globals__, **seen, **recorder.hooks()}
        world |= {name: _own(world[name]) for name in names & world.keys()}
        if is_lambda:
            return eval(code, world)
        exec(code, world)
        new = inspect.unwrap(world[node.name])
        if isinstance(new, FunctionType):
            new.__defaults__ = function.__defaults__ and tuple(map(_own, function.__defaults__))
        return world[node.name]

    return Rewritten(spots, text, make, recorded.holds, changed, itself)


def _own(value: object) -> object:
    """A copy of what a function may change: what it does here must not be seen in the session."""
    if type(value) in (list, dict, set):
        return value.copy()
    return value.detach().clone() if type(value) is Tensor else value


def rewritten_key(key: AnswerKey, name: str) -> Rewritten:
    """The key's function, and the parts that it calls, so that all of them record their values."""
    spots: list[Spot] = []
    codes = []
    for part in sorted({name, *key.parts(name)}):
        tree = ast.parse(key.body_source(part))
        new = Recorded(spots).visit(tree.body[0])
        module = ast.fix_missing_locations(ast.Module([new], []))
        codes.append(compile(module, _FILE, "exec", dont_inherit=True))

    def make(recorder: Recorder | Swap) -> Callable:
        world = {**key.world, **recorder.hooks()}
        for code in codes:
            exec(code, world)
        return world[name]

    return Rewritten(spots, "", make)


def _functions(value: object) -> Iterator[FunctionType]:
    """A function below its decorators, or the functions that a class defines."""
    for member in vars(value).values() if isinstance(value, type) else [value]:
        member = getattr(member, "__func__", member)
        member = inspect.unwrap(member) if callable(member) else member
        if isinstance(member, FunctionType):
            yield member


def _node(text: str, value: object, code: CodeType) -> ast.AST | None:
    """The node that a code object, or the class around it, was compiled from; None if the text is not what runs."""
    if not text or not _is_compiled_from(text, code):
        return None
    line, found = code.co_firstlineno, []
    for node in ast.walk(ast.parse(text)):
        if isinstance(value, type):
            if isinstance(node, ast.ClassDef) and node.name == value.__name__ and _within(line, node):
                found.append(node)
        elif isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if node.name == code.co_name and line == first:
                found.append(node)
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and _covers(node.body, code):
            found.append(node)
    return found[-1] if found else None  # the innermost: ast.walk goes from the outside in


def _within(line: int, node: ast.AST) -> bool:
    return node.lineno <= line <= node.end_lineno


def _covers(body: ast.expr, code: CodeType) -> bool:
    """Whether all of the code lies within a lambda's body."""
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    places = [place for place in code.co_positions() if None not in place and place[3] > 0]
    return bool(places) and all(start <= (a, c) and (b, d) <= end for a, b, c, d in places)


@functools.lru_cache(maxsize=8)
def _codes(text: str, flags: int) -> tuple[CodeType, ...]:
    """All code objects of a text."""
    waiting, found = [compile(text, _FILE, "exec", flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)], []
    while waiting:
        found.append(waiting.pop())
        waiting += [part for part in found[-1].co_consts if isinstance(part, CodeType)]
    return tuple(found)


def _is_compiled_from(text: str, code: CodeType) -> bool:
    """Whether a text, as it is now, gives this code on the same line: a file may have changed since it was imported."""
    try:
        codes = _codes(text, code.co_flags & _ANNOTATIONS)
    except (SyntaxError, ValueError):
        return False
    same_place = [each for each in codes if (each.co_name, each.co_firstlineno) == (code.co_name, code.co_firstlineno)]
    return any(each.co_code == code.co_code and each.co_names == code.co_names for each in same_place)


def _calls_itself(node: ast.AST) -> bool:
    """Whether a function, or one within it, calls itself by name."""
    functions = [part for part in ast.walk(node) if isinstance(part, ast.FunctionDef)]
    return any(
        isinstance(part, ast.Name) and part.id == function.name for function in functions for part in ast.walk(function)
    )

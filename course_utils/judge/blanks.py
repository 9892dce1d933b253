"""What is still blank: the answer, a method of it, or a function that it calls."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

from .advice.errors import raised_in
from .result import Result

if TYPE_CHECKING:
    from .check import Check


def not_attempted(check: "Check") -> Result:
    """The verdict on an untouched blank."""
    says = f"Fill in the {check.kind} above, run its cell, then run this one again."
    return Result(check.name, "not_attempted", says)


def blank_verdict(check: "Check", answer: Callable, error: BaseException | None) -> Result | None:
    """The verdict where a NotImplementedError says that something is still blank."""
    if not isinstance(error, NotImplementedError):
        return None
    if str(error) and not is_blank(answer):  # torch's: this operation has no kernel for that dtype
        return None
    inside = raised_in(error)
    if inside == "_forward_unimplemented":  # torch's word for a module without a forward, not a learner's blank
        return None
    if inspect.isclass(answer) and inside in vars(answer):
        if is_blank(answer):
            return not_attempted(check)
        if is_blank(vars(answer)[inside]):
            return Result(check.name, "error", f"`{inside}` is still blank: fill it in, too.")
    elif inside != getattr(answer, "__name__", inside):
        says = f"`{inside}`, which `{check.name}` calls, is still blank: solve it first."
        return Result(check.name, "error", says)
    if is_blank(answer):
        return not_attempted(check)
    says = "Your code ran into `raise NotImplementedError`: delete that line once your own `return` is above it."
    return Result(check.name, "error", says)


def is_blank(answer: Callable) -> bool:
    """Whether a function's body, or that of every method of a class, holds nothing but a blank.

    That is its docstring, `pass`, `...` or `raise NotImplementedError`.
    """
    if inspect.isclass(answer):
        return all(is_blank(member) for member in vars(answer).values() if inspect.isfunction(member))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError):
        return True  # nothing to see, so nothing was written
    except SyntaxError:
        return False  # a lambda on one of a call's lines: no statement by itself
    body = getattr(tree.body[0], "body", [])
    return isinstance(body, list) and all(
        isinstance(step, (ast.Pass, ast.Raise)) or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
        for step in body
    )


def ends_without_return(answer: Callable) -> bool:
    """Whether a call can reach the end of a function without a `return`, which gives None; False where that cannot be seen."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError, SyntaxError):
        return False
    body = getattr(tree.body[0], "body", [])
    return isinstance(tree.body[0], ast.FunctionDef) and _falls_through(body)


def _falls_through(body: list[ast.stmt]) -> bool:
    """Whether what comes after these statements is reached, for all that their kinds tell."""
    last = body[-1] if body else None
    if isinstance(last, (ast.Return, ast.Raise, ast.Continue)):
        return False
    if isinstance(last, ast.If):
        return _falls_through(last.body) or _falls_through(last.orelse)
    if isinstance(last, ast.With):
        return _falls_through(last.body)
    if isinstance(last, ast.Try):
        ends = [last.finalbody] if last.finalbody and not _falls_through(last.finalbody) else [last.orelse or last.body]
        return any(map(_falls_through, ends + [each.body for each in last.handlers]))
    if isinstance(last, ast.While) and isinstance(last.test, ast.Constant) and last.test.value:
        return any(isinstance(each, ast.Break) for each in ast.walk(last))
    return True

"""Refuse: a verdict on an answer that cannot be tried at all."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from .draw import Draw
from .result import Result
from .words import describe

if TYPE_CHECKING:
    from .check import Check


def refusal(check: "Check", answer: object) -> Result | None:
    """The verdict on an answer that cannot be called, or not with the reference's arguments; None if it can be tried."""
    name, kind = check.name, check.kind
    if answer is None:
        says = f"There is no {kind} to check yet: write `{name}`, run its cell, then `{check.command}({name})`."
        return Result(name, "not_attempted", says)
    if not callable(answer) or (kind == "class" and not inspect.isclass(answer)):
        says = f"This is {describe(answer)}, not a {kind}: write `{check.command}({name})`, with neither a call nor quotes."
        return Result(name, "error", says)
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some builtins have none; the call will show
        return None
    wanted = list(inspect.signature(check.reference).parameters)
    for count in argument_counts(check):
        try:
            signature.bind(*range(count))
        except TypeError:
            says = f"It is called as `{name}({', '.join(wanted[:count])})`, but yours is `{_bare(answer, signature)}`."
            return Result(name, "error", says)
    return None


def argument_counts(check: "Check") -> list[int]:
    """With how many arguments the answer is called."""
    return _argument_counts(check.reference, check.use, check.cases, check.course.draw)


@functools.lru_cache  # making cases takes as long as judging them
def _argument_counts(reference: Callable, use: Callable | None, cases: Callable, draw: type[Draw]) -> list[int]:
    if use:
        parameters = inspect.signature(reference).parameters.values()
        return sorted({len(parameters), sum(each.default is each.empty for each in parameters)})
    return sorted({len(case.args) for case in cases(draw(0))})


def _bare(answer: Callable, signature: inspect.Signature) -> str:
    bare = [each.replace(annotation=each.empty, default=each.empty) for each in signature.parameters.values()]
    return getattr(answer, "__name__", "function") + str(inspect.Signature(bare))

"""What an answer is made of: its code, and the functions of the same notebook that it names, directly or through others."""

from collections.abc import Iterator
from types import CodeType, FunctionType


def reached(answer: object) -> Iterator[tuple[FunctionType, dict[str, object]]]:
    """The answer, its methods if it is a class, and the functions of the same namespace that they name, each with all the
    names that it uses and what they mean there (None for what is no global).
    """
    waiting = [answer, *(vars(answer).values() if isinstance(answer, type) else ())]
    seen: set[int] = set()
    while waiting:
        function = waiting.pop()
        if not isinstance(function, FunctionType) or id(function) in seen:
            continue
        seen.add(id(function))
        named = {name: function.__globals__.get(name) for name in _names(function.__code__)}
        named.update(_closed_over(function))
        yield function, named
        waiting += [
            each
            for each in named.values()
            if isinstance(each, FunctionType) and each.__globals__ is function.__globals__
        ]


def codes(answer: object) -> list[CodeType]:
    """The code of a function, or of a class's methods."""
    members = vars(answer).values() if isinstance(answer, type) else [answer]
    return [member.__code__ for member in members if hasattr(member, "__code__")]


def called(answer: object, name: str) -> object:
    """What the answer has under a name that it uses; None if it does not use it."""
    return next((named[name] for _, named in reached(answer) if named.get(name) is not None), None)


def _names(code: CodeType) -> set[str]:
    """The names of globals, modules and attributes in a piece of code and in the functions that it makes."""
    return set(code.co_names).union(*(_names(each) for each in code.co_consts if isinstance(each, CodeType)))


def _closed_over(function: FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            continue

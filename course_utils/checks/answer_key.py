"""The reference's functions as text, and the same functions with mistakes planted in them.

A mistake is an edit of the answer key: `Mistake("unscaled", was=" / math.sqrt(query.shape[-1])", now="", says="...")`.
Planting it replaces that text in the function's body and rebuilds the function, and every reference function that calls it,
in a namespace of its own: a mistake in `softmax` shows in `self_attention` too.
"""

import ast
import functools
import importlib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from course_utils.lessons import LESSONS


@dataclass(frozen=True)
class Mistake:
    """One way to get a function wrong: what the answer key has (`was`), what the learner has (`now`), and what to tell them.

    `also` holds further (was, now) pairs where one edit is not enough; `function` replaces the whole function where no edit
    can express the mistake. `endless` marks a mistake that never returns for some input.
    """

    label: str
    was: str = ""
    now: str = ""
    says: str = ""
    also: tuple[tuple[str, str], ...] = ()
    function: Callable | None = None
    endless: bool = False

    @property
    def edits(self) -> tuple[tuple[str, str], ...]:
        return ((self.was, self.now), *self.also) if self.was else self.also


class Unplantable(ValueError):
    """The edit's text does not stand exactly once in the function (another planted mistake may have changed it)."""


@functools.cache
def _modules() -> dict[str, object]:
    """The reference's modules by topic; one that is not written yet is left out."""
    modules = {}
    for lesson in LESSONS:
        name = f"course_utils.reference.{lesson.topic}"
        if importlib.util.find_spec(name):
            modules[lesson.topic] = importlib.import_module(name)
    return modules


@functools.cache
def functions() -> dict[str, object]:
    """Every public function and class of the reference by its name, which is unique over all its modules."""
    found = {}
    for module in _modules().values():
        for name, thing in vars(module).items():
            defined_here = getattr(thing, "__module__", None) == module.__name__
            if defined_here and (inspect.isfunction(thing) or inspect.isclass(thing)) and not name.startswith("_"):
                found[name] = thing
    return found


@functools.cache
def body_source(name: str) -> str:
    """The source of a reference function without its docstring: the text that mistakes edit."""
    source = textwrap.dedent(inspect.getsource(functions()[name]))
    first = ast.parse(source).body[0].body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines = source.splitlines(keepends=True)
        source = "".join(lines[: first.lineno - 1] + lines[first.end_lineno :])
    return source


@functools.cache
def parts(name: str) -> frozenset[str]:
    """The reference functions that `name` calls, directly or through others."""
    known, found, waiting = functions(), set(), [name]
    while waiting:
        tree = ast.parse(body_source(waiting.pop()))
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in known and node.id not in found | {name}:
                found.add(node.id)
                waiting.append(node.id)
    return frozenset(found)


def plant(name: str, mistakes: tuple[tuple[str, Mistake], ...]) -> Callable:
    """The reference function `name` as it would be with the given (part, mistake) pairs in it; raises Unplantable."""
    texts: dict[str, str] = {}
    replaced: dict[str, Callable] = {}
    for part, mistake in mistakes:
        if part in replaced or (mistake.function and part in texts):
            raise Unplantable(f"two mistakes both replace {part}")
        if mistake.function:
            replaced[part] = mistake.function
            continue
        text = texts.get(part, body_source(part))
        for was, now in mistake.edits:
            if text.count(was) != 1:
                raise Unplantable(f"{mistake.label}: {was!r} stands {text.count(was)} times in {part}, not once")
            text = text.replace(was, now)
        texts[part] = text
    touched = texts.keys() | replaced.keys()
    world = _world().copy()
    for other in {name, *parts(name)}:
        if other in replaced:
            world[other] = replaced[other]
        elif other in touched or not touched.isdisjoint(parts(other)):
            exec(_compiled(other, texts.get(other, body_source(other))), world)
    return world[name]


@functools.lru_cache(maxsize=4096)
def _compiled(name: str, source: str):
    return compile(source, f"<answer key: {name}>", "exec")


@functools.cache
def _world() -> dict[str, object]:
    """All names of all reference modules in one namespace, in which edited functions find their helpers and imports."""
    world: dict[str, object] = {}
    for module in _modules().values():
        world.update((name, thing) for name, thing in vars(module).items() if not name.startswith("__"))
    return world

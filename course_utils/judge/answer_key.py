"""The answer key: its functions as text, and the same functions with mistakes planted in them.

Planting edits the body of a function and rebuilds it, and every function of the key that calls it, in a namespace of its
own: a mistake in `softmax` shows in `self_attention` too.
"""

import ast
import functools
import importlib
import inspect
import textwrap
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType

from .mistakes import Edit, Mistake, Unplantable, edited

Planted = tuple[tuple[str, Mistake], ...]  # (function, mistake) pairs that are in the key together

_FILE = "<answer key: {}>"


class AnswerKey:
    """The public functions and classes of some modules, imported when they are first asked for.

    modules: modules or their full names. A name may mean only one thing in all of them.
    """

    def __init__(self, modules: Sequence[ModuleType | str]) -> None:
        self._modules = modules
        self._bodies: dict[str, str] = {}
        self._parts: dict[str, frozenset[str]] = {}

    @functools.cached_property
    def modules(self) -> tuple[ModuleType, ...]:
        """The key's modules."""
        return tuple(importlib.import_module(each) if isinstance(each, str) else each for each in self._modules)

    @functools.cached_property
    def functions(self) -> dict[str, Callable]:
        """Every public function and class by its name."""
        found = {}
        for module in self.modules:
            for name, thing in vars(module).items():
                defined_here = getattr(thing, "__module__", None) == module.__name__
                if defined_here and (inspect.isfunction(thing) or inspect.isclass(thing)) and name[0] != "_":
                    found[name] = thing
        return found

    @functools.cached_property
    def world(self) -> dict[str, object]:
        """All names of all modules in one namespace, in which edited functions find their helpers and imports."""
        world: dict[str, object] = {}
        for module in self.modules:
            world.update((name, thing) for name, thing in vars(module).items() if not name.startswith("__"))
        return world

    def body_source(self, name: str) -> str:
        """The source of a function without its docstring: the text that mistakes edit."""
        if name not in self._bodies:
            self._bodies[name] = _without_docstring(textwrap.dedent(inspect.getsource(self.functions[name])))
        return self._bodies[name]

    def parts(self, name: str) -> frozenset[str]:
        """The functions of the key that `name` calls, directly or through others."""
        if name not in self._parts:
            found, waiting = set(), [name]
            while waiting:
                tree = ast.parse(self.body_source(waiting.pop()))
                named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
                new = (named & self.functions.keys()) - found - {name}
                found |= new
                waiting += new
            self._parts[name] = frozenset(found)
        return self._parts[name]

    def plant(self, name: str, mistakes: Planted) -> Callable:
        """The function `name` as it would be with these (function, mistake) pairs in the key; raises Unplantable."""
        edits: dict[str, list[Edit]] = {}
        replaced: dict[str, Callable] = {}
        for part, mistake in mistakes:
            if part in replaced or (mistake.function and part in edits):
                raise Unplantable(f"two mistakes both replace {part}")
            if mistake.function:
                replaced[part] = mistake.function
            else:
                edits.setdefault(part, []).extend(mistake.edits)
        texts = {part: edited(self.body_source(part), changes) for part, changes in edits.items()}
        touched = texts.keys() | replaced.keys()
        world = self.world.copy()
        for other in {name, *self.parts(name)}:
            if other in replaced:
                world[other] = replaced[other]
            elif other in touched or not touched.isdisjoint(self.parts(other)):
                exec(_compiled(other, texts.get(other, self.body_source(other))), world)
        return world[name]

    def with_functions(self, name: str, **functions: Callable) -> Callable:
        """The function `name` with other functions in the place of its parts, by the parts' names."""
        return self.plant(name, tuple((part, Mistake(part, "", function=each)) for part, each in functions.items()))


def is_planted(function: object) -> bool:
    """Whether a function was built by `plant`, and not written by a learner."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith(_FILE.partition("{")[0])


def _without_docstring(source: str) -> str:
    first = ast.parse(source).body[0].body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines = source.splitlines(keepends=True)
        source = "".join(lines[: first.lineno - 1] + lines[first.end_lineno :])
    return source


@functools.lru_cache(maxsize=4096)
def _compiled(name: str, source: str) -> CodeType:
    return compile(source, _FILE.format(name), "exec")

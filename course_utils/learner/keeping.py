"""A learner's function as a piece of text that runs by itself: how a passed answer is kept for later notebooks.

`capture_source(answer)` writes down the answer and whatever it uses from the notebook: imports, constants, helpers,
classes. What was imported from `my_bert` stays an import from there. The last line binds the answer to `__answer__`.
`rebuild(name, source)` runs such a text and returns the answer.
"""

import __future__

import ast
import contextlib
import functools
import inspect
import io
import linecache
import re
import symtable
import sys
import textwrap
import types
import zlib
from collections.abc import Iterator

LONGEST = 20_000  # characters of one constant: a formula's numbers, not a vocabulary
# searched for functions whose `__module__` is missing or private
_HOMES = ("torch", "torch.nn.functional", "math", "operator", "builtins", "typing")

# what this session got from my_bert: the exercise, the learner's own function or class, and its text
rebuilt: list[tuple[str, object, str]] = []


class CannotKeep(Exception):
    """Why an answer cannot be written down: the rest of a sentence that begins with `it`."""


def capture_source(answer: object) -> str | None:
    """The text that rebuilds the answer, or None where there is none (`kept_source` says why)."""
    try:
        return kept_source(answer)
    except CannotKeep:
        return None


def kept_source(answer: object) -> str:
    """The text that rebuilds the answer. Raises CannotKeep, and nothing else."""
    for _exercise, known, source in rebuilt:
        if known is answer:
            return source
    keeper = _Keeper()
    try:
        last = f"__answer__ = {keeper.expression(answer)}"
        imports = ["\n".join(sorted(keeper.imports))] if keeper.imports else []
        source = "\n\n".join([*imports, *keeper.statements, last]) + "\n"
        if keeper.lazy_annotations:
            source = "from __future__ import annotations\n\n" + source
        with contextlib.redirect_stdout(io.StringIO()):  # what it imports from my_bert says so
            rebuild("answer", source)
    except CannotKeep:
        raise
    except RecursionError:
        raise CannotKeep("uses something that contains itself") from None
    except Exception as error:  # the copy does not run: better none than a wrong one
        raise CannotKeep(f"does not run outside of its notebook ({type(error).__name__})") from None
    return source


def rebuild(name: str, source: str) -> object:
    """Run a kept text and return the answer that it binds. Raises whatever the text raises."""
    filename = f"<{name}, kept {zlib.crc32(source.encode()):08x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict[str, object] = {"__name__": f"my_bert_{name}"}
    exec(compile(source, filename, "exec", dont_inherit=True), namespace)
    return namespace["__answer__"]


class _Keeper:
    """Collects the statements that an answer needs, each name once, what is needed before what needs it."""

    def __init__(self):
        self.imports: list[str] = []
        self.statements: list[str] = []
        self.bound: dict[str, object] = {}
        self.lazy_annotations = False

    def bind(self, name: str, value: object) -> None:
        """See to it that `name` means `value` in the kept text."""
        if name in self.bound:
            known = self.bound[name]
            if known is value or (
                type(known) is type(value) and isinstance(value, (int, float, str)) and known == value
            ):
                return
            raise CannotKeep(f"uses two different things that are both called `{name}`")
        self.bound[name] = value
        text = self.statement(name, value)
        (self.imports if text.startswith(("import ", "from ")) else self.statements).append(text)

    def statement(self, name: str, value: object) -> str:
        """The line, or the definition, that binds a name to a value."""
        exercise = next((exercise for exercise, known, _ in rebuilt if known is value), None)
        if exercise:
            return f"from course_utils.my_bert import {_renamed(exercise, name)}"
        if isinstance(value, types.ModuleType):
            return f"import {_renamed(value.__name__, name)}"
        home = _home(value)
        if home:
            return f"from {home[0]} import {_renamed(home[1], name)}"
        if isinstance(value, type) or isinstance(
            inspect.unwrap(value) if callable(value) else value, types.FunctionType
        ):
            return self.definition(name, value)
        return f"{name} = {self.expression(value, name)}"

    def definition(self, name: str, value: object) -> str:
        """The text of a function or class, after everything that it uses."""
        node, source, scope, flags = _find(value)
        if isinstance(node, ast.Lambda):
            text = f"{name} = ({ast.get_source_segment(source, node)})"
        elif node.name != name:
            self.bind(node.name, value)
            return f"{name} = {node.name}"
        else:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            text = textwrap.dedent("".join(source.splitlines(keepends=True)[first - 1 : node.end_lineno])).rstrip()
        self.lazy_annotations |= bool(flags & __future__.annotations.compiler_flag)
        for used in sorted(_free_names(text) - {name}):
            if used in scope:
                self.bind(used, scope[used])
        return text

    def expression(self, value: object, name: str = "") -> str:
        """A value as an expression; functions, classes and modules by a name that is bound first."""
        kind = type(value)
        if value is None or value is ... or kind in (bool, int, str, bytes, complex, range):
            text = repr(value)
        elif kind is float:
            text = repr(value) if abs(value) < float("inf") else f"float('{value}')"
        elif kind in (list, tuple, set, frozenset):
            items = [self.expression(item, name) for item in value]
            items = sorted(items) if kind in (set, frozenset) else items
            text = f"{kind.__name__}([{', '.join(items)}])" if kind is not list else f"[{', '.join(items)}]"
        elif kind is dict:
            pairs = (f"{self.expression(key, name)}: {self.expression(item, name)}" for key, item in value.items())
            text = "{" + ", ".join(pairs) + "}"
        elif kind is re.Pattern:
            self.bind("re", re)
            text = f"re.compile({value.pattern!r}, {int(value.flags)})"
        elif kind is functools.partial:
            self.bind("functools", functools)
            arguments = [self.expression(argument) for argument in (value.func, *value.args)]
            arguments += [f"{key}={self.expression(argument)}" for key, argument in value.keywords.items()]
            text = f"functools.partial({', '.join(arguments)})"
        elif kind.__module__ == "torch" and kind.__name__ in ("dtype", "device", "Tensor"):
            text = self.torch_value(value)
        elif isinstance(value, (type, types.ModuleType)) or (
            callable(value) and kind is not types.MethodType and isinstance(getattr(value, "__name__", None), str)
        ):
            text = value.__name__.rpartition(".")[2]
            text = text if text.isidentifier() else f"part_{len(self.bound)}"  # a lambda has no name
            self.bind(text, value)
        else:
            what = f"uses `{name}`" if name else "is"
            raise CannotKeep(f"{what}{', ' if name else ' '}an object of type {kind.__name__}")
        if len(text) > LONGEST:
            raise CannotKeep(f"uses `{name}`, which is too large to keep; take it as an argument")
        return text

    def torch_value(self, value: object) -> str:
        """A dtype, a device, or a small tensor."""
        torch = sys.modules["torch"]
        self.bind("torch", torch)
        if not isinstance(value, torch.Tensor):
            return f"torch.device({str(value)!r})" if isinstance(value, torch.device) else repr(value)
        if value.numel() > LONGEST / 20 or value.requires_grad:
            raise CannotKeep(f"uses a tensor of shape {tuple(value.shape)}; take it as an argument")
        return f"torch.tensor({self.expression(value.tolist())}, dtype={value.dtype})"


def _renamed(original: str, name: str) -> str:
    return original if original == name else f"{original} as {name}"


def _home(value: object) -> tuple[str, str] | None:
    """The module that a value can be imported from, and its name there; None for what a notebook defined."""
    name = next((n for n in (getattr(value, key, None) for key in ("__name__", "_name")) if isinstance(n, str)), "")
    where = getattr(value, "__module__", None)
    for module in (*_HOMES, *((where,) if isinstance(where, str) else ())):
        if module != "__main__" and name and getattr(sys.modules.get(module), name, None) is value:
            return module, name
    return None


def _find(value: object) -> tuple[ast.AST, str, dict[str, object], int]:
    """Where a function, lambda or class is defined: its node, the text around it, the names it sees, its flags."""
    for function in _functions(value):
        code = function.__code__
        source = "".join(linecache.getlines(code.co_filename))
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        node = _node(tree, value, code)
        if node is not None:
            cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
            seen = {name: cell.cell_contents for name, cell in cells if name != "__class__"}
            return node, source, {**function.__globals__, **seen}, code.co_flags
    raise CannotKeep(f"uses `{getattr(value, '__name__', value)}`, whose source is not to be found")


def _functions(value: object) -> Iterator[types.FunctionType]:
    """A function below its decorators, or the functions that a class defines."""
    members = vars(value).values() if isinstance(value, type) else [value]
    for member in members:
        member = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        member = inspect.unwrap(member) if callable(member) else member
        if isinstance(member, types.FunctionType):
            yield member


def _node(tree: ast.Module, value: object, code: types.CodeType) -> ast.AST | None:
    """The node that a code object, or the class around it, was compiled from."""
    line, found = code.co_firstlineno, []
    for node in ast.walk(tree):
        if isinstance(value, type):
            if (
                isinstance(node, ast.ClassDef)
                and node.name == value.__name__
                and node.lineno <= line <= node.end_lineno
            ):
                found.append(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name == code.co_name and line == min([node.lineno, *(d.lineno for d in node.decorator_list)]):
                found.append(node)
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and _covers(node.body, code):
            found.append(node)
    return found[-1] if found else None  # the innermost: ast.walk goes from the outside in


def _covers(body: ast.expr, code: types.CodeType) -> bool:
    """Whether all of the code lies within a lambda's body."""
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    places = [place for place in code.co_positions() if None not in place and place[3] > 0]
    return bool(places) and all(start <= (a, c) and (b, d) <= end for a, b, c, d in places)


def _free_names(text: str) -> set[str]:
    """The names that a definition looks up outside of itself."""
    names, tables = set(), [symtable.symtable(text, "kept", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        names |= {s.get_name() for s in table.get_symbols() if (s.is_referenced() if top else s.is_global())}
        tables += table.get_children()
    return names

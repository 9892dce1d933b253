"""Where an exception was raised: the learner's line, the expression in it, and the values that it is made of.

What is told of a message supposes something of the code; here it is looked up, so that nothing is told that does not fit.
"""

import ast
import contextlib
import functools
import inspect
import linecache
import os
import re
import sysconfig
import textwrap
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType, SimpleNamespace, TracebackType

from torch import Tensor

from .readback import MISSING, value_of

_COURSE = f"{Path(__file__).resolve().parents[2]}{os.sep}"
_LIBRARIES = tuple({sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")})
# Methods that compute something new from a small tensor and change nothing.
_SIZED = re.compile(
    "range|arange|view|reshape|expand|repeat|split|chunk|unflatten|zeros|ones|empty|full|rand|randn|narrow"
)


class Scene:
    """What is seen of the learner's code where an exception was raised; empty where nothing of it is in the traceback."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.frame: FrameType | None = None
        self.function: FrameType | None = None  # the same, or that of the function around a comprehension
        self.text, self.node = "", None  # the line or lines, and the expression that raised
        self.inside: list[str] = []  # the functions that were entered from there, outermost first
        for step in steps(error):
            name = step.tb_frame.f_code.co_filename
            if name.startswith(("<frozen", "<string", *_LIBRARIES, _COURSE)):
                self.inside.append(step.tb_frame.f_code.co_name)
            else:
                self.frame, self.inside = step.tb_frame, []
                self.function = self.function if _is_comprehension(self.frame) else self.frame
                self.text, self.node = expression(step)

    @property
    def own(self) -> bool:
        """Whether the learner's line itself raised, and nothing that it called (but for functions written in C)."""
        return self.frame is not None and not self.inside

    def value(self, node: ast.AST | None) -> object:
        """What an expression was, if that can be told from names alone and without a call of a function; else MISSING."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's on `.T` came when the learner's own line ran
            try:
                return value_of(node, self.frame)
            except Exception:  # the expression that raised, most of all
                return MISSING

    def operands(self) -> list[tuple[str, ast.expr, object]]:
        """(text, node, value) of what the raising expression puts together: both sides of `@`, the arguments of a call."""
        node = self.node
        if isinstance(node, ast.AugAssign):
            parts = [node.target, node.value]
        elif isinstance(node, (ast.BinOp, ast.Compare)):
            parts = [node.left, *([node.right] if isinstance(node, ast.BinOp) else node.comparators)]
        elif isinstance(node, ast.Call):
            owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            parts = owner + node.args + [each.value for each in node.keywords]
        elif isinstance(node, (ast.Subscript, ast.Attribute)):
            parts = [node.value]
        else:
            parts = []
        return [(ast.unparse(part), part, self.value(part)) for part in parts]

    def tensors(self) -> list[tuple[str, ast.expr, Tensor]]:
        """The operands that are tensors."""
        return [each for each in self.operands() if isinstance(each[2], Tensor)]

    def nones(self) -> list[str]:
        """The operands that are None, as they are written."""
        return [text for text, node, value in self.operands() if value is None and not isinstance(node, ast.Constant)]

    def is_argument(self, name: str) -> bool:
        """Whether the learner's function has an argument of that name."""
        code = self.function.f_code if self.function else None
        return code is not None and name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    def called(self) -> object:
        """The function or module that the raising expression calls, or MISSING."""
        return self.value(self.node.func) if isinstance(self.node, ast.Call) else MISSING

    @functools.cached_property
    def source(self) -> str:
        """The learner's whole function, without its comments."""
        return ast.unparse(self._tree) if self._tree else ""

    def set_before(self, name: str) -> bool:
        """Whether a line above the one that raised sets a name."""
        found = ast.walk(self._tree) if self._tree else ()
        stores = [each for each in found if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        return any(each.id == name and each.lineno < self._line_in_function for each in stores)

    def is_of_the_course(self, function: object) -> bool:
        """Whether a function is one of the course's own, handed in or imported."""
        code = getattr(function, "__code__", None)
        return code is not None and code.co_filename.startswith(_COURSE)

    @functools.cached_property
    def origins(self) -> list[ast.AST]:
        """The raising statement, the heads of the loops around it, and what the names in it were set to before."""
        tree, line = self._tree, self._line_in_function
        if tree is None:  # a lambda, say
            return [self.node] if self.node else []
        found: list[ast.AST] = [
            each for each in _simple(tree) if each.lineno <= line <= (each.end_lineno or each.lineno)
        ]
        found += [each.iter for each in ast.walk(tree) if isinstance(each, ast.For) and _spans(each, line)]
        return self.with_sources(found)

    def with_sources(self, nodes: Iterable[ast.AST]) -> list[ast.AST]:
        """Parts of the code, and what sets the names in them further up."""
        found = list(nodes)
        sets = [each for each in _simple(self._tree) if isinstance(each, (ast.Assign, ast.AugAssign))]
        sets = [each for each in sets if each.lineno < self._line_in_function]
        for _ in range(len(sets)):
            names = {name.id for each in found for name in ast.walk(each) if isinstance(name, ast.Name)}
            more = [each for each in sets if each not in found and names & set(_targets(each))]
            if not more:
                break
            found += more
        return found

    @functools.cached_property
    def _tree(self) -> ast.AST | None:
        try:
            return ast.parse(textwrap.dedent(inspect.getsource(self.function.f_code)))  # type: ignore[union-attr]
        except (OSError, TypeError, SyntaxError, AttributeError):
            return None

    @functools.cached_property
    def _line_in_function(self) -> int:
        return self._line - self.function.f_code.co_firstlineno + 1 if self.function else 0

    @functools.cached_property
    def _line(self) -> int:
        lines = [step.tb_lineno for step in steps(self.error) if step.tb_frame is self.frame]
        return lines[-1] if lines else 0

    def literal_sizes(self) -> list[int]:
        """Sizes written as numbers that no argument has: the 12 of `range(12)` where there are 3 heads."""
        written = {number for origin in self.origins for number in _sizes(origin)}
        return sorted(written - self._sizes_given()) if written else []

    def _sizes_given(self) -> set[int]:
        code = self.function.f_code
        given = [self.function.f_locals.get(name) for name in code.co_varnames[: code.co_argcount]]
        sizes: set[int] = set()
        for value in given:
            parts = value.values() if isinstance(value, Mapping) else [value]
            parts = vars(value).values() if isinstance(value, SimpleNamespace) else parts
            for part in parts:
                sizes |= set(part.shape) if isinstance(part, Tensor) else {part} if type(part) is int else set()
        return sizes

    def divides(self) -> bool:
        """Whether the origins have a `/`, which gives a float even of whole numbers."""
        return any(isinstance(each, ast.Div) for origin in self.origins for each in ast.walk(origin))


def steps(error: BaseException) -> Iterator[TracebackType]:
    """The steps of an exception's traceback, the innermost last."""
    step = error.__traceback__
    while step is not None:
        yield step
        step = step.tb_next


def expression(step: TracebackType) -> tuple[str, ast.AST | None]:
    """The text of the lines that raised, and the expression among them, parsed."""
    code, line = step.tb_frame.f_code, step.tb_lineno
    start, end, left, right = list(code.co_positions())[step.tb_lasti // 2]
    start, end = start or line, end or line
    lines = [linecache.getline(code.co_filename, number) for number in range(start, end + 1)]
    text = " ".join(each.strip() for each in lines)
    if left is None or right is None:
        return text, None
    encoded = [each.rstrip("\n").encode() for each in lines]
    encoded[-1] = encoded[-1][:right]
    encoded[0] = encoded[0][left:]
    source = b"\n".join(encoded).decode(errors="replace")
    with contextlib.suppress(SyntaxError):
        return text, ast.parse(f"({source}\n)", mode="eval").body
    with contextlib.suppress(SyntaxError):
        statement = ast.parse(source).body[0]
        return text, statement.test if isinstance(statement, (ast.If, ast.While, ast.Assert)) else statement
    return text, None


def _is_comprehension(frame: FrameType) -> bool:
    return frame.f_code.co_name in ("<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>")


def _simple(tree: ast.AST | None) -> list[ast.stmt]:
    found = ast.walk(tree) if tree else ()
    return [each for each in found if isinstance(each, ast.stmt) and not hasattr(each, "body")]


def _spans(loop: ast.For, line: int) -> bool:
    return loop.lineno <= line <= (loop.end_lineno or loop.lineno)


def _targets(statement: ast.Assign | ast.AugAssign) -> Iterator[str]:
    for target in getattr(statement, "targets", None) or [statement.target]:  # type: ignore[union-attr]
        yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def calls(trees: Iterable[ast.AST]) -> Iterator[tuple[str, ast.Call]]:
    """The functions and methods that are called in parts of the code, by their names."""
    for each in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(each, ast.Call):
            yield _name(each.func), each


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _sizes(tree: ast.AST) -> Iterator[int]:
    """The whole numbers from 5 on that are written where a size belongs."""
    for each in ast.walk(tree):
        places: list[ast.AST] = []
        if isinstance(each, ast.Call) and _SIZED.fullmatch(_name(each.func)):
            places = list(each.args)
        elif isinstance(each, ast.Slice):
            places = [part for part in (each.lower, each.upper) if part]
        elif isinstance(each, ast.Assign):
            places = list(each.value.elts) if isinstance(each.value, ast.Tuple) else [each.value]
        for place in places:
            parts = place.elts if isinstance(place, (ast.Tuple, ast.List)) else [place]
            yield from (p.value for p in parts if isinstance(p, ast.Constant) and type(p.value) is int and p.value > 4)


def last_frame(error: BaseException) -> FrameType | None:
    """The frame in which the exception was raised, the learner's or not."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return frames[-1] if frames else None

"""Small changes of an expression, as one may slip when writing it: another sign, number, name, order, or a call left out.

What is changed is the tree of a function that hands over its values (rewriting.py): the node inside of a call of `__see__`.
"""

import ast
import copy
import itertools
from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor

_OPERATORS = {
    "Add": (ast.Sub, ast.Mult),
    "Sub": (ast.Add, ast.Mult),
    "Mult": (ast.Div, ast.MatMult, ast.Add, ast.Sub),
    "Div": (ast.Mult, ast.FloorDiv, ast.Sub),
    "FloorDiv": (ast.Div, ast.Mod),
    "Mod": (ast.FloorDiv,),
    "Pow": (ast.Mult,),
    "MatMult": (ast.Mult,),
    "BitAnd": (ast.BitOr,),
    "BitOr": (ast.BitAnd,),
}
_NOT_COMMUTATIVE = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult)
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_COMPARISONS = {kind: tuple(other for other in _ORDERS if other is not kind) for kind in _ORDERS}
_COMPARISONS |= {ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,)}
_FUNCTIONS = """
sum mean max | mean sum median | median mean | max min argmax amax | min max amin | amax amin sum mean | amin amax
argmax argmin max | argmin argmax | var std | std var | softmax log_softmax sigmoid | log_softmax softmax log_sigmoid
exp expm1 log | expm1 exp | log log1p log2 exp | log1p log | log2 log | log10 log | logsumexp sum
sqrt square rsqrt | square sqrt | rsqrt sqrt | abs square | tanh sigmoid erf | sigmoid tanh softmax | erf tanh erfc
erfc erf | gelu relu | relu gelu | ones zeros | zeros ones | ones_like zeros_like | zeros_like ones_like
append extend | extend append | stack cat | cat stack | repeat expand repeat_interleave tile | expand repeat
repeat_interleave repeat | any all | all any | lower upper | upper lower | startswith endswith | endswith startswith
removeprefix removesuffix lstrip | removesuffix removeprefix rstrip | strip lstrip rstrip | lstrip strip | rstrip strip
keys values items | values keys items | items keys values | triu tril | tril triu | floor ceil | ceil floor | round floor
unsqueeze squeeze | squeeze unsqueeze | reshape transpose | view transpose | transpose reshape | mul div matmul
matmul mul | mm mul | div mul | add sub | sub add | gt ge lt | ge gt | lt le gt | le lt | eq ne | ne eq | sorted reversed
isspace isalpha | isalpha isspace isalnum | index rindex | find rfind
"""
_OTHERS = {row.split()[0]: row.split()[1:] for row in _FUNCTIONS.replace("\n", "|").split("|") if row.strip()}
_ALONG = ("sum", "mean", "max", "min", "amax", "amin", "argmax", "argmin", "var", "std", "softmax", "log_softmax")
_ALONG += ("logsumexp", "norm", "stack", "cat", "unsqueeze", "squeeze", "normalize", "all", "any", "argsort", "sort")
_MOST_NAMES, _MOST_TEXTS, _MOST_NUMBERS, _MOST_EXCHANGED = 6, 16, 8, 4
_LARGEST = 5000  # of a number that may take another's place: it may become a tensor's size


class Scope(NamedTuple):
    """What may take the place of something: variables with what is known of their values, texts, numbers, attributes."""

    names: dict[str, list[object]]
    texts: tuple[str, ...]
    numbers: tuple[float, ...]
    attributes: tuple[str, ...]


def changes(node: ast.AST, value: object, scope: Scope) -> Iterator[ast.AST]:
    """What an expression may have been meant to be, the likeliest first. value: what it is now."""
    way = _WAYS.get(type(node))
    if way is not None:
        yield from way(node, value, scope)
    if isinstance(node, (ast.BinOp, ast.Call)):
        yield from _exchanged(node, scope)
    if isinstance(value, bool) and isinstance(node, ast.expr) and not isinstance(node, (ast.Constant, ast.UnaryOp)):
        yield ast.UnaryOp(ast.Not(), node)
        yield ast.Constant(True)
        yield ast.Constant(False)


def _exchanged(node: ast.AST, scope: Scope) -> Iterator[ast.AST]:
    """Two variables in each other's place."""
    names = (part.id for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in scope.names)
    for one, other in itertools.combinations(list(dict.fromkeys(names))[:_MOST_EXCHANGED], 2):
        yield _Renamed({one: other, other: one}).visit(copy.deepcopy(node))


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)


def _binary(node: ast.BinOp, value: object, scope: Scope) -> Iterator[ast.AST]:
    for other in _OPERATORS.get(type(node.op).__name__, ()):
        yield ast.BinOp(node.left, other(), node.right)
    inexact = isinstance(value, (Tensor, float))  # a power of integers may never end
    if isinstance(node.op, _NOT_COMMUTATIVE) or (isinstance(node.op, ast.Pow) and inexact):
        yield ast.BinOp(node.right, node.op, node.left)
    if isinstance(node.op, ast.Mult) and inexact:
        yield ast.BinOp(node.left, ast.Pow(), node.right)
    yield node.left
    yield node.right


def _added(node: ast.AugAssign, value: object, scope: Scope) -> Iterator[ast.AST]:
    for other in _OPERATORS.get(type(node.op).__name__, ()):
        yield ast.AugAssign(node.target, other(), node.value)


def _compare(node: ast.Compare, value: object, scope: Scope) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        for other in _COMPARISONS.get(type(op), ()):
            yield ast.Compare(node.left, [*node.ops[:place], other(), *node.ops[place + 1 :]], node.comparators)


def _any_or_all(node: ast.BoolOp, value: object, scope: Scope) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for place in range(len(node.values)):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def _unary(node: ast.UnaryOp, value: object, scope: Scope) -> Iterator[ast.AST]:
    yield node.operand


def _constant(node: ast.Constant, value: object, scope: Scope) -> Iterator[ast.AST]:
    new: list[object] = []
    if isinstance(value, bool):
        new = [not value]
    elif isinstance(value, int):
        inverse = [1 / value] if 1 < abs(value) <= _LARGEST else []
        new = [value + 1, value - 1, -value, *inverse, *_near(value, scope.numbers)]
    elif isinstance(value, float):
        scaled = [value * each for each in (-1, 2, 0.5, 10, 0.1)]
        new = [*scaled, 1 - value, 1 / (value or 1), *_near(value, scope.numbers)]
    elif isinstance(value, str):
        likely = sorted(scope.texts, key=lambda text: (-_common(text, value), text))
        new = [text for text in likely if text != value][:_MOST_TEXTS]
    yield from map(ast.Constant, dict.fromkeys(each for each in new if each != value or type(each) is not type(value)))


def _near(value: float, numbers: tuple[float, ...]) -> list[float]:
    likely = sorted(numbers, key=lambda each: abs(each - value))
    return [each for each in likely if abs(each) <= _LARGEST][:_MOST_NUMBERS]


def _common(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning and end."""
    pairs = (zip(one, other, strict=False), zip(one[::-1], other[::-1], strict=False))
    return sum(next((place for place, (a, b) in enumerate(pair) if a != b), 99) for pair in pairs)


def _name(node: ast.Name, value: object, scope: Scope) -> Iterator[ast.AST]:
    ranked = []
    for name, values in scope.names.items():
        if name == node.id or (values and not any(_alike(each, value) for each in values)):
            continue
        ranked.append((not any(_same_shape(each, value) for each in values), len(ranked), name))
    for _, _, name in sorted(ranked)[:_MOST_NAMES]:
        yield ast.Name(name, ast.Load())
    for other in _OTHERS.get(node.id, ()) if node.id not in scope.names else ():
        yield ast.Name(other, ast.Load())


def _alike(one: object, other: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one) <= max(_LARGEST, abs(other))
    return type(one) is type(other)


def _same_shape(one: object, other: object) -> bool:
    return not isinstance(other, Tensor) or (isinstance(one, Tensor) and one.dim() == other.dim())


def _attribute(node: ast.Attribute, value: object, scope: Scope) -> Iterator[ast.AST]:
    if node.attr in ("T", "mT"):
        yield node.value
    for other in scope.attributes:
        if other != node.attr:
            yield ast.Attribute(node.value, other, ast.Load())


def _call(node: ast.Call, value: object, scope: Scope) -> Iterator[ast.AST]:
    args, keywords = node.args, node.keywords
    for swapped in _orders(args):
        yield ast.Call(node.func, swapped, keywords)
    for other in _OTHERS.get(_called(node), ()):
        yield ast.Call(_renamed(node.func, other), args, keywords)
    for place in range(len(args)):
        yield ast.Call(node.func, [*args[:place], *args[place + 1 :]], keywords)
    for place in range(len(keywords)):
        yield ast.Call(node.func, args, [*keywords[:place], *keywords[place + 1 :]])
    if isinstance(node.func, ast.Attribute):
        yield node.func.value
    if args and not isinstance(args[0], ast.Starred):
        yield args[0]
    yield from _with_more(node, value)


def _with_more(node: ast.Call, value: object) -> Iterator[ast.AST]:
    """The call with an argument that may have been left out."""
    given, called = {keyword.arg for keyword in node.keywords}, _called(node)
    if called in _ALONG:
        for name, values in (("dim", (-1, 1, 0)), ("keepdim", (True,))):
            for each in values if name not in given else ():
                yield _more(node, **{name: each})
        if given.isdisjoint(("dim", "keepdim")) and len(node.args) < 2:
            for each in (-1, 1, 0):
                yield _more(node, dim=each, keepdim=True)
    if called in ("var", "std", "var_mean", "std_mean") and given.isdisjoint(("unbiased", "correction")):
        yield _more(node, correction=0)
    if called in ("sorted", "sort", "argsort", "topk"):
        flag = "reverse" if called == "sorted" else "descending"
        if flag not in given:
            yield _more(node, **{flag: True})
    if called == "sorted" and "key" not in given:
        first = ast.Subscript(ast.Name("item", ast.Load()), ast.Constant(1), ast.Load())
        item = ast.arguments([], [ast.arg("item")], None, [], [], None, [])
        yield ast.Call(node.func, node.args, [*node.keywords, ast.keyword("key", ast.Lambda(item, first))])


def _more(node: ast.Call, **more: object) -> ast.Call:
    added = [ast.keyword(name, ast.Constant(value)) for name, value in more.items()]
    return ast.Call(node.func, node.args, [*node.keywords, *added])


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())


def _subscript(node: ast.Subscript, value: object, scope: Scope) -> Iterator[ast.AST]:
    yield node.value
    cut = node.slice
    if not isinstance(cut, ast.Slice):
        return
    for bound in ("lower", "upper", "step"):
        if getattr(cut, bound) is not None:
            yield ast.Subscript(node.value, _sliced(cut, bound, None), ast.Load())
    numbers = [name for name, values in scope.names.items() if any(type(each) is int for each in values)]
    for bound, others in (("lower", (1,)), ("upper", (-1, *numbers[:_MOST_NAMES])), ("step", (-1,))):
        if getattr(cut, bound) is None:
            for each in others:
                new = ast.Name(each, ast.Load()) if isinstance(each, str) else ast.Constant(each)
                yield ast.Subscript(node.value, _sliced(cut, bound, new), ast.Load())


def _sliced(cut: ast.Slice, bound: str, new: ast.expr | None) -> ast.Slice:
    return ast.Slice(**{"lower": cut.lower, "upper": cut.upper, "step": cut.step, bound: new})


def _in_a_row(node: ast.Tuple | ast.List, value: object, scope: Scope) -> Iterator[ast.AST]:
    for parts in _orders(node.elts):
        yield type(node)(parts, ast.Load())


def _targets(node: ast.Assign | ast.For | ast.comprehension, value: object, scope: Scope) -> Iterator[ast.AST]:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    for parts in _orders(target.elts) if isinstance(target, (ast.Tuple, ast.List)) else ():
        new = ast.copy_location(ast.Tuple(parts, ast.Store()), target)
        yield (
            ast.Assign([new], node.value) if isinstance(node, ast.Assign) else ast.comprehension(new, node.iter, [], 0)
        )


def _orders(parts: list) -> Iterator[list]:
    """Two neighbours exchanged, or all in reverse."""
    for place in range(len(parts) - 1):
        yield [*parts[:place], parts[place + 1], parts[place], *parts[place + 2 :]]
    if len(parts) > 2:
        yield parts[::-1]


_WAYS = {
    ast.BinOp: _binary,
    ast.AugAssign: _added,
    ast.Compare: _compare,
    ast.BoolOp: _any_or_all,
    ast.UnaryOp: _unary,
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.Assign: _targets,
    ast.For: _targets,
    ast.comprehension: _targets,
    ast.Tuple: _in_a_row,
    ast.List: _in_a_row,
}

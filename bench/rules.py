"""What can be edited in one place of a function: a rule for each type of node, as learners slip.

A rule gives the changes of a node: the kind, start and end of the stretch to replace, what replaces it, and the expression
or statement whose value that changes.
"""

import ast
import re
from collections.abc import Callable, Iterator

from bench.text import Text

Change = tuple[str, int, int, str, ast.AST]

OPERATORS = {"Add": "-", "Sub": "+", "Mult": "/", "Div": "*", "FloorDiv": "/", "Mod": "//", "Pow": "*", "MatMult": "*"}
OPERATORS |= {"BitAnd": "|", "BitOr": "&"}
SIGNS = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**", "MatMult": "@"}
SIGNS |= {"BitAnd": "&", "BitOr": "|"}
COMPARISONS = {"<": ("<=", ">"), ">": (">=", "<"), "<=": ("<", ">="), ">=": (">", "<="), "==": ("!=",), "!=": ("==",)}
COMPARISONS |= {"in": ("not in",), "not in": ("in",), "is": ("is not",), "is not": ("is",)}
SWAPS = """
sum:mean mean:sum max:min min:max amax:amin amin:amax var:std std:var median:mean softmax:log_softmax
log_softmax:softmax exp:expm1 log:log1p log2:log logsumexp:sum sqrt:square square:sqrt abs:square rsqrt:sqrt
tanh:sigmoid sigmoid:tanh erf:tanh erfc:erf gelu:relu argmax:argmin argmin:argmax ones:zeros zeros:ones
ones_like:zeros_like zeros_like:ones_like append:extend extend:append stack:cat cat:stack repeat:expand expand:repeat
any:all all:any lower:upper upper:lower startswith:endswith endswith:startswith removeprefix:removesuffix
removesuffix:removeprefix strip:lstrip isspace:isalpha keys:values items:keys triu:tril sorted:list floor:ceil
transpose:reshape permute:reshape unsqueeze:squeeze squeeze:unsqueeze repeat_interleave:repeat mm:mul matmul:mul
add:sub sub:add mul:div div:mul gt:ge lt:le eq:ne
"""
SWAPPED = dict(pair.split(":") for pair in SWAPS.split())
WORDS = (("weight", "bias"), ("query", "key"), ("key", "value"), ("word", "position"), ("intermediate", "output"))


def _whole(text: Text, node: ast.AST, kind: str, new: str, spot: ast.AST | None = None) -> Change:
    return kind, text.start(node), text.end(node), new, spot or node


def _sign(text: Text, left: ast.AST, right: ast.AST, old: str, new: str, spot: ast.AST, kind: str) -> Iterator[Change]:
    """The sign between two operands exchanged."""
    gap = text.between(text.end(left), text.start(right))
    pattern = r"\b" + old.replace(" ", r"\s+") + r"\b" if old[0].isalpha() else re.escape(old)
    changed = re.sub(pattern, lambda _: new, gap, count=1)
    yield kind, text.end(left), text.start(right), changed, spot


def _binary(text: Text, node: ast.BinOp) -> Iterator[Change]:
    name = type(node.op).__name__
    if name in OPERATORS:
        yield from _sign(text, node.left, node.right, SIGNS[name], OPERATORS[name], node, "operator")
    yield _whole(text, node, "operand left out", text.of(node.left, atom=True), node)
    yield _whole(text, node, "operand left out", text.of(node.right, atom=True), node)
    if name in ("Sub", "Div", "MatMult", "Pow"):
        gap = text.between(text.end(node.left), text.start(node.right))
        yield _whole(text, node, "operands swapped", text.of(node.right) + gap + text.of(node.left))


def _unary(text: Text, node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, int):
        for value in (-node.operand.value - 1, -node.operand.value + 1):
            yield _whole(text, node, "number", str(value), text.spot(node))
    else:
        yield _whole(text, node, "sign left out", text.of(node.operand, atom=True), text.spot(node))


def _constant(text: Text, node: ast.Constant) -> Iterator[Change]:
    value, spot, new = node.value, text.spot(node), []
    if isinstance(text.parents.get(node), ast.UnaryOp) and isinstance(value, int):
        return
    if isinstance(value, bool):
        new = [not value]
    elif isinstance(value, int):
        new = [value + 1, value - 1]
    elif isinstance(value, float):
        new = [value * 10, value / 2] if value else [1.0]
    elif isinstance(value, str):
        yield from _string(text, node, spot)
        return
    for each in new:
        yield _whole(text, node, "number" if not isinstance(value, bool) else "True and False", repr(each), spot)


def _string(text: Text, node: ast.Constant | ast.JoinedStr, spot: ast.AST) -> Iterator[Change]:
    written = text.of(node)
    for pair in WORDS:
        for old, new in (pair, pair[::-1]):
            if old in written:
                yield _whole(text, node, "word in a text", written.replace(old, new, 1), spot)
    if isinstance(node, ast.JoinedStr):
        return
    if "->" in node.value:  # of einsum
        yield _whole(text, node, "text", repr(node.value[:-2] + node.value[-2:][::-1]), spot)
        return
    place = text.strings.index(node.value) if node.value in text.strings else 0
    for other in text.strings[place + 1 : place + 2] + text.strings[max(place - 1, 0) : place]:
        yield _whole(text, node, "text", repr(other), spot)
    if node.value:
        yield _whole(text, node, "text", repr(node.value[:-1]), spot)


def _name(text: Text, node: ast.Name) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load) and node.id in text.names:
        place = text.names.index(node.id)
        for step in (1, -1):
            other = text.names[(place + step) % len(text.names)]
            yield _whole(text, node, "name", other, text.spot(node))
    elif node.id in SWAPPED and isinstance(text.parents.get(node), ast.Call):
        yield _whole(text, node, "function", SWAPPED[node.id], text.spot(node))


def _attribute(text: Text, node: ast.Attribute) -> Iterator[Change]:
    start, parent = text.end(node) - len(node.attr), text.parents.get(node)
    if not isinstance(node.ctx, ast.Load):
        return
    if isinstance(parent, ast.Call) and parent.func is node:
        if node.attr in SWAPPED:
            yield "function", start, text.end(node), SWAPPED[node.attr], parent
        return
    if node.attr in ("T", "mT"):
        yield _whole(text, node, "call left out", text.of(node.value), text.spot(node))
    known = list(dict.fromkeys(text.attributes.get(getattr(node.value, "id", ""), [])))
    if node.attr in known and len(known) > 1:
        other = known[(known.index(node.attr) + 1) % len(known)]
        yield "attribute", start, text.end(node), other, text.spot(node)


def _call(text: Text, node: ast.Call) -> Iterator[Change]:
    args = sorted([*node.args, *node.keywords], key=text.start)
    args = [each for each in args if getattr(each, "arg", None) != "strict"]  # of zip: it changes no value
    if any(isinstance(each, ast.GeneratorExp) for each in args):
        return
    if isinstance(text.parents.get(node), ast.Expr):
        yield _whole(text, node, "line left out", "pass")
    if isinstance(node.func, ast.Attribute) and not _is_module(text, node.func.value):
        yield _whole(text, node, "call left out", text.of(node.func.value), node)
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield _whole(text, node, "call left out", text.of(node.args[0], atom=True), node)
    for place, each in enumerate(args if len(args) > 1 else ()):
        if place + 1 < len(args):
            yield "argument left out", text.start(each), text.start(args[place + 1]), "", node
        else:
            yield "argument left out", text.end(args[place - 1]), text.end(each), "", node
    for one, two in zip(node.args, node.args[1:], strict=False):
        gap = text.between(text.end(one), text.start(two))
        yield "arguments swapped", text.start(one), text.end(two), text.of(two) + gap + text.of(one), node


def _is_module(text: Text, node: ast.AST) -> bool:
    """Whether what is before the dot is a module, such as torch.nn.functional, and no value."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id not in text.names


def _compare(text: Text, node: ast.Compare) -> Iterator[Change]:
    gap = text.between(text.end(node.left), text.start(node.comparators[0]))
    sign = " ".join(re.sub(r"[()]", " ", gap).split())
    for new in COMPARISONS.get(sign, ()):
        yield from _sign(text, node.left, node.comparators[0], sign, new, node, "comparison")


def _any_or_all(text: Text, node: ast.BoolOp) -> Iterator[Change]:
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    yield from _sign(text, node.values[0], node.values[1], old, new, node, "and, or")
    yield "operand left out", text.start(node.values[0]), text.start(node.values[1]), "", node
    yield "operand left out", text.end(node.values[-2]), text.end(node.values[-1]), "", node


def _subscript(text: Text, node: ast.Subscript) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load):
        yield _whole(text, node, "index left out", text.of(node.value), text.spot(node))
    if isinstance(node.slice, ast.Slice):
        for bound in filter(None, (node.slice.lower, node.slice.upper, node.slice.step)):
            yield _whole(text, bound, "bound left out", "", node)


def _in_a_row(text: Text, node: ast.Tuple | ast.List) -> Iterator[Change]:
    for one, two in zip(node.elts, node.elts[1:], strict=False):
        gap = text.between(text.end(one), text.start(two))
        yield "order", text.start(one), text.end(two), text.of(two) + gap + text.of(one), text.spot(node)


def _condition(text: Text, node: ast.If | ast.IfExp) -> Iterator[Change]:
    yield _whole(text, node.test, "condition", f"not {text.of(node.test, atom=True)}", node.test)
    yield _whole(text, node.test, "condition", "True", node.test)


def _filter(text: Text, node: ast.comprehension) -> Iterator[Change]:
    before = node.iter
    for test in node.ifs:
        yield "condition", text.end(before), text.end(test), "", text.parents[node]
        before = test


def _assigned(text: Text, node: ast.Assign) -> Iterator[Change]:
    target = node.targets[0]
    again = isinstance(target, ast.Name) and any(
        getattr(each, "id", getattr(each, "arg", None)) == target.id and each.lineno < node.lineno
        for each in ast.walk(text.tree)
        if isinstance(each, (ast.Name, ast.arg))
    )
    if again or isinstance(target, ast.Subscript):
        yield _whole(text, node, "line left out", "pass")


def _added(text: Text, node: ast.AugAssign) -> Iterator[Change]:
    sign, other = SIGNS[type(node.op).__name__] + "=", OPERATORS[type(node.op).__name__] + "="
    yield from _sign(text, node.target, node.value, sign, other, node, "operator")
    yield from _sign(text, node.target, node.value, sign, "=", node, "operator")
    yield _whole(text, node, "line left out", "pass")


def _jump(text: Text, node: ast.Break | ast.Continue) -> Iterator[Change]:
    yield _whole(text, node, "line left out", "pass")


RULES: dict[str, Callable[[Text, ast.AST], Iterator[Change]]] = {
    "BinOp": _binary,
    "UnaryOp": _unary,
    "Constant": _constant,
    "JoinedStr": lambda text, node: _string(text, node, text.spot(node)),
    "Name": _name,
    "Attribute": _attribute,
    "Call": _call,
    "Compare": _compare,
    "BoolOp": _any_or_all,
    "Subscript": _subscript,
    "Tuple": _in_a_row,
    "List": _in_a_row,
    "If": _condition,
    "IfExp": _condition,
    "comprehension": _filter,
    "Assign": _assigned,
    "AugAssign": _added,
    "Break": _jump,
    "Continue": _jump,
}

"""A function's tree, rewritten so that each subexpression hands its value to a hook (values.py)."""

import ast
import contextlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .values import Spot

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


_CHANGED = {ast.AugAssign: "op", ast.Assign: "targets", ast.For: "target", ast.comprehension: "target"}


class Hold(NamedTuple):
    """What may be changed at a spot of the rewritten tree: what is in a call of `__see__`, or part of a statement.

    names: the variables that might be read there, as they are written and as spots name them. statement: its first line.
    """

    around: ast.AST
    statement: int
    names: dict[str, str]

    @property
    def node(self) -> ast.AST:
        """What is there now: the expression in the call, or the statement."""
        return self.around.args[1] if isinstance(self.around, ast.Call) else self.around

    @contextlib.contextmanager
    def changed(self, new: ast.AST) -> Iterator[None]:
        """Inside, another expression or statement is there."""
        if isinstance(self.around, ast.Call):
            old, self.around.args[1] = self.node, _located(new, self.around)
            try:
                yield
            finally:
                self.around.args[1] = old
            return
        part = _CHANGED[type(self.around)]
        old = getattr(self.around, part)
        setattr(self.around, part, getattr(new, part))
        try:
            yield
        finally:
            setattr(self.around, part, old)


def _located(node: ast.AST, near: ast.AST) -> ast.AST:
    """A new node with the lines of one that is near; what is within it from before has its own."""
    if not hasattr(node, "lineno"):
        ast.copy_location(node, near)
        for child in ast.iter_child_nodes(node):
            _located(child, near)
    return node


class Recorded(ast.NodeTransformer):
    """Rewrites a function or class in place; `spots` says what its calls of `__see__` and `__bind__` are about."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots, self.holds = spots, {}
        self._statement = 0
        self._inner: list[list[int]] = [[]]
        self._scopes: list[tuple[str, dict[str, None]]] = []

    # expressions

    def visit(self, node: ast.AST) -> ast.AST:
        """An expression that is read becomes a call of `__see__`; everything else has its own way."""
        if isinstance(node, ast.stmt):
            self._statement = node.lineno
        if isinstance(node, _SCOPES):
            return self._scope(node)
        if isinstance(node, ast.ClassDef):
            node.body = self._block(node.body)
            return node
        if not isinstance(node, ast.expr) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return super().visit(node)
        if isinstance(node, (ast.Starred, ast.Slice, ast.Await, ast.Yield, ast.YieldFrom)):
            return self.generic_visit(node)
        return self._seen(node)

    def _seen(self, node: ast.expr, returned: bool = False) -> ast.expr:
        source = node
        self._inner.append([])
        if isinstance(node, ast.Call):
            node = self._called(node)
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    part.value = self.visit(part.value)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            node = self._comprehended(node)
        elif isinstance(node, ast.NamedExpr):
            node.value = self.visit(node.value)
        elif not isinstance(node, (ast.Name, ast.Constant)):
            node = self.generic_visit(node)
        inner = tuple(self._inner.pop())
        named = node.target if isinstance(node, ast.NamedExpr) else node
        name = self._key(named.id) if isinstance(named, ast.Name) else ""
        number = self._spot(_op(node), source, inner, name, returned)
        seen = self._call("__see__", number, node)
        self._hold(number, seen)
        return seen

    def _called(self, node: ast.Call) -> ast.Call:
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        elif not isinstance(node.func, ast.Name) or self._key(node.func.id) != node.func.id:
            node.func = self.visit(node.func)
        node.args = [self.visit(part) for part in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    def _comprehended(self, node: ast.expr) -> ast.expr:
        for part in node.generators:
            before, source = len(self._inner[-1]), part.iter
            part.iter = self.visit(part.iter)
            over = tuple(self._inner[-1][before:])
            bound = [
                self._call("__bind__", self._spot("loop", source, over, self._key(name)), _load(name))
                for name in _names(part.target)
            ]
            self._hold_names(part, len(bound))
            part.ifs = bound + [self.visit(test) for test in part.ifs]
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                setattr(node, field, self.visit(getattr(node, field)))
        return node

    # statements

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        if isinstance(node.value, ast.Constant):
            return [node]
        call = node.value
        root = _root(call.func.value) if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else None
        node.value = self.visit(node.value)
        if root is None or root == "self":
            return [node]
        inner = self.spots[self._inner[-1][-1]].inner
        return [node, self._bound(_op(call), call, inner, root)]

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        return self._assigned(node, node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        return self._assigned(node, [node.target]) if node.value is not None else [node]

    def _assigned(self, node: ast.Assign | ast.AnnAssign, targets: list[ast.expr]) -> list[ast.stmt]:
        source = node.value
        node.value = self.visit(node.value)
        made = (self._inner[-1][-1],)
        after, before = [], []
        for target in targets:
            bound = [self._bound("bind", source, made, name) for name in _names(target)]
            after += bound
            self._hold_names(node, len(bound) if len(targets) == 1 else 0)
            for part in ast.walk(target):
                if isinstance(part, (ast.Subscript, ast.Attribute)) and not isinstance(part.ctx, ast.Load):
                    root = _root(part)
                    if root and root != "self":
                        old = self._spot("name", part, (), self._key(root))
                        before.append(_statement(self._call("__see__", old, _load(root)), node))
                        after.append(self._bound("store", node, (*made, old), root))
        return [*before, node, *after]

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        root = _root(node.target)
        operator = type(node.op).__name__
        node.value = self.visit(node.value)
        made = self._inner[-1][-1]
        if root is None or root == "self":
            return [node]
        old = self._spot("name", node.target, (), self._key(root))
        before = _statement(self._call("__see__", old, _load(root)), node)
        after = self._bound(operator, node, (old, made), root)
        self._hold(len(self.spots) - 1, node)
        return [before, node, after]

    def visit_For(self, node: ast.For) -> ast.For:
        source = node.iter
        node.iter = self.visit(node.iter)
        over = (self._inner[-1][-1],)
        bound = [self._bound("loop", source, over, name) for name in _names(node.target)]
        self._hold_names(node, len(bound))
        node.body = bound + self._block(node.body)
        node.orelse = self._block(node.orelse)
        return node

    def visit_Return(self, node: ast.Return) -> ast.Return:
        if node.value is not None:
            outer = len(self._scopes) <= 1
            node.value = self._seen(node.value, returned=outer)
        return node

    def _block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        done = []
        for part in body:
            new = self.visit(part)
            done += new if isinstance(new, list) else [new]
        return done

    # scopes, names and calls

    def _scope(self, node: ast.AST) -> ast.AST:
        own = [part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)]
        own += [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
        self._scopes.append((f"{len(self.spots)}:", dict.fromkeys(own)))
        if isinstance(node, ast.Lambda):
            node.body = self._seen(node.body, returned=len(self._scopes) == 1)
        else:
            self._inner.append([])
            node.body = self._block(node.body)
            self._inner.pop()
        self._scopes.pop()
        return node

    def _key(self, name: str) -> str:
        return next((scope + name for scope, own in reversed(self._scopes) if name in own), name)

    def _hold_names(self, around: ast.AST, count: int) -> None:
        """The order of several variables that are set at once may be changed."""
        if count > 1:
            self._hold(len(self.spots) - count, around)

    def _hold(self, number: int, around: ast.AST) -> None:
        names = {name: scope + name for scope, own in self._scopes for name in own}
        self.holds[number] = Hold(around, self._statement, names)

    def _spot(self, op: str, source: ast.AST, inner: tuple = (), name: str = "", returned: bool = False) -> int:
        line = source.func.end_lineno if isinstance(source, ast.Call) else getattr(source, "lineno", 0)
        self.spots.append(Spot(op, type(source).__name__, source, line, inner, name, returned, len(self._scopes)))
        return len(self.spots) - 1

    def _call(self, hook: str, number: int, value: ast.expr) -> ast.Call:
        self._inner[-1].append(number)
        return ast.copy_location(ast.Call(_load(hook), [ast.Constant(number), value], []), value)

    def _bound(self, op: str, source: ast.AST, inner: tuple, name: str) -> ast.stmt:
        number = self._spot(op, source, inner, self._key(name))
        return _statement(ast.Call(_load("__bind__"), [ast.Constant(number), _load(name)], []), source)


def _op(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return "name"
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.BoolOp)):
        return type(node.op).__name__
    if isinstance(node, ast.Compare):
        return " ".join(type(op).__name__ for op in node.ops)
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", getattr(node.func, "id", "Call"))
    return type(node).__name__


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List, ast.Starred)):
        parts: Iterable = [target.value] if isinstance(target, ast.Starred) else target.elts
        for part in parts:
            yield from _names(part)


def _root(node: ast.AST) -> str | None:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _statement(call: ast.expr, near: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Expr(call), near)

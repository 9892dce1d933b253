"""Which names of the notebook a statement binds, changes and reads: at once, or when a function of it is called.

Annotations do not count: answers are compiled with `from __future__ import annotations`.
"""

import __future__

import ast
import functools

# `history.append(x)` changes `history`
CHANGES_IN_PLACE = frozenset(
    [
        "append",
        "update",
        "add",
        "extend",
        "setdefault",
        "insert",
        "remove",
        "discard",
        "pop",
        "popitem",
        "clear",
        "sort",
        "reverse",
    ]
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_PERHAPS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, getattr(ast, "TryStar", ast.Try), ast.Match)
_FUTURE_ANNOTATIONS = __future__.annotations.compiler_flag


class Step:
    """A top-level statement of a cell: its number there, its node, and the names in it."""

    def __init__(self, number: int, node: ast.stmt):
        self.number, self.node = number, node

    @functools.cached_property
    def names(self) -> "Names":
        """All names of the statement, looked up when they are first needed."""
        names = Names()
        try:
            names.visit(self.node)
        except RecursionError:  # nested too deeply; nothing that a learner would write
            return Names()
        return names

    @functools.cached_property
    def binds(self) -> set[str]:
        """The names that the statement gives a value."""
        if self.is_definition:
            return {self.node.name}  # at once, without a look at the body
        return self.names.bound

    @functools.cached_property
    def compile_error(self) -> tuple[str, int] | None:
        """Why a statement that can be parsed cannot be run, such as a `break` outside of a loop, and its line; or None."""
        try:
            compile(ast.Module([self.node], []), "answer", "exec", _FUTURE_ANNOTATIONS, dont_inherit=True)
        except SyntaxError as error:
            return error.msg, error.lineno or self.node.lineno
        except (RecursionError, MemoryError, ValueError):
            return "the code is nested too deeply to be read", self.node.lineno
        return None

    @property
    def is_definition(self) -> bool:
        """Whether it is a `def` or a `class`."""
        return isinstance(self.node, _DEFINITIONS)

    @property
    def is_definite(self) -> bool:
        """Whether it surely binds what it binds: a branch may not be taken, a loop may have nothing to go through."""
        return not isinstance(self.node, _PERHAPS)


class Names(ast.NodeVisitor):
    """The names of one scope.

    bound: given a value. changed: of these only a part is set. now: read when the code runs. later: read when a function
    that is defined here is called. dotted: `torch.nn.functional`, wherever it is read. imported: (module, name, as what),
    the name "" for a module; stars: modules of which everything is imported.
    """

    def __init__(self):
        self.bound, self.changed, self.now, self.later = set(), set(), set(), set()
        self.dotted, self.imported, self.stars = set(), set(), set()
        self._global, self._only_local, self._walrus = set(), set(), set()

    def _merge(self, inner: "Names", local: set[str] = frozenset(), at_once: bool = True) -> None:
        """Take over what a scope inside leaves free."""
        if at_once:
            self.now |= inner.now - local
            self.later |= inner.later - local
        else:
            self.later |= (inner.now | inner.later | inner._global) - local
        self.dotted |= inner.dotted
        self.imported |= inner.imported
        self.stars |= inner.stars

    def _visit_all(self, nodes: list) -> None:
        for node in nodes:
            self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.now.add(node.id)
        elif isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._walrus.add(node.target.id)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.now.add(node.target.id)
            self.changed.add(node.target.id)
            self._only_local.add(node.target.id)
        else:
            self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif isinstance(node.target, ast.Name):
            self._only_local.add(node.target.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change(node)
        parts, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            parts.append(base.attr)
            base = base.value
        if isinstance(base, ast.Name):
            parts.append(base.id)
            self.dotted.add(".".join(reversed(parts)))
        self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change(node)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in CHANGES_IN_PLACE:
            self._change(call.func)
        self.visit(node.value)

    def _change(self, node: ast.expr) -> None:
        """A part of a name's value is set: `params["bias"].data = x` changes `params`."""
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        if isinstance(node, ast.Name):
            self.changed.add(node.id)

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            self.bound.add(each.asname or each.name.partition(".")[0])
            self.imported.add((each.name, "", each.asname or each.name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module == "__future__":
            return
        module = "." * node.level + (node.module or "")
        for each in node.names:
            if each.name == "*":
                self.stars.add(module)
                continue
            self.bound.add(each.asname or each.name)
            self.imported.add((module, each.name, each.asname or each.name))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        inner = Names()
        inner._visit_all([node.target, *node.body, *node.orelse])
        target = Names()
        target.visit(node.target)
        self._merge(inner, target.bound)  # what the loop sets is not read from before it
        self.bound |= inner.bound
        self.changed |= inner.changed
        for kind in ("_global", "_only_local", "_walrus"):
            getattr(self, kind).update(getattr(inner, kind))

    visit_AsyncFor = visit_For

    def visit_ExceptHandler(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = visit_ExceptHandler

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bound.add(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self._global.update(node.names)

    visit_Nonlocal = visit_Global

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bound.add(node.name)
        self._visit_all(node.decorator_list)
        self._function(node.args, node.body, getattr(node, "type_params", []))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node.args, [node.body])

    def _function(self, args: ast.arguments, body: list, types: list = ()) -> None:
        self._visit_all([*args.defaults, *filter(None, args.kw_defaults)])
        inner = Names()
        inner._visit_all(body)
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        local = {arg.arg for arg in every if arg} | {each.name for each in types} | inner.bound | inner._only_local
        self._merge(inner, local - inner._global, at_once=False)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bound.add(node.name)
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        so_far = {each.name for each in getattr(node, "type_params", [])} | {"__class__"}
        for (
            each
        ) in node.body:  # in order: `linear = linear` reads the one outside; methods do not see the class's names
            inner = Names()
            inner.visit(each)
            inner.now -= so_far
            self._merge(inner)
            so_far |= inner.bound

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        inner = Names()
        inner._visit_all([first.target, *first.ifs])
        for each in others:
            inner._visit_all([each.iter, each.target, *each.ifs])
        inner._visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._merge(inner, inner.bound - inner._walrus)
        self.bound |= inner._walrus
        self._walrus |= inner._walrus

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

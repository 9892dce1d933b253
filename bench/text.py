"""A function's text beside its tree: which stretch of the text each node is, and what the function names."""

import ast
from collections.abc import Iterator

SIMPLE = (
    ast.Name,
    ast.Constant,
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.List,
    ast.Dict,
    ast.ListComp,
    ast.JoinedStr,
)


class Text:
    """A function's text and tree. Offsets are bytes, as in the tree."""

    def __init__(self, source: str) -> None:
        self.bytes, self.tree = source.encode(), ast.parse(source)
        starts = [0]
        for line in source.splitlines(keepends=True):
            starts.append(starts[-1] + len(line.encode()))
        self._line_starts = starts
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.names, self.strings, self.attributes = [], [], {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.arg):
                self.names.append(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.names.append(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if not (isinstance(self.parents[node], ast.Call) and self.parents[node].func is node):
                    self.attributes.setdefault(node.value.id, []).append(node.attr)
        self.names = list(dict.fromkeys(self.names))
        texts = (node.value for node in self.nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str))
        self.strings = list(dict.fromkeys(texts))

    def nodes(self) -> Iterator[ast.AST]:
        """The nodes that may be edited: no docstrings, annotations, decorators, messages, nor what is inside an f-string."""
        waiting: list[ast.AST] = [*self.tree.body]
        while waiting:
            node = waiting.pop(0)
            yield node
            for name, value in ast.iter_fields(node):
                if name in ("annotation", "returns", "decorator_list") or isinstance(node, ast.JoinedStr):
                    continue
                children = value if isinstance(value, list) else [value]
                waiting += [each for each in children if isinstance(each, ast.AST) and not _left_alone(each)]

    def start(self, node: ast.AST) -> int:
        return self._line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.AST) -> int:
        return self._line_starts[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.AST, atom: bool = False) -> str:
        """A node's text; `atom`: in brackets where it needs them to be an operand."""
        found = self.between(self.start(node), self.end(node))
        return f"({found})" if atom and not isinstance(node, SIMPLE) and found[:1] not in "([{" else found

    def between(self, start: int, end: int) -> str:
        return self.bytes[start:end].decode()

    def spot(self, node: ast.AST) -> ast.AST:
        """The expression or simple statement that a name, constant or the like is a part of."""
        parent = self.parents.get(node)
        while isinstance(parent, (ast.Tuple, ast.Slice, ast.keyword, ast.Starred)):
            node, parent = parent, self.parents.get(parent)
        compound = (ast.For, ast.If, ast.While, ast.With, ast.FunctionDef, ast.ClassDef)
        return node if isinstance(parent, compound) or not hasattr(parent, "lineno") else parent


def _left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: it changes no value
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, (ast.Raise, ast.Assert, ast.Import, ast.ImportFrom))

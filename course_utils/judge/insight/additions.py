"""What may have been left out around an expression: a call, an index, a sign, an operand.

Like changes.py, on the tree of a function that hands over its values.
"""

import ast
from collections.abc import Iterator

from torch import Tensor

from .changes import Scope
from .values import OTHER

_OF_TENSORS = """
x.float() x.double() x.sqrt() x.square() x.exp() x.log() x.abs() x.mT x.transpose(1,2) x.softmax(-1) x.sum(-1)
x.mean(-1) x.sum(-1,keepdim=True) x.mean(-1,keepdim=True) x.sum() x.mean() 1-x 1+x 1/x x*2 x/2 x+1 x-1 -x x[0] x[-1]
x[...,None] x[None] x[:,0] x.tolist() x.item() x.flatten(2) x.argsort()
"""
_OF_TENSORS_OF_INTEGERS = "x.bool() x.float() x.tolist() x.item() x[0] x[-1] x+1 x-1 x[...,None] x.sum() x.sum(-1) 1-x"
_OF_LISTS = """
sorted(x) x[::-1] list(x) tuple(x) set(x) dict.fromkeys(x) len(x) x[0] x[-1] x[1:] x[:-1] sum(x) max(x)
torch.stack(x) torch.cat(x) torch.tensor(x)
"""
_OF_TEXTS = "x.lower() x.strip() x.upper() x.split() x[1:] x[:-1] x[2:] len(x) list(x)"
_OF_NUMBERS = "-x 1-x 1/x x+1 x-1 x*2 x/2 int(x) float(x) abs(x) round(x) x**0.5 x**2 math.sqrt(x) str(x)"
_OF_OTHERS = "x.eval() list(x) x.values() x.items() x.keys() dict(x)"
_SIGNS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)
_MOST_NAMES = 6


def additions(node: ast.AST, value: object, scope: Scope) -> Iterator[ast.AST]:
    """The expression with something around it that may have been left out."""
    if not isinstance(node, ast.expr) or isinstance(node, (ast.Tuple, ast.Constant)) or isinstance(value, bool):
        return
    if value is OTHER and not isinstance(node, ast.Call):  # a module, a function
        return
    for text in _around(value).split():
        yield _filled(text, node)
    if type(value) is int:
        yield _filled("range(x)", node)
    if isinstance(value, (Tensor, int, float)):
        yield from _with_operands(node, value, scope)
    if isinstance(value, (Tensor, tuple, str)):
        counts = [name for name, values in scope.names.items() if any(type(each) is int for each in values)]
        for name in counts[:_MOST_NAMES]:
            for text in (f"x[:{name}]", f"x[{name}:]", f"x[{name}]"):
                yield _filled(text, node)


def _with_operands(node: ast.AST, value: object, scope: Scope) -> Iterator[ast.AST]:
    signs = _SIGNS if isinstance(value, Tensor) else _SIGNS[:-1]
    names = [name for name, values in scope.names.items() if any(_fits(each, value) for each in values)]
    for name in names[:_MOST_NAMES]:
        other = ast.Name(name, ast.Load())
        for sign in signs:
            yield ast.BinOp(node, sign(), other)
        for sign in (ast.Sub, signs[-1]):
            yield ast.BinOp(other, sign(), node)


def _around(value: object) -> str:
    """What may be around a value of this kind."""
    if isinstance(value, Tensor):
        return _OF_TENSORS if value.is_floating_point() else _OF_TENSORS_OF_INTEGERS
    for kind, texts in ((tuple, _OF_LISTS), (str, _OF_TEXTS), ((int, float), _OF_NUMBERS)):
        if isinstance(value, kind):
            return texts
    return _OF_OTHERS


def _fits(one: object, other: object) -> bool:
    numbers = (int, float)
    if isinstance(other, Tensor):
        return isinstance(one, (Tensor, *numbers)) and not isinstance(one, bool)
    return isinstance(one, numbers) and isinstance(other, numbers) and not isinstance(one, bool)


class _Fill(ast.NodeTransformer):
    def __init__(self, node: ast.AST) -> None:
        self.node = node

    def visit_Name(self, name: ast.Name) -> ast.AST:
        return self.node if name.id == "x" else name


def _filled(text: str, node: ast.AST) -> ast.AST:
    return _Fill(node).visit(ast.parse(text, mode="eval").body)

"""Read what an expression was, after the code around it has raised, without running the learner's code again."""

import ast
import functools
import inspect
import re
from types import FrameType, SimpleNamespace

import torch
from torch import Tensor, nn

MISSING = object()  # a value that cannot be read
# Methods that compute something new from a tensor and change nothing.
_PURE = re.compile(
    "transpose|permute|view|reshape|unsqueeze|squeeze|flatten|unflatten|expand|t|float|double|half|long|int|bool|detach|"
    "contiguous|size|dim|numel|mean|sum|abs|clone"
)


def value_of(node: ast.AST | None, frame: FrameType | None) -> object:
    """The value of an expression made of names, constants, attributes, indices and methods that change nothing.

    MISSING where it has anything else in it. Raises what reading it raises.
    """
    again = functools.partial(value_of, frame=frame)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and frame is not None:
        return frame.f_locals[node.id] if node.id in frame.f_locals else frame.f_globals[node.id]
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(again(each) for each in node.elts)
    if isinstance(node, ast.Slice):
        return slice(*(None if part is None else again(part) for part in (node.lower, node.upper, node.step)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -again(node.operand)  # type: ignore[operator]
    if isinstance(node, ast.Subscript):
        base = again(node.value)
        if isinstance(base, (Tensor, dict, list, tuple, nn.ModuleList, nn.ModuleDict)):
            return base[again(node.slice)]
    if isinstance(node, ast.Attribute):
        base = again(node.value)
        if isinstance(base, nn.Module):  # no property of a class of the learner's
            return {**vars(base), **base._parameters, **base._modules, **base._buffers}[node.attr]
        if isinstance(base, SimpleNamespace) or inspect.ismodule(base):
            return getattr(base, node.attr)
        if isinstance(base, Tensor) and node.attr in ("T", "mT", "shape"):
            return getattr(base, node.attr)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _PURE.fullmatch(node.func.attr):
        base = again(node.func.value)
        if isinstance(base, Tensor):
            words = {each.arg: again(each.value) for each in node.keywords if each.arg}
            with torch.no_grad():
                return getattr(base, node.func.attr)(*map(again, node.args), **words)
    return MISSING

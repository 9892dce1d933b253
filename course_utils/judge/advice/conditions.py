"""What has to be seen in a learner's code for a sentence about an exception to be said: functions of the scene."""

import ast

from torch import Tensor, nn

from .scene import Scene, calls

_REDUCING = ("sum", "mean", "norm", "var", "std", "amax", "amin", "logsumexp", "any", "all")


def has_literal_sizes(scene: Scene, *_: str) -> bool:
    """A size is written as a number that no argument has."""
    return bool(scene.literal_sizes())


def divides(scene: Scene, *_: str) -> bool:
    """There is a `/`, which gives a float."""
    return scene.divides()


def is_product(scene: Scene, *_: str) -> bool:
    """The learner's own line multiplies with `@`."""
    return scene.own and isinstance(scene.node, ast.BinOp) and isinstance(scene.node.op, ast.MatMult)


def second_is_transposed(scene: Scene, *_: str) -> bool:
    """A product that would be possible without the `.T` of its second factor."""
    return _fits(scene) and _is_turned(scene.node.right)


def fits_transposed(scene: Scene, *_: str) -> bool:
    """A product that would be possible if its second factor were transposed."""
    return _fits(scene) and not _is_turned(scene.node.right)


def _fits(scene: Scene) -> bool:
    tensors = scene.tensors()
    if not is_product(scene) or len(tensors) != 2:
        return False
    left, right = (tensor for _, _, tensor in tensors)
    return (
        left.dim() > 1 and right.dim() > 1 and left.shape[-1] == right.shape[-1] and left.shape[-1] != right.shape[-2]
    )


def _is_turned(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("T", "mT")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("t", "transpose")


def part_meets_whole(scene: Scene, *_: str) -> bool:
    """A product of one of several parts with a matrix for all of them side by side: 7 and 21, with an axis of 3."""
    tensors = scene.tensors()
    if not is_product(scene) or len(tensors) != 2:
        return False
    left, right = (tensor for _, _, tensor in tensors)
    if left.dim() < 2 or right.dim() != 2 or left.shape[-1] < 2:
        return False
    parts, rest = divmod(right.shape[0], left.shape[-1])
    return rest == 0 and parts > 1 and parts in left.shape[:-1]


def turns_all_axes(scene: Scene, *_: str) -> bool:
    """`.T` of a tensor with more than two axes."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "T" and tensor.dim() > 2 for _, node, tensor in scene.tensors()
    )


def reduced(scene: Scene, *_: str) -> bool:
    """One of the two tensors has one axis fewer than the other, and was reduced without `keepdim`."""
    parts = scene.operands()
    dims = [value.dim() if isinstance(value, Tensor) else -1 for _, _, value in parts]
    if not scene.own or len(parts) != 2 or (-1 not in dims and abs(dims[0] - dims[1]) != 1):
        return False
    fewer = [node for (_, node, _), dim in zip(parts, dims, strict=True) if dim in (-1, min(dims))]
    return any(
        name in _REDUCING and not any(word.arg == "keepdim" for word in call.keywords)
        for name, call in calls(scene.with_sources(fewer))
    )


def lacks_last_axis(scene: Scene, *_: str) -> bool:
    """The second tensor has just the first axes of the first one, or the other way round."""
    tensors = [tensor for _, _, tensor in scene.tensors()]
    if not scene.own or isinstance(getattr(scene.node, "op", None), ast.MatMult) or len(tensors) != 2:
        return False
    short, long = sorted(tensors, key=Tensor.dim)
    return 0 < short.dim() < long.dim() and short.shape == long.shape[: short.dim()]


def is_empty(scene: Scene, *groups: str) -> bool:
    """The last group, a size, is 0."""
    return groups[-1] == "0"


def groups_differ(scene: Scene, one: str, _: str, other: str, *__: str) -> bool:
    """The first and the third group, numbers of matrices, are not equal."""
    return one != other


def ignores_another_label(scene: Scene, label: str) -> bool:
    """The call says `ignore_index`, and this label below 0 is not it."""
    return int(label) < 0 and "ignore_index" in scene.text


def something_is_none(scene: Scene, *_: str) -> bool:
    """It can be told which name is None."""
    return bool(scene.nones())


def none_is_argument(scene: Scene, *_: str) -> bool:
    """What is None is an argument of the function."""
    return any(scene.is_argument(name) for name in scene.nones())


def in_loading(scene: Scene, *_: str) -> bool:
    """It happened inside `load_state_dict`, on a name that is None."""
    return "load_state_dict" in scene.inside


def asks_the_tensor_itself(scene: Scene, *_: str) -> bool:
    """The tensor itself is the condition, not a comparison of it: `if mask:`, `mask or 0`."""
    return isinstance(scene.node, (ast.Name, ast.BoolOp)) or (
        isinstance(scene.node, ast.UnaryOp)
        and isinstance(scene.node.op, ast.Not)
        and isinstance(scene.node.operand, ast.Name)
    )


def is_own_attribute(scene: Scene, owner: str, name: str) -> bool:
    """`self.name` in a class of the learner's that never set it."""
    this = scene.frame.f_locals.get("self") if scene.frame else None
    inside = [function for function in scene.inside if function != "__getattr__"]  # a module's own look-up
    return not inside and type(this).__name__ == owner and f"self.{name}" in scene.text


def is_module(scene: Scene, *_: str) -> bool:
    """What was called is a torch module."""
    return isinstance(scene.called(), nn.Module)


def is_key(scene: Scene, name: str) -> bool:
    """What was asked for as an attribute is a key of the dict."""
    return any(isinstance(value, dict) and name in value for _, _, value in scene.operands())


def is_dotted_dict(scene: Scene, *_: str) -> bool:
    """The dict has keys with dots in them, like a state dict."""
    dicts = [value for _, _, value in scene.operands() if isinstance(value, dict)]
    return any(isinstance(key, str) and "." in key for each in dicts for key in each)

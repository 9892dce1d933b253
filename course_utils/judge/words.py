"""Words for values: what a card says of the things that answers return."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Raised:
    """In place of a value where a call had to raise an exception: the name of the one that it raised."""

    name: str

    def __repr__(self) -> str:
        return f"{self.name} raised"


def describe(thing: object) -> str:
    """What a learner needs to know of a value: `a tuple of 2`, `None`, `a Tensor (2, 5) int64`."""
    if thing is None:
        return "None"
    if isinstance(thing, Tensor):
        return f"a Tensor {tuple(thing.shape)} {short(thing.dtype)}"
    if isinstance(thing, Raised):
        return f"an exception, {thing.name}"
    if type(thing).__module__ == "torch.return_types":
        return f"the pair (values, indices) that `{type(thing).__name__}` returns"
    if type(thing).__module__ == "numpy" and not isinstance(thing, np.ndarray):
        return f"numpy's {type(thing).__name__}, {thing}"
    if isinstance(thing, (tuple, list, dict)):
        return f"{a(type(thing).__name__)} of {len(thing)}"
    if isinstance(thing, (str, int, float)):
        return f"{a(type(thing).__name__)}, {brief(thing)}"
    return a(type(thing).__name__)


def brief(thing: object, limit: int = 120) -> str:
    """A value's repr, shortened in the middle; tensors by shape."""
    if isinstance(thing, Tensor):
        return f"Tensor {tuple(thing.shape)}" if thing.numel() > 12 else repr(_rounded(thing.tolist()))
    text = repr(_rounded(thing))
    if " at 0x" in text or (isinstance(thing, nn.Module) and "\n" in text):
        text = type(thing).__name__
    if "\n" in text:  # a tensor's
        text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit // 2]} ... {text[-limit // 3 :]}"


class _Word(str):
    """A text that is its own repr."""

    def __repr__(self) -> str:
        return str(self)


def _rounded(thing: object) -> object:
    """Floats to six digits, as many as float32 has, and large tensors by shape, also inside lists, tuples and dicts.

    A count that came out as a float is whole, and keeps all its digits.
    """
    if isinstance(thing, Tensor) and thing.numel() > 12:
        return _Word(brief(thing))
    if isinstance(thing, float) and not thing.is_integer():
        return float(f"{thing:.6g}")
    if type(thing) in (list, tuple):
        return type(thing)(_rounded(item) for item in thing)
    if type(thing) is dict:
        return {key: _rounded(value) for key, value in thing.items()}
    return thing


def named_shape(tensor: Tensor, axes: tuple) -> str:
    """`(batch 2, heads 3, tokens 5)`, or the bare shape where the axes have no names."""
    if len(axes) != tensor.dim():
        return str(tuple(tensor.shape))
    return "(" + ", ".join(_named_size(name, size) for name, size in zip(axes, tensor.shape, strict=True)) + ")"


def _named_size(name: str, size: int) -> str:
    if name == "one":  # an axis that is there to be stretched
        return str(size)
    return f"{name}: {size}" if name[-1].isdigit() else f"{name} {size}"


def short(dtype: torch.dtype) -> str:
    """A dtype as a learner says it: float32."""
    return str(dtype).removeprefix("torch.")


def a(name: str) -> str:
    """A type's name with its article."""
    return f"{'an' if name[0] in 'aeiou' or name == 'ndarray' else 'a'} {name}"


def listed(names: Iterable) -> str:
    """The first names of several, quoted, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - 4} more" if len(names) > 5 else ""
    return ", ".join(f"{name!r}" for name in (names[:4] if more else names)) + more


def way_to_plain(value: object) -> str:
    """How to turn a look-alike (tensor, NumPy scalar) into a plain number."""
    if isinstance(value, Tensor):
        return "; `.item()` turns a tensor of one number into a plain number"
    if type(value).__module__ == "numpy":
        return "; `.item()` turns a NumPy number into a Python one, `.tolist()` an array into a list"
    return ""


def way_to_tensor(value: object) -> str:
    """How to turn a look-alike (module, NumPy array) into a tensor."""
    if isinstance(value, nn.Module):
        return "; create it first, then call it on the data: `nn.GELU()(x)`"
    if type(value).__module__ == "numpy":
        return "; `torch.as_tensor` turns it into a tensor"
    return ""

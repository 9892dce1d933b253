"""Copies of what goes in and out of an answer, and whether a call has changed its arguments."""

import copy
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor, nn

# Where a module keeps its hooks, and who sets some for good when it is called, to hand out its hidden states.
_HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
_LIBRARIES = ("torch", "transformers")


class Change(NamedTuple):
    """What a call did to one of its arguments, and what to do about it, each a part of the card's sentence."""

    says: str
    advice: str = "Make a new tensor or list instead."


def fresh(args: tuple) -> tuple:
    """A deep copy of the arguments, so that no call sees what another did to them. Functions are not copied.

    A module that is lent and not copied loses the hooks that an earlier call has left on it.
    """
    copies = tuple(map(_copy, args))
    for mine, original in zip(copies, args, strict=True):
        if mine is original and isinstance(mine, nn.Module):
            _drop_hooks(mine)
    return copies


def kept(value: object) -> object:
    """A copy of a result, which may be the answer's own global list or tensor: a later call must not change it."""
    return _copy(value, other=lambda thing: thing)


def plain(tensor: Tensor) -> Tensor:
    """The tensor without a subclass of the learner's, whose `__torch_function__` would answer for every comparison."""
    if type(tensor) in (Tensor, nn.Parameter):
        return tensor
    with torch._C.DisableTorchFunctionSubclass():
        return tensor.as_subclass(Tensor)


def _copy(thing: object, other: Callable = copy.deepcopy) -> object:
    """copy.deepcopy, but fast for what cases are made of: a diagnosis copies them a thousand times. `other` copies the rest."""
    if type(thing) in (str, int):  # a vocabulary has hundreds
        return thing
    if isinstance(thing, Tensor):
        thing = plain(thing)
        return other(thing) if thing.requires_grad else thing.clone()
    if type(thing) is dict:
        return {key: _copy(value, other) for key, value in thing.items()}
    if type(thing) in (list, tuple):
        return type(thing)(_copy(item, other) for item in thing)
    if type(thing) is SimpleNamespace:  # a config
        return SimpleNamespace(**vars(thing))
    return other(thing)


def changed_argument(before: dict[str, object], now: tuple, raised: bool = False) -> Change | None:
    """The first argument that is no longer what it was; None if all are.

    raised: the call ended with the exception that was wanted, before it could remove its hooks.
    """
    for (name, original), mine in zip(before.items(), now, strict=False):
        if isinstance(mine, nn.Module):
            change = None if raised else _left_hooks(name, original, mine)
            if change is None and mine is not original:
                change = _changed_module(name, original, mine)
            if change:
                return change
        elif mine is original:  # lent: no copy was made
            continue
        elif not same(mine, original):
            return Change(f"`{name}` was changed in place", *_advice_for(original))
    return None


def _advice_for(original: object) -> tuple[str, ...]:
    """What to do in place of changing a dict; nothing of its own for other things."""
    if not isinstance(original, Mapping):
        return ()
    tensors = " with new tensors" if any(isinstance(value, Tensor) for value in original.values()) else ""
    return (f"Make a new dict{tensors} instead.",)


def _changed_module(name: str, original: nn.Module, mine: nn.Module) -> Change | None:
    if [m.training for m in mine.modules()] != [m.training for m in original.modules()]:
        mode = "train" if original.training else "eval"
        return Change(f"`{name}` was in {mode} mode before the call and is not after it", "Leave it as it was.")
    if not same(dict(mine.state_dict()), dict(original.state_dict())):
        return Change(f"the weights of `{name}` were changed")
    if [p.requires_grad for p in mine.parameters()] != [p.requires_grad for p in original.parameters()]:
        return Change(f"whether the weights of `{name}` want gradients was changed")
    return None


def hooks(module: nn.Module) -> dict[str, int]:
    """How many hooks each part of a module has, by the part's name; those of a library do not count."""
    counts = {path: len(_hooks_on(part)) for path, part in module.named_modules()}
    return {path: count for path, count in counts.items() if count}


def _hooks_on(part: nn.Module) -> list[tuple[dict, int]]:
    """Each hook by the dict that holds it and its key there."""
    return [
        (held, key)
        for held in (getattr(part, kind) for kind in _HOOKS)
        for key, hook in held.items()
        if str(getattr(hook, "__module__", "")).partition(".")[0] not in _LIBRARIES
    ]


def _drop_hooks(module: nn.Module) -> None:
    for part in module.modules():
        for held, key in _hooks_on(part):
            del held[key]


def _left_hooks(name: str, original: nn.Module, mine: nn.Module) -> Change | None:
    """The hooks that a call has set and not removed. On a module that is lent there were none before."""
    before = {} if mine is original else hooks(original)
    left = [path for path, count in hooks(mine).items() if count > before.get(path, 0)]
    if not left:
        return None
    first, *others = (_dotted(name, path) for path in left)
    more = "" if not others else f" and `{others[0]}`" if len(others) == 1 else f" and {len(others)} other parts"
    says = f"`{first}`{more} still {'have hooks' if others else 'has a hook'}"
    return Change(says, "Call `hook.remove()` for each hook before you return.")


def _dotted(name: str, path: str) -> str:
    """A part as Python has it: `model.encoder.layer[0]`."""
    return name + "".join(f"[{each}]" if each.isdigit() else f".{each}" for each in path.split(".") if each)


def same(one: object, other: object) -> bool:
    """Bit for bit the same; things that cannot be compared count as the same."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        one, other = plain(one), plain(other)
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and torch.equal(one.nan_to_num(), other.nan_to_num())
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, nn.Module) and isinstance(other, nn.Module):
        return same(dict(one.state_dict()), dict(other.state_dict()))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    simple = (str, int, float, bool, type(None))
    if isinstance(one, simple) and isinstance(other, simple):
        return one == other or (one != one and other != other)
    return type(one) is type(other)

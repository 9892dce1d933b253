"""Copies of what goes in and out of an answer, and whether a call has changed its arguments."""

import copy
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Change(NamedTuple):
    """What a call did to one of its arguments, and what to do about it, each a part of the card's sentence."""

    says: str
    advice: str = "Make a new tensor or list instead."


def fresh(args: tuple) -> tuple:
    """A deep copy of the arguments, so that no call sees what another did to them. Functions are not copied."""
    return tuple(map(_copy, args))


def kept(value: object) -> object:
    """A copy of a result, which may be the answer's own global list or tensor: a later call must not change it."""
    return _copy(value, other=lambda thing: thing)


def _copy(thing: object, other: Callable = copy.deepcopy) -> object:
    """copy.deepcopy, but fast for what cases are made of: a diagnosis copies them a thousand times. `other` copies the rest."""
    if type(thing) in (str, int):  # a vocabulary has hundreds
        return thing
    if isinstance(thing, Tensor) and not thing.requires_grad:
        return thing.clone()
    if type(thing) is dict:
        return {key: _copy(value, other) for key, value in thing.items()}
    if type(thing) in (list, tuple):
        return type(thing)(_copy(item, other) for item in thing)
    if type(thing) is SimpleNamespace:  # a config
        return SimpleNamespace(**vars(thing))
    return other(thing)


def changed_argument(before: dict[str, object], now: tuple) -> Change | None:
    """The first argument that is no longer what it was; None if all are."""
    for (name, original), mine in zip(before.items(), now, strict=False):
        if mine is original:  # lent: no copy was made
            continue
        if isinstance(mine, nn.Module):
            change = _changed_module(name, original, mine)
            if change:
                return change
        elif not same(mine, original):
            return Change(f"`{name}` was changed in place")
    return None


def _changed_module(name: str, original: nn.Module, mine: nn.Module) -> Change | None:
    if [m.training for m in mine.modules()] != [m.training for m in original.modules()]:
        mode = "train" if original.training else "eval"
        return Change(f"`{name}` was in {mode} mode before the call and is not after it", "Leave it as it was.")
    if not same(dict(mine.state_dict()), dict(original.state_dict())):
        return Change(f"the weights of `{name}` were changed")
    if [p.requires_grad for p in mine.parameters()] != [p.requires_grad for p in original.parameters()]:
        return Change(f"whether the weights of `{name}` want gradients was changed")
    return None


def same(one: object, other: object) -> bool:
    """Bit for bit the same; things that cannot be compared count as the same."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and torch.equal(one.nan_to_num(), other.nan_to_num())
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, nn.Module) and isinstance(other, nn.Module):
        return same(dict(one.state_dict()), dict(other.state_dict()))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    plain = (str, int, float, bool, type(None))
    if isinstance(one, plain) and isinstance(other, plain):
        return one == other or (one != one and other != other)
    return type(one) is type(other)

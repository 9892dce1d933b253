"""The last steps towards a small case, one after the other: a tensor of 0s, a 0 or 1 for a number, an entry or a letter less."""

from collections.abc import Callable, Hashable, Iterator

import torch
from torch import Tensor

from ..trial import Case

_STEPS, _FEW_STEPS = 60, 20  # so many are tried; few of a case of many tensors, each of which takes long
_MANY = 24  # tensors
_FEW = 16  # of so many numbers each is tried

Path = tuple[Hashable, ...]  # the keys and indices that lead to a part of the arguments


def polished(case: Case, free: Callable[[Path], bool], is_wrong: Callable[[Case], bool]) -> Case:
    """The case made simpler as long as the answer stays wrong. free: whether a part may have any numbers, letters or entries."""
    tried, tensors = 0, sum(isinstance(part, Tensor) for _, part in parts(case.args))
    most = _STEPS if tensors <= _MANY else _FEW_STEPS
    for simpler in (_tensors, _entries, _letters, _numbers):
        for path, change in list(simpler(case.args, free)):
            if tried >= most:
                return case
            try:
                args = _replaced(case.args, path, change)
            except (KeyError, IndexError):
                continue
            if args is None:
                continue
            tried += 1
            if is_wrong(case._replace(args=args)):
                case = case._replace(args=args)
    return case


def parts(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """All that is inside of lists, tuples, dicts and configs, with what leads to it; what holds others comes before them."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from parts(item, (*path, key))
    elif type(value) in (list, tuple):
        for place, item in enumerate(value):
            yield from parts(item, (*path, place))


def _replaced(value: object, path: Path, change: Callable) -> object:
    """The same with one part changed; None where there is nothing to change."""
    if not path:
        return change(value)
    inner = _replaced(value[path[0]], path[1:], change)
    if inner is None:
        return None
    if isinstance(value, dict):
        return type(value)((key, inner if key == path[0] else item) for key, item in value.items())
    return type(value)(inner if place == path[0] else item for place, item in enumerate(value))


def _tensors(args: tuple, free: Callable[[Path], bool]) -> Iterator[tuple[Path, Callable]]:
    for path, part in parts(args):
        if isinstance(part, Tensor) and free(path) and bool(part.detach().any()):
            yield path, _zeros


def _zeros(tensor: Tensor) -> Tensor:
    return torch.zeros_like(tensor, requires_grad=tensor.requires_grad)


def _numbers(args: tuple, free: Callable[[Path], bool]) -> Iterator[tuple[Path, Callable]]:
    for path, part in parts(args):
        if isinstance(part, Tensor) and free(path) and part.numel() <= _FEW:
            for place in part.flatten().nonzero().flatten().tolist():
                yield path, lambda tensor, place=place: _with(tensor, place, 0.0)
                yield path, lambda tensor, place=place: _with(tensor, place, 1.0)


def _with(tensor: Tensor, place: int, number: float) -> Tensor | None:
    """The tensor with another number at a place, where that makes it simpler."""
    if float(tensor.flatten()[place]) in (0.0, number):
        return None
    changed = tensor.detach().clone()
    changed.view(-1)[place] = number
    return changed.requires_grad_(tensor.requires_grad)


def _entries(args: tuple, free: Callable[[Path], bool]) -> Iterator[tuple[Path, Callable]]:
    """A vocabulary's entries: half of them, then one by one; and the items of lists."""
    for path, part in parts(args):
        if isinstance(part, dict) and part and free(path) and all(isinstance(item, int) for item in part.values()):
            words = list(part)
            for some in (
                [word for word in words if word[:1] == "["],
                words[: len(words) // 2],
                words[len(words) // 2 :],
            ):
                yield path, lambda have, some=some: _without(have, some)
            for word in words:
                yield path, lambda have, word=word: _without(have, [word])
        elif type(part) is list and len(part) > 1 and free(path):
            for place in reversed(range(len(part))):
                yield (
                    path,
                    lambda have, place=place: have[:place] + have[place + 1 :] if len(have) > max(1, place) else None,
                )


def _without(words: dict, some: list) -> dict | None:
    left = {word: number for word, number in words.items() if word not in some}
    return left if left and len(left) < len(words) else None


def _letters(args: tuple, free: Callable[[Path], bool]) -> Iterator[tuple[Path, Callable]]:
    for path, part in parts(args):
        if isinstance(part, str) and free(path):
            for place in reversed(range(len(part))):
                yield path, lambda text, place=place: text[:place] + text[place + 1 :] if len(text) > 1 else None

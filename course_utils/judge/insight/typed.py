"""Values as one would type them, with as few digits as show a difference."""

import inspect
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..compare import Difference
from ..trial import Case, arguments
from ..wording import place_in_words
from ..words import Raised, brief, describe, short

if TYPE_CHECKING:
    from ..check import Check

_LISTED, _LONG = 16, 240  # so many items of a list are all shown, and so many characters of a result
_WEIGHTS = 40  # so many numbers of a module are shown
_MANY = 3  # of so many tensors in a dict those that have one number everywhere are told in a word


def call(check: "Check", case: Case, most: int = 10**9) -> str:
    """The call. A long argument is told in the course's words, if it has some, and what has no text of its own by its name.

    What only the check has, and no answer is given, has its name before it: `mode='train'`. If all that has more than
    `most` characters, long dicts and models are told in a word.
    """
    own, shown = inspect.signature(check.reference).parameters, []
    names = [*arguments(check, case), *[""] * len(case.args)]
    for name, value in zip(names, case.args, strict=False):
        text = argument(value)
        if len(text) > _LONG:
            text = check.course.say(name, value) or text
        if name and (text == type(value).__name__ or (check.use and inspect.isfunction(value))):
            text = name
        elif name and name not in own and not inspect.isclass(check.reference):
            text = f"{name}={text}"
        shown.append(text)
    if sum(map(len, shown)) > most:
        for place, value in enumerate(case.args):
            if isinstance(value, (Mapping, nn.Module)) and len(shown[place]) > _LONG:
                shown[place] = names[place] if isinstance(value, nn.Module) else f"{names[place]}={{{_kinds(value)}}}"
    return f"{check.name}({', '.join(shown)})"


def _kinds(value: Mapping) -> str:
    """What is in a dict that is too long to show."""
    what = "tensors" if all(isinstance(item, Tensor) for item in value.values()) else "entries"
    return f"{len(value)} {what}"


def argument(value: object) -> str:
    """An argument: `tensor([[0., 1.]])`, a list, a text; configs by their whole numbers, functions and models by name."""
    if isinstance(value, Tensor):
        usual = value.dtype in (torch.float32, torch.int64, torch.bool)
        return f"tensor({numbers(value, 6, typed=True)}{'' if usual else f', dtype={value.dtype}'})"
    if isinstance(value, SimpleNamespace):
        return f"config({_entries(value)})"
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, (list, tuple)):
        inside = ", ".join(map(argument, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if isinstance(value, str) and len(value) > _LISTED and len(set(value)) == 1:
        return f"{value[0]!r} * {len(value)}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, torch.dtype):
        return f"torch.{short(value)}"
    if isinstance(value, nn.Module):
        return _module(value)
    if isinstance(value, (str, int, type(None))):
        return repr(value)
    return getattr(value, "__name__", type(value).__name__)


def _module(module: nn.Module) -> str:
    """A module as it says itself, or with its numbers, where it is one of nobody's known parts and these are few."""
    text, tensors = " ".join(repr(module).split()), dict(module.state_dict())
    shown = text if len(text) < 2 * _LONG else type(module).__name__
    own = type(module).__module__.partition(".")[0] != "torch" or len(text) > _LONG
    if own and tensors and sum(tensor.numel() for tensor in tensors.values()) <= _WEIGHTS:
        shown = f"{type(module).__name__}({_mapping(tensors)})"
    frozen = [name for name, parameter in module.named_parameters() if not parameter.requires_grad]
    return f"{shown} with {', '.join(frozen)} frozen" if frozen and len(frozen) < 3 else shown


def _entries(config: SimpleNamespace) -> str:
    shown = {
        name: value
        for name, value in vars(config).items()
        if (type(value) is int and value > 0) or ("eps" in name and isinstance(value, float))
    }
    return ", ".join(f"{name}={value:g}" for name, value in shown.items())


def _mapping(value: Mapping) -> str:
    """A dict. Of many tensors those that have one number everywhere are told in a word."""
    alike: dict[float, list] = {}
    if len(value) >= _MANY and all(isinstance(item, Tensor) and item.is_floating_point() for item in value.values()):
        for key, item in value.items():
            if item.numel() and bool((item == item.flatten()[0]).all()):
                alike.setdefault(float(item.flatten()[0]), []).append(key)
    most = max(alike, key=lambda number: len(alike[number]), default=None)
    rest = alike[most] if most is not None and len(alike[most]) > 1 else []
    parts = [f"{key!r}: {argument(item)}" for key, item in value.items() if key not in rest]
    if rest:
        listed = ", ".join(map(repr, rest))
        names = listed if len(listed) < _LONG else f"the other {len(rest)}" if parts else f"all {len(rest)}"
        parts.append(f"{names}: all {most:g}")
    return "{" + ", ".join(parts) + "}"


def numbers(tensor: Tensor, digits: int, typed: bool = False) -> str:
    """A tensor's numbers in nested brackets; floats with so many digits, and as `1.` where they are typed in."""
    if tensor.dim():
        return _bracketed([numbers(row, digits, typed) for row in tensor], most=1000 if typed else _LISTED)
    number = tensor.item()
    return _number(number, digits, typed) if isinstance(number, float) else str(number)


def _number(number: float, digits: int, typed: bool = False) -> str:
    text = f"{number:.{2 if abs(number) > 1e9 else digits}g}"
    text = "0" if text == "-0" else text
    return f"{text}." if typed and text.lstrip("-").isdigit() else text


def _bracketed(items: list[str], ends: str = "[]", most: int = _LISTED) -> str:
    """The items in brackets, of very many only the first and the last."""
    if len(items) > most:
        items = [*items[:4], "...", *items[-2:]]
    return ends[0] + ", ".join(items) + ends[1]


def result(value: object, digits: int) -> str:
    """A result, its floats with so many digits."""
    if isinstance(value, Tensor):
        return numbers(value.detach(), digits)
    if isinstance(value, float):
        return _number(value, digits)
    if isinstance(value, Raised):
        return f"{value.name} raised"
    if isinstance(value, Mapping):
        return _bracketed([f"{key!r}: {result(item, digits)}" for key, item in value.items()], "{}")
    if isinstance(value, (list, tuple)):
        return _bracketed([result(item, digits) for item in value], "[]" if isinstance(value, list) else "()")
    return brief(value)


def raised(error: BaseException) -> str:
    """An exception with the beginning of its message."""
    message = " ".join(str(error).split())
    return f"raises {type(error).__name__}" + (f": {message[:160]}" if message else "")


def both(check: "Check", expected: object, mine: object, difference: Difference) -> tuple[str, str, str] | None:
    """What is shown of the two results, in words, and the two, with the fewest digits that show the difference.

    None if they cannot be written. If the result is not the answer's own value, but what the check made of it, and of a
    long result, the part that differs is shown.
    """
    place, used = "", check.use is not None
    if difference.where and (used or not is_plain(expected) or len(result(expected, 3)) > _LONG):
        place = place_in_words(difference.where, check.words)
        expected, mine = difference.expected, difference.mine
    if isinstance(expected, Raised) and used:
        return place, result(expected, 3), result(mine, 3) if isinstance(mine, Raised) else "raises nothing"
    if not is_plain(expected):
        return None
    if not is_plain(mine):
        return place, _cut(result(expected, 3), expected), describe(mine)
    if used and isinstance(expected, str) and isinstance(mine, str):  # words of the check
        return place, expected, mine
    for digits in (2, 3, 4, 5, 6, 7):
        right, wrong = result(expected, digits), result(mine, digits)
        if right != wrong:
            break
    else:
        kinds = describe(difference.expected), describe(difference.mine)
        if kinds[0] == kinds[1] or None in (difference.expected, difference.mine):
            return None
        place = place_in_words(difference.where, check.words)
        right, wrong = f"{result(difference.expected, 3)} ({kinds[0]})", f"{result(difference.mine, 3)} ({kinds[1]})"
    return place, _cut(right, expected), _cut(wrong, mine)


def _cut(text: str, value: object) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]} ... ({describe(value)})"


def is_plain(value: object) -> bool:
    """Whether a value can be written down."""
    if isinstance(value, Mapping):
        return all(map(is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return isinstance(value, (Tensor, str, int, float, type(None), Raised))

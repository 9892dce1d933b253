"""Exceptions in a learner's words: what torch's message means, and in which line of their code it happened."""

import contextlib
import difflib
import linecache
import traceback
from collections.abc import Callable, Iterable, Mapping

from torch import Tensor

from ..reach import codes
from .meanings import meaning
from .readback import MISSING, value_of
from .scene import Scene, expression, last_frame, steps
from .words_of_python import ROWS as PYTHON
from .words_of_shapes import ROWS as SHAPES
from .words_of_torch import ROWS as TORCH

_OLD_NAMES = {"gamma": "weight", "beta": "bias"}  # of a norm, in checkpoints of BERT's first years


def explain(error: BaseException) -> str:
    """The exception's name and message, and in a second line what it means, where the learner's code bears it out."""
    name, message = type(error).__name__, " ".join(str(error).split()) or _missing_attribute(error)
    brief = message if len(message) <= 240 else f"{message[:160]} ... {message[-70:]}"
    if isinstance(error, SystemExit):
        return "It called `sys.exit()`, which would end the whole session; `return` ends a function."
    if isinstance(error, MemoryError):
        return "MemoryError: it asked for more memory than there is."
    if isinstance(error, KeyError):
        return f"KeyError: there is no key {brief}."
    if isinstance(error, UnboundLocalError):
        if not Scene(error).set_before(message.split("'")[1]):
            return f"{name}: {brief}. No line above sets it, and a name that a function sets anywhere is its own there."
        return f"{name}: {brief}. Every line that sets it was skipped in this call: is it inside an `if` or a loop?"
    if isinstance(error, NameError):
        return f"{name}: {brief}. Is it defined above, and has that cell been run?"
    said = f"{name}: {brief}" if message else name
    means = ""
    with contextlib.suppress(Exception):  # code that cannot be looked at: the message is true all the same
        means = meaning(error, message, (*SHAPES, *TORCH, *PYTHON)) if message else ""
    return f"{said}\n{means}" if means else said


def _missing_attribute(error: BaseException) -> str:
    """What an AttributeError without a message means, as transformers' BatchEncoding raises it; else ""."""
    if not isinstance(error, AttributeError) or raised_in(error) != "__getattr__":
        return ""
    frame = last_frame(error)
    owner, attribute = (frame.f_locals[name] for name in frame.f_code.co_varnames[:2])
    return f"'{type(owner).__name__}' object has no attribute '{attribute}'"


def nearest_key(
    error: BaseException, arguments: dict[str, object], in_other_cases: Iterable[dict[str, object]] = ()
) -> str:
    """After a KeyError: the key that the learner probably meant, of the arguments or of what was asked; or that it was empty.

    Proposed are names of parameters alone: no word of a vocabulary is a misspelt one. in_other_cases: the arguments of the
    other cases; a key that is there is spelt right.
    """
    frame = last_frame(error)
    if not isinstance(error, KeyError) or not error.args or frame is None:
        return ""
    there = {name: value for name, value in frame.f_locals.items() if isinstance(value, Mapping)}
    asked_of = _asked_of(error)
    if isinstance(asked_of, Mapping):
        there = {name: value for name, value in there.items() if value is asked_of} or {"": asked_of}
    empty = [name for name, value in there.items() if name and not value]
    if empty:
        return f"`{empty[0]}` is empty."
    others = {name: value for name, value in arguments.items() if isinstance(value, Mapping)}
    for name in sorted(there.keys() & others.keys()):
        elsewhere = [each[name] for each in in_other_cases if isinstance(each.get(name), Mapping)]
        if any(isinstance(each.get(error.args[0]), Tensor) for each in elsewhere):
            return f"`{name}` has it in other cases, but not in this one."
    for name, value in (there | {name: value for name, value in others.items() if name not in there}).items():
        keys = [str(key) for key in value]
        if any(isinstance(item, Tensor) for item in value.values()):
            meant = _meant(str(error.args[0]), keys)
            if meant:
                return meant if name in there else f"`{name}` has other names than what was asked. {meant}"
    return ""


def _asked_of(error: BaseException) -> object:
    """The dict that was asked for a key that it does not have, where that can be read."""
    last = list(steps(error))[-1]
    node = expression(last)[1]
    try:
        return value_of(getattr(node, "value", None), last.tb_frame)
    except Exception:
        return MISSING


def _meant(asked: str, keys: Iterable[str]) -> str:
    """A sentence with the name that was meant; "" where several could be, or none."""
    keys = list(keys)
    longer = [key for key in keys if key.endswith(f".{asked}")]
    if longer:
        return f"The full name is `{longer[0]}`." if len(longer) == 1 else f"Full names end so, like `{longer[0]}`."
    below = [key for key in keys if key.startswith(f"{asked}.")]
    if below:
        return f"There is `{'`, `'.join(below[:3])}`."
    shorter = [key for key in keys if asked.endswith(f".{key}")]
    if shorter:
        return f"Here it is called `{max(shorter, key=len)}`."
    stem, dot, last = asked.rpartition(".")
    new = f"{stem}{dot}{_OLD_NAMES.get(last)}"
    if new in keys:
        return f"`{last}` is an old name; here it is `{new}`."
    same_end = [key for key in keys if key.rpartition(".")[2] == last]
    if not same_end and dot:  # the last word is misspelt, or it is another word, such as gamma
        ends = difflib.get_close_matches(last, {key.rpartition(".")[2] for key in keys}, n=1, cutoff=0.75)
        same_end = [key for key in keys if ends and key.rpartition(".")[2] == ends[0]]
    close = difflib.get_close_matches(asked, same_end if dot else keys, n=1, cutoff=0.75)
    return f"Did you mean `{close[0]}`?" if close else ""


def line_of(error: BaseException, answer: Callable) -> tuple[int, str] | None:
    """(line number in its cell or file, text) of the learner's line that raised, or None if it cannot be found."""
    file = next((code.co_filename for code in codes(answer)), None)
    found = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == file or "ipykernel" in frame.f_code.co_filename:
            found = (number, linecache.getline(frame.f_code.co_filename, number).strip())
    return found if found and found[1] else None


def raised_in(error: BaseException) -> str:
    """The name of the function in which the exception was raised."""
    frame = last_frame(error)
    return frame.f_code.co_name if frame else ""

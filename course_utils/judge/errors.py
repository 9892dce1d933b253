"""Exceptions in a learner's words: what torch's message means, and in which line of their code it happened."""

import difflib
import linecache
import re
import traceback
from collections.abc import Callable, Mapping
from types import FrameType

from .meanings import MEANINGS


def explain(error: BaseException) -> str:
    """One or two sentences: the exception's name and message, and what it means where we know."""
    name, message = type(error).__name__, " ".join(str(error).split()) or _missing_attribute(error)
    brief = message if len(message) <= 240 else f"{message[:160]} ... {message[-70:]}"
    if isinstance(error, SystemExit):
        return "It called `sys.exit()`, which would end the whole session; `return` ends a function."
    if isinstance(error, MemoryError):
        return "MemoryError: it asked for more memory than there is."
    if isinstance(error, KeyError):
        return f"KeyError: there is no key {brief}."
    if isinstance(error, UnboundLocalError):
        return f"{name}: {brief}. Every line that sets it was skipped in this call: is it inside an `if` or a loop?"
    if isinstance(error, NameError):
        return f"{name}: {brief}. Is it defined above, and has that cell been run?"
    said = f"{name}: {brief}" if message else name
    for pattern, meaning in MEANINGS:
        found = re.search(pattern, message)
        if found:
            words = meaning.format(*found.groups())
            return f"{said}\n{words[0].upper()}{words[1:]}"
    return said


def _missing_attribute(error: BaseException) -> str:
    """What an AttributeError without a message means, as transformers' BatchEncoding raises it; else ""."""
    if not isinstance(error, AttributeError) or raised_in(error) != "__getattr__":
        return ""
    frame = _last_frame(error)
    owner, attribute = (frame.f_locals[name] for name in frame.f_code.co_varnames[:2])
    return f"'{type(owner).__name__}' object has no attribute '{attribute}'"


def nearest_key(error: BaseException, arguments: dict[str, object]) -> str:
    """After a KeyError: the key that the learner probably meant, of the arguments or of what was asked; or that it was empty."""
    if not isinstance(error, KeyError) or not error.args:
        return ""
    asked = str(error.args[0])
    frame = _last_frame(error)
    there = frame.f_locals if frame else {}
    dicts = {name: value for name, value in (arguments | there).items() if isinstance(value, Mapping)}
    empty = [name for name, value in dicts.items() if name in there and not value]
    if empty:
        return f"`{empty[0]}` is empty."
    keys = [str(key) for value in dicts.values() for key in value]
    if any(key.endswith(asked) for key in keys):  # it is there, under a longer name or in another dict
        return ""
    close = difflib.get_close_matches(asked, keys, n=1)
    return f"Did you mean `{close[0]}`?" if close else ""


def line_of(error: BaseException, answer: Callable) -> tuple[int, str] | None:
    """(line number in its cell or file, text) of the learner's line that raised, or None if it cannot be found."""
    members = vars(answer).values() if isinstance(answer, type) else [answer]
    file = next((member.__code__.co_filename for member in members if hasattr(member, "__code__")), None)
    found = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == file or "ipykernel" in frame.f_code.co_filename:
            found = (number, linecache.getline(frame.f_code.co_filename, number).strip())
    return found if found and found[1] else None


def raised_in(error: BaseException) -> str:
    """The name of the function in which the exception was raised."""
    frame = _last_frame(error)
    return frame.f_code.co_name if frame else ""


def _last_frame(error: BaseException) -> FrameType | None:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return frames[-1] if frames else None

"""A check has no keyboard: what waits for one says so at once, in place of a long silence."""

import builtins
import contextlib
import sys
from collections.abc import Iterator


class NoKeyboard(RuntimeError):
    """Raised in an answer that asks for input, or that starts a debugger."""


@contextlib.contextmanager
def no_keyboard() -> Iterator[None]:
    """Inside, `breakpoint()`, `input()` and what reads with it, such as `pdb`, raise NoKeyboard."""
    hook, read = sys.breakpointhook, builtins.input
    sys.breakpointhook, builtins.input = _no_debugger, _no_input
    try:
        yield
    finally:
        sys.breakpointhook, builtins.input = hook, read


def _no_debugger(*args: object, **keywords: object) -> None:
    raise NoKeyboard(
        "`breakpoint()` waits for you, and a check cannot be stepped through. Take it out, and call your function in a "
        "cell of its own to debug it."
    )


def _no_input(prompt: object = "") -> str:
    if "pdb" in str(prompt).lower():
        raise NoKeyboard(
            "A debugger waits for you, and a check cannot be stepped through. Take `set_trace()` out, and call your "
            "function in a cell of its own to debug it."
        )
    raise NoKeyboard(
        "`input()` waits for the keyboard, and a check has none: a function gets all it needs as arguments."
    )

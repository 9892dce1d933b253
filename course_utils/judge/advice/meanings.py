"""What the messages of torch, transformers and Python mean, in a learner's words, where the learner's code bears it out."""

import ast
import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from torch import Tensor, nn

from .readback import MISSING
from .scene import Scene


class Row(NamedTuple):
    """What one message means; of several rows that fit the first is told.

    message: a pattern in the message; its groups fill {0}, {1} ... of the sentence. says: the sentence; {seen} in it is what
    the values in the learner's line were. when: what must be seen for the sentence to be said: a pattern in the learner's
    line, whose named groups fill the sentence, too, or a function of the scene and the message's groups.
    """

    message: str
    says: str
    when: str | Callable[..., bool] = ""


def meaning(error: BaseException, message: str, rows: Iterable[Row]) -> str:
    """What an exception's message means, and how what was called wrongly is to be called; "" where nothing is known."""
    scene = Scene(error)
    told = next((words for row in rows if (words := _said(row, message, scene))), "")
    told = f"{told[:1].upper()}{told[1:]}"
    return " ".join(part for part in (told, signature(scene)) if part)


def _said(row: Row, message: str, scene: Scene) -> str:
    found = re.search(row.message, message)
    if not found:
        return ""
    named: dict[str, str] = {}
    if callable(row.when):
        if not row.when(scene, *found.groups()):
            return ""
    elif row.when:
        in_line = re.search(row.when, scene.text)
        if not in_line:
            return ""
        named = in_line.groupdict()
    if "{literal}" in row.says:
        named["literal"] = _and([f"`{size}`" for size in scene.literal_sizes()])
    if "{none}" in row.says:
        named["none"] = "` and `".join(scene.nones())
    if "{near}" in row.says:
        named["near"] = _near(scene.error)
    if "{seen}" in row.says:
        named["seen"] = seen(scene)
    return row.says.format(*found.groups(), **named).strip()


def seen(scene: Scene) -> str:
    """The tensors in the expression that raised, by their shapes, and what in it came from outside the function."""
    shapes = {text: tuple(value.shape) for text, _, value in scene.tensors() if len(text) <= 40}
    parts = []
    if shapes and scene.inside and _written(scene):
        got = _and([f"`{text}` {shape}" for text, shape in shapes.items()])
        parts.append(f"It happened inside `{_written(scene)}`, which got {got}.")
    elif shapes:
        parts.append(f"Here {_and([f'`{text}` is {shape}' for text, shape in shapes.items()])}.")
    parts += [f"`{name}` is not an argument: it comes from outside the function." for name in _from_outside(scene)]
    return " ".join(parts)


def signature(scene: Scene) -> str:
    """How the function is to be called that the learner's line called and that failed on its arguments; else ""."""
    called = scene.called()
    function = called.forward if isinstance(called, nn.Module) else called
    function = getattr(function, "__func__", function)
    if not inspect.isfunction(function) or isinstance(scene.error, (KeyError, NotImplementedError)):
        return ""
    on_call = isinstance(scene.error, TypeError) and re.search(
        r"missing \d+ required|takes .*positional argument|unexpected keyword argument|multiple values for argument",
        str(scene.error),
    )
    inside = scene.inside and scene.inside[0] == function.__name__ and scene.is_of_the_course(function)
    if not (on_call and function.__name__ in str(scene.error)) and not inside:
        return ""
    name = _written(scene) or function.__name__
    parameters = [each for each in inspect.signature(function).parameters.values() if each.name != "self"]
    bare = [each.replace(annotation=each.empty) for each in parameters]
    return f"It is called as `{name}{inspect.Signature(bare)}`."


def _near(error: BaseException) -> str:
    """After an AttributeError, the attribute that was probably meant: spelt alike, or with that word in it."""
    if not isinstance(error, AttributeError) or not hasattr(error.obj, "__dict__"):
        return ""
    names = [name for name in vars(error.obj) if not name.startswith("_")]
    close = difflib.get_close_matches(str(error.name), names, n=1, cutoff=0.6)
    containing = [name for name in names if str(error.name) in name]
    close = containing if len(containing) == 1 else close
    return f"Did you mean `{close[0]}`?" if close else ""


def _written(scene: Scene) -> str:
    """The function that the raising expression calls, as it is written."""
    return ast.unparse(scene.node.func) if isinstance(scene.node, ast.Call) else ""


def _from_outside(scene: Scene) -> list[str]:
    """Names in the raising expression that are tensors or modules of the session, not of the call."""
    if scene.node is None or scene.frame is None:
        return []
    names = dict.fromkeys(each.id for each in ast.walk(scene.node) if isinstance(each, ast.Name))
    there, code = scene.frame.f_globals, scene.frame.f_code
    local = {*scene.frame.f_locals, *code.co_varnames}
    return [name for name in names if name not in local and isinstance(there.get(name, MISSING), (Tensor, nn.Module))]


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" and {parts[-1]}"

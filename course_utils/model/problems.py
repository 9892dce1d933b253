"""What is said about a model that cannot be used, and how a file is read that somebody else wrote."""

import codecs
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from course_utils.hiding import hidden_library

UNSET = "or unset COURSE_MODEL for the course's own model."
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ModelError(RuntimeError):
    """What is wrong with the model, what was expected and what to do, in plain words."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback: the sentence is all that helps."""
        return [f"ModelError: {self}"]


@contextlib.contextmanager
def naming_what_hides() -> Iterator[None]:
    """Inside, what fails because a file beside the notebook hides a library is a ModelError that names the file."""
    try:
        yield
    except Exception as error:
        says = hidden_library(error)
        if says:
            raise ModelError(says) from None
        raise


def reason(error: Exception) -> str:
    """The kind and the last line of an error: where there are several lines, the last names the cause."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1].strip()}" if lines else type(error).__name__


def read_text(what: str, path: Path) -> str:
    """The text of a checkpoint's file, which is UTF-8. Raises ModelError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{what} has a {path.name} that cannot be read ({error.strerror}): check it, {UNSET}"
        ) from None
    if content.startswith(MARKS):
        raise ModelError(
            f"{what} has a {path.name} that begins with a byte order mark (BOM), as some editors write it, and "
            f"transformers does not expect one: save it as UTF-8 without BOM, {UNSET}"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise ModelError(f"{what} has a {path.name} that is not in UTF-8: fetch it again, {UNSET}") from None


def read_json(what: str, path: Path) -> dict:
    """The JSON object in a checkpoint's file. Raises ModelError."""
    try:
        found = json.loads(read_text(what, path))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ModelError(f"{what} has a {path.name} that is not a JSON object: fetch it again, {UNSET}")
    return found

"""The states of the lessons' widgets, which the builder has drawn for the web edition: recorded, kept and compared."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from nbclient import NotebookClient

from course_utils.widgets import states
from course_utils.widgets.packing import GAP, unpacked
from tools.sources import ROOT

_NUMBERS = re.compile(r"#[0-9a-f]{6}|-?[\d.]+")
MOST_DIFFERENT = 0.05  # of a drawing's lines, where processors round otherwise


def recorder(client: NotebookClient, path: Path) -> Callable[..., Awaitable[None]]:
    """What the client calls when its kernel is ready: from then on the kernel records its widgets' states in `path`.

    It is no cell and has no number, and leaves no name in the notebook.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    module = "__import__('course_utils.widgets.recording', fromlist=['record'])"

    async def begin(**ignored: Any) -> None:
        reply = await client.kc.execute(f"{module}.record({str(path)!r})", silent=True, store_history=False, reply=True)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"The kernel cannot record the widgets' states: {reply['content']['evalue']}")

    return begin


def keep(drawn: Path, digests: dict[str, str]) -> None:
    """Put a lesson's newly drawn states into `docs/states`, where they have changed, and remember what is there."""
    path = states.FOLDER / drawn.name
    if not drawn.exists():
        path.unlink(missing_ok=True)
    elif not path.exists() or path.read_bytes() != drawn.read_bytes():
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.replace(path)
    digests[_name(path)] = _digest(path)


def are_kept(stem: str, digests: dict[str, str]) -> bool:
    """Whether a lesson's states are those that were drawn when it was last built."""
    path = states.FOLDER / f"{stem}.js"
    return digests.get(_name(path)) == _digest(path)


def differences(drawn: Path) -> list[str]:
    """In which ways the committed states of a lesson are not the newly drawn ones; empty if they are the same.

    Other processors round otherwise, and a widget has thousands of numbers: in a few lines of a drawing numbers and
    colours may differ. The first drawing of all is held to the letter, as an output of the notebook.
    """
    if drawn.exists() and _digest(drawn) == _digest(states.FOLDER / drawn.name):
        return []
    name, advice = _name(states.FOLDER / drawn.name), "run make notebooks"
    new, old = (states.load(drawn.stem, folder) for folder in (drawn.parent, states.FOLDER))
    if len(new) != len(old):
        return [f"{name} has {len(old)} widgets instead of {len(new)}: {advice}"]
    found = []
    for number, (now, was) in enumerate(zip(new, old, strict=True)):
        if now["controls"] != was["controls"] or now["states"].keys() != was["states"].keys():
            found.append(f"{name}: the controls of widget {number} are not those of the source: {advice}")
            continue
        other = [key for key in now["states"] if not _alike(unpacked(now, key), unpacked(was, key))]
        if other:
            found.append(f"{name}: {len(other)} drawings of widget {number} differ, first {other[0]}: {advice}")
    return found


def _alike(now: tuple[str, str], was: tuple[str, str]) -> bool:
    if now == was:
        return True
    lines, others = set(now[0].split("\n")), set(was[0].split("\n"))
    wording = [{_NUMBERS.sub(GAP, line) for line in each} for each in (lines, others)]
    return wording[0] == wording[1] and len(lines ^ others) <= 2 * MOST_DIFFERENT * len(lines)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "none"

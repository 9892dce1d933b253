"""A lesson's questions: choose an answer, and the reason of that choice opens.

`predict("03.2")` shows the choices of lesson 03's second question; the question itself is the text above the cell. The
choices are written in the lesson's source, and `tools/questions.py` keeps them for this module in `course_utils/questions/`.
With a front end each choice is a button; once chosen it stays marked. The static twin is a list of `<details>`.
"""

import functools
import hashlib
import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from course_utils.modes import is_live

from .base import put

if TYPE_CHECKING:
    from ipywidgets import VBox

FOLDER = Path(__file__).parent.parent / "questions"
_chosen: dict[str, list[str]] = {}  # what was chosen in this kernel: a cell that is run again keeps its marks

# JupyterLab shows the first line of a folded output, which may be the answer: here it says what a click does instead.
_LOOK = """<style>
.jp-OutputPlaceholder .jp-PlaceholderText { font-size: 0 }
.jp-OutputPlaceholder .jp-PlaceholderText::before { content: "Run the cell, or click here, to see its output"; font-size: 13px }
.inside-bert-question .jupyter-button { width: auto; max-width: 820px; height: auto; min-height: 30px; margin: 3px 0;
  padding: 4px 12px; line-height: 1.4; text-align: left; white-space: normal; border-radius: 6px;
  border: 1px solid rgba(128,128,128,0.5); background: transparent; color: inherit }
.inside-bert-question .jupyter-button:hover { border-color: #0072b2 }
.inside-bert-question .jupyter-button:focus-visible { outline: 2px solid #0072b2; outline-offset: 1px }
.inside-bert-question .inside-bert-right { border: 2px solid #009e73; font-weight: 600 }
.inside-bert-question .inside-bert-wrong { border: 2px dashed #d55e00 }
</style>"""


class Choice(NamedTuple):
    """One answer to a question: its words, whether it is right, and why or why not. Backticks and stars as in Markdown."""

    words: str
    right: bool
    reason: str


def predict(question: str) -> None:
    """Show the choices of a question: `predict("03.2")` is the second of lesson 03, asked in the text above the cell."""
    from IPython.display import display

    choices = find(question)
    if is_live():
        put(panel(question, choices))
        return
    plain = "\n".join(f"( ) {without_marks(each.words)}" for each in choices)
    display({"text/html": as_details(choices) + _LOOK, "text/plain": plain}, raw=True)


def find(question: str) -> list[Choice]:
    """The choices of a question, in the order in which they are shown. Raises ValueError if there is no such question."""
    found = re.fullmatch(r"(\d\d)\.\d+", question) if isinstance(question, str) else None
    kept = _kept(found[1]) if found else {}
    if question not in kept:
        raise ValueError(f'There is no question {question!r}: the second question of lesson 03 is `predict("03.2")`.')
    return shuffled([Choice(*each) for each in kept[question]])


@functools.cache
def _kept(number: str) -> dict[str, list]:
    path = next(FOLDER.glob(f"{number}_*.json"), None)
    return json.loads(path.read_text(encoding="utf-8")) if path else {}


def shuffled(choices: list[Choice]) -> list[Choice]:
    """In an order that depends on the words alone: a rebuild changes nothing, and no place is the right one's."""
    together = "\n".join(sorted(each.words for each in choices))
    return sorted(choices, key=lambda each: hashlib.sha256(f"{together}\n{each.words}".encode()).hexdigest())


def as_details(choices: list[Choice]) -> str:
    """The static twin: it works without a kernel, offline, on a keyboard and for a screen reader."""
    return "\n".join(
        f"<details><summary>{_inline(each.words)}</summary><p>{_verdict(each)}</p></details>" for each in choices
    )


def panel(question: str, choices: list[Choice]) -> "VBox":
    """The live question: a button for each choice, and below it, once it is chosen, its reason."""
    import ipywidgets

    rows: list[ipywidgets.Widget] = [ipywidgets.HTML(_LOOK, layout={"display": "none"})]
    for each in choices:
        button, reason = ipywidgets.Button(description=without_marks(each.words)), ipywidgets.HTML()
        button.on_click(functools.partial(_choose, question, each, reason))
        if each.words in _chosen.get(question, ()):
            _choose(question, each, reason, button)
        rows += [button, reason]
    whole = ipywidgets.VBox(rows)
    whole.add_class("inside-bert-question")
    return whole


def _choose(question: str, choice: Choice, reason: object, button: object) -> None:
    """Marks a choice and opens its reason; what was chosen before stays as it is."""
    _chosen.setdefault(question, []).append(choice.words)
    sign = "✓" if choice.right else "✗"
    button.description = f"{sign} {without_marks(choice.words)}"
    button.add_class("inside-bert-right" if choice.right else "inside-bert-wrong")
    reason.value = (
        f'<p role="status" style="max-width:820px;margin:2px 14px 8px;line-height:1.45">{_verdict(choice)}</p>'
    )


def _verdict(choice: Choice) -> str:
    return f"<b>{'✓ Yes.' if choice.right else '✗ No.'}</b> {_inline(choice.reason)}"


def _inline(text: str) -> str:
    """Backticks and stars as HTML."""
    pieces = re.split(r"`([^`]+)`", text)  # every second one is code
    return "".join(
        f"<code>{html.escape(piece, quote=False)}</code>"
        if number % 2
        else re.sub(r"\*([^*]+)\*", r"<em>\1</em>", html.escape(piece, quote=False))
        for number, piece in enumerate(pieces)
    )


def without_marks(text: str) -> str:
    """The words of a choice on a button, which knows no Markdown."""
    return re.sub(r"\*([^*`]+)\*", r"\1", text).replace("`", "")

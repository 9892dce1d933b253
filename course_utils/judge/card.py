"""The cards in a notebook: a result, a hint or a solution as HTML whose colours read in light and dark themes.

A result's card can be read in 20 seconds: a headline, at most one place and one small input; the rest is folded away.
"""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .result import Note, Result

# status -> (sign, word, colour of the edge); the word and the sign carry the meaning, the colour only repeats it
LOOK = {
    "passed": ("✓", "passed", "#1b7837"),
    "failed": ("✗", "not yet", "#b35806"),
    "error": ("!", "stopped", "#b2182b"),
    "not_attempted": ("○", "not attempted yet", "#4d7ea8"),
}
SMALLEST = "A small input that shows it:"
_NOTES_SHOWN = 2  # of the notes; the others are folded away if anything is


def of_result(result: "Result") -> str:
    """A verdict's card."""
    sign, word, colour = LOOK[result.status]
    inside = [
        f'<div style="font-weight:600"><span style="color:{colour}">{sign}</span> '
        f"<code>{escape(result.exercise)}</code>: {word}</div>",
        _paragraph(result.headline),
    ]
    folded = bool(result.smallest)
    notes = [_paragraph(note) for note in result.notes]
    inside += notes[:_NOTES_SHOWN] if folded else notes
    if result.place:
        inside.append(_paragraph(result.place[1]))
    if result.smallest:
        inside.append(_paragraph(SMALLEST) + _block(result.smallest))
    details = notes[_NOTES_SHOWN:] if folded else []
    if result.facts:
        details.append(_fact_table(result.facts))
    if result.heat:
        details.append(_heat_table(result.heat))
    if result.heat_says:
        details.append(f'<div style="margin-top:2px;font-size:90%">{_prose(result.heat_says)}</div>')
    if folded and details:
        details = [
            f'<details style="margin-top:6px"><summary>The case that failed</summary>{"".join(details)}</details>'
        ]
    inside += details
    if result.next_step:
        inside.append(f'<div style="margin-top:6px;font-size:90%;opacity:0.85">{_prose(result.next_step)}</div>')
    return _frame("".join(inside), colour)


def of_note(note: "Note") -> str:
    """A hint's or a solution's card."""
    text = _block(note.text) if note.is_code else _paragraph(note.text)
    return _frame(f'<div style="font-weight:600">{_prose(note.title)}</div>{text}', "#4d7ea8")


def _frame(inside: str, colour: str) -> str:
    return (
        f'<div style="border-left:5px solid {colour};padding:8px 14px;margin:4px 0;'
        f'background:rgba(128,128,128,0.08);border-radius:4px;line-height:1.45;max-width:860px">{inside}</div>'
    )


def _paragraph(text: str) -> str:
    return f'<div style="margin-top:4px">{_prose(text)}</div>'


def _prose(text: str) -> str:
    """HTML of a sentence in which `code` is between backticks, and new lines are kept."""
    parts = text.split("`")
    html = "".join(f"<code>{escape(part)}</code>" if i % 2 else escape(part) for i, part in enumerate(parts))
    return html.replace("\n", "<br>")


def _block(text: str) -> str:
    return f'<pre style="margin:4px 0 0 0;white-space:pre-wrap">{escape(text)}</pre>'


def _fact_table(facts: tuple[tuple[str, str], ...]) -> str:
    def value(name: str, text: str) -> str:
        return escape(text) if name == "case" else f'<code style="white-space:pre-wrap">{escape(text)}</code>'

    rows = "".join(
        '<tr style="background:none">'
        f'<td style="text-align:left;vertical-align:top;padding:1px 14px 1px 0;opacity:0.8">{escape(name)}</td>'
        f'<td style="text-align:left;padding:1px 0">{value(name, text)}</td></tr>'
        for name, text in facts
    )
    return f'<table style="margin:6px 0 0 0;border:none">{rows}</table>'


def _heat_table(rows: tuple[tuple[float, ...], ...]) -> str:
    """The fuller the colour the further off, in either theme; an exact cell is hollow, which reads without colour."""

    def cell(value: float) -> str:
        look = f"background:rgba(179,88,6,{0.15 + 0.85 * value:.2f})" if value > 0 else "background:none"
        return f'<td style="width:16px;height:14px;padding:0;border:1px solid rgba(128,128,128,0.5);{look}"></td>'

    body = "".join(f"<tr style='background:none'>{''.join(cell(value) for value in row)}</tr>" for row in rows)
    return f'<table style="margin:8px 0 0 0;border-collapse:collapse">{body}</table>'

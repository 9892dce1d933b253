"""What a check returns: a verdict that prints as plain text and shows as a card in a notebook."""

from dataclasses import dataclass, field
from html import escape

# status -> (sign, word, colour of the edge); the word and the sign carry the meaning, the colour only repeats it
_LOOK = {
    "passed": ("✓", "passed", "#1b7837"),
    "failed": ("✗", "not yet", "#b35806"),
    "error": ("!", "stopped", "#b2182b"),
    "not_attempted": ("○", "not attempted yet", "#4d7ea8"),
}


@dataclass(frozen=True)
class Result:
    """The verdict on one answer.

    status: "passed", "failed", "error" or "not_attempted"; explanations: the labels of
    the mistakes recognised, one group each where output cannot tell several apart; `diagnosis` is all of them.
    facts: (name, text) pairs such as ("you returned", "['una', 'ffa']"); heat: rows of numbers from 0 to 1, the difference.
    """

    exercise: str
    status: str
    headline: str
    explanations: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    heat: tuple[tuple[float, ...], ...] = field(default=())
    heat_says: str = ""
    next_step: str = ""

    @property
    def diagnosis(self) -> tuple[str, ...]:
        """The labels of the mistakes recognised, each once; empty if none."""
        return tuple(dict.fromkeys(label for group in self.explanations for label in group))

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def __repr__(self) -> str:
        sign, word, _ = _LOOK[self.status]
        lines = [f"{sign} {self.exercise}: {word}. {self.headline}"]
        lines += [f"  {note}" for note in self.notes]
        width = max((len(name) for name, _ in self.facts), default=0)
        for name, text in self.facts:
            indented = text.replace("\n", "\n" + " " * (width + 4))
            lines.append(f"  {name:<{width}}  {indented}")
        if self.heat_says:
            lines.append(f"  {self.heat_says}")
        if self.next_step:
            lines.append(f"  {self.next_step}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        sign, word, colour = _LOOK[self.status]
        inside = [
            f'<div style="font-weight:600"><span style="color:{colour}">{sign}</span> '
            f"<code>{escape(self.exercise)}</code>: {word}</div>",
            f'<div style="margin-top:4px">{_prose(self.headline)}</div>',
        ]
        inside += [f'<div style="margin-top:4px">{_prose(note)}</div>' for note in self.notes]
        if self.facts:
            inside.append(_fact_table(self.facts))
        if self.heat:
            inside.append(_heat_table(self.heat))
        if self.heat_says:
            inside.append(f'<div style="margin-top:2px;font-size:90%">{_prose(self.heat_says)}</div>')
        if self.next_step:
            inside.append(f'<div style="margin-top:6px;font-size:90%;opacity:0.85">{_prose(self.next_step)}</div>')
        return card("".join(inside), colour)


@dataclass(frozen=True)
class Note:
    """A hint or a solution: a title and prose or code."""

    title: str
    text: str
    is_code: bool = False

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.text}" if self.is_code else f"{self.title}: {self.text}"

    def _repr_html_(self) -> str:
        text = _block(self.text) if self.is_code else f'<div style="margin-top:4px">{_prose(self.text)}</div>'
        return card(f'<div style="font-weight:600">{_prose(self.title)}</div>{text}', "#4d7ea8")


def card(inside: str, colour: str) -> str:
    """The frame that results, hints and solutions share; colours that read in light and dark themes."""
    return (
        f'<div style="border-left:5px solid {colour};padding:8px 14px;margin:4px 0;'
        f'background:rgba(128,128,128,0.08);border-radius:4px;line-height:1.45;max-width:860px">{inside}</div>'
    )


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

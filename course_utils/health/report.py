"""What the doctor found: it prints as plain text and shows as a table in a notebook."""

from html import escape
from typing import NamedTuple

# status -> (sign, word, colour): sign and word carry the meaning, the colour repeats it
_LOOK = {"ok": ("✓", "ok", "#1b7837"), "note": ("!", "note", "#b35806"), "broken": ("✗", "broken", "#b2182b")}


class Finding(NamedTuple):
    """What was looked at, its status ("ok", "note" or "broken"), and what is so; if it is not well, also what to do."""

    part: str
    status: str
    text: str


class Report(NamedTuple):
    """What `doctor()` found."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken; a note is no breakage."""
        return all(finding.status != "broken" for finding in self.findings)

    @property
    def headline(self) -> str:
        """The report in one sentence."""
        broken = sum(finding.status == "broken" for finding in self.findings)
        return f"{broken} of {len(self.findings)} parts broken." if broken else "Everything is ready."

    def __repr__(self) -> str:
        lines = [self.headline]
        for part, status, text in self.findings:
            sign, word, _ = _LOOK[status]
            lines.append(f"  {sign} {word:<6}  {part:<8}  {text}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:left;vertical-align:top;padding:1px 14px 1px 0'
        rows = ""
        for part, status, text in self.findings:
            sign, word, colour = _LOOK[status]
            words = "".join(f"<code>{escape(t)}</code>" if i % 2 else escape(t) for i, t in enumerate(text.split("`")))
            rows += f'<tr>{cell};white-space:nowrap"><span style="color:{colour}">{sign}</span> {word}</td>'
            rows += f'{cell};font-weight:600">{escape(part)}</td>{cell}">{words}</td></tr>'
        return (
            f'<div style="border-left:5px solid {_LOOK["ok" if self.healthy else "broken"][2]};padding:8px 14px;'
            f'margin:4px 0;background:rgba(128,128,128,0.08);border-radius:4px;line-height:1.45;max-width:860px">'
            f'<div style="font-weight:600">{self.headline}</div><table style="margin:6px 0 0 0;border:none">{rows}'
            "</table></div>"
        )

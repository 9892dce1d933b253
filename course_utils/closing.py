"""What a learner can take along: one HTML page with the map, the passed checks and their own code."""

import datetime
import inspect
import re
from html import escape
from pathlib import Path

from course_utils import learner
from course_utils.lessons import LESSONS, Lesson

MARK = '<meta name="generator" content="Inside BERT">'  # tells a page of ours from anybody else's file

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 850px; margin: 2.5rem auto; padding: 0 1rem }
h1 { margin-bottom: 0 } h2 { margin: 1.6rem 0 0.3rem; font-size: 1.1rem } .small { opacity: 0.75 }
ul { margin: 0; padding-left: 1.3rem; list-style: none } li::before { content: "○ " } li.proven::before { content: "✓ " }
li { padding-left: 1.3rem; text-indent: -1.3rem } details { text-indent: 0 }
li.proven { font-weight: 600 } li span, details { font-weight: 400; opacity: 0.8 }
svg { display: block; max-width: 100%; height: auto; margin: 1rem 0 } pre { font-size: 13px; overflow-x: auto; white-space: pre-wrap }
@media print {
  :root { color-scheme: light } body { margin: 0 auto } details { display: none }
  svg { max-height: 17cm } svg, section { break-inside: avoid }  /* the map stays whole, on the first page, A4 or Letter */
}
"""


class Certificate:
    """The summary of one learner: its repr says how much is proven, `page` is the whole as one HTML file's text."""

    def __init__(self, name: str = ""):
        self.name, self.kept, self.states = " ".join(name.split()), learner.passed(), learner.states()
        self.counts = tuple(map(sum, zip(*filter(None, self.states.values()), strict=True)))  # proven, of how many

    def __repr__(self) -> str:
        proven, of = self.counts
        return f"{self.name or 'You'} proved {proven} of {of} parts of BERT equal to the original."

    def _repr_html_(self) -> str:
        proven, of = self.counts
        done = {topic for topic, state in self.states.items() if state and state[0] == state[1]}
        whole = [lesson.label for lesson in LESSONS if lesson.topic in done]
        says = f"Whole lessons: {escape(', '.join(whole))}." if whole else "No lesson is whole yet."
        return (
            '<div style="border:2px solid #1b7837;border-radius:8px;padding:14px 20px;max-width:812px;line-height:1.5">'
            f'<div style="font-size:1.25em;font-weight:600">Inside BERT</div><div>{escape(repr(self))}</div>'
            f'<div role="progressbar" aria-valuenow="{proven}" aria-valuemax="{of}" aria-label="exercises proven" '
            'style="height:8px;margin:8px 0;border-radius:4px;background:rgba(128,128,128,0.3)">'
            f'<div style="height:8px;width:{100 * proven / of:.0f}%;border-radius:4px;background:#1b7837"></div></div>'
            f"<div>{says}</div></div>"
        )

    def page(self) -> str:
        """The whole summary as one self-contained HTML page."""
        title = f"Inside BERT: {self.name}" if self.name else "Inside BERT"
        today = datetime.date.today().strftime("%d %B %Y").lstrip("0")
        sections = "".join(map(self._section, LESSONS))
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{MARK}<title>{escape(title)}</title>'
            f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1><p class='small'>{today}</p>\n"
            f"<p>{escape(repr(self))} Each check compares the code with a reference that is tested against the real "
            f"model; nobody signs it but the numbers.</p>\n{self._map()}\n{sections}\n</body></html>\n"
        )

    def _map(self) -> str:
        from transformers import BertConfig

        from course_utils.figures.architecture import draw_architecture
        from course_utils.model import find_model

        picture = draw_architecture(BertConfig.from_pretrained(find_model()), self.states)
        return f"{picture.svg}<p class='small'>{escape(picture.caption)}</p>"

    def _section(self, lesson: Lesson) -> str:
        from course_utils.checks import exercises

        items = "".join(map(self._item, exercises(lesson.topic)))
        proven, of = self.states[lesson.topic] or (0, 0)
        title = f"{lesson.number:02} · {lesson.title}"
        return f"<section><h2>{escape(title)}: {proven} of {of}</h2><ul>{items}</ul></section>\n"

    def _item(self, name: str) -> str:
        from course_utils.checks import find

        first_line = escape(inspect.getdoc(find(name).reference).split("\n")[0])
        first_line = re.sub(r"`([^`]+)`", r"<code>\1</code>", first_line)
        source = self.kept.get(name)
        code = f"<details><summary>the code</summary><pre>{escape(source)}</pre></details>" if source else ""
        state = ' class="proven"' if name in self.kept else ""
        return f"<li{state}><code>{escape(name)}</code> <span>{first_line}</span>{code}</li>"


def certificate(name: str = "", file: str | Path | None = None) -> Certificate:
    """Show what you have proven; with a file name, also write it there as one HTML page to keep, print or hand in.

    name: yours, as it shall stand on the page. file: for example "inside-bert.html"; a page that this function wrote before
    is replaced, any other file is left alone.
    """
    summary = Certificate(name)
    if file is None:
        return summary
    path = Path(file).expanduser()
    if path.suffix.lower() not in (".html", ".htm"):
        print(f"Nothing was written: {file} is no name for a page. Name it like inside-bert.html.")
    elif path.exists() and not _is_ours(path):
        print(f"Nothing was written: {file} exists and is not a page of this course. Choose another name.")
    else:
        try:
            path.write_text(summary.page(), encoding="utf-8")
            print(f"Written to {file}: open it in a browser.")
        except OSError as error:
            print(f"Nothing was written: {file} cannot be written ({error.strerror}). Choose another folder.")
    return summary


def _is_ours(path: Path) -> bool:
    try:
        return MARK in path.read_text(encoding="utf-8")[:2000]
    except (OSError, UnicodeDecodeError):
        return False

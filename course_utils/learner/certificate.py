"""What a learner can take along: one HTML page with the map, the passed checks and their own code."""

import datetime
import importlib
import inspect
import re
from html import escape
from pathlib import Path

from course_utils.figures.architecture import draw_architecture
from course_utils.lessons import LESSONS, Lesson
from course_utils.model import find_model
from course_utils.reference import exercises

from . import store
from .progress import GREEN, bar, states

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
    """The summary of one learner: its repr says how much is proven, `page()` is all of it as one HTML page.

    As long as nothing is proven it counts nothing, so that its output in a stored notebook depends on no exercise.
    """

    def __init__(self, name: str = ""):
        self.name, self.kept, self.states = " ".join(name.split()), store.passed(), states()
        self.proven, self.of = map(sum, zip(*self.states.values(), strict=True))

    def __repr__(self) -> str:
        if not self.proven:
            you = f", {self.name}" if self.name else ""
            return f"Nothing is proven yet{you}: every check that you pass adds a function."
        return f"{self.name or 'You'} proved {self.proven} of {self.of} functions equal to the original."

    def _repr_html_(self) -> str:
        done = {topic for topic, (proven, of) in self.states.items() if proven == of}
        whole = [lesson.label for lesson in LESSONS if lesson.topic in done]
        says = f"Complete lessons: {escape(', '.join(whole))}." if whole else "No lesson is complete yet."
        counted = f"{bar(self.proven, self.of)}<div>{says}</div>" if self.proven else ""
        frame = GREEN if self.proven else "currentColor"  # green is praise
        return (
            f'<div style="border:2px solid {frame};border-radius:8px;padding:14px 20px;max-width:812px;line-height:1.5">'
            '<div style="font-size:1.25em;font-weight:600">Inside BERT</div>'
            f"<div>{escape(repr(self))}</div>{counted}</div>"
        )

    def page(self) -> str:
        """The whole summary as one self-contained HTML page."""
        title = f"Inside BERT: {self.name}" if self.name else "Inside BERT"
        today = datetime.date.today().strftime("%d %B %Y").lstrip("0")
        sections = "".join(map(self._section, LESSONS))
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{MARK}<title>{escape(title)}</title>'
            f"<style>{_STYLE}</style></head>\n<body><main><h1>{escape(title)}</h1><p class='small'>{today}</p>\n"
            f"<p>{escape(repr(self))} Each check compares the code with a reference that is tested against the real "
            f"model; nobody signs it but the numbers.</p>\n{self._map()}\n{sections}\n</main></body></html>\n"
        )

    def _map(self) -> str:
        from transformers import BertConfig

        picture = draw_architecture(BertConfig.from_pretrained(find_model()), states=self.states)
        return f"{picture.svg}<p class='small'>{escape(picture.caption)}</p>"

    def _section(self, lesson: Lesson) -> str:
        key = importlib.import_module(f"course_utils.reference.{lesson.topic}")
        items = "".join(self._item(name, getattr(key, name)) for name in exercises(lesson.topic))
        proven, of = self.states[lesson.topic]
        counted = f": {proven} of {of}" if self.proven else ""
        title = f"{lesson.number:02} · {lesson.title}{counted}"
        return f"<section><h2>{escape(title)}</h2><ul>{items}</ul></section>\n"

    def _item(self, name: str, function: object) -> str:
        first_line = escape(inspect.getdoc(function).split("\n")[0])
        first_line = re.sub(r"`([^`]+)`", r"<code>\1</code>", first_line)
        source = self.kept.get(name)
        code = f"<details><summary>the code</summary><pre>{escape(source)}</pre></details>" if source else ""
        state = ' class="proven"' if name in self.kept else ""
        return f"<li{state}><code>{escape(name)}</code> <span>{first_line}</span>{code}</li>"


def certificate(name: str = "", file: str | Path | None = None) -> Certificate:
    """Show what you have proven; with a file name, also write it there as one HTML page to keep, print or hand in.

    name: yours, for the page. file: for example "inside-bert.html"; a page that this function wrote before is replaced,
    any other file is left alone.
    """
    summary = Certificate(name)
    if file is None:
        return summary
    try:
        path = Path(file).expanduser()
    except RuntimeError:
        print(f"Nothing was written: {file} names a home folder that does not exist. Choose another folder.")
        return summary
    if path.suffix.lower() not in (".html", ".htm"):
        print(f"Nothing was written: {file} is not a name for a page. Name it like inside-bert.html.")
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

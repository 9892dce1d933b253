"""What this learner has proven, shown: on the map of the whole model, or for one lesson.

As long as nothing is proven, the map counts and names no exercises, and a lesson never shows another's: so the outputs
stored in a notebook stay as they are when another lesson gets an exercise.
"""

from collections.abc import Container
from html import escape

from course_utils.figures.architecture import States, draw_architecture
from course_utils.figures.style import COLOURS
from course_utils.lessons import LESSONS, Lesson
from course_utils.model import find_model
from course_utils.reference import exercises

from . import store

EMPTY = "Pass a check in an exercise notebook, then run progress() again: its lesson begins to fill with green."

GREEN = COLOURS["passed"].line


def states() -> States:
    """For every topic: how many of its exercises this learner has passed, of how many."""
    passed = store.passed()
    names = {lesson.topic: exercises(lesson.topic) for lesson in LESSONS}
    return {topic: (sum(name in passed for name in own), len(own)) for topic, own in names.items()}


def progress(lesson: str | int | None = None) -> None:
    """Show what you have proven: on the map of the whole model or, if you name a lesson, in that lesson.

    lesson: its topic, its number or its file's name: "feed_forward", 5 or "05_feed_forward".
    """
    if lesson is None:
        _show_all()
        return
    named = [one for one in LESSONS if str(lesson) in (one.topic, one.stem, str(one.number), f"{one.number:02}")]
    if named:
        _show_one(named[0])
    else:
        print(
            f"There is no lesson {lesson!r}: name one by its topic ({', '.join(one.topic for one in LESSONS)}), by its "
            f"number ({LESSONS[0].number} to {LESSONS[-1].number}) or by its file ({LESSONS[-1].stem})."
        )


def bar(proven: int, of: int) -> str:
    """A bar, green as far as the exercises are proven, as HTML."""
    return (
        f'<div role="progressbar" aria-valuenow="{proven}" aria-valuemax="{of}" aria-label="exercises proven" '
        'style="height:8px;margin:8px 0;border-radius:4px;background:rgba(128,128,128,0.3)">'
        f'<div style="height:8px;width:{100 * proven / of:.0f}%;border-radius:4px;background:{GREEN}"></div></div>'
    )


def _show_all() -> None:
    """The map, and below it what is proven and what is open in every lesson."""
    from transformers import BertConfig, BertTokenizer

    model, counts, passed = find_model(), states(), store.passed()
    draw_architecture(BertConfig.from_pretrained(model), BertTokenizer.from_pretrained(model), counts).show()
    if not any(proven for proven, _of in counts.values()):
        _display(EMPTY, f"<p>{EMPTY.replace('progress()', '<code>progress()</code>')}</p>")
        return
    lines, items = [], []
    for lesson in LESSONS:
        proven, left = _split(lesson, passed)
        says = f"{len(proven)} of {len(proven) + len(left)} proven"
        says += f"; proven: {', '.join(proven)}" if proven else ""
        says += f"; open: {', '.join(left)}" if left else ""
        lines.append(f"{lesson.label}: {says}")
        items.append(f"<li><b>{escape(lesson.label)}</b>: {escape(says)}</li>")
    _display("\n".join(lines), f"<ul>{''.join(items)}</ul>")


def _show_one(lesson: Lesson) -> None:
    """How much of a lesson is proven, which exercises, and which are open."""
    proven, left = _split(lesson, store.passed())
    of = len(proven) + len(left)
    title = f"{lesson.label}: " + (f"{len(proven)} of {of} proven" if left else f"✓ all {of} proven")
    text, html = title, f"<div><b>{escape(title)}</b></div>{bar(len(proven), of)}"
    for word, sign, names in (("proven", "✓", proven), ("open", "○", left)):
        if names:
            text += f"\n  {word}: {', '.join(names)}"
            chips = " ".join(_chip(sign, name) for name in names)
            html += f'<div style="display:flex"><div style="min-width:4.5em">{word}: </div><div>{chips}</div></div>'
    look = "border:1px solid rgba(128,128,128,0.4);border-radius:8px;padding:10px 16px;max-width:812px;line-height:1.7"
    _display(text, f'<div style="{look}">{html}</div>')


def _split(lesson: Lesson, passed: Container[str]) -> tuple[list[str], list[str]]:
    """The lesson's exercises: those that are proven, and those that are open."""
    names = exercises(lesson.topic)
    return [name for name in names if name in passed], [name for name in names if name not in passed]


def _chip(sign: str, name: str) -> str:
    """An exercise's name in a frame, green and whole once it is proven, else grey and dashed."""
    edge = f"1.5px solid {GREEN}" if sign == "✓" else "1.5px dashed rgba(128,128,128,0.8)"
    look = (
        f"display:inline-block;margin:0 2px 5px 0;padding:0 8px;border:{edge};border-radius:10px;font-family:monospace"
    )
    return f'<span style="{look}"><span aria-hidden="true">{sign} </span>{escape(name)}</span>'


def _display(text: str, html: str) -> None:
    from IPython.display import display

    display({"text/plain": text, "text/html": html}, raw=True)

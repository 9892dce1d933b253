"""A page for each learner and lesson: the points, and the cards that they would have seen, in the notebook's order."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from course_utils.grade.marks.points import earned
from course_utils.grade.records import Graded, Look, Record
from course_utils.grade.whole import write_whole
from course_utils.lessons import LESSONS, Lesson

from .cards import card_of
from .outcome import WORDS, handed_in, lesson_of, of_lesson, outcome
from .page import clean, counted, folders, named, page, points, prose

LARGEST = 290_000  # characters; what is kept free is for letters of several bytes
_LOOKS = 10

_STYLE = """
.score { font-size: 1.15rem; font-weight: 600; margin: 0.2rem 0 }
.bar { height: 10px; max-width: 22rem; border: 1px solid var(--passed); border-radius: 6px; overflow: hidden; margin: 0.5rem 0 0.2rem }
.bar > div { height: 100%; background: var(--passed) }
.sign { display: inline-block; width: 1.4em; font-weight: 700 } .passed, .part { color: var(--passed) } .failed { color: var(--failed) }
.error { color: var(--error) } .not_attempted, .stumbled { color: var(--muted) }
section.exercise { margin-top: 1.6rem } section.exercise h2 { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem;
  margin: 0 0 0.3rem; font-size: 1.1rem } section.exercise h2 .worth { font-weight: 400; font-size: 0.95rem; color: var(--muted) }
.told { border-left: 4px solid var(--part); padding: 0.2rem 0.8rem; margin: 0.4rem 0 } .told p { margin: 0.2rem 0 }
.card { overflow-x: auto } .card > div { max-width: none !important } .card code { overflow-wrap: anywhere }
.card [style*="opacity"] { opacity: 1 !important }
@media print { section.exercise { break-inside: avoid } }
@media (prefers-color-scheme: dark) { .card span[style*="color"] { color: inherit !important } }
"""


def write_feedback(records: list[Record], weights: dict[str, float], out: Path, follow_through: bool = True) -> None:
    """Writes `out/feedback/STUDENT/03_self_attention.html` for every learner and every lesson that they handed in.

    weights: what an exercise is worth. follow_through: whether an answer counts that only an earlier part makes wrong.
    """
    places = folders(record.student for record in records)
    for record in records:
        for lesson in LESSONS:
            if of_lesson(record, lesson) and handed_in(record, lesson):
                html = feedback_page(record, lesson, weights, follow_through)
                write_whole(Path(out) / "feedback" / places[record.student] / f"{lesson.stem}.html", html)


def feedback_page(record: Record, lesson: Lesson, weights: dict[str, float], follow_through: bool = True) -> str:
    """A learner's page for one lesson."""
    answers = of_lesson(record, lesson)
    top = _top(record, lesson, answers, weights, follow_through)
    overview = _overview(answers, weights, follow_through)
    looks = _looks(record, lesson)
    room = LARGEST - len(top) - len(overview) - len(looks) - 12_000
    cards = []
    for left, graded in zip(range(len(answers), 0, -1), answers, strict=True):
        cards.append(_section(graded, weights, follow_through, room // left))
        room -= len(cards[-1].encode("utf-8", "replace"))
    end = "Every answer was run on inputs of the grader's own, the same for the whole class."
    return page(f"{lesson.label}: your answers", top, looks + overview + "\n".join(cards), _STYLE, end)


def _top(
    record: Record, lesson: Lesson, answers: Sequence[Graded], weights: dict[str, float], follow_through: bool
) -> str:
    have, of = earned(answers, weights, follow_through)
    waiting = sum(graded.status == "stumbled" for graded in answers)
    who = escape(clean(record.name or record.student, 100))
    them = "it" if waiting == 1 else "them"
    more = f"{counted(waiting, 'exercise')} not counted yet: your teacher will look at {them}." if waiting else ""
    width = 100 * have / of if of else 0
    return (
        f'<p class="muted">{who}</p>\n<p class="score">{points(have)} of {points(of)} points</p>\n'
        f'<div class="bar" aria-hidden="true"><div style="width:{width:.0f}%"></div></div>\n<p class="muted">{more}</p>'
    )


def _verdict(graded: Graded, follow_through: bool) -> tuple[str, str]:
    """The outcome in words, as HTML, and the points' share: "all", "none" or "later"."""
    came, words = outcome(graded), escape(WORDS[outcome(graded)][1])
    if came == "part":
        words = (
            f"right, but your {_listed(graded.with_reference)} {'is' if len(graded.with_reference) == 1 else 'are'} not"
        )
    if came == "stumbled":
        words = "your teacher will look at it"
    if came == "failed" and graded.cases and graded.passed:
        words += f" (right on {graded.passed} of {counted(graded.cases, 'case')})"
    full = came == "passed" or (came == "part" and follow_through)
    return words, "later" if came == "stumbled" else "all" if full else "none"


def _listed(names: Sequence[str]) -> str:
    """`split_heads` and `softmax`, as HTML."""
    shown = [named(name) for name in names[:5]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _worth(graded: Graded, weights: dict[str, float], share: str) -> str:
    of = weights.get(graded.exercise, 1.0)
    if share == "later":
        return "not counted yet"
    return f"{points(of if share == 'all' else 0)} of {points(of)}"


def _overview(answers: Sequence[Graded], weights: dict[str, float], follow_through: bool) -> str:
    """A line per exercise."""
    rows = []
    for graded in answers:
        words, share = _verdict(graded, follow_through)
        came, name = outcome(graded), escape(clean(graded.exercise, 80))
        rows.append(
            f'<tr><th scope="row"><a href="#{name}">{named(graded.exercise)}</a></th><td><span class="sign {came}" aria-hidden="true">'
            f'{WORDS[came][0]}</span>{words}</td><td class="n">{_worth(graded, weights, share)}</td></tr>'
        )
    head = '<tr><th scope="col">exercise</th><th scope="col">what came of it</th><th scope="col" class="n">points</th></tr>'
    return (
        '<div class="sheet whole"><table class="list"><caption>At a glance</caption>'
        f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></div>\n"
    )


def _section(graded: Graded, weights: dict[str, float], follow_through: bool, room: int) -> str:
    """An exercise: its points, what follow-through says, and its card."""
    name = escape(clean(graded.exercise, 80))
    _words, share = _verdict(graded, follow_through)
    unit = "point" if weights.get(graded.exercise, 1.0) == 1 else "points"
    worth = _worth(graded, weights, share) + ("" if share == "later" else f" {unit}")
    told = ""
    if outcome(graded) == "part":
        parts = _listed(graded.with_reference)
        counts = "so it counts as passed" if follow_through else "but counts only with your own parts right"
        told = f'<div class="told"><p>This function is right, but your {parts} {_is(graded)} not: with the course\'s own in place it passes, {counts}.</p></div>'
    if graded.status == "stumbled":
        told = '<div class="told"><p>The grader stumbled here; your teacher will look at it.</p></div>'
    card = "" if graded.status == "stumbled" else f'<div class="card">{card_of(graded, room - 2_000)}</div>'
    return (
        f'<section class="exercise" id="{name}" aria-labelledby="h-{name}"><h2 id="h-{name}">{named(graded.exercise)}'
        f'<span class="worth">{worth}</span></h2>{told}{card}</section>'
    )


def _is(graded: Graded) -> str:
    return "is" if len(graded.with_reference) == 1 else "are"


def _looks(record: Record, lesson: Lesson) -> str:
    """What is odd about what was handed in: the learner can mend it, or tell the teacher."""
    about = [look for look in record.looks if _concerns(record, look, lesson)]
    items = [f"<li>{_told(look)}</li>" for look in about[:_LOOKS]]
    spoken = {look.notebook for look in record.looks}
    older = [path for path in record.superseded if path not in spoken and _stem(record, path) == lesson.stem]
    if older:
        names = ", ".join(f"<code>{escape(clean(path, 120))}</code>" for path in older[:_LOOKS])
        items.append(f"<li>Of several notebooks for this lesson the newest counts; not graded: {names}.</li>")
    if not items:
        return ""
    if len(about) > _LOOKS:
        items.append(f"<li>And {len(about) - _LOOKS} more.</li>")
    return f'<section class="told" aria-label="About your notebook"><p>About your notebook:</p><ul>{"".join(items)}</ul></section>\n'


def _stem(record: Record, path: str) -> str:
    """The lesson of a notebook, told by its name if it was not graded; "" if that says nothing."""
    return record.notebooks.get(path) or next((lesson.stem for lesson in LESSONS if lesson.stem in path), "")


def _concerns(record: Record, look: Look, lesson: Lesson) -> bool:
    """Whether a look is about this lesson, or about something of which nobody knows the lesson."""
    if look.exercise in lesson_of():
        return lesson_of()[look.exercise] == lesson
    return _stem(record, look.notebook) in (lesson.stem, "")


def _told(look: Look) -> str:
    """What a look says to the learner: the file, and why."""
    about = named(look.exercise) if look.exercise else f"<code>{escape(clean(look.notebook, 120))}</code>"
    stumbled = look.reason.startswith("The grader stumbled")  # over what is for the teacher
    return (
        f"{about}: {'The grader stumbled here; your teacher will look at it.' if stumbled else prose(look.reason, 400)}"
    )

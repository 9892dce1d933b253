"""`class.html`: what a class has understood and what not, on one page that a teacher reads before Monday's lesson."""

from html import escape
from pathlib import Path

from course_utils.grade.marks.points import exercises_of
from course_utils.grade.records import Record
from course_utils.grade.whole import write_whole
from course_utils.lessons import Lesson

from . import monday
from .class_map import map_of
from .finding import folded
from .masking import Pseudonyms
from .outcome import WORDS
from .page import clean, counted, named, page, percent, prose
from .style import CLASS_STYLE
from .tally import Tally, tally

LARGEST = 1_900_000  # bytes; beyond, examples are left out
_NAMED, _UNNAMED, _REASONS = 10, 25, 40  # entries of a list: of a lesson's, of the whole class's
_SHOWN = ("passed", "part", "failed", "error", "not_attempted")
_BINS = 10


def write_class_page(
    records: list[Record], weights: dict[str, float], out: Path, names: bool = False, follow_through: bool = True
) -> None:
    """Writes `out/class.html`. names: show who it was in place of a pseudonym."""
    write_whole(Path(out) / "class.html", class_page(records, weights, names, follow_through))


def class_page(
    records: list[Record], weights: dict[str, float], names: bool = False, follow_through: bool = True
) -> str:
    """The page as text."""
    counts = tally(records, weights, follow_through)
    who = Pseudonyms(records, names)
    html = _written(counts, who, examples=True)
    return html if len(html.encode()) <= LARGEST else _written(counts, who, examples=False)


def _written(counts: Tally, who: Pseudonyms, examples: bool) -> str:
    lessons = [_lesson(lesson, counts, who, examples) for lesson in counts.lessons if counts.handed.get(lesson.topic)]
    body = "\n".join(
        [
            monday.teach(counts, who),
            _numbers(counts),
            map_of(counts),
            *lessons,
            _mend(counts, who, examples),
            _looks(counts),
        ]
    )
    end = (
        "Learners are named by pseudonyms that stay the same as long as the class does."
        if not who.opened
        else "This page shows names: it is for you alone."
    )
    end += " The numbers are of those who handed a lesson in. The grader names a mistake only where the answer gives exactly what that mistake gives."
    return page("Your class", _top(counts), body, CLASS_STYLE, end)


def _top(counts: Tally) -> str:
    """Who handed in, in a sentence, and where to find what."""
    handed = [lesson for lesson in counts.lessons if counts.handed.get(lesson.topic)]
    all_of_them, some = len(counts.records), len(counts.learners)
    says = f"{some:,} of {counted(all_of_them, 'learner')} handed in"
    says += f", in {counted(len(handed), 'lesson')}." if handed else " anything yet."
    links = "".join(f'<li><a href="#{lesson.stem}">{escape(lesson.label)}</a></li>' for lesson in handed)
    nav = f'<nav aria-label="Lessons"><ul class="toc">{links}</ul></nav>' if len(handed) > 1 else ""
    return f'<p class="lead">{says}</p>{nav}'


def _numbers(counts: Tally) -> str:
    """The scores in words and as a small histogram."""
    if not counts.shares:
        return ""
    says = (
        f"Half of those who handed in have {percent(counts.median)} of the points or more; the mean is {percent(counts.mean)}."
        if len(counts.shares) > 1
        else f"The one learner who handed in has {percent(counts.mean)} of the points."
    )
    bins = [0] * _BINS
    for share in counts.shares:
        bins[min(int(share * _BINS), _BINS - 1)] += 1
    return (
        f'<section aria-labelledby="scores"><h2 id="scores">The points</h2><p>{says}</p>'
        f'<div class="sheet whole">{_histogram(bins)}</div></section>'
    )


def _histogram(bins: list[int]) -> str:
    """Learners by their share of the points, as a table whose columns are bars."""
    most = max(bins)
    cells, heads = [], []
    for number, learners in enumerate(bins):
        low, high = number * 100 // _BINS, (number + 1) * 100 // _BINS
        heads.append(f'<th scope="col">{low}–{high}</th>')
        bar = f'<span class="column" style="height:{6 * learners / most:.2f}rem"></span>' if learners else ""
        cells.append(f"<td><span>{learners:,}</span>{bar}</td>")
    return (
        '<table class="histogram"><caption>Learners by their share of the points, in per cent</caption>'
        f"<thead><tr>{''.join(heads)}</tr></thead><tbody><tr>{''.join(cells)}</tr></tbody></table>"
    )


def _lesson(lesson: Lesson, counts: Tally, who: Pseudonyms, examples: bool) -> str:
    """A lesson: its exercises as a table, and the named mistakes of its parts."""
    handed, whole = counts.handed[lesson.topic], counts.whole[lesson.topic]
    own = exercises_of(lesson.topic)
    rows = "".join(_row(name, counts, handed) for name in own if name in counts.outcomes)
    head = "".join(
        f'<th scope="col" class="n">{words}</th>'
        for words in ("tried", "passed", "right but<br>for a part", "not yet", "stopped", "not<br>attempted")
    )
    says = f"{counted(handed, 'learner')} handed it in; {whole:,} {'has' if whole == 1 else 'have'} all of it right."
    found = [each for each in counts.findings if each.exercise in own]
    shown = "".join(folded(each, counts, who, examples) for each in found[:_NAMED])
    more = (
        f'<p class="muted small">And {len(found) - _NAMED} more, each of fewer learners: they are in mistakes.csv.</p>'
        if len(found) > _NAMED
        else ""
    )
    mistakes = f"<h3>Mistakes with a name</h3>{shown}{more}" if found else ""
    return (
        f'<section id="{lesson.stem}" aria-labelledby="h-{lesson.stem}"><h2 id="h-{lesson.stem}">{escape(lesson.label)}</h2>'
        f'<p>{says}</p><p class="small muted">{_legend()}</p><div class="sheet wide" tabindex="0" role="region" aria-label="Exercises of {escape(lesson.title)}">'
        f'<table class="list exercises"><caption>Learners by exercise</caption><thead><tr><th scope="col">exercise</th>'
        f'<th scope="col">how it went, in per cent<br>of those who tried</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>{mistakes}</section>'
    )


def _legend() -> str:
    """What the bars' colours are; the numbers say the same."""
    return " ".join(f'<span class="key"><span class="swatch {each}"></span>{WORDS[each][1]}</span>' for each in _SHOWN)


def _row(name: str, counts: Tally, handed: int) -> str:
    """An exercise: a bar of all who handed in, and the numbers."""
    came, code = counts.outcomes[name], escape(clean(name, 80))
    parts = "".join(
        f'<span class="{each}" style="width:{100 * came[each] / handed:.2f}%"></span>' for each in _SHOWN if came[each]
    )
    tried = counts.tried(name)
    right = came["passed"] + came["part"]
    share = f"{percent(right / tried)} pass" if tried else "nobody tried"
    numbers = "".join(f'<td class="n{"" if came[each] else " muted"}">{came[each]:,}</td>' for each in _SHOWN)
    stumbled = (
        f'<br><span class="small muted">the grader stumbled on {came["stumbled"]:,}</span>' if came["stumbled"] else ""
    )
    return (
        f'<tr id="x-{code}"><th scope="row">{named(name)}{stumbled}</th><td class="went"><span class="stack" aria-hidden="true">{parts}</span>'
        f'<span class="small">{share}</span></td><td class="n">{tried:,}</td>{numbers}</tr>'
    )


def _mend(counts: Tally, who: Pseudonyms, examples: bool) -> str:
    """The failures without a name: what the course cannot explain yet."""
    if not counts.unnamed:
        return ""
    shown = "".join(folded(each, counts, who, examples) for each in counts.unnamed[:_UNNAMED])
    left = len(counts.unnamed) - _UNNAMED
    more = f'<p class="muted small">And {counted(left, "group")} more, each of fewer learners.</p>' if left > 0 else ""
    return (
        '<section aria-labelledby="mend"><h2 id="mend">Failures without a name: mend these</h2>'
        "<p>The checks know that these answers are wrong, but no known mistake explains them. They are grouped by what "
        f"their cards say, the largest group first.</p>{shown}{more}</section>"
    )


def _looks(counts: Tally) -> str:
    """What the grader could not do by itself."""
    reasons = [
        (prose(reason, 300), number)
        for reason, number in sorted(counts.looks.items(), key=lambda each: (-each[1], each[0]))
    ]
    for name, number in counts.stumbled.most_common():
        reasons.append((f"the grader stumbled on {named(name)}, which costs nobody points", number))
    if not reasons:
        return '<section aria-labelledby="looks"><h2 id="looks">What needs your eyes</h2><p>Nothing: every notebook could be read, and every answer judged.</p></section>'
    rows = "".join(f'<tr><td>{reason}</td><td class="n">{number:,}</td></tr>' for reason, number in reasons[:_REASONS])
    more = (
        f'<p class="muted small">And {counted(len(reasons) - _REASONS, "other reason")}.</p>'
        if len(reasons) > _REASONS
        else ""
    )
    return (
        '<section aria-labelledby="looks"><h2 id="looks">What needs your eyes</h2><div class="sheet">'
        '<table class="list"><caption>What the grader could not do by itself; needs_a_look.csv says where</caption><thead><tr>'
        f'<th scope="col">why</th><th scope="col" class="n">how often</th></tr></thead><tbody>{rows}</tbody></table></div>{more}</section>'
    )

"""A finding on the class page: what it is, whom it concerns, and an example."""

import re
from html import escape

from .masking import Pseudonyms
from .mistakes import says
from .outcome import lesson_of
from .page import named, percent, prose
from .tally import Finding, Tally, example

_WHO = 40  # learners that are listed


def title(finding: Finding) -> tuple[str, str]:
    """What a finding is, as HTML: its first sentence, and the rest."""
    if not finding.named:
        return prose(finding.about, 300), ""
    told = list(dict.fromkeys(filter(None, map(says, finding.named))))
    if not told:
        return named(finding.named[0].label), ""
    if len(told) > 1:
        return "One of these, which give the same results", " ".join(f"{prose(each)}" for each in told[:4])
    first, *rest = re.split(r"(?<=[.!?:])\s+(?=[A-Z`])", told[0], maxsplit=1)
    return prose(first), prose(rest[0]) if rest else ""


def share(finding: Finding) -> str:
    """`14 of the 38 who tried it (37 %)`."""
    number = len(finding.learners)
    return f"{number:,} of the {finding.tried:,} who tried ({percent(number / finding.tried)})"


def where(finding: Finding, linked: bool = True, lesson: bool = True) -> str:
    """The exercise that a finding belongs to and its lesson, and where else it shows."""
    names = [finding.exercise, *(name for name, _ in finding.where.most_common(6) if name != finding.exercise)]
    lessons = lesson_of()
    shown = []
    for name in names:
        code = named(name)
        shown.append(
            f'<a href="#x-{escape(name)}">{code}</a>' if linked and name in lessons and name in finding.where else code
        )
    first = f"{shown[0]}, lesson {escape(lessons[names[0]].label)}" if lesson and names[0] in lessons else shown[0]
    return first + (f"; it shows in {', '.join(shown[1:])}, too" if shown[1:] else "")


def code_of(finding: Finding, counts: Tally, who: Pseudonyms) -> str:
    """One answer that shows it."""
    code, student = example(finding, counts, who)
    if not code:
        return ""
    name = escape(who.long(student))
    return f'<figure><figcaption class="small muted">How {name} wrote it</figcaption><pre class="code">{escape(code)}</pre></figure>'


def folded(finding: Finding, counts: Tally, who: Pseudonyms, examples: bool) -> str:
    """A line that unfolds."""
    head, rest = title(finding)
    label = " or ".join(map(named, sorted(finding.labels)[:4]))
    label = f'<p class="small muted">In the tables: {label}.</p>' if label else ""
    students = sorted(who.short(counts.records[number].student) for number in finding.learners)
    listed = ", ".join(map(escape, students[:_WHO])) + (
        f" and {len(students) - _WHO:,} more" if len(students) > _WHO else ""
    )
    kind = "learners" if len(students) > 1 else "learner"
    code = code_of(finding, counts, who) if examples else ""
    return (
        f'<details class="finding"><summary><span class="count">{len(students):,}</span><span><b>{head}</b> '
        f'<span class="small muted">{where(finding, linked=False, lesson=not finding.named)}</span></span></summary><div class="inside">'
        f"<p>{rest}</p><p>{share(finding)}: {kind} {listed}.</p>{code}{label}</div></details>"
    )

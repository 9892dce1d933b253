"""What is printed at the end: how the class did, what is to be looked at, and where the files are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from course_utils.grade.records import Record, Settings
from course_utils.grade.report.page import counted
from course_utils.lessons import LESSONS

from .points import handed_in, score
from .roster import Filled


def as_text(records: Sequence[Record], weights: Mapping[str, float], settings: Settings, out: Path, looks: int) -> str:
    """A few lines on the class. looks: how many rows needs_a_look.csv has."""
    numbers = [f"{lesson.number:02}" for lesson in LESSONS if lesson.topic in settings.topics]
    follow = settings.follow_through
    marked = [record for record in records if any(handed_in(record, topic) for topic in settings.topics)]
    shares = [
        earned / possible for earned, possible in (score(each, weights, None, follow) for each in marked) if possible
    ]
    lines = [f"{counted(len(records), 'learner')}, {'lessons' if len(numbers) > 1 else 'lesson'} {', '.join(numbers)}."]
    if shares:
        lines[0] += f" On average {100 * sum(shares) / len(shares):.0f} % of the points."
    if len(marked) < len(records):
        lines.append(
            f"{counted(len(records) - len(marked), 'learner')} without a mark: nothing of these lessons was handed in, or could be read."
        )
    if looks:
        lines.append(f"{counted(looks, 'thing')} to look at: {out / 'needs_a_look.csv'}")
    if not settings.sandbox:
        lines.append(
            "Graded without a sandbox: the learners' code could have changed these marks, and any file of yours."
        )
    lines.append(f"The class: {out / 'class.html'}, marks: {out / 'grades.csv'}, for each learner: {out / 'feedback'}")
    return "\n".join(lines)


def of_roster(filled: Filled, roster: Path, copy: Path) -> str:
    """What was filled in, and what not."""
    headings = ", ".join(repr(heading) for heading in filled.columns.values())
    lines = [f"{roster.name}: {headings} filled in for {counted(filled.rows, 'learner')}, in {copy}"]
    if filled.unmatched:
        lines.append(f"{counted(len(filled.unmatched), 'learner')} not found in {roster.name}: see needs_a_look.csv")
    if filled.without:
        lines.append(f"No column of {roster.name} is named after {', '.join(filled.without)}.")
    return "\n".join(lines)

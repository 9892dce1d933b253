"""What came of an answer, in one word; shared by the pages."""

import functools

from course_utils.grade.marks import points
from course_utils.grade.marks.points import exercises_of
from course_utils.grade.records import Graded, Record
from course_utils.lessons import LESSONS, Lesson

# outcome -> (sign, words); "part": right, but for an earlier part of the learner's own
WORDS = {
    "passed": ("✓", "passed"),
    "part": ("✓", "right, but for an earlier part"),
    "failed": ("✗", "not yet"),
    "error": ("!", "stopped"),
    "not_attempted": ("○", "not attempted"),
    "stumbled": ("?", "the grader stumbled"),
}


def outcome(graded: Graded) -> str:
    """One of WORDS."""
    if graded.status in ("failed", "error") and graded.with_reference:
        return "part"
    return graded.status


def tried(graded: Graded) -> bool:
    """Whether the learner has written an answer that was judged."""
    return graded.status in ("passed", "failed", "error")


@functools.cache
def lesson_of() -> dict[str, Lesson]:
    """The lesson of every exercise, in the order in which the notebooks ask them."""
    return {name: lesson for lesson in LESSONS for name in exercises_of(lesson.topic)}


def of_lesson(record: Record, lesson: Lesson) -> list[Graded]:
    """A learner's answers of one lesson, in the notebook's order."""
    return [record.exercises[name] for name in exercises_of(lesson.topic) if name in record.exercises]


def handed_in(record: Record, lesson: Lesson) -> bool:
    """Whether there is a notebook of this lesson, or an answer to one of its exercises wherever it was."""
    return points.handed_in(record, lesson.topic)

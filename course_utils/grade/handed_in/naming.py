"""Which lesson a file, a folder or a column is named after, and what else the name says."""

import functools
import re
from typing import NamedTuple

from course_utils.lessons import LESSONS, Lesson

_BETWEEN = r"[\W_]*"  # what may stand between two words of a name
_NOT_INSIDE_A_WORD = r"(?<![^\W_])", r"(?![^\W_])"
_UNIT = r"(?:lessons?|lektion|lecon|leçon|lecci[oó]n|exercises?|notebook|week|woche|assignment|unit|ex|nb)"
# What learners and browsers put around a name. `Copy1` is JupyterLab's, `(1)` a browser's.
_NOISE = (
    rf"(?:copy(?: of)?\d*|kopie(?: von)?|copi[ae](?: de)?|final(?:e|ly)?|finished|done|solved?|solutions?|answers?|abgaben?|submi(?:ssions?|tted)"
    r"|new|old|neu|alt|fixed|backup|latest|versions?|attempts?|versuch|my|mein|exercises?|notebooks?|lessons?|inside|bert"
    r"|ma(?:in|ster)|course|kurs|homework|hw|work|src|data|downloads?|v\d{1,2}|\(\d{1,2}\)"
    rf"|{_UNIT}{_BETWEEN}\d{{1,2}})"
)
_ALL_NOISE = re.compile(rf"[\W_]*(?:{_NOISE}(?:[\W_]+|$))*", re.IGNORECASE)
_AT_AN_END = re.compile(rf"^{_NOISE}(?:[\W_]+|$)|[\W_]+{_NOISE}$", re.IGNORECASE)
_AN_ATTEMPT = re.compile(r"^[\W_]*\d{1,2}(?!\d)")  # Canvas's `-1`, after a file's name
_BY_UNIT = re.compile(rf"(?<![^\W_]){_UNIT}{_BETWEEN}(\d{{1,2}})(?!\d)", re.IGNORECASE)
_BY_NUMBER = re.compile(r"^(\d\d)(?![^\W_])")


class Named(NamedTuple):
    """A lesson, and what of the name is before and after the lesson's."""

    lesson: Lesson
    before: str
    after: str


@functools.cache
def _pattern(lesson: Lesson) -> re.Pattern:
    begins, ends = _NOT_INSIDE_A_WORD
    names = {_BETWEEN.join(re.findall(r"\w+", name.replace("_", " "))) for name in (lesson.topic, lesson.title)}
    number = rf"(?:{_UNIT}?{_BETWEEN}0*{lesson.number}(?!\d){_BETWEEN})?"
    return re.compile(rf"{begins}{number}(?:{'|'.join(sorted(names))}){ends}", re.IGNORECASE)


def lesson_in(name: str, bare_number: bool = True) -> Named | None:
    """The lesson that a name names, by its topic or title, or as `lesson 3`; None if there is none.

    bare_number: whether it is enough that the name begins with `03`.
    """
    found = [(match, lesson) for lesson in LESSONS if (match := _pattern(lesson).search(name))]
    if found:
        match, lesson = max(found, key=lambda each: len(each[0][0]))
    else:
        match = _BY_UNIT.search(name) or (_BY_NUMBER.search(name) if bare_number else None)
        lesson = next((each for each in LESSONS if match and each.number == int(match[1])), None)
    return Named(lesson, name[: match.start()], name[match.end() :]) if lesson else None


def without_noise(name: str) -> str:
    """A name without `Copy1`, `final`, `(1)` and the like at its ends; "" where there is nothing else."""
    if _ALL_NOISE.fullmatch(name):
        return ""
    before = None
    while before != name:
        before, name = name, _AT_AN_END.sub("", name).strip(" _-.,+~")
    return name


def beside_the_lesson(name: str) -> str:
    """What a file's name says but for its lesson: the learner's name, or "". `anna_03_self_attention-1 (2)` says `anna`."""
    named = lesson_in(name)
    if named is None:
        return without_noise(name)
    rest = without_noise(named.before), without_noise(_AN_ATTEMPT.sub("", named.after))
    return " ".join(filter(None, rest))


def says_nothing(name: str) -> bool:
    """Whether a folder is named after a lesson, or as folders are, and so not after a learner. A bare number is one."""
    return bool(name.isdecimal() and len(name) < 3) or not beside_the_lesson(name)

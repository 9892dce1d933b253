"""Of several notebooks of one learner: which counts for a lesson, and where each exercise's answer is taken from."""

import re

from course_utils import reference

from ..records import Answer, Extracted, Look
from .answers import stem_of

_ASIDE = frozenset({"solutions", ".ipynb_checkpoints"})
_SAME_TIME = 2.0  # seconds: as exact as a zip's times are
_ATTEMPT = re.compile(r"(?:\((\d+)\)|(?:[-_ ]|copy|attempt|version|v)(\d+))\s*$", re.I)


def choose(
    extracted: list[Extracted], topics: tuple[str, ...]
) -> tuple[dict[str, tuple[Extracted, Answer]], list[str], list[Look]]:
    """The answers that count, each with its notebook; the paths of older attempts; and what a teacher should look at.

    A lesson's newest notebook counts. An exercise that it lacks, or leaves blank, may come from another lesson's notebook.
    """
    newest = _newest_first(extracted)
    own = {topic: _newest_whole(newest, topic) for topic in dict.fromkeys(each.topic for each in newest) if topic}
    older = [each for each in newest if each.topic and newest.index(each) > newest.index(own[each.topic])]
    others = [each for each in newest if each not in older] + older
    looks = [_which_counts(own[each.topic], each) for each in older if _differ(own[each.topic], each)]
    looks += [_from_aside(own[topic]) for topic in topics if topic in own and _is_aside(own[topic])]
    chosen = {}
    for topic in topics:
        for name in reference.exercises(topic):
            found = _answer(name, own.get(topic), [each for each in others if each.topic != topic or each not in older])
            if found:
                chosen[name] = found
            looks += _not_counted(name, topic, found, others, older)
    return chosen, [each.notebook.path for each in older], looks


def _newest_whole(newest: list[Extracted], topic: str) -> Extracted:
    """The newest notebook for a lesson that is not a mere piece, as is a scratch notebook which defines one function.

    Nor is it as it was handed out, if another one is not.
    """
    attempts = [each for each in newest if each.topic == topic]
    counts = {id(each): sum(name in each.answers for name in reference.exercises(topic)) for each in attempts}
    whole = [each for each in attempts if 2 * counts[id(each)] >= max(counts.values())]
    return next((each for each in whole if _is_begun(each)), whole[0])


def _is_begun(each: Extracted) -> bool:
    return any(not answer.blank for answer in each.answers.values())


def _newest_first(extracted: list[Extracted]) -> list[Extracted]:
    """By the time of change; where that is the same, by the attempt's number in the name, then by name.

    Who hands in a whole copy of the course hands in its solutions, too: those come last.
    """
    theirs, aside = ([each for each in extracted if _is_aside(each) == last] for last in (False, True))
    return _by_time(theirs) + _by_time(aside)


def _is_aside(each: Extracted) -> bool:
    """Whether a notebook lies in a folder of the course's, or of Jupyter's, that is not for answers."""
    return not _ASIDE.isdisjoint(each.notebook.path.replace("\\", "/").split("/")[:-1])


def _by_time(extracted: list[Extracted]) -> list[Extracted]:
    left = sorted(extracted, key=lambda each: (each.notebook.changed, each.notebook.path), reverse=True)
    found: list[Extracted] = []
    while left:
        since = left[0].notebook.changed - _SAME_TIME
        best = max((each for each in left if each.notebook.changed >= since), key=_rank)
        found.append(best)
        left = [each for each in left if each is not best]
    return found


def _rank(each: Extracted) -> tuple:
    stem = stem_of(each.notebook.path)
    match = _ATTEMPT.search(stem)
    digits = (match[1] or match[2])[:9] if match else "0"
    is_lesson = match and not match[1] and len(digits) == 2 and digits[0] in "01"  # `lesson_03`: no third attempt
    return (0 if is_lesson else int(digits), stem, each.notebook.path)


def _answer(name: str, own: Extracted | None, others: list[Extracted]) -> tuple[Extracted, Answer] | None:
    """An exercise's answer from its lesson's notebook, else one from elsewhere, else the blank."""
    if own and name in own.answers and not own.answers[name].blank:
        return own, own.answers[name]
    elsewhere = [each for each in others if name in each.answers]
    for each in elsewhere:
        if not each.answers[name].blank:
            return each, each.answers[name]
    first = own if own and name in own.answers else next(iter(elsewhere), None)
    return (first, first.answers[name]) if first else None


def _differ(one: Extracted, other: Extracted) -> bool:
    return one.notebook.content != other.notebook.content and not _is_aside(other)


def _from_aside(each: Extracted) -> Look:
    return Look(each.notebook.path, "The folder's name is one of the course's own: are these the learner's answers?")


def _which_counts(newest: Extracted, older: Extracted) -> Look:
    says = f"Of several notebooks for one lesson the newest counts, `{newest.notebook.path}`; this one was not graded."
    return Look(older.notebook.path, says)


def _not_counted(
    name: str, topic: str, found: tuple | None, others: list[Extracted], older: list[Extracted]
) -> list[Look]:
    """An answer that does not count, though none does, or though it is in a newer notebook than the one that does."""
    for each in others:
        if name not in each.answers or each.answers[name].blank or (found and each is found[0]):
            continue
        if not found or found[1].blank:
            says = f"Only this older attempt has an answer to `{name}`; it does not count."
            return [Look(each.notebook.path, says, name)]
        if each not in older and each.topic == topic and each.notebook.changed > found[0].notebook.changed:
            says = f"This notebook has a later answer to `{name}`, but `{found[0].notebook.path}` is the whole lesson and counts."
            return [Look(each.notebook.path, says, name)]
    return []

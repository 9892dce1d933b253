"""`similar.html`: answers that are alike in a way that few others are. A list to look at, not a verdict.

For every exercise: the answers' shapes (`shapes.py`), without the fingerprints of what was given and of the key; what many
learners have is a common way, and says nothing. Answers are compared only where an index of rare fingerprints brings them
together, so that 10,000 learners are no more work than ten classes of 1,000.
"""

import inspect
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import combinations
from pathlib import Path

from course_utils.grade.records import Graded, Record
from course_utils.grade.whole import write_whole

from .masking import Pseudonyms
from .outcome import lesson_of
from .page import counted, named, page, percent
from .shapes import SMALLEST, Shape, shape_of
from .style import SIMILAR_STYLE

LIKE = 0.6  # of the weight of the larger answer is in the smaller one, too
EVIDENCE = 20.0  # bits: how unlikely it is that the class would share this by itself, very roughly
_COMMON, _COMMON_SHARE = 25, 0.25  # what more learners have, or a larger part of the class, is a common way
_GROUPS, _TEXT, _TOGETHER = (
    120,
    2500,
    25,
)  # groups on the page, characters of a text, pairs of learners in the first table


@dataclass(frozen=True)
class Group:
    """Learners whose answers to an exercise are alike. pair: the two that are most alike; like: how much; bits: how rare."""

    exercise: str
    students: tuple[str, ...]
    pair: tuple[str, str]
    like: float
    bits: float


def write_similar(records: list[Record], out: Path, names: bool = False) -> None:
    """Writes `out/similar.html`. names: show who it was in place of a pseudonym."""
    write_whole(Path(out) / "similar.html", similar_page(records, names))


def similar_groups(records: Iterable[Record]) -> list[Group]:
    """All groups, those that are least likely by chance first."""
    answers: dict[str, dict[str, Graded]] = defaultdict(dict)
    for record in records:
        for name, graded in record.exercises.items():
            if name in lesson_of() and graded.text.strip() and graded.status != "not_attempted":
                answers[name][record.student] = graded
    found = [group for name in lesson_of() if name in answers for group in _of_exercise(name, answers[name])]
    return sorted(found, key=lambda group: (-group.bits, group.exercise, group.students))


def _of_exercise(name: str, answers: dict[str, Graded]) -> list[Group]:
    """The groups of one exercise."""
    given = [shape for shape in map(shape_of, _given(name)) if shape]
    known = frozenset().union(*(shape.prints for shape in given))
    shapes: dict[str, Shape] = {}
    for student in sorted(answers):
        shape = shape_of(answers[student].text)
        if shape and len(shape.nodes) >= SMALLEST and all(shape.nodes != other.nodes for other in given):
            shapes[student] = shape
    prints = {student: shape.prints - known for student, shape in shapes.items()}
    of = Counter(each for own in prints.values() for each in own)
    common = max(2, min(_COMMON, int(_COMMON_SHARE * len(answers))))
    bits = {each: math.log2((len(answers) + 1) / number) for each, number in of.items()}
    index: dict[int, list[str]] = defaultdict(list)
    for student, own in prints.items():
        for each in own:
            if 1 < of[each] <= common:
                index[each].append(student)
    rare: Counter[tuple[str, str]] = Counter()
    for each, students in index.items():
        for pair in combinations(students, 2):
            rare[pair] += bits[each]
    weight = {student: math.fsum(sorted(bits[each] for each in own)) for student, own in prints.items()}
    alike = []
    for (one, other), evidence in rare.items():
        if evidence >= EVIDENCE:
            shared = math.fsum(sorted(bits[each] for each in prints[one] & prints[other]))
            like = shared / max(weight[one], weight[other])
            if like >= LIKE:
                alike.append((round(evidence, 6), round(like, 6), one, other))
    return _grouped(name, sorted(alike, key=lambda each: (-each[0], -each[1], *each[2:])))


def _given(name: str) -> list[str]:
    """What every learner has seen, or may see: the key, whose signature and docstring are the release's."""
    from course_utils.checks.course import find  # takes torch along

    check = find(name)
    return [inspect.getsource(check.reference)] if check else []


def _grouped(name: str, pairs: list[tuple[float, float, str, str]]) -> list[Group]:
    """Pairs that have a learner in common are one group, which is told by its best pair."""
    leader: dict[str, str] = {}

    def top(student: str) -> str:
        while leader.setdefault(student, student) != student:
            leader[student] = leader[leader[student]]
            student = leader[student]
        return student

    for _bits, _like, one, other in pairs:
        leader[max(top(one), top(other))] = min(top(one), top(other))
    members: dict[str, list[str]] = defaultdict(list)
    for student in sorted(leader):
        members[top(student)].append(student)
    best: dict[str, Group] = {}
    for bits, like, one, other in pairs:
        first = top(one)
        best.setdefault(first, Group(name, tuple(members[first]), (one, other), like, bits))
    return list(best.values())


def similar_page(records: list[Record], names: bool = False) -> str:
    """The page as text."""
    groups, who = similar_groups(records), Pseudonyms(records, names)
    by_student = {record.student: record for record in records}
    top = (
        '<p class="lead"><b>This is a list to look at, not a verdict.</b> Two people who have learnt from the same page, or '
        "worked side by side as they were told to, write alike; and whoever copies with care is not found. Talk before you judge.</p>"
        '<p class="muted">Compared is what stays without names, comments, layout and the spelling of numbers. What was given, what '
        f"the solution has, and what many learners have is left out, and so are answers of fewer than {SMALLEST} nodes.</p>"
    )
    if not groups:
        body = "<p>No two answers are alike in a way that is rare in this class.</p>"
    else:
        body = _together(groups, who) + '<h2 id="groups">Exercise by exercise, the rarest first</h2>'
        body += "".join(_group(group, by_student, who) for group in groups[:_GROUPS])
        left = len(groups) - _GROUPS
        body += f'<p class="muted">And {counted(left, "group")} more.</p>' if left > 0 else ""
    return page("Answers that are alike", top, body, SIMILAR_STYLE, "Look at both texts before you talk to anybody.")


def _together(groups: list[Group], who: Pseudonyms) -> str:
    """Who is alike in several exercises, which says more than any one of them."""
    exercises: dict[tuple[str, str], list[str]] = defaultdict(list)
    for group in groups:
        for pair in combinations(group.students[:_TOGETHER], 2):
            exercises[pair].append(group.exercise)
    several = sorted(
        ((pair, found) for pair, found in exercises.items() if len(found) > 1),
        key=lambda each: (-len(each[1]), each[0]),
    )
    if not several:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{" and ".join(escape(who.long(student)) for student in pair)}</th><td class="n">{len(found)}</td>'
        f"<td>{', '.join(named(name) for name in sorted(found)[:12])}{' …' if len(found) > 12 else ''}</td></tr>"
        for pair, found in several[:_TOGETHER]
    )
    return (
        '<h2 id="together">Alike in several exercises</h2><div class="sheet"><table class="list"><caption>Pairs of learners, those with '
        'the most exercises first</caption><thead><tr><th scope="col">who</th><th scope="col" class="n">exercises</th>'
        f'<th scope="col">which</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _group(group: Group, by_student: dict[str, Record], who: Pseudonyms) -> str:
    """The two texts that are most alike, side by side, and who else has such a one."""
    texts = []
    for student in group.pair:
        record = by_student[student]
        texts.append(
            f"<figure><figcaption>{escape(who.long(student))}</figcaption>"
            f'<pre class="code">{escape(who.hidden(record.exercises[group.exercise].text, record, _TEXT))}</pre></figure>'
        )
    others = [escape(who.long(student)) for student in group.students if student not in group.pair]
    more = (
        f"<p>Alike, too: {', '.join(others[:_TOGETHER])}{' and others' if len(others) > _TOGETHER else ''}.</p>"
        if others
        else ""
    )
    one, other = (by_student[student].exercises[group.exercise].text for student in group.pair)
    same = "the same to the letter" if one.strip() == other.strip() else f"{percent(group.like)} alike in shape"
    lesson = lesson_of()[group.exercise]
    return (
        f'<section class="pair"><h3>{named(group.exercise)} <span class="muted small">'
        f"{escape(lesson.label)} · {same} · {counted(len(group.students), 'learner')}</span></h3>"
        f'<div class="two">{"".join(texts)}</div>{more}</section>'
    )

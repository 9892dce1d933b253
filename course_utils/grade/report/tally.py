"""What a class did, counted: the exercises, the named mistakes, the failures without a name, and what needs a look."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from course_utils.grade.marks.points import earned
from course_utils.grade.records import Graded, Record
from course_utils.lessons import LESSONS, Lesson

from .masking import Pseudonyms, anonymous
from .mistakes import Named, says, told_apart
from .outcome import handed_in, lesson_of, of_lesson, outcome, tried
from .page import clean

_CANDIDATES = 12  # answers that are tried as an example, the shortest first


@dataclass
class Finding:
    """Something that several learners have in common: a mistake with a name, or failures whose cards say the same.

    named: the mistakes, several where they cannot be told apart. labels: theirs, and those of mistakes of which the bank says
    the very same. about: without a name, what the cards say. where: the
    exercises that show it, by learners. learners: their places in the class. tried: how many tried any of these exercises.
    """

    named: tuple[Named, ...] = ()
    about: str = ""
    labels: set[str] = field(default_factory=set)
    where: Counter[str] = field(default_factory=Counter)
    learners: set[int] = field(default_factory=set)
    seen: list[tuple[int, str]] = field(default_factory=list)  # (learner, exercise)
    tried: int = 0

    @property
    def exercise(self) -> str:
        """The exercise that it belongs to: the mistake's own, or the one that shows it."""
        return self.named[0].exercise if self.named else next(iter(self.where), "")


@dataclass
class Tally:
    """A class in numbers. learners: those who handed in anything, by their place among the records.

    outcomes: exercise -> outcome -> learners, of those who handed its lesson in. shares: of each of the learners, the share
    of the points of all lessons that anybody handed in. passing: lesson's topic -> (answers that pass, answers that could), of those who handed it in.
    """

    records: list[Record]
    lessons: list[Lesson]
    learners: list[int]
    outcomes: dict[str, Counter[str]]
    handed: Counter[str]
    whole: Counter[str]
    passing: dict[str, tuple[int, int]]
    shares: list[float]
    findings: list[Finding]
    unnamed: list[Finding]
    looks: Counter[str]
    stumbled: Counter[str]

    @property
    def mean(self) -> float:
        """The mean share of the points."""
        return statistics.fmean(self.shares) if self.shares else 0.0

    @property
    def median(self) -> float:
        """The median share of the points."""
        return statistics.median(self.shares) if self.shares else 0.0

    def tried(self, exercise: str) -> int:
        """How many learners tried an exercise."""
        counts = self.outcomes.get(exercise, Counter())
        return sum(counts[each] for each in ("passed", "part", "failed", "error"))


def tally(records: list[Record], weights: Mapping[str, float], follow_through: bool = True) -> Tally:
    """Counts a class."""
    graded = set().union(*(record.exercises for record in records))
    outcomes = {name: Counter[str]() for name in lesson_of() if name in graded}
    lessons = [lesson for lesson in LESSONS if lesson in {lesson_of()[name] for name in outcomes}]
    handed, whole, right, of = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    shares, learners = [], []
    for number, record in enumerate(records):
        mine = [lesson for lesson in lessons if handed_in(record, lesson)]
        for lesson in mine:
            answers = of_lesson(record, lesson)
            came = Counter(map(outcome, answers))
            for each in answers:
                outcomes[each.exercise][outcome(each)] += 1
            passed = came["passed"] + came["part"]
            handed[lesson.topic] += 1
            whole[lesson.topic] += passed == len(answers)
            right[lesson.topic] += passed
            of[lesson.topic] += len(answers) - came["stumbled"]
        if mine:
            learners.append(number)
    for number in learners:  # of the lessons that anybody has handed in: the others are still to come
        due = (each for lesson in lessons if handed[lesson.topic] for each in of_lesson(records[number], lesson))
        have, could = earned(due, weights, follow_through)
        shares += [have / could] if could else []
    passing = {lesson.topic: (right[lesson.topic], of[lesson.topic]) for lesson in lessons}
    (findings, nameless), (looks, stumbled) = _findings(records, outcomes), _open(records, outcomes)
    made = Tally(
        records, lessons, learners, outcomes, handed, whole, passing, shares, findings, nameless, looks, stumbled
    )
    _count_tries(made)
    return made


def _findings(records: Sequence[Record], exercises: Iterable[str]) -> tuple[list[Finding], list[Finding]]:
    """The named mistakes and the failures without a name, those of most learners first."""
    named: dict[tuple, Finding] = {}
    unnamed: dict[tuple, Finding] = {}
    for number, record in enumerate(records):
        for exercise in exercises:
            graded = record.exercises.get(exercise)
            if graded is None or graded.status not in ("failed", "error"):
                continue
            found = told_apart(exercise, graded.labels)
            places = []
            for each in found:
                meant = tuple(dict.fromkeys((one.exercise, says(one) or one.label) for one in each))
                places.append(named.setdefault(meant, Finding(each)))
                places[-1].labels |= {one.label for one in each}
            if not found and outcome(graded) != "part":
                about = gist(graded)
                places = [unnamed.setdefault((exercise, about), Finding(about=about))]
            for place in places:
                place.learners.add(number)
                place.where[exercise] += 1
                place.seen.append((number, exercise))
    return _sorted(named), _sorted(unnamed)


def _sorted(findings: Mapping[tuple, Finding]) -> list[Finding]:
    order = list(lesson_of())

    def place(finding: Finding) -> tuple:
        at = order.index(finding.exercise) if finding.exercise in order else len(order)
        return -len(finding.learners), at, finding.named, finding.about

    return sorted(findings.values(), key=place)


def _count_tries(counts: Tally) -> None:
    """For every named mistake: who tried an exercise that shows it, or the one that it belongs to."""
    tries: dict[str, set[int]] = defaultdict(set)
    for number, record in enumerate(counts.records):
        for name, graded in record.exercises.items():
            if tried(graded):
                tries[name].add(number)
    for finding in counts.findings + counts.unnamed:
        own = {each.exercise for each in finding.named} if finding.named else set(finding.where)
        finding.tried = len(set().union(finding.learners, *(tries[name] for name in own)))


def gist(graded: Graded) -> str:
    """What a card's headline says, without the numbers and the code that differ from learner to learner."""
    headline = graded.card.get("headline") if isinstance(graded.card, dict) else None
    if not isinstance(headline, str) or not headline.strip():
        return {"error": "It stopped, and no card says why."}.get(graded.status, "It is wrong, and no card says how.")
    words = _without_code(clean(headline, 400))
    return " ".join(re.sub(r"[-−]?\d+([.,]\d+)*(e[-+]?\d+)?", "#", words).split())


def _without_code(text: str) -> str:
    """A sentence without what it quotes, but for the names of exercises."""

    def kept(quoted: re.Match) -> str:
        return quoted[0] if quoted[0].strip("`") in lesson_of() else "‹…›"

    return re.sub(r"`[^`]*`|'[^'\n]*'|\"[^\"\n]*\"", kept, text)


def _open(records: Sequence[Record], exercises: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """What a teacher has to look at: the reasons by how often, and the exercises where the grader stumbled."""
    looks, stumbled = Counter(), Counter()
    for record in records:
        for look in record.looks:
            reason = _without_code(clean(look.reason, 300))
            looks[anonymous(re.sub(r"\d+", "#", reason), record)] += 1
        stumbled.update(
            name for name in exercises if name in record.exercises and record.exercises[name].status == "stumbled"
        )
    return looks, stumbled


def example(finding: Finding, counts: Tally, names: Pseudonyms) -> tuple[str, str]:
    """The shortest answer that shows a finding, without its writer's name, and who that is; ("", "") if none is known."""
    texts = []
    for number, exercise in finding.seen:
        record = counts.records[number]
        own = record.exercises.get(finding.exercise) or record.exercises[exercise]
        text = own.text if own.text.strip() else record.exercises[exercise].text
        if text.strip():
            texts.append((len(text), names.short(record.student), text, record))
    texts.sort(key=lambda each: each[:2])
    best = None
    for _length, _who, text, record in texts[:_CANDIDATES]:
        code, masked = names.code(text, record)
        best = best or (code, record.student)
        if not masked:
            return code, record.student
    return best or ("", "")

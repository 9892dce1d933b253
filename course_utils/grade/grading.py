"""Grade one learner: find their answers, have them tried, and write down what came of each.

extract/       the answers in the notebooks; nothing is run
sandbox/       the learner's functions are run on the judge's inputs, where there are no answers
judging.py     the verdict, of plain values
explaining.py  the card, for what has failed
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from course_utils.judge import Result
from course_utils.judge.diagnosis import bank_of, full_label
from course_utils.judge.mistakes import CHANGES_INPUTS, NOT_DETERMINISTIC
from course_utils.lessons import LESSONS
from course_utils.reference import exercises

from .extract import answers_of, choose, together
from .judging import Judge, Verdict
from .known import Known
from .records import Answer, Extracted, Graded, Record, Settings, Submission
from .sandbox import wire
from .sandbox.confine import PROTECTIONS
from .sandbox.session import Died, Session

TOPICS = {name: lesson.topic for lesson in LESSONS for name in exercises(lesson.topic)}  # in the course's order
_ORDER = {lesson.topic: lesson.number for lesson in LESSONS}
_STEMS = {lesson.topic: lesson.stem for lesson in LESSONS}
_MOST_CALLS = 5000  # of functions that are lent, in one session
_TEXT, _ITEMS = 2000, 40  # the most of a card that is kept
_FIELDS = {field.name for field in fields(Result)}


@dataclass(frozen=True)
class Found:
    """An answer, and the notebook that it is from."""

    extracted: Extracted
    answer: Answer


class Grader:
    """Grades submissions, one after the other. compute, explain: the sockets of the two zygotes; leave_out: as in Station."""

    def __init__(
        self, judge: Judge, compute: Any, explain: Any, settings: Settings, leave_out: Collection[str] = ()
    ) -> None:
        self.judge, self.settings = judge, settings
        self._protections = [each for each in PROTECTIONS if each not in leave_out]
        self._compute, self._explain = compute, explain
        self.known = Known()
        self._labels: dict[str, set[str]] = {}

    def grade(self, submission: Submission) -> Record:
        """Everything about one learner. Raises only where a sandbox is gone."""
        extracted = [answers_of(each) for each in submission.notebooks]
        chosen, superseded, looks = choose(extracted, [lesson.topic for lesson in LESSONS])
        found = {name: Found(*each) for name, each in chosen.items()}
        looks = [*(look for each in extracted for look in each.looks), *looks]
        record = Record(submission.student, submission.name, list(submission.ids), superseded=list(superseded))
        record.notebooks = {each.notebook.path: _STEMS.get(each.topic, "") for each in extracted}
        record.looks = list(dict.fromkeys(looks))
        learner = _Learner(self, found, record)
        for topic in self._topics(found):
            learner.judge(topic)
        graded = (name for name, topic in TOPICS.items() if topic in self.settings.topics)
        record.exercises = {name: learner.graded[name] for name in graded}
        return record

    def _topics(self, found: dict[str, Found]) -> list[str]:
        """The lessons to judge, in the course's order: those that are graded, and those whose functions they import."""
        wanted, waiting = set(self.settings.topics), [*self.settings.topics]
        while waiting:
            topic = waiting.pop()
            imports = (
                name for each in found.values() if TOPICS[each.answer.exercise] == topic for name in each.answer.imports
            )
            new = {TOPICS[name] for name in imports if name in found} - wanted
            wanted |= new
            waiting += new
        judged = {TOPICS[name] for name in self.judge.exercises}
        return sorted(wanted & judged, key=_ORDER.__getitem__)

    def tried(
        self, names: Sequence[str], cells: list[list], own: dict, lent: Sequence[str], replaced: Sequence[str] = ()
    ) -> Iterator[Verdict]:
        """A verdict for each of these exercises, as long as the session lives. Raises Died."""
        request = {
            "cells": cells,
            "own": own,
            "lent": [*lent, *replaced],
            "replaced": list(replaced),
            "try": list(names),
        }
        with self._lender([*lent, *replaced]) as lend, self._session(self._compute, len(names) + 1) as session:
            for name, (message, tensors) in zip(names, session.ask(request, len(names), lend), strict=True):
                yield self.judge.verdict(name, message, tensors)

    def card(self, name: str, cells: list[list], own: dict, lent: Sequence[str]) -> dict[str, Any] | None:
        """What the sandbox that explains says of a failed answer; None where it says nothing that can be used."""
        if self.settings.explain == "none":
            return None
        request = {"explain": name, "cells": cells, "own": own, "lent": list(lent)}
        try:
            with self._session(self._explain, 30) as session:
                message, _ = next(session.ask(request, 1))
        except Died:
            return None
        card = message.get("card")
        if not isinstance(card, dict) or not isinstance(card.get("status"), str):
            return None
        return {key: _bounded(value) for key, value in card.items() if key in _FIELDS}

    def labels(self, name: str, card: dict[str, Any]) -> list[list[str]]:
        """The mistakes that a card names, as far as the exercise has them."""
        if name not in self._labels:
            check = self.judge.exercises[name].check
            own = {full_label(check, part, mistake) for part, mistake in bank_of(check)}
            self._labels[name] = own | {CHANGES_INPUTS, NOT_DETERMINISTIC}
        groups = card.get("explanations")
        if not isinstance(groups, list):
            return []
        kept = [[each for each in group if each in self._labels[name]] for group in groups if isinstance(group, list)]
        return [group for group in kept if group]

    def open(self) -> Session:
        """A session in the sandbox that computes."""
        return self._session(self._compute, 2)

    @contextmanager
    def _lender(self, names: Sequence[str]) -> Iterator[Any]:
        """Answers a session's calls of these functions of the reference's, in a session of their own."""
        if not names:
            yield None
            return
        left = _MOST_CALLS
        with self._session(self._explain, 60) as session:
            next(session.ask({"lend": True}, 1))

            def lend(text: bytes, blob: bytes) -> bytes:
                nonlocal left
                message, _ = wire.of_bytes(text, b"")
                left -= 1
                if message["call"] not in names or left < 0:
                    raise Died(f"it asked for `{str(message['call'])[:80]}`, or too often")
                answer = session.send_raw(wire.packed(text, blob))
                return wire.packed(*answer)

            yield lend

    def _session(self, zygote: Any, times: int) -> Session:
        if zygote is None:
            raise Died("functions of earlier lessons are not lent where nothing is explained")
        limits = {
            "cpu": self.settings.cpu,
            "wall": self.settings.wall,
            "memory": self.settings.memory,
            "seconds": int(times * (2 * self.settings.cpu + 2)),
            "explain": self.settings.explain,
            "protections": self._protections,
            "sandbox": self.settings.sandbox,
        }
        return Session(zygote, limits)


class _Learner:
    """One learner's answers while they are judged. passed: the exercises that pass with nothing but the learner's own."""

    def __init__(self, grader: Grader, found: dict[str, Found], record: Record) -> None:
        self.grader, self.found, self.record = grader, found, record
        self.graded: dict[str, Graded] = {}
        self._keys: dict[str, tuple] = {}

    def judge(self, topic: str) -> None:
        """Judges a lesson: all answers of one notebook together, then each that has not passed by itself."""
        names = exercises(topic)
        for name in names:
            self.graded[name] = self._untried(name)
        waiting = [name for name in names if self.graded[name].status == ""]
        for notebook in dict.fromkeys(self.found[name].extracted.notebook.path for name in waiting):
            self._together([name for name in waiting if self.found[name].extracted.notebook.path == notebook])
        for name in waiting:
            if self.graded[name].status not in ("passed", "stumbled"):
                self._follow_through(name)

    def _untried(self, name: str) -> Graded:
        """What is known without running anything; the status is "" where it is to be tried."""
        check = self.grader.judge.exercises[name].check
        graded = Graded(name, "", cases=len(self.grader.judge.exercises[name].runs))
        if name not in self.found:
            says = f"No {check.kind} called `{name}` was found in what was handed in."
            graded.status, graded.card = "not_attempted", _card(Result(name, "not_attempted", says))
            return graded
        answer = self.found[name].answer
        graded.notebook, graded.text = self.found[name].extracted.notebook.path, answer.text
        if answer.error:
            graded.status, graded.card = "error", _card(Result(name, "error", answer.error))
        elif answer.blank:
            says = f"The {check.kind} is still as it was handed out."
            graded.status, graded.card = "not_attempted", _card(Result(name, "not_attempted", says))
        return graded

    def _together(self, names: list[str]) -> None:
        known = {name: self.grader.known.verdict(self._key(name)) for name in names}
        verdicts = {name: verdict for name, verdict in known.items() if verdict is not None}
        open_ones = [name for name in names if name not in verdicts]
        if open_ones:
            own, lent = self._earlier(open_ones)
            try:
                for name, verdict in zip(
                    open_ones, self.grader.tried(open_ones, self._cells(open_ones), own, lent), strict=False
                ):
                    verdicts[name] = verdict
            except Died:
                pass
        for name in names:
            verdict = verdicts.get(name)
            if verdict is None or verdict.status != "passed":
                verdict = self._again(name, verdict, certain=known[name] is not None)
            graded = self.graded[name]
            graded.status, graded.passed = verdict.status, verdict.passed
            self.grader.known.keep(self._key(name), verdict)

    def _again(self, name: str, verdict: Verdict | None, certain: bool) -> Verdict:
        """The verdict on an answer that has not passed beside others: their code may have got in its way, or taken its time.

        certain: it is known from the same code of somebody else. Writes the card, too.
        """
        graded = self.graded[name]
        card = self._explained(name) if verdict is not None and not verdict.time_is_up else None
        if not certain and (card is None or card["status"] == "passed"):
            own, lent = self._earlier([name])
            try:
                verdict = next(iter(self.grader.tried([name], self._cells([name]), own, lent)))
            except Died as died:
                says = f"It ended the process in which it ran, or was ended: {died}."
                graded.card = _card(Result(name, "error", says))
                return Verdict("error", graded.cases)
            if verdict.status == "passed":
                return verdict
            card = card if card and card["status"] != "passed" else self._explained(name)
        if card is None or card["status"] == "passed":
            card = _card(Result(name, verdict.status, f"Right in {verdict.passed} of {verdict.cases} cases."))
        graded.card, graded.labels = card | {"exercise": name, "status": verdict.status}, self.grader.labels(name, card)
        return verdict

    def _explained(self, name: str) -> dict[str, Any] | None:
        key = (self._key(name), self._exact(name))
        card = self.grader.known.card(key)
        if card is None:
            own, lent = self._earlier([name])
            card = self.grader.card(name, self._cells([name]), own, lent)
            self.grader.known.keep_card(key, card)
        return card

    def _follow_through(self, name: str) -> None:
        """Tries it once more with the reference's functions in the place of the learner's own parts that are not right."""
        answer = self.found[name].answer
        wrong = [
            part
            for part in answer.calls
            if part in self.graded and self.graded[part].status != "passed" and part != name
        ]
        if not wrong:
            return
        own, lent = self._earlier([name])
        try:
            verdict = next(iter(self.grader.tried([name], self._cells([name]), own, lent, wrong)))
        except Died:
            return
        if verdict.status == "passed":
            self.graded[name].with_reference = wrong

    def _cells(self, names: Iterable[str]) -> list[list]:
        """The cells that these answers of one notebook need, each statement once, in an order in which they can run."""
        cells = together(self.found[name].answer.cells for name in names)
        return [[cell.file, cell.source, list(cell.kept)] for cell in cells]

    def _earlier(self, names: Iterable[str]) -> tuple[dict[str, list], list[str]]:
        """Functions of earlier lessons: the cells of the learner's own that passed, and the names of those that are lent."""
        own: dict[str, list] = {}
        lent: list[str] = []
        waiting = [(name, each) for name in names for each in self.found[name].answer.imports]
        while waiting:
            by, name = waiting.pop()
            if name in own or name in lent or _ORDER[TOPICS[name]] >= _ORDER[TOPICS[by]]:
                continue
            if name in self.graded and self.graded[name].status == "passed":
                own[name] = self._cells([name])
                waiting += [(name, each) for each in self.found[name].answer.imports]
            else:
                lent.append(name)
        return own, lent

    def _key(self, name: str) -> tuple:
        """What a verdict depends on: the exercise, the code, and where functions of earlier lessons come from."""
        if name not in self._keys:
            own, lent = self._earlier([name])
            theirs = [cell for cells in own.values() for cell in cells]
            code = self.grader.known.code(self._cells([name])), self.grader.known.code(theirs)
            self._keys[name] = (name, *code, tuple(lent))
        return self._keys[name]

    def _exact(self, name: str) -> str:
        return "\n".join(source for _, source, _ in self._cells([name]))


def _card(result: Result) -> dict[str, Any]:
    return {key: value for key, value in result.to_dict().items() if key in _FIELDS}


def _bounded(value: Any) -> Any:
    """As much of a card's field as is kept."""
    if isinstance(value, str):
        return value[:_TEXT]
    if isinstance(value, list):
        return [_bounded(each) for each in value[:_ITEMS]]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:_TEXT]

"""Grade one learner: find their answers, have them tried, and write down what came of each.

extract/       the answers in the notebooks; nothing is run
sandbox/       the learner's functions are run on the judge's inputs, where there are no answers
judging.py     the verdict, of plain values
explaining.py  the card, for what has failed
one_learner.py in which order, and what is tried again
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from course_utils.judge.diagnosis import bank_of, full_label
from course_utils.judge.mistakes import CHANGES_INPUTS, NOT_DETERMINISTIC
from course_utils.lessons import LESSONS

from .extract import answers_of, choose
from .judging import ORDER, STEMS, TOPICS, Judge, Verdict
from .known import Known
from .one_learner import FIELDS, Found, OneLearner
from .records import Record, Settings, Submission
from .sandbox import wire
from .sandbox.confine import PROTECTIONS
from .sandbox.session import Died, Session

_MOST_CALLS, _MOST_BYTES = 2000, 2**28  # of functions that are lent, in one session
_TEXT, _ITEMS = 2000, 40  # the most of a card that is kept


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
        record.notebooks = {each.notebook.path: STEMS.get(each.topic, "") for each in extracted}
        record.looks = list(dict.fromkeys(looks))
        learner = OneLearner(self, found)
        for topic in self._topics(found):
            learner.judge(topic)
        record.looks += [look for look in learner.looks if TOPICS[look.exercise] in self.settings.topics]
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
        return sorted(wanted & judged, key=ORDER.__getitem__)

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
                if message.get("tried") != name:
                    raise Died("it spoke out of turn")
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
        return {key: _bounded(value) for key, value in card.items() if key in FIELDS}

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
        left, most = _MOST_CALLS, _MOST_BYTES
        with self._session(self._explain, 60) as session:
            next(session.ask({"lend": True}, 1))

            def lend(name: str, call: bytes, deadline: float) -> bytes:
                nonlocal left, most
                left, most = left - 1, most - len(call)
                if name not in names or left < 0 or most < 0:
                    raise Died(f"it asked for `{str(name)[:80]}`, or for too much")
                return wire.packed(*session.send_raw(call, deadline))

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


def _bounded(value: Any) -> Any:
    """As much of a card's field as is kept."""
    if isinstance(value, str):
        return value[:_TEXT]
    if isinstance(value, list):
        return [_bounded(each) for each in value[:_ITEMS]]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:_TEXT]

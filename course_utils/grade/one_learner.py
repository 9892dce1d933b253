"""Judge one learner's answers: those of a notebook together, then by itself whatever has not passed.

In a process of its own an answer cannot be harmed by the others, and a time-out counts only if it comes again. What fails since
an earlier part of the learner's own is wrong is tried once more with the reference's part.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from course_utils.checks.course import KEY
from course_utils.judge import Result
from course_utils.reference import exercises

from .extract import together
from .judging import ORDER, TOPICS, Verdict
from .records import Answer, Extracted, Graded, Look
from .sandbox.session import Died

if TYPE_CHECKING:
    from .grading import Grader

FIELDS = {field.name for field in fields(Result)}  # of a card


@dataclass(frozen=True)
class Found:
    """An answer, and the notebook that it is from."""

    extracted: Extracted
    answer: Answer


class OneLearner:
    """One learner's answers while they are judged. graded: what came of each so far, by the exercise's name.

    looks: what a teacher should look at.
    """

    def __init__(self, grader: "Grader", found: dict[str, Found]) -> None:
        self.grader, self.found = grader, found
        self.graded: dict[str, Graded] = {}
        self.looks: list[Look] = []
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
                self._look_for_modules(name)

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
        known = {name: self._known(name) for name in names}
        verdicts = {name: verdict for name, verdict in known.items() if verdict is not None}
        open_ones = [name for name in names if name not in verdicts]
        if open_ones:
            with contextlib.suppress(Died):
                verdicts.update(zip(open_ones, self._tried(open_ones), strict=False))
        for name in names:
            verdict = verdicts.get(name)
            if verdict is None or verdict.status != "passed":
                verdict = self._again(name, verdict, certain=known[name] is not None)
            graded = self.graded[name]
            graded.status, graded.passed = verdict.status, verdict.passed
            if verdict.status != "passed":  # a pass beside others counts for this notebook alone
                self.grader.known.keep(self._key(name), verdict)

    def _known(self, name: str) -> Verdict | None:
        """The verdict on the same code of somebody else. Code that has been met once is judged by itself the second time."""
        verdict = self.grader.known.verdict(self._key(name))
        if verdict is None and self.grader.known.met(self._key(name)):
            with contextlib.suppress(Died):
                verdict = self._alone(name)
                if verdict.status == "passed":
                    self.grader.known.keep(self._key(name), verdict)
                    return verdict
            return None
        return verdict

    def _again(self, name: str, verdict: Verdict | None, certain: bool) -> Verdict:
        """The verdict on an answer that has not passed beside others: their code may have got in its way, or taken its time.

        certain: it is known from the same code of somebody else. Writes the card, too.
        """
        graded = self.graded[name]
        card = self._explained(name) if verdict is not None and not verdict.time_is_up else None
        if not certain and (card is None or card["status"] == "passed"):
            try:
                verdict = self._alone(name)
            except Died as died:
                says = f"The process ended while this function ran ({died}). Did it take too much memory, or call `os._exit`?"
                graded.card = _card(Result(name, "error", says))
                return Verdict("error", graded.cases, time_is_up=True)  # not to be remembered: it may be the machine's
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
            if part in KEY.parts(name) and part in self.graded and self.graded[part].status != "passed"
        ]
        if not wrong:
            return
        culprits = [part for part in wrong if not self.graded[part].with_reference] or wrong
        with contextlib.suppress(Died):
            if self._alone(name, wrong).status == "passed":
                self.graded[name].with_reference = culprits

    def _tried(self, names: list[str], replaced: Sequence[str] = ()) -> Iterator[Verdict]:
        """The verdicts on answers of one notebook that run in one process. Raises Died."""
        own, lent = self._earlier(names)
        return self.grader.tried(names, self._cells(names), own, lent, replaced)

    def _alone(self, name: str, replaced: Sequence[str] = ()) -> Verdict:
        """The verdict on an answer that runs by itself. replaced: parts in whose place the reference's stand. Raises Died."""
        return next(self._tried([name], replaced))

    def _look_for_modules(self, name: str) -> None:
        """An answer may be right, and need a module that the learner had."""
        graded = self.graded[name]
        missing = re.search(r"\(No module named '([\w.]+)'\)", str(graded.card.get("headline", "")))
        if missing:
            says = f"`{name}` uses the module `{missing[1]}`, which is not there where it was graded."
            self.looks.append(Look(graded.notebook, says, name))

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
            if name in own or name in lent or ORDER[TOPICS[name]] >= ORDER[TOPICS[by]]:
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
            theirs = tuple((each, self.grader.known.code(cells)) for each, cells in sorted(own.items()))
            self._keys[name] = (name, self.grader.known.code(self._cells([name])), theirs, tuple(sorted(lent)))
        return self._keys[name]

    def _exact(self, name: str) -> str:
        return "\n".join(source for _, source, _ in self._cells([name]))


def _card(result: Result) -> dict[str, Any]:
    return {key: value for key, value in result.to_dict().items() if key in FIELDS}

"""All that one machine needs to grade: the judge, and the two sandboxes, warmed up once for all workers."""

import hashlib
from collections.abc import Collection

import torch

from course_utils.lessons import LESSONS
from course_utils.reference import exercises

from .grading import Grader
from .judging import TOPICS, Judge
from .records import Settings
from .sandbox.bubblewrap import PACKAGE, Zygote


class Station:
    """Starts the judge and both sandboxes. workers: how many graders will use them at the same time.

    leave_out: protections that a test leaves out, of bubblewrap.WALLS and confine.PROTECTIONS. Raises NoSandbox where there can be none.
    """

    def __init__(self, settings: Settings, workers: int = 1, leave_out: Collection[str] = ()) -> None:
        torch.set_num_threads(1)  # before anything is forked
        self.settings, self._leave_out = settings, leave_out
        self.judge = Judge(_needed(settings.topics), settings.secret)
        sandbox = settings.sandbox
        self._compute = Zygote("compute", self.judge.tasks(), workers, sandbox, leave_out)
        self._explain = None
        if settings.explain != "none" or len(self.judge.exercises) > sum(map(len, map(exercises, settings.topics))):
            self._explain = Zygote("explain", self.judge.keys(), workers, sandbox, leave_out)
            self._explain.ready()
        self._compute.ready()

    def grader(self, number: int = 0) -> Grader:
        """The grader of one worker."""
        explain = self._explain.sockets[number] if self._explain else None
        return Grader(self.judge, self._compute.sockets[number], explain, self.settings, self._leave_out)

    def spent(self) -> float:
        """Seconds of processor time that both sandboxes have taken."""
        return sum(each.spent() for each in (self._compute, self._explain) if each)

    def processes(self) -> int:
        """How many processes there are in both sandboxes now, the zygotes among them."""
        return sum(each.processes() for each in (self._compute, self._explain) if each)

    def close(self) -> None:
        """Ends both sandboxes."""
        for each in (self._compute, self._explain):
            if each:
                each.close()


def _needed(topics: Collection[str]) -> list[str]:
    """The exercises of the lessons, and of the lessons that theirs build on, in the course's order."""
    from course_utils.checks.course import KEY

    own = [name for topic in topics for name in exercises(topic)]
    parts = {part for name in own for part in KEY.parts(name) if part in TOPICS}
    wanted = {*topics, *(TOPICS[part] for part in parts)}
    return [name for lesson in LESSONS if lesson.topic in wanted for name in exercises(lesson.topic)]


def fingerprint() -> str:
    """What the course's code is: another text once any of it changes, so that nothing old counts after a check is mended."""
    digest = hashlib.sha256(torch.__version__.encode())
    for path in sorted(each for each in PACKAGE.rglob("*") if each.suffix in (".py", ".diff")):
        digest.update(str(path.relative_to(PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

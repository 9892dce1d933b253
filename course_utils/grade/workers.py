"""Grade a class on this machine: several workers, forked from one that is warm, and nothing done twice.

What came of each learner is written to `OUT/.records` at once, whole or not at all, under a name that is made of all that it
depends on. A run that was killed finds there what is done; so does one that only merges what shards have graded.
"""

import contextlib
import hashlib
import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from .records import Graded, Look, Record, Settings, Submission
from .whole import write_whole

RECORDS = ".records"
_TRIES = 3  # as often a learner's grading may end its worker before it is left to the teacher


def grade_all(
    submissions: Sequence[Submission],
    settings: Settings,
    out: Path,
    jobs: int = 1,
    dask: str = "",
    say: TextIO | None = sys.stderr,
) -> list[Record]:
    """Grades all of these, and returns what came of each, in their order. Raises NoSandbox."""
    shelf = Shelf(out, settings)
    records = {each.student: record for each in submissions if (record := shelf.find(each)) is not None}
    waiting = [each for each in submissions if each.student not in records]
    progress = Progress(len(submissions), len(records), say)
    if waiting:
        if dask:
            from .cluster import graded_on

            done = graded_on(dask, waiting, settings, jobs)
        else:
            done = _graded(waiting, settings, min(jobs, len(waiting)))
        for submission, record in done:
            shelf.keep(submission, record)
            records[submission.student] = record
            progress.one_more()
    progress.end()
    return [records[each.student] for each in submissions]


class Shelf:
    """Where records are kept, by all that they depend on: the submission, the settings and the course's code."""

    def __init__(self, out: Path, settings: Settings) -> None:
        from .station import fingerprint

        self._folder = out / RECORDS
        self._folder.mkdir(parents=True, exist_ok=True)
        self._about = json.dumps([asdict(settings), fingerprint()])

    def _file(self, submission: Submission) -> Path:
        digest = hashlib.sha256(self._about.encode())
        for each in submission.notebooks:
            digest.update(json.dumps([each.path, each.changed]).encode())
            digest.update(hashlib.sha256(each.content).digest())
        digest.update(json.dumps([submission.student, submission.name, submission.ids]).encode())
        return self._folder / f"{digest.hexdigest()}.json"

    def find(self, submission: Submission) -> Record | None:
        """The record of a submission that has been graded already."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return Record.of(json.loads(self._file(submission).read_text(encoding="utf-8")))
        return None

    def keep(self, submission: Submission, record: Record) -> None:
        """Writes a record, whole or not at all. What the grader stumbled over is tried again next time."""
        if any(each.status == "stumbled" for each in record.exercises.values()):
            return
        write_whole(self._file(submission), json.dumps(record.to_dict()))


def stumbled(submission: Submission, settings: Settings, why: str) -> Record:
    """The record where the grader could not do its work: no points are lost, and a teacher looks at it."""
    from .judging import TOPICS

    names = [name for name, topic in TOPICS.items() if topic in settings.topics]
    exercises = {name: Graded(name, "stumbled") for name in names}
    looks = [Look(each.path, f"The grader stumbled: {why}") for each in submission.notebooks[:1]]
    return Record(submission.student, submission.name, list(submission.ids), exercises=exercises, looks=looks)


def _graded(submissions: list[Submission], settings: Settings, jobs: int) -> Iterator[tuple[Submission, Record]]:
    """Each submission with its record, as they are done. A worker that dies is replaced, and its work done again."""
    tries = dict.fromkeys((each.student for each in submissions), 0)
    waiting = {each.student: each for each in submissions}
    while waiting:
        for submission in [each for each in waiting.values() if tries[each.student] >= _TRIES]:
            del waiting[submission.student]
            yield submission, stumbled(submission, settings, f"its worker ended {_TRIES} times")
        with contextlib.suppress(BrokenProcessPool):
            for submission, record in _round(list(waiting.values()), settings, jobs, tries):
                del waiting[submission.student]
                yield submission, record


def _round(
    submissions: list[Submission], settings: Settings, jobs: int, tries: dict[str, int]
) -> Iterator[tuple[Submission, Record]]:
    from .station import Station

    if not submissions:
        return
    station = Station(settings, jobs)
    fork = multiprocessing.get_context("fork")
    numbers = fork.SimpleQueue()
    for number in range(jobs):
        numbers.put(number)
    pool = ProcessPoolExecutor(jobs, fork, _begin, (station, numbers))
    try:
        queue, running = iter(submissions), {}
        while True:
            for submission in _next(queue, 2 * jobs - len(running)):
                running[pool.submit(_grade, submission)] = submission
                tries[submission.student] += 1
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                submission = running.pop(future)
                yield submission, future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        station.close()


def _next(queue: Iterator[Submission], count: int) -> Iterable[Submission]:
    return [each for _, each in zip(range(count), queue, strict=False)]


_grader: Any = None  # of this worker


def _begin(station: Any, numbers: Any) -> None:
    from .sandbox.confine import end_with_parent

    global _grader
    end_with_parent()
    _grader = station.grader(numbers.get())


def _grade(submission: Submission) -> Record:
    return graded_or_stumbled(_grader, submission)


def graded_or_stumbled(grader: Any, submission: Submission) -> Record:
    """What came of a learner; a bug of the grader's is never theirs. Raises OSError where a sandbox is gone."""
    try:
        return grader.grade(submission)
    except (OSError, EOFError):
        os._exit(70)  # with it goes the pool, which is then made again with new sandboxes
    except Exception as error:
        return stumbled(submission, grader.settings, f"{type(error).__name__}: {error}")


class Progress:
    """One line that says how far the grading is: every second on a terminal, every ten seconds in a file."""

    def __init__(
        self, total: int, done: int, where: TextIO | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.total, self.done, self._where, self._clock = total, done, where, clock
        self._first: tuple[int, float] | None = None  # how many there were, and when: before it the sandbox was started
        self._told = -math.inf
        if where is not None and done:
            print(f"{done} of {total} learners have been graded already.", file=where)

    def one_more(self) -> None:
        """Counts one, and says so if it is time."""
        self.done += 1
        now = self._clock()
        self._first = self._first or (self.done, now)
        if self._where is None or (now - self._told < (1 if self._where.isatty() else 10) and self.done < self.total):
            return
        self._told = now
        count, seconds = self.done - self._first[0], now - self._first[1]
        left = f", about {_span((self.total - self.done) * seconds / count)} left" if count else ""
        end = "\r" if self._where.isatty() else "\n"
        print(f"{self.done} of {self.total} learners graded{left}   ", end=end, file=self._where, flush=True)

    def end(self) -> None:
        """Ends the line."""
        if self._where is not None and self._where.isatty() and self._first:
            print(file=self._where)


def _span(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

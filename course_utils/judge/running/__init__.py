"""Run a learner's code safely: with a time limit, its prints kept short, in a session that is left as it was.

The code runs in a thread of its own, since only a thread can be given up on wherever a check may be called: in a notebook's
main thread or another one, on Linux, macOS or Windows. `stopping` ends it when its time is up. What is stuck inside one C
call is left running and reported. Only what may hold the interpreter itself runs in the main thread, under an `alarm`.

The limit counts the processor time of the code, so that a busy machine costs no verdict.

    session.py     the same state of torch for every answer, and the session left as it was
    stopping.py    end a thread that goes on for too long; alarm.py: end what holds the interpreter
    stops.py       where it was when its time was up
    keyboard.py    what waits for a keyboard says so
"""

import contextlib
import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from .alarm import alarm, needs_alarm
from .keyboard import no_keyboard
from .session import known_thread, session_kept
from .stopping import TimeIsUp, current_frame, end, stop_watching, watch
from .stops import Lookout, Spot

TIME_LIMIT = 5.0  # seconds of processor time for all of a check's calls of the learner's function together
WALL_LIMIT = 60.0  # seconds for code that computes nothing, such as a download, and for a machine that is very busy
DIAGNOSIS_LIMIT = 10.0  # a diagnosis is bounded by what it tries; this ends mistakes that together never end
_LOOKS = 20  # so often the watcher looks at the code while the limit runs out
_IDLE = 0.1  # the share of the limit below which it has not computed, but waited
_KEPT_CHARACTERS = 600


@dataclass
class Outcome:
    """What came of a guarded call: `error` and `timed_out` say why there may be no value.

    left_running: stuck in a C call, it goes on in the background. waited: it computed nothing, but the wall limit is over.
    spots: the calls that were going on when it was stopped, outermost first.
    """

    value: object = None
    error: BaseException | None = None
    timed_out: bool = False
    left_running: bool = False
    waited: bool = False
    spots: tuple[Spot, ...] = ()
    printed: str = ""


@dataclass
class _Guarded:
    """One guarded call: what it is to do, its events, and the time that it has used."""

    work: Callable[[], object]
    seconds: float
    watched: bool
    outcome: Outcome = field(default_factory=Outcome)
    time_is_up: threading.Event = field(default_factory=threading.Event)
    caught: threading.Event = field(default_factory=threading.Event)
    lookout: Lookout = field(default_factory=Lookout)
    used: Callable[[], float] = time.process_time
    began: float = 0.0
    started: float = 0.0
    wall: float = 0.0

    def run(self, call: Callable[[Callable], object] = lambda work: work()) -> None:
        """Does the work and writes down what came of it. Raises nothing."""
        with contextlib.suppress(TimeIsUp):  # an interruption may come as late as in the `finally` below
            try:
                self._run(call)
            finally:
                if self.time_is_up.is_set():
                    self.caught.set()

    def _run(self, call: Callable[[Callable], object]) -> None:
        if self.watched:
            watch(self.time_is_up)
        try:
            with known_thread():
                self.outcome.value = call(self.work)
        except TimeIsUp:
            self.caught.set()
            stop_watching()  # now, since what the code has made is given back when this block ends
            self.outcome.timed_out = True
        except BaseException as error:  # SystemExit and KeyboardInterrupt from the learner's code too
            self.outcome.error = error
        finally:
            stop_watching()

    def begin(self) -> None:
        """Starts the clocks; called in the thread in which the work is done."""
        self.used = _clock_of_this_thread()
        self.began = self.used()
        self.started, self.wall = time.monotonic(), max(WALL_LIMIT, self.seconds)

    def left(self) -> float:
        """How much of the limit is left, in seconds of processor time."""
        return self.seconds - (self.used() - self.began)

    def over(self, frame: FrameType | None) -> bool:
        """Whether the time is up; looks at what is going on if that may soon be so."""
        used, wall = (self.used() - self.began) / self.seconds, (time.monotonic() - self.started) / self.wall
        if used >= 1 or wall >= 1:
            self.outcome.timed_out, self.outcome.waited = True, used < _IDLE
            self.outcome.spots = self.lookout.spots(frame)
            return True
        if used > 1 / 2 or wall > 1 / 2:
            self.lookout.look(frame)
        return False


def guarded(
    work: Callable[[], object], seconds: float | None = None, watched: bool = True, answer: object = None
) -> Outcome:
    """Calls `work()` with a time limit, prints captured, random state and torch settings put back.

    Never raises what the work raises (also not SystemExit); a KeyboardInterrupt of the learner's own goes through.
    `watched=False` is for work that is the course's own: it swallows no interruption and is twice as fast untraced.
    answer: the learner's function, if the work calls it; one that uses regular expressions runs under an alarm.
    """
    job = _Guarded(work, TIME_LIMIT if seconds is None else seconds, watched)
    prints = _Prints()
    with session_kept(), contextlib.redirect_stdout(prints), contextlib.redirect_stderr(prints), no_keyboard():
        if answer is not None and needs_alarm(answer):
            _under_alarm(job)
        else:
            _in_thread(job)
    job.outcome.printed = prints.text()
    return job.outcome


def _under_alarm(job: _Guarded) -> None:
    job.begin()
    with alarm(job.over, job.seconds / _LOOKS, job.time_is_up) as call:
        job.run(call)


def _in_thread(job: _Guarded) -> None:
    """Waits for an event and not for the thread: in Python 3.11 a thread whose `join` was interrupted counts as ended."""
    started, ended = threading.Event(), threading.Event()

    def body() -> None:
        job.begin()
        started.set()
        job.run()
        ended.set()

    thread = threading.Thread(target=body, name="check", daemon=True)
    pause = job.seconds / _LOOKS
    try:
        thread.start()
        ended.wait(pause)  # which is long enough for nearly all
        started.wait()
        while not ended.is_set() and not job.over(current_frame(thread)):
            ended.wait(min(pause, max(job.left(), 0.001)))
        if ended.is_set():
            thread.join()
        else:
            job.outcome.left_running = not end(thread, job.time_is_up, job.caught)
    except BaseException:  # the learner pressed stop while waiting, or while the thread began
        started.wait(pause)
        end(thread, job.time_is_up, job.caught)
        raise


def _clock_of_this_thread() -> Callable[[], float]:
    """A clock of this thread's processor time that other threads can read; of the process's where there is none."""
    try:
        clock = time.pthread_getcpuclockid(threading.get_ident())
        time.clock_gettime(clock)
    except (AttributeError, OSError):  # macOS and Windows have none
        return time.process_time

    def used() -> float:
        try:
            return time.clock_gettime(clock)
        except OSError:  # it has ended just now
            return 0.0

    return used


class _Prints(io.TextIOBase):
    """Keeps the beginning of what is printed and counts the rest."""

    def __init__(self) -> None:
        self.kept, self.length = "", 0

    def write(self, text: str) -> int:
        if len(self.kept) < _KEPT_CHARACTERS:
            self.kept += text[: _KEPT_CHARACTERS - len(self.kept)]
        self.length += len(text)
        return len(text)

    def text(self) -> str:
        more = self.length - len(self.kept)
        return self.kept + (f"\n... and {more:,} characters more" if more else "")

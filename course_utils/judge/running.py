"""Run a learner's code safely: with a time limit, its prints kept short, in a session that is left as it was.

The code runs in a thread of its own, since only a thread can be given up on wherever a check may be called: in a notebook's
main thread or another one, on Linux, macOS or Windows. `stopping` ends it when its time is up. What is stuck inside one C
call is left running and reported.
"""

import contextlib
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .session import known_thread, session_kept
from .stopping import TimeIsUp, end, stop_watching, watch

TIME_LIMIT = 5.0  # seconds for all of a check's calls of the learner's function together
DIAGNOSIS_LIMIT = (
    5.0  # seconds for finding out which known mistake it is; after that the answer is wrong without a name
)
_KEPT_CHARACTERS = 600


@dataclass
class Outcome:
    """What came of a guarded call: `error` and `timed_out` say why there may be no value."""

    value: object = None
    error: BaseException | None = None
    timed_out: bool = False
    left_running: bool = False  # stuck in a C call: it goes on in the background
    printed: str = ""


def guarded(work: Callable[[], object], seconds: float = TIME_LIMIT, watched: bool = True) -> Outcome:
    """Calls `work()` in a thread with a time limit, prints captured, random state and torch settings put back.

    Never raises what the work raises (also not SystemExit); a KeyboardInterrupt of the learner's own goes through.
    `watched=False` is for work that is the course's own: it swallows no interruption and is twice as fast untraced.
    """
    outcome, time_is_up, caught = Outcome(), threading.Event(), threading.Event()
    prints = _Prints()

    def body() -> None:
        if watched:
            watch(time_is_up)
        try:
            with known_thread():
                outcome.value = work()
        except TimeIsUp:
            caught.set()
            stop_watching()  # now, since what the code has made is given back when this block ends
            outcome.timed_out = True
        except BaseException as error:  # SystemExit and KeyboardInterrupt from the learner's code too
            outcome.error = error
        finally:
            stop_watching()

    def quiet_body() -> None:
        try:
            body()
        except TimeIsUp:  # an interruption may come as late as in the `finally` above
            caught.set()

    thread = threading.Thread(target=quiet_body, name="check", daemon=True)
    with session_kept(), contextlib.redirect_stdout(prints), contextlib.redirect_stderr(prints):
        thread.start()
        try:
            thread.join(seconds)
            if thread.is_alive():
                outcome.timed_out = True
                outcome.left_running = not end(thread, time_is_up, caught)
        except BaseException:  # the learner pressed stop while waiting
            end(thread, time_is_up, caught)
            raise
    outcome.printed = prints.text()
    return outcome


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

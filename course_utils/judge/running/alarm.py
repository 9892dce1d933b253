"""End what holds the interpreter: a regular expression that never ends lets no other thread run, so none can stop it.

A signal can, and Python handles signals in the main thread only. So an answer that uses `re` runs there, if a check is called
there and the system has timers (not on Windows).
"""

import contextlib
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType

from ..reach import reached
from .stopping import OURS, TimeIsUp, raised_again_if_caught, somebody_is_late

_MODULES = ("re", "regex")


def needs_alarm(answer: object) -> bool:
    """Whether an answer may hold the interpreter, and an alarm can be set for it."""
    return (
        threading.current_thread() is threading.main_thread()
        and hasattr(signal, "setitimer")
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        and signal.getitimer(signal.ITIMER_REAL)[0] == 0
        and uses_re(answer)
    )


def uses_re(answer: object) -> bool:
    """Whether the answer, or a function of the same notebook that it calls, names `re` or something that it has from there."""
    return any(
        not named.keys().isdisjoint(_MODULES) or any(map(_of_re, named.values())) for _, named in reached(answer)
    )


def _of_re(thing: object) -> bool:
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None)
    return isinstance(thing, re.Pattern) or name in _MODULES


@contextlib.contextmanager
def alarm(over: Callable[[FrameType], bool], every: float, time_is_up: threading.Event) -> Iterator[Callable]:
    """Inside, `over(frame)` is asked every few moments, and once it says yes, TimeIsUp is raised in what is running.

    Gives a function that runs the work; only what runs in there is interrupted. The learner's stop button ends it, too, and
    raises KeyboardInterrupt at the end of the block.
    """
    state = {"inside": False, "pressed": False}
    late = contextlib.ExitStack()

    def ring(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            state["pressed"] = True  # also between two lines of the learner's: the next ring ends it
        if not state["inside"] or frame is None or frame.f_code.co_filename in OURS:
            return
        sys_trace = sys.gettrace()
        sys.settrace(None)  # what is called here is not the learner's
        if not (time_is_up.is_set() or state["pressed"] or over(frame)):
            sys.settrace(sys_trace)
            return
        if not time_is_up.is_set():
            time_is_up.set()
            somebody_is_late()
            late.enter_context(raised_again_if_caught(threading.current_thread()))
            signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        raise TimeIsUp  # which traces again

    def run(work: Callable[[], object]) -> object:
        state["inside"] = True
        try:
            return work()
        finally:
            state["inside"] = False

    before = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGINT)}
    for number in before:
        signal.signal(number, ring)
    signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        with late:
            yield run
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
    if state["pressed"]:
        raise KeyboardInterrupt

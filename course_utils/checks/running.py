"""Run a learner's code safely: with a time limit, its prints kept short, and the session's state put back after it.

The code runs in a thread of its own, since only a thread can be given up on in every place where a check may be called: a
notebook's main thread or another one, Linux, macOS or Windows. An endless loop is ended from outside, by a trace function
that raises at the next line which the thread executes and by an asynchronous exception. Code that is stuck inside one C
call cannot be ended by anybody; it is left behind and reported.
"""

import contextlib
import ctypes
import io
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

TIME_LIMIT = 5.0  # seconds for all of a check's calls of the learner's function together
DIAGNOSIS_LIMIT = 5.0  # seconds for finding out which known mistake it is; past them the answer is wrong without a name
_KEPT_CHARACTERS = 600


class TimeIsUp(BaseException):
    """Raised inside the learner's code when its time is up. A BaseException, so `except Exception` lets it through.

    Where a bare `except:` catches it all the same, its making has switched tracing on again in that thread, so that the
    first line of the handler raises anew: outside of the `try`, where it cannot be caught twice. (In Python 3.11; see
    `_raised_anew_where_caught` for later ones.)
    """

    def __init__(self) -> None:
        super().__init__()
        _trace_again(sys._getframe(1))


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
        torch.set_num_threads(1)  # here, too: or this thread's first matrix product would still use several
        if watched and sys.gettrace() is None:  # a debugger or a coverage tool keeps its own trace function
            _here.time_is_up = time_is_up
            sys.settrace(_watch)
        try:
            outcome.value = work()
        except TimeIsUp:
            caught.set()
            _stop_watching()  # now, since what the code has made is given back when this block ends
            outcome.timed_out = True
        except BaseException as error:  # SystemExit and KeyboardInterrupt from the learner's code too
            outcome.error = error
        finally:
            _stop_watching()

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
                outcome.left_running = not _end(thread, time_is_up, caught)
        except BaseException:  # the learner pressed stop while waiting
            _end(thread, time_is_up, caught)
            raise
    outcome.printed = prints.text()
    return outcome


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """Inside, the course's own code among the learner's goes untraced, for speed.

    Not from Python 3.12 on, where switching tracing on and off is what costs.
    """
    watching = sys.gettrace() is _watch and sys.version_info < (3, 12)
    if watching:
        sys.settrace(None)
    try:
        yield
    finally:
        if watching:
            sys.settrace(_watch)


def _end(thread: threading.Thread, time_is_up: threading.Event, caught: threading.Event, patience: float = 1.5) -> bool:
    """Ends the Python code that runs in `thread`; False if it is stuck outside of Python.

    Once it is `caught`, the interruption is not repeated: giving back all that the code has made may take a while.
    """
    global _somebody_is_late
    _somebody_is_late = True
    time_is_up.set()

    def goes_on() -> bool:
        return thread.is_alive() and not caught.is_set()

    deadline = time.monotonic() + patience
    with _raised_anew_where_caught(thread):
        while goes_on() and time.monotonic() < deadline:
            _trace_lines(sys._current_frames().get(thread.ident))
            thread.join(0.02)
            if goes_on():  # a loop on one line has no line events: interrupt it as the interpreter would
                _interrupt(thread, TimeIsUp)
    if caught.is_set():
        thread.join(patience)
    if thread.is_alive():
        _take_back(thread)  # the trace function ends it when it comes back from its C call
    return not thread.is_alive()


@contextlib.contextmanager
def _raised_anew_where_caught(thread: threading.Thread) -> Iterator[None]:
    """From Python 3.12 on: what a bare `except:` in `thread` has caught is raised again by the handler's next instruction.

    Until 3.11 the trace function did that; now a function that is running takes no notice of tracing before its next loop.
    """
    monitoring = getattr(sys, "monitoring", None)
    tool = next((number for number in (4, 3) if monitoring and monitoring.get_tool(number) is None), None)
    if tool is None:
        yield
        return
    events, instrumented = monitoring.events, set()

    def caught(code, offset, error):
        if isinstance(error, TimeIsUp) and code.co_filename != __file__:
            instrumented.add(code)
            monitoring.set_local_events(tool, code, events.INSTRUCTION)

    def next_instruction(code, offset):
        if threading.get_ident() == thread.ident:
            raise TimeIsUp

    monitoring.use_tool_id(tool, "Inside BERT")
    monitoring.register_callback(tool, events.EXCEPTION_HANDLED, caught)
    monitoring.register_callback(tool, events.INSTRUCTION, next_instruction)
    monitoring.set_events(tool, events.EXCEPTION_HANDLED)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        for code in instrumented:
            monitoring.set_local_events(tool, code, 0)
        for event in (events.EXCEPTION_HANDLED, events.INSTRUCTION):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


def _interrupt(thread: threading.Thread, error: type[BaseException] | None) -> None:
    """Raises an exception in a thread at its next bytecode; None takes back one that has not been raised yet."""
    what = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), what)


def _take_back(thread: threading.Thread) -> None:
    """Undoes an interruption that never came through.

    CPython 3.11 keeps its "somebody is to be interrupted" flag up even then, and while it is up a traced thread never gets
    past its first call. An interruption that does come through takes the flag down: one of our own.
    """
    _interrupt(thread, None)
    try:
        _interrupt(threading.current_thread(), TimeIsUp)
        for _ in range(1000):
            pass
    except TimeIsUp:
        pass


_here = threading.local()  # .time_is_up: the event of the check that runs in this thread
_somebody_is_late = False  # as long as nobody was, the trace function need not ask: it is called at every call


def _watch(frame, event, argument):
    """The trace function: raises once the time is up; until then asks for no line events, so the code keeps its speed."""
    if (
        _somebody_is_late
        and _here.time_is_up.is_set()
        and not getattr(_here, "arming", False)
        and frame.f_code.co_filename != __file__
    ):
        raise TimeIsUp
    return None


def _stop_watching() -> None:
    """This thread is traced no longer, unless by somebody else."""
    if hasattr(_here, "time_is_up"):
        del _here.time_is_up
        sys.settrace(None)


def _watch_lines(frame, event, argument):
    _watch(frame, event, argument)
    return _watch_lines


def _trace_lines(frame) -> None:
    while frame is not None:
        if frame.f_code.co_filename != __file__:
            frame.f_trace = _watch_lines
        frame = frame.f_back


def _trace_again(frame) -> None:
    if hasattr(_here, "time_is_up") and not getattr(_here, "arming", False):
        _here.arming = True  # settrace runs the audit hooks, which are Python, too, and not to be interrupted
        try:
            sys.settrace(_watch)
            _trace_lines(frame)
        finally:
            _here.arming = False


@contextlib.contextmanager
def session_kept() -> Iterator[None]:
    """Whatever the code inside does to random states, the default dtype or the warning filters is undone.

    Inside torch uses one thread: a check's inputs are small, and several threads would mostly wait for each other.
    """
    torch_state, python_state, numpy_state = torch.get_rng_state(), random.getstate(), np.random.get_state()
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.set_num_threads(1)
            yield
    finally:
        torch.set_rng_state(torch_state)
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)


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

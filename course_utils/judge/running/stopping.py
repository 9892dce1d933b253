"""End a learner's code that goes on for too long.

An endless loop is ended from outside, by a trace function that raises at the next line which the thread executes and by an
asynchronous exception. Code that is stuck inside one C call cannot be ended by another thread; see alarm.py.
"""

import contextlib
import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType


class TimeIsUp(BaseException):
    """Raised inside the learner's code when its time is up. A BaseException, so `except Exception` lets it through.

    If a bare `except:` catches it all the same, creating it has re-enabled tracing in that thread, so the first line of
    the handler raises it again: outside of the `try`, where it cannot be caught twice. (In Python 3.11; for later ones
    see `raised_again_if_caught`.)
    """

    def __init__(self) -> None:
        super().__init__()
        _trace_again(sys._getframe(1))


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """Inside, the engine's own code between the learner's calls is not traced, for speed.

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


def current_frame(thread: threading.Thread) -> FrameType | None:
    """What a thread is doing right now: its innermost frame; None if it has ended."""
    return sys._current_frames().get(thread.ident)


def end(thread: threading.Thread, time_is_up: threading.Event, caught: threading.Event, patience: float = 1.5) -> bool:
    """Ends the Python code that runs in `thread`; False if it is stuck outside of Python.

    Once it is `caught`, the interruption is not repeated: giving back all that the code has made may take a while.
    """
    somebody_is_late()
    time_is_up.set()

    def goes_on() -> bool:
        return thread.is_alive() and not caught.is_set()

    deadline = time.monotonic() + patience
    with raised_again_if_caught(thread):
        while goes_on() and time.monotonic() < deadline:
            _trace_lines(current_frame(thread))
            thread.join(0.02)
            if goes_on() and not _collects_garbage(
                current_frame(thread)
            ):  # a loop on one line has no line events: interrupt it as the interpreter would
                _interrupt(thread, TimeIsUp)
    if caught.is_set():
        thread.join(patience)
    if thread.is_alive():
        _take_back(thread)  # the trace function ends it when it comes back from its C call
    return not thread.is_alive()


def somebody_is_late() -> None:
    """From now on the trace function asks whether the time is up."""
    global _somebody_is_late
    _somebody_is_late = True


@contextlib.contextmanager
def raised_again_if_caught(thread: threading.Thread) -> Iterator[None]:
    """From Python 3.12 on: what a bare `except:` in `thread` has caught is raised again by the handler's next instruction.

    Until 3.11 the trace function did that; now a function that is running takes no notice of tracing before its next loop.
    """
    monitoring = getattr(sys, "monitoring", None)
    tool = next((number for number in (4, 3) if monitoring and monitoring.get_tool(number) is None), None)
    if tool is None:
        yield
        return
    events, instrumented = monitoring.events, set()

    def caught(code: CodeType, offset: int, error: BaseException) -> None:
        if isinstance(error, TimeIsUp) and code.co_filename not in OURS:
            instrumented.add(code)
            monitoring.set_local_events(tool, code, events.INSTRUCTION)

    def next_instruction(code: CodeType, offset: int) -> None:
        if threading.get_ident() == thread.ident:
            raise TimeIsUp

    monitoring.use_tool_id(tool, "judge")
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


_NEVER_INTERRUPTED = ("__init__.py", "stopping.py", "alarm.py", "stops.py", "keyboard.py")
OURS = tuple(str(Path(__file__).with_name(name)) for name in _NEVER_INTERRUPTED)
_here = threading.local()  # .time_is_up: the event of the check that runs in this thread
_somebody_is_late = False  # as long as nobody was, the trace function need not ask: it is called at every call


def _watch(frame: FrameType, event: str, argument: object) -> None:
    """The trace function: raises once the time is up; until then asks for no line events, so the code keeps its speed."""
    if (
        _somebody_is_late
        and _here.time_is_up.is_set()
        and not getattr(_here, "arming", False)
        and frame.f_code.co_filename not in OURS
        and not _collects_garbage(frame)
    ):
        raise TimeIsUp
    return None


def _collects_garbage(frame: FrameType | None) -> bool:
    """Whether a frame is a library's callback of the garbage collector: Python prints what is raised there, and goes on."""
    return frame is not None and frame.f_code in [getattr(callback, "__code__", None) for callback in gc.callbacks]


def watch(time_is_up: threading.Event) -> None:
    """From now on this thread's code is interrupted once the event is set."""
    if sys.gettrace() is None:  # a debugger or a coverage tool keeps its own trace function
        _here.time_is_up = time_is_up
        sys.settrace(_watch)


def stop_watching() -> None:
    """This thread is traced no longer, unless by somebody else."""
    if hasattr(_here, "time_is_up"):
        del _here.time_is_up
        sys.settrace(None)


def _watch_lines(frame: FrameType, event: str, argument: object) -> Callable:
    if (
        event == "line"
    ):  # else one is on its way, and a trace function that raises is switched off: it would miss the handler
        _watch(frame, event, argument)
    return _watch_lines


def _trace_lines(frame: FrameType | None) -> None:
    while frame is not None:
        if frame.f_code.co_filename not in OURS:
            frame.f_trace = _watch_lines
        frame = frame.f_back


def _trace_again(frame: FrameType) -> None:
    if hasattr(_here, "time_is_up") and not getattr(_here, "arming", False):
        _here.arming = True  # settrace runs the audit hooks, which are Python, too, and not to be interrupted
        try:
            sys.settrace(_watch)
            _trace_lines(frame)
        finally:
            _here.arming = False

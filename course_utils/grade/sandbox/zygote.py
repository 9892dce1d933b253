"""The process that sessions are forked from: it has loaded and warmed up all that a session needs, and does nothing else.

    main(KIND, FD,FD,...)     one socket per worker; started by bubblewrap.py

It first receives what its kind needs, and says when it is ready. A worker then asks it to `open` a session, for which it gets a
socket of its own, and to `kill` one. What a learner's code does happens in sessions alone.
"""

import contextlib
import gc
import importlib
import os
import resource
import select
import signal
import socket
from types import ModuleType

from course_utils.grade.sandbox import confine, wire

# kind: the module whose `prepare(bytes)` and `serve(socket, message)` it is
KINDS = {"compute": "course_utils.grade.sandbox.compute", "explain": "course_utils.grade.explaining"}

VARIABLES = {"PATH", "TMPDIR", "OMP_NUM_THREADS"}


def main(kind: str, numbers: str, user: str = "") -> None:
    """Serves the workers at these file descriptors until all of them have gone. user: "nobody" in place of root."""
    if user:
        confine.become_nobody()
    own = confine.rise()
    confine.harden()
    module = importlib.import_module(KINDS[kind])
    workers = [socket.socket(fileno=int(number)) for number in numbers.split(",")]
    module.prepare(wire.receive_raw(workers[0])[1])
    for name in os.environ.keys() - VARIABLES:  # libraries have added theirs
        del os.environ[name]
    gc.collect()
    gc.freeze()  # or every session's first collection would copy all of it
    with open(os.devnull, "wb") as nowhere:  # until now it could say why it does not start
        os.dup2(nowhere.fileno(), 2)
    wire.send(workers[0], {"ready": os.getpid()})
    _serve(module, workers, own)


def _serve(module: ModuleType, workers: list[socket.socket], own: int | None) -> None:
    poll, by_number = select.poll(), {worker.fileno(): worker for worker in workers}
    for number in by_number:
        poll.register(number, select.POLLIN)
    sessions: set[int] = set()
    more = hasattr(module, "idle")
    while by_number:
        asked = poll.poll(0 if more else 500)
        if not asked and more:
            more = module.idle()
        for number, _ in asked:
            try:
                message, _ = wire.receive(by_number[number])
            except (EOFError, OSError, wire.Refused):
                poll.unregister(number)
                by_number.pop(number).close()
                continue
            if "open" in message:
                sessions.add(_open(module, by_number[number], message["open"], own))
            elif "spent" in message:
                wire.send(by_number[number], {"spent": _spent()})
            elif message.get("kill") in sessions:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(message["kill"], signal.SIGKILL)
        _reap(sessions)
    for pid in sessions:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _open(module: ModuleType, worker: socket.socket, limits: dict, own: int | None) -> int:
    """Forks a session and sends the worker its end of the session's socket. Returns the session's pid."""
    theirs, ours = socket.socketpair()
    protections = limits["protections"]
    pid, apart = confine.fork_apart(own, protections)
    if not pid:
        with contextlib.suppress(BaseException):
            os.dup2(ours.fileno(), 3)
            os.closerange(4, 4096)
            with socket.socket(fileno=3) as here:
                ours.detach()
                _session(module, here, limits, apart)
        os._exit(0)
    ours.close()
    with theirs, contextlib.suppress(OSError):  # a worker that has died: its socket is closed with the next message
        wire.send(worker, {"session": pid})
        socket.send_fds(worker, [b"!"], [theirs.fileno()])
    return pid


def _session(module: ModuleType, here: socket.socket, limits: dict, apart: bool) -> None:
    protections = limits["protections"]
    if limits["sandbox"] and "processes" in protections and not apart:
        wire.send(here, {"refused": "the system allows no namespaces in namespaces"})
        return
    try:
        confine.shut_in(apart, limits["memory"], limits["seconds"], protections)
    except OSError as error:
        wire.send(here, {"refused": f"the session could not be shut in ({error})"})
        return
    gc.disable()  # a session is short, and its memory limited
    wire.send(here, {"opened": True})
    module.serve(here, limits)


def _spent() -> float:
    """Seconds of processor time, of this process and of all sessions that have ended."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _reap(sessions: set[int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            sessions.discard(pid)

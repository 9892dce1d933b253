"""How a warm process is asked for a kernel, and what is known of a kernel that is not one's own child.

A request is one line of JSON, with the descriptors of standard output and error. The answer is a descriptor of the kernel's
process, which tells when it has ended, and only then does the asker say "go". So a kernel never runs that nobody waits for.
"""

import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import NamedTuple

MACHINE = Path("/run/inside-bert")  # where root's warm process listens, for all users
NOT_FROZEN = "-Xfrozen_modules=off"
PATIENCE = 15  # seconds, for each answer
LARGEST = 1 << 20  # bytes of a request


class Refused(Exception):
    """There is no warm process, or it does not give this kernel: start an ordinary one."""


class Peer(NamedTuple):
    """The process at the other end of a socket, as the system knows it."""

    pid: int
    uid: int
    gid: int


def peer(connection: socket.socket) -> Peer:
    """Who it was that connected, or listens."""
    return Peer(*struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)))


def place(folder: Path) -> Path:
    """The socket in a folder for the environment that this Python belongs to."""
    environment = f"{os.path.realpath(sys.prefix)} {sys.version}"
    return folder / f"{hashlib.sha256(environment.encode()).hexdigest()[:12]}.sock"


def places() -> list[Path]:
    """Where a warm process may listen: the machine's, and this user's own."""
    from jupyter_core.paths import jupyter_runtime_dir

    return [place(MACHINE), place(Path(jupyter_runtime_dir()) / "inside-bert")]


def ask(request: dict) -> "Forked":
    """The kernel that a warm process has forked. Raises Refused."""
    if sys.platform != "linux":
        raise Refused
    for path in places():
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(PATIENCE)
            connection.connect(str(path))
            return _answered(connection, request)
        except (OSError, ValueError, struct.error):
            connection.close()
    raise Refused


def _answered(connection: socket.socket, request: dict) -> "Forked":
    if peer(connection).uid not in (0, os.geteuid()):
        raise OSError("a stranger listens here")
    line = json.dumps(request).encode() + b"\n"
    sent = socket.send_fds(connection, [line], [1, 2])
    connection.sendall(line[sent:])
    answer, descriptors, *_ = socket.recv_fds(connection, 100, 1)
    if not descriptors:
        raise OSError("no kernel was given")
    try:
        process = Forked(int(answer), descriptors[0], connection)
        connection.sendall(b"go")
    except BaseException:
        os.close(descriptors[0])
        raise
    return process


class Forked:
    """The part of `subprocess.Popen` that a provisioner uses, for a process that is the child of another.

    While the connection is open, the kernel knows that its owner lives.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, descriptor: int, connection: socket.socket) -> None:
        self.pid, self.descriptor, self.connection = pid, descriptor, connection
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs; how it ended is not known here."""
        if self.returncode is None and self.ended(0):
            self.returncode = 0
            os.close(self.descriptor)
            self.connection.close()
        return self.returncode

    def ended(self, seconds: float) -> bool:
        """Whether it ends within this time."""
        watch = select.poll()
        watch.register(self.descriptor, select.POLLIN)
        return bool(watch.poll(seconds * 1000))

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it has ended."""
        while self.poll() is None:
            self.ended(1)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal: another process that has its number by now gets none."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.descriptor, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

"""The warm process: it has imported what the lessons need, and kernels are forked from it. Linux only.

For all users of a machine, an administrator runs it as root, with the Python that the course is installed in:

    /opt/course/bin/python -m course_utils.kernels

It listens in /run/inside-bert, and every server started with `inside-bert`, also under a JupyterHub, finds it by itself.
A single user can run it too, for their own kernels. As a service of systemd:

    [Service]
    ExecStart=/opt/course/bin/python -m course_utils.kernels
    Restart=always
    RestartSec=30
    KillMode=process
    [Install]
    WantedBy=multi-user.target

KillMode leaves the kernels running when the service is stopped. It stops by itself when something has been installed into
its environment, and is to be started again; kernels that run go on, and meanwhile new ones are ordinary.

It decides who is served by what the system says of the process that connects. It reads nothing from a connection: the forked
process does, when it has become the user's, so that what strangers send can harm only themselves. Its own environment is
emptied first, since its memory becomes that of all kernels. These share the places of things in memory, which a new process
draws by lot, and the seed of Python's hashes.
"""

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import sysconfig
import threading
import time
from pathlib import Path

from . import asking, forked, imports, variables

MOST = 64  # kernels for one user, those that are being asked for included
IMPORTED = (  # what a kernel of IPython imports when it starts and runs its first cells
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "ipywidgets",
)


def main(arguments: list[str]) -> None:
    """Listen at the path given, or the usual one; returns in every forked kernel when that ends."""
    root = os.geteuid() == 0
    path = Path(arguments[0]).absolute() if arguments else asking.places()[0 if root else 1]
    if os.environ.get("HOME") != variables.PLACEHOLDERS["HOME"]:
        start_clean(path)
    prepare()
    installed = stamp()
    try:
        listener = listen(path, root)
    except OSError as error:
        sys.exit(f"No kernels can be asked for at {path} ({error.strerror or error}).")
    print(f"Kernels are forked for {'all users' if root else 'you'}, who ask at {path}.", flush=True)
    connection, who = serve(listener, path, installed)
    forked.run(connection, who)


def start_clean(path: Path) -> None:
    """Begin again with an environment that all users may know."""
    wanted = [name for name in os.environ if name in ("PATH", "LANG") or variables.read_at_start(name)]
    kept = {name: os.environ[name] for name in wanted}
    course = str(Path(__file__).resolve().parents[2])
    kept["PYTHONPATH"] = os.pathsep.join([*added_path(), *[course] * (course == os.getcwd())])
    command = [sys.executable, asking.NOT_FROZEN, "-m", "course_utils.kernels", str(path)]
    os.chdir("/")
    os.execve(sys.executable, command, {**kept, **variables.PLACEHOLDERS})


def added_path() -> list[str]:
    """The folders that PYTHONPATH adds to `sys.path`."""
    return [os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]


def prepare() -> None:
    """Import, and leave memory and threads as a fork needs them."""
    before = dict(os.environ)
    for name in IMPORTED:
        importlib.import_module(name)
    imports.import_all()
    # Each kernel puts what its user's variables add before the others.
    sys.path[:] = [entry for entry in sys.path if entry not in {"", os.getcwd(), *added_path()}]
    # A kernel imports the course itself: it may be that of a clone. What the course imports is here.
    for name in [name for name in sys.modules if name.partition(".")[0] == "course_utils"]:
        del sys.modules[name]
    variables.note_imports(before)
    if threading.active_count() > 1:
        sys.exit(
            "An import has started a thread, and a process with threads cannot be forked safely: use ordinary kernels."
        )
    gc.collect()
    gc.freeze()  # else the collector of each kernel would write to, and so copy, all that is shared
    gc.disable()


def listen(path: Path, everybody: bool) -> socket.socket:
    """A socket at this path, in place of one that nobody listens at."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True)
        path.parent.chmod(0o755 if everybody else 0o700)  # whatever the mask is
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
        probe.connect(str(path))
        raise OSError("another warm process listens there")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o111 if everybody else 0o177)
    listener.bind(str(path))
    os.umask(before)
    listener.listen(64)
    return listener


def stamp() -> list[int]:
    """What changes when a package is installed, or another version of it."""
    return [os.stat(sysconfig.get_path(name)).st_mtime_ns for name in ("purelib", "platlib")]


def serve(listener: socket.socket, path: Path, installed: list[int]) -> tuple[socket.socket, asking.Peer]:
    """Fork for each connection of a user who is served; returns in the forked process only, with the connection."""
    kernels: dict[int, int] = {}  # their processes, and whose each is

    def reap(*_: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitpid(-1, os.WNOHANG)[0]:
                kernels.pop(ended, None)

    def stop(*_: object) -> None:
        path.unlink(missing_ok=True)
        sys.exit()

    signal.signal(signal.SIGCHLD, reap)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        try:
            connection, _ = listener.accept()
            who = asking.peer(connection)
            allowed = os.geteuid() in (0, who.uid) and list(kernels.values()).count(who.uid) < MOST
            if stamp() != installed:
                path.unlink(missing_ok=True)
                sys.exit("Something has been installed: start this again, and new kernels are forked again.")
            if allowed and not fork(kernels, who.uid):
                listener.close()
                return connection, who
            connection.close()
        except OSError as error:  # no memory or no descriptors left, for now
            print(f"A kernel could not be forked ({error.strerror or error}).", file=sys.stderr, flush=True)
            time.sleep(1)


def fork(kernels: dict[int, int], uid: int) -> int:
    """Fork, and note whose the new process is; 0 in that, where signals mean what they mean in a new Python."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # none comes between the two steps
    try:
        process = os.fork()
        if process:
            kernels[process] = uid
        else:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return process
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

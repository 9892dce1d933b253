"""A forked kernel: it becomes what `python -m ipykernel_launcher` of this user would be, and runs."""

import contextlib
import ctypes
import gc
import importlib.util
import json
import logging
import os
import site
import socket
import sys
import tempfile
import threading
import time

from . import imports, peer, variables
from .asking import LARGEST, PATIENCE, Peer, Refused


def run(connection: socket.socket, who: Peer) -> None:
    """Be the kernel that this user asks for, until it ends. Everything that is refused ends here, with one line."""
    try:
        connection.settimeout(PATIENCE)
        keep_only(connection)
        peer.take_place(who, peer.groups(connection))
        request = read(connection)
        become(request)
        socket.send_fds(connection, [str(os.getpid()).encode()], [os.pidfd_open(os.getpid())])
        if connection.recv(2) != b"go":
            raise Refused("the server stopped waiting for it")
    except Exception as error:
        why = str(error).splitlines() or [type(error).__name__]
        # As Python writes it: a text of the user's could move the cursor of the terminal that shows the log.
        os.write(2, f"No kernel was forked for user {who.uid}: {ascii(why[0][:200])[1:-1]}.\n".encode())
        os._exit(1)
    if not request["alone"]:
        threading.Thread(target=end_with_its_server, args=(connection,), daemon=True).start()
    start(sys.argv[1:])


def start(arguments: list[str]) -> None:
    """Run the kernel, with what had looked for one when it was imported, and found none."""
    from ipykernel.kernelapp import IPKernelApp

    loggers = [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    handlers = [handler for logger in loggers for handler in logger.handlers]
    handlers = [handler for handler in handlers if getattr(handler, "stream", None) is sys.stderr]
    kernel = IPKernelApp.instance()
    kernel.initialize(arguments)
    for handler in handlers:
        handler.setStream(sys.stderr)  # the notebook's
    if "ipywidgets" in sys.modules:
        sys.modules["ipywidgets"].register_comm_target()
    kernel.shell.events.register("post_run_cell", give_back)
    kernel.start()


def keep_only(connection: socket.socket) -> None:
    """Close all descriptors of the warm process but the standard ones and the connection."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in (0, 1, 2, connection.fileno()):
            with contextlib.suppress(OSError):  # that of the listing itself
                os.close(int(name))


def read(connection: socket.socket) -> dict:
    """The request, with the kernel's standard output and error in "streams". Raises what a wrong one deserves."""
    data, streams, *_ = socket.recv_fds(connection, 1 << 16, 2)
    until = time.monotonic() + PATIENCE
    while not data.endswith(b"\n"):
        more = connection.recv(1 << 16)
        data += more
        if not more or len(data) > LARGEST or time.monotonic() > until:
            raise Refused("the request was cut off, too long or too slow")
    request = json.loads(data)
    texts = [*request["arguments"], request["cwd"], *request["env"], *request["env"].values()]
    if len(streams) != 2 or not all(isinstance(text, str) for text in texts):
        raise Refused("the request is not one for a kernel")
    return {**request, "streams": streams}


def become(request: dict) -> None:
    """Take over the variables, the folder, the paths and streams of the request."""
    env = request["env"]
    if name := variables.differing(env):
        raise Refused(f"{name} differs from that of the warm process")
    variables.take(env)
    os.chdir(request["cwd"])
    added = [os.path.abspath(entry) for entry in env.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.path[:0] = dict.fromkeys(added)
    if hidden := next(filter(hides_loaded, [os.getcwd(), *added]), ""):
        raise Refused(f"a file in {hidden} hides a library")
    if site.ENABLE_USER_SITE and os.path.isdir(site.getusersitepackages()):
        raise Refused("this user has installed packages of their own")
    tempfile.tempdir = None
    time.tzset()
    draw_seeds()
    gc.enable()
    take_streams(request["streams"])
    peer.open_up()
    launcher = importlib.util.find_spec("ipykernel_launcher").origin
    more = ["--IPKernelApp.parent_handle=1", f"--Session.username={env.get('USER', 'username')}"]
    sys.argv[:] = [launcher, *request["arguments"], *more]


def draw_seeds() -> None:
    """Begin with random numbers of its own, as every new process; Python's `random` does that by itself."""
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()


def hides_loaded(folder: str) -> bool:
    """Whether a file of this folder has the name of a library that is loaded from elsewhere."""
    for name in imports.modules_in(folder) & sys.modules.keys():
        file = getattr(sys.modules[name], "__file__", None) or ""
        if not os.path.realpath(file).startswith(os.path.realpath(folder) + os.sep):
            return True
    return False


def take_streams(streams: list[int]) -> None:
    """Write to where the asker writes, and read nothing, as an ordinary kernel."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in enumerate([nothing, *streams]):
        os.dup2(theirs, ours)
        os.close(theirs)


def give_back(result: object) -> None:
    """Return to the system what a cell has freed: the C library would keep it, up to a hundred megabytes."""
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def end_with_its_server(connection: socket.socket) -> None:
    """End this process when the other end is closed: its Jupyter server has died, and nobody could stop it any more."""
    connection.settimeout(None)
    with contextlib.suppress(OSError):
        while connection.recv(1):
            pass
    os._exit(1)

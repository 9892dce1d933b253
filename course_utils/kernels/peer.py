"""The user who asks for a kernel: in the forked process, they take the place of the one who started the warm process.

Everything is read from the system, nothing from the request: whose the process at the other end of the socket is, its groups,
and what holds it. A hold that cannot be taken over, a container or a filter of system calls, is a reason to refuse: there,
an ordinary kernel is held by it as its server is.
"""

import contextlib
import ctypes
import errno
import os
import platform
import resource
import select
import socket
import struct
from pathlib import Path

from .asking import Peer, Refused

SO_PEERGROUPS = 59  # what follows has no names in Python
PR_SET_DUMPABLE = 4
KEYCTL, JOIN_SESSION_KEYRING = {"x86_64": 250, "aarch64": 219, "riscv64": 219}, 1


def groups(connection: socket.socket) -> list[int]:
    """The supplementary groups of the process that connected."""
    raw = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, 1024)
    return list(struct.unpack(f"{len(raw) // 4}I", raw))


def take_place(who: Peer, belongs_to: list[int]) -> None:
    """Become a process of this user, with the limits of theirs that asked. Raises Refused or OSError."""
    asking = os.pidfd_open(who.pid)
    theirs, ours = status(who.pid), status("self")
    if theirs["Uid"].split()[1] != str(who.uid):
        raise Refused("the process that asked has ended")
    # Who confines itself without an administrator, by Landlock for instance, has to set NoNewPrivs first.
    same = ["Seccomp", "Seccomp_filters", "NoNewPrivs", "CapInh", "CapBnd", "CapAmb"]
    if who.uid == os.geteuid():
        same += ["CapPrm", "CapEff"]
    if any(theirs.get(name) != ours.get(name) for name in same) or holds(who.pid) != holds("self"):
        raise Refused("the server that asked is confined as this process is not")
    take_limits(who.pid)
    os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, who.pid))
    os.umask(int(theirs["Umask"], 8))
    if os.geteuid() == 0:
        enter_cgroups(who.pid)
        theirs_first, ours_first = (Path(f"/proc/{one}/oom_score_adj") for one in (who.pid, "self"))
        if theirs_first.read_bytes() != ours_first.read_bytes():  # who is ended first where memory is short
            ours_first.write_bytes(theirs_first.read_bytes())
    if select.select([asking], [], [], 0)[0]:  # else its number may be another's, and what was read, too
        raise Refused("the process that asked has ended")
    os.close(asking)
    if os.geteuid() == 0:
        os.setgroups(belongs_to)
        os.setresgid(who.gid, who.gid, who.gid)
        os.setresuid(who.uid, who.uid, who.uid)
        leave_keyring()
    if os.getresuid() != (who.uid,) * 3 or os.getresgid() != (who.gid,) * 3:
        raise Refused("the kernel would not have been this user's")
    os.setsid()


def leave_keyring() -> None:
    """Take an empty session keyring: a fork has the administrator's, and whoever has that may read the keys in it."""
    if platform.machine() not in KEYCTL:
        raise Refused("on this processor the administrator's keyring cannot be left")
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype, call.argtypes = ctypes.c_long, [ctypes.c_long, ctypes.c_long, ctypes.c_void_p]
    failed = call(KEYCTL[platform.machine()], JOIN_SESSION_KEYRING, None) == -1
    # A system without keys, or a container whose filter keeps all its processes from them.
    if failed and ctypes.get_errno() not in (errno.ENOSYS, errno.EPERM):
        raise Refused("the administrator's keyring could not be left")


def open_up() -> None:
    """Let the user look into this process as into any of theirs; now nothing of the warm process's is in it any more."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


def status(pid: int | str) -> dict[str, str]:
    """What the system says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def holds(pid: int | str) -> list[object]:
    """What a process sees of the machine: its namespaces, root folder, security label and processors."""
    found: list[object] = [os.sched_getaffinity(0 if pid == "self" else int(pid)), os.readlink(f"/proc/{pid}/root")]
    for name in sorted(os.listdir(f"/proc/{pid}/ns")):
        found.append(os.readlink(f"/proc/{pid}/ns/{name}"))
    with contextlib.suppress(OSError):  # most systems have no labels
        found.append(Path(f"/proc/{pid}/attr/current").read_bytes())
    return found


def take_limits(pid: int) -> None:
    """Set the resource limits of another process for this one. Their list is in the order of their numbers."""
    for number, line in enumerate(Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]):
        limits = tuple(-1 if word == "unlimited" else int(word) for word in line[25:].split()[:2])
        if resource.getrlimit(number) != limits:
            resource.setrlimit(number, limits)


def enter_cgroups(pid: int) -> None:
    """Go into the control groups of a process, so that its user's share of memory and processors holds for the kernel."""
    ours = Path("/proc/self/cgroup").read_text().splitlines()
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        if line in ours:
            continue
        controllers, group = line.split(":", 2)[1:]
        if ".." in group.split("/"):
            raise Refused("the server that asked is in a control group that cannot be seen from here")
        root = Path("/sys/fs/cgroup", controllers.removeprefix("name="))
        if not controllers and (root / "unified").is_dir():
            root /= "unified"
        (root / group.lstrip("/") / "cgroup.procs").write_text(str(os.getpid()))

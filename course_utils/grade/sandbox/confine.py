"""Shut a process in from the inside: namespaces of its own, nothing it may do, and limits on what it uses.

bubblewrap has taken network and files away from all sessions together (bubblewrap.py); what is here keeps one session from the
next. Linux only. Each protection is one function, so that a test can leave it out and see what happens.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

PROTECTIONS = ("processes", "files", "memory", "output", "count", "time")

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWIPC = 0x20000, 0x10000000, 0x20000000, 0x8000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 1, 2, 4, 0x4000, 1 << 18
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 24, 36, 38
_PR_SET_PDEATHSIG = 1
_CAPABILITY_VERSION_3 = 0x20080522
SCRATCH = "/scratch"  # the one folder of a sandbox in which a session can write, empty at its start
_FILE = 16 * 2**20  # bytes of one file
_SHELF = 64 * 2**20  # bytes of all files together
_PROCESSES = 64  # threads count, too
_OPEN_FILES = 64

_KEYCTL = defaultdict(lambda: -1, x86_64=250, aarch64=219)  # the number of the call; -1 is none, and is refused
_JOIN_SESSION_KEYRING = 1

_libc = ctypes.CDLL(None, use_errno=True)


def harden() -> None:
    """Of the process that sessions are forked from: it takes their orphans in, and none of them can look into it."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """The process is killed when the one that started it ends, however that ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def rise() -> int | None:
    """Takes namespaces of users and processes, in which this process, now the first in them, may make further ones.

    What called it waits and ends with the new process. Returns a descriptor of its namespace of processes, to come back to
    after each fork; None where the system allows no namespaces.
    """
    if not _unshare(_CLONE_NEWUSER | _CLONE_NEWPID):
        return None
    pid = os.fork()
    if pid:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
    return os.open("/proc/self/ns/pid", os.O_RDONLY)


def fork_apart(own: int | None, protections: Collection[str] = PROTECTIONS) -> tuple[int, bool]:
    """Forks into namespaces of its own: (pid, False) in the parent, (0, is_apart) in the new process.

    The new process sees and can kill nothing but its own children, and all of them end with it. own: what `rise` gave.
    is_apart: False where the system refused; it is up to the caller to go on.
    """
    apart = own is not None and "processes" in protections and not _libc.unshare(_CLONE_NEWPID | _CLONE_NEWIPC)
    pid = os.fork()
    if pid:
        if apart and _libc.setns(own, _CLONE_NEWPID):  # the next one does not belong to this one's
            raise OSError(ctypes.get_errno(), "the namespace of processes could not be taken back")
        return pid, False
    return 0, apart and _unshare(_CLONE_NEWUSER | _CLONE_NEWNS)


def shut_in(apart: bool, memory: int, seconds: int, protections: Collection[str] = PROTECTIONS) -> None:
    """Limits the process that it is called in. memory: bytes above what it has now; seconds: of processor time, for all.

    apart: whether it is in namespaces of its own, where it can mount an empty shelf for its files and hide /proc.
    """
    own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    if apart and "files" in protections and Path(SCRATCH).is_dir():
        _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
        _mount("tmpfs", SCRATCH, f"size={_SHELF},mode=0700", _MS_NOSUID | _MS_NODEV)
        for folder in ("/dev/shm", "/proc"):
            _mount("tmpfs", folder, "size=4096,mode=0500", _MS_NOSUID | _MS_NODEV | _MS_RDONLY)
        os.chdir(SCRATCH)
    if "output" in protections:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE, _FILE))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an OSError in place of the end
    if "memory" in protections:
        resource.setrlimit(resource.RLIMIT_AS, (own + memory, own + memory))
    if "count" in protections:
        resource.setrlimit(resource.RLIMIT_NPROC, (_PROCESSES, _PROCESSES))
    if "time" in protections:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _libc.syscall(
        _KEYCTL[platform.machine()], _JOIN_SESSION_KEYRING, None
    )  # the kernel's keys are files of a kind, too
    if apart:
        _drop_capabilities()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)


def become_nobody() -> None:
    """Root is exempt from the limit of processes: a grader that root has started goes on as nobody."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)


def _unshare(flags: int) -> bool:
    """Takes new namespaces, one of users among them, in which this user is the same as before."""
    _prctl(_PR_SET_DUMPABLE, 1)  # or /proc/self belongs to root, and the map of users cannot be written
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(flags):
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def _mount(what: str | None, where: str, options: str | None, flags: int) -> None:
    def text(word: str | None) -> bytes | None:
        return None if word is None else word.encode()

    if _libc.mount(text(what), text(where), text(what), ctypes.c_ulong(flags), text(options)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), where)


def _drop_capabilities() -> None:
    for capability in range(64):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    if _libc.capset(header, struct.pack("=6I", 0, 0, 0, 0, 0, 0)):
        raise OSError(ctypes.get_errno(), "the capabilities could not be dropped")


def _prctl(what: int, value: int) -> None:
    if _libc.prctl(what, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {what} was refused")

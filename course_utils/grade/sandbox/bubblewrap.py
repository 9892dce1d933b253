"""Start a sandbox: bubblewrap around a zygote, with nothing in it but Python, its libraries and the files of its kind.

bubblewrap is looked for and never installed. The network is gone, the system is read-only, the home folder, the gradebook and
the submissions are not there; three variables are all of the environment.
"""

import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import weakref
from collections.abc import Collection
from pathlib import Path

import course_utils

from . import wire
from .confine import SCRATCH

COURSE = "/course"  # where the sandbox has the files of its kind
PACKAGE = Path(course_utils.__file__).parent
# What runs beside an answer. It knows no answers: a test holds these files to importing nothing of the reference.
OPEN_FILES = (
    "hiding.py",
    "lessons.py",
    "modes.py",
    "clock.py",
    "reference/helpers.py",
    "model/*.py",
    "judge/**/*.py",
    "checks/inputs.py",
    "checks/*/__init__.py",
    "checks/*/inputs.py",
    "grade/sandbox/*.py",
)
WALLS = ("network", "files", "answers")  # what bubblewrap takes away; confine.py has the other protections
STUB = "grade/sandbox/handed_out.py"  # stands in the place of course_utils/__init__.py


class NoSandbox(Exception):
    """There can be none on this machine; the text says why, and what the ways out are."""


WAYS_OUT = (
    "Grade on a machine where it works (a Linux laptop, WSL or a virtual machine), or have user namespaces allowed: "
    "`sysctl kernel.unprivileged_userns_clone=1` on Debian, an AppArmor profile for bwrap on Ubuntu, "
    "`--security-opt seccomp=unconfined` for Docker. `--unsafe` goes on without a sandbox: then learners' code can read "
    "and delete whatever you can."
)


@functools.cache
def bwrap() -> str:
    """Where bubblewrap is. Raises NoSandbox where it is not installed, or not allowed to work."""
    found = shutil.which("bwrap")
    if found is None:
        raise NoSandbox(f"bubblewrap is not installed: `apt install bubblewrap` or your system's way. {WAYS_OUT}")
    tried = subprocess.run(
        [found, "--ro-bind", "/", "/", "--unshare-all", "--proc", "/proc", "--dev", "/dev", "true"],
        capture_output=True,
        text=True,
    )
    if tried.returncode:
        raise NoSandbox(f"bubblewrap does not work here ({tried.stderr.strip()}). {WAYS_OUT}")
    return found


class Zygote:
    """A running zygote. clients: how many workers will ask it for sessions; `sockets` has one for each of them."""

    def __init__(
        self,
        kind: str,
        prepared: bytes,
        clients: int = 1,
        sandbox: bool = True,
        leave_out: Collection[str] = (),
    ) -> None:
        pairs = [socket.socketpair() for _ in range(clients)]
        self.sockets = [ours for ours, _ in pairs]
        numbers = [theirs.fileno() for _, theirs in pairs]
        self._folder = tempfile.TemporaryDirectory(prefix="inside-bert-")
        files = _files(kind == "explain" or "answers" in leave_out, Path(self._folder.name))
        command = [*_python(COURSE if sandbox else str(files)), kind, ",".join(map(str, numbers))]
        if sandbox:
            command = [bwrap(), *_walls(files, leave_out), "--", *command, "nobody"]
        self._process = subprocess.Popen(
            command,
            pass_fds=numbers,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if sandbox else subprocess.DEVNULL,
            env=_environment(),
            cwd=self._folder.name,
            start_new_session=True,
        )
        for _, theirs in pairs:
            theirs.close()
        self.close = weakref.finalize(self, _end, self._process, self.sockets, self._folder)
        with contextlib.suppress(BrokenPipeError):  # `ready` says why
            self.sockets[0].sendall(wire.packed(b"", prepared))

    def ready(self) -> None:
        """Waits until it has loaded and warmed up all. Raises NoSandbox with what it said where it could not start."""
        try:
            wire.receive(self.sockets[0])
        except (EOFError, OSError):
            said = self._process.stderr.read().decode(errors="replace").strip() if self._process.stderr else ""
            raise NoSandbox(f"The sandbox did not start ({said[-600:]}). {WAYS_OUT}") from None

    def spent(self) -> float:
        """Seconds of processor time, of all its processes but for sessions that are going on."""
        wire.send(self.sockets[0], {"spent": True})
        return float(wire.receive(self.sockets[0])[0]["spent"])

    def processes(self) -> int:
        """How many processes there are in it, itself among them."""
        return len(_family(self._process.pid))


def _family(pid: int) -> list[int]:
    """A process and all that it and its children have started."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended just now
            after_name = stat.read_text().rpartition(")")[2].split()
            if after_name[0] != "Z":
                children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def _end(process: subprocess.Popen, sockets: list[socket.socket], folder: tempfile.TemporaryDirectory) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.close()
    try:
        process.wait(5)  # it ends by itself once all sockets are closed
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr:
        process.stderr.close()
    folder.cleanup()


def _files(all_of_them: bool, folder: Path) -> Path:
    """The folder that the sandbox has for `course_utils`: copies of what it may have, or of the whole package."""
    package = folder / "course_utils"
    if all_of_them:
        shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        for pattern in OPEN_FILES:
            for source in PACKAGE.glob(pattern):
                target = package / source.relative_to(PACKAGE)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        shutil.copyfile(PACKAGE / STUB, package / "__init__.py")
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)  # it is read as nobody where root grades
    return folder


def _python(files: str) -> list[str]:
    start = "import sys; sys.path.insert(0, {!r}); from course_utils.grade.sandbox.zygote import main; "
    run = "main(*sys.argv[1:])"
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", (start + run).format(files)]


def _walls(files: Path, leave_out: Collection[str]) -> list[str]:
    """bubblewrap's arguments. leave_out: walls that a test takes down."""
    walls = [
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        "--new-session",
    ]
    if "network" not in leave_out:
        walls.append("--unshare-net")
    if os.getuid() == 0:
        walls += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        walls.append("--unshare-user")
    walls += ["--tmpfs", "/tmp"]  # first, since Python itself may lie there
    for folder in _system():
        for parent in reversed(Path(folder).parents[:-1]):  # or it would make them for root alone
            walls += ["--perms", "0755", "--dir", str(parent)]
        walls += ["--ro-bind-try", folder, folder]
    for name in ("/bin", "/sbin", "/lib", "/lib64"):
        walls += _link_or_bind(Path(name))
    walls += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    walls += ["--perms", "0777", "--tmpfs", SCRATCH]  # a session lays one of its own over it
    for folder in _course_folders():
        walls += ["--tmpfs", folder, "--remount-ro", folder]
    walls += ["--remount-ro", "/tmp"]
    if "files" in leave_out:
        walls += ["--perms", "0755", "--dir", "/var", "--bind", "/var/tmp", "/var/tmp"]
    walls += ["--ro-bind", str(files), COURSE, "--remount-ro", "/"]
    return [*walls, "--chdir", "/", "--clearenv", *_set(_environment())]


def _system() -> list[str]:
    """The folders of the system, of Python and of its packages; none lies inside another one that is there."""
    names = {"stdlib", "platstdlib", "purelib", "platlib"}
    own = [sys.prefix, sys.base_prefix, *(sysconfig.get_path(name) for name in names)]
    own.append(str(Path(sys.executable).resolve().parent.parent))
    found = ["/usr", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"]
    for each in sorted(own, key=len):
        if not any(Path(each).is_relative_to(other) for other in found):
            found.append(each)
    return found


def _course_folders() -> list[str]:
    """Where the system's folders hold this course, as pip installs it: that is hidden."""
    places = {Path(sysconfig.get_path(name)) / "course_utils" for name in ("purelib", "platlib")}
    places |= {PACKAGE} if any(PACKAGE.is_relative_to(each) for each in _system()) else set()
    return [str(each) for each in places if each.is_dir()]


def _link_or_bind(folder: Path) -> list[str]:
    if folder.is_symlink():
        return ["--symlink", os.readlink(folder), str(folder)]
    return ["--ro-bind-try", str(folder), str(folder)]


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "TMPDIR": SCRATCH, "OMP_NUM_THREADS": "1"}


def _set(environment: dict[str, str]) -> list[str]:
    return [word for name, value in environment.items() for word in ("--setenv", name, value)]

"""A course that an administrator has installed for all, and the people who use it: real users of the system where that can be.

As root each has an account of their own, made for the test and removed after it. Otherwise, or where other accounts may not
read this Python, they are one account with a home each.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import psutil

from tests.conftest import ROOT

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


class Shared:
    """A copy of the course, an environment for it that nobody may write to, and users with a home each."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        folder.chmod(0o755)  # what pytest and tempfile make is closed to others
        self.folder, self.course, self.env = folder, folder / "course", folder / "env"
        self.homes = {name: folder / "homes" / name for name in names}
        self.python = self.env / "bin" / "python"
        self._install()
        self.real = os.geteuid() == 0 and bool(shutil.which("useradd")) and self._others_can_run()
        self.accounts: list[str] = []

    def _install(self) -> None:
        rooms = ("course_utils", "notebooks", "exercises", "solutions")
        for room in rooms:
            shutil.copytree(ROOT / room, self.course / room)  # what is compiled, too, as after pip
        subprocess.run([base_python(), "-m", "venv", "--without-pip", self.env], check=True, capture_output=True)
        packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        (site,) = self.env.glob("lib/python3*/site-packages")
        (site / "course.pth").write_text("\n".join([str(self.course), *sorted(packages)]))
        for name in ("share", "etc"):  # JupyterLab's pages and settings
            (self.env / name).symlink_to(Path(sys.prefix) / name)
        for path in [self.course, *self.course.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)

    def _others_can_run(self) -> bool:
        """Whether another account can run this Python with what is installed: not if it lies in root's home folder."""
        command = [self.python, "-c", "import course_utils, jupyterhub, torch"]
        with open(os.devnull, "w") as nowhere:
            try:
                return not subprocess.run(command, cwd="/", env={}, stdout=nowhere, stderr=nowhere, **NOBODY).returncode
            except PermissionError:
                return False

    def add_users(self) -> None:
        """Make the accounts and their homes, closed to each other."""
        (self.folder / "homes").mkdir()
        for name, home in self.homes.items():
            if self.real:
                make = ["useradd", "--create-home", "--home-dir", home, "--shell", "/bin/sh", name]
                subprocess.run(make, check=True, capture_output=True)
                self.accounts.append(name)
            else:
                home.mkdir()
            home.chmod(0o700)

    def processes(self) -> list[psutil.Process]:
        """What still runs for these users, or out of this installation."""
        import pwd  # not there on Windows, where this file is only read

        ids = {pwd.getpwnam(name).pw_uid for name in self.accounts}
        return [process for process in psutil.process_iter() if self._is_ours(process, ids)]

    def _is_ours(self, process: psutil.Process, ids: set[int]) -> bool:
        try:
            words = process.cmdline()
            return process.status() != psutil.STATUS_ZOMBIE and (
                process.uids().real in ids or any(str(self.folder) in word for word in words)
            )
        except psutil.Error:
            return False

    def remove(self) -> list[str]:
        """End what still runs, remove the accounts and the folder. Returns the command lines of what was still running."""
        left = self.processes()
        said = [" ".join(process.cmdline()) for process in left if process.is_running()]
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=30)
        for name in self.accounts:
            subprocess.run(["userdel", "--remove", "--force", name], capture_output=True)
        for path in self.course.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(self.folder, ignore_errors=True)
        return said

    def digest(self) -> str:
        """A fingerprint of every file of the course as it is now, but for what Python compiles."""
        sums = hashlib.sha256()
        for path in sorted(path for path in self.course.rglob("*") if "__pycache__" not in path.parts):
            sums.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
        return sums.hexdigest()


def base_python() -> str:
    """The Python to make an environment from that others can read, too: this one's, or the system's of the same version."""
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    systems = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")
    if os.geteuid() == 0 and systems and not world_can_reach(Path(base)):
        return systems
    return base


def world_can_reach(path: Path) -> bool:
    """Whether every folder on the way to this file is open to others."""
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)

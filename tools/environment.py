"""The folder `.venv`: what is in it, and how one that works is kept until its successor works.

A virtual environment has its own path written into it, so the new one has to be made at the place of the old one. The
old one is `.venv.old` meanwhile: a copy, or moved there. It is put back when the installation fails, is interrupted, or
was killed; then by the next run. It is deleted when the new one has its stamp.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.messages import DISK_FULL, InstallError, explain, last_line

ASK = Path(__file__).with_name("installed.py")


class Environment:
    """The `.venv` of the course in `root`, and the files beside it."""

    def __init__(self, root):
        self.root = root
        self.folder = Path(os.path.realpath(root / ".venv"))  # it may be a link to another disk
        self.old = self.folder.with_name(self.folder.name + ".old")  # what worked, while its successor does not yet
        self.scrap = self.folder.with_name(self.folder.name + ".scrap")  # half a copy, or half deleted
        self.lock = self.folder.with_name(self.folder.name + ".lock")
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.stamp = self.folder / "course-installed.json"  # written last: what is installed
        self.unfinished = self.folder / "course-unfinished"  # from the making of the folder until its first stamp
        self.log = self.folder / "install.log"

    def read_stamp(self):
        """What the last finished installation wrote, or {}."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
            return stamp if {"inputs", "place", "extras"} <= stamp.keys() else {}
        except (OSError, ValueError, AttributeError):
            return {}

    def report(self, extras=()):
        """What the Python in it says of itself, see installed.py; None if it is not the Python of this folder."""
        command = [str(self.python), "-I", str(ASK), str(self.root), *extras]
        try:
            answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
            found = json.loads(answer.stdout)
            return found if found["own"] else None
        except (OSError, ValueError):
            return None

    def complaint(self):
        """What its Python says when it does not run, or ""."""
        try:
            run = [str(self.python), "-I", "-c", ""]
            said = subprocess.run(run, stderr=subprocess.PIPE, encoding="utf-8", errors="replace").stderr
        except OSError as error:
            said = str(error)
        return f": {last_line(said)}" if said.strip() else ""

    def python_version(self):
        """(major, minor) of its Python as its file says, None if it does not."""
        with contextlib.suppress(OSError, UnicodeError):
            said = self.folder.joinpath("pyvenv.cfg").read_text(encoding="utf-8")
            found = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", said, re.M)
            return found and (int(found[1]), int(found[2]))
        return None

    def make(self):
        """Make the folder with this Python, without pip."""
        self.folder.mkdir()
        self.unfinished.touch()
        python = sys.executable if os.path.exists(sys.executable) else sys._base_executable  # the old `.venv` ran this
        made = run([python, "-I", "-m", "venv", "--without-pip", str(self.folder)])
        if made.returncode:
            raise InstallError(explain(made.stdout, "Python could not make the folder .venv"))

    def give_pip(self):
        """Put Python's own pip into it: what uv makes has none."""
        given = run([str(self.python), "-I", "-m", "ensurepip", "--default-pip"])
        if given.returncode:
            sentence = explain(given.stdout)
            raise InstallError(
                sentence
                if sentence == DISK_FULL
                else f"The folder .venv has no pip, and its Python cannot give it one ({last_line(given.stdout)}): put it "
                "there, for example with `uv pip install pip`, or remove the folder; then run this again."
            )

    def copy(self):
        """Keep a copy of it, of links where the disk has them: pip replaces files, it writes into none."""
        self.discard(self.scrap)
        try:
            shutil.copytree(self.folder, self.scrap, symlinks=True, copy_function=link)
        except shutil.Error as error:
            raise InstallError(
                explain(error.args[0][0][2], "The .venv here cannot be copied before it is changed")
            ) from None
        self.scrap.rename(self.old)
        self.stamp.unlink(missing_ok=True)  # from here on it is no finished one

    def move_aside(self):
        """Keep the folder itself, for what does not run here or was made for another place."""
        self.folder.rename(self.old)

    def finish(self, stamp):
        """Write the stamp; from here on the new one is in use, and the old one can go."""
        new = self.stamp.with_suffix(".new")
        new.write_text(json.dumps(stamp), encoding="utf-8")
        new.replace(self.stamp)
        self.unfinished.unlink(missing_ok=True)
        with contextlib.suppress(InstallError, OSError):  # the next run deletes what is in use now
            self.drop_old()

    def drop_old(self):
        """Delete the kept one. In two steps: half of it must not be taken for it."""
        if self.old.exists():
            self.discard(self.scrap)
            self.old.rename(self.scrap)
        self.discard(self.scrap)

    def recover(self):
        """Mend what a killed run left. Whether the old one is in use again."""
        if self.old.exists() and not self.stamp.exists():
            return self.put_back()
        self.drop_old()
        return False

    def put_back(self):
        """Put the kept one back into its place, with the log of what failed. Whether there was one."""
        if not self.old.exists():
            return False
        try:
            if self.folder.exists():
                with contextlib.suppress(OSError):
                    shutil.copy(self.log, self.old / self.log.name)
                self.discard(self.scrap)
                self.folder.rename(self.scrap)
            self.old.rename(self.folder)
        except OSError as error:
            raise InstallError(
                f"The installation from before is in the folder {self.old.name} and cannot be moved back "
                f"({error.strerror}): close what is using .venv and run this again."
            ) from None
        with contextlib.suppress(InstallError):
            self.discard(self.scrap)
        return True

    def discard(self, folder):
        """Delete a folder beside or in the place of `.venv`, or say who holds it."""
        try:
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise InstallError(
                f"The folder {folder.name} cannot be removed ({error.strerror}): close what is using it, remove it by "
                "hand and run this again."
            ) from None


def link(source, target):
    """Give the file a second name, or copy it where the disk or the file's owner does not allow that."""
    try:
        os.link(source, target)
    except FileNotFoundError:  # a file of the moment, of a Python that runs in this environment
        pass
    except OSError:
        shutil.copy2(source, target)


def clean_environment():
    """The environment without what leads a Python astray: PYTHONPATH, PYTHONHOME, PYTHONWARNINGS and the like."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "__PYVENV"))}


def run(command):
    """Run a command with all that it says in `stdout`."""
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=clean_environment(),
    )

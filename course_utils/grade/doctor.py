"""The doctor of the sandbox: it attacks itself, and says which attacks were stopped."""

import json
import socket
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .attacks import DOCTORS, Attack
from .records import Notebook, Record, Settings, Submission
from .sandbox.session import Session

SECRET = "the teacher's own words"
NEIGHBOUR = (
    "def split_heads(x, num_heads):\n"
    "    batch, tokens, hidden = x.shape\n"
    "    return x.reshape(batch, tokens, num_heads, hidden // num_heads).transpose(1, 2)\n"
)
HONEST = "def linear(x, weight, bias=None):\n    y = x @ weight.T\n    return y if bias is None else y + bias\n"


@dataclass(frozen=True)
class Finding:
    """What came of an attack; each is True where all is well."""

    not_passed: bool  # the verdict on the attacker's answer
    neighbour_passed: bool  # an honest answer in the same notebook
    next_passed: bool  # the next learner's
    unread: bool  # the teacher's file, as far as anything told of it
    unchanged: bool
    no_connection: bool
    nothing_left: bool  # of its processes

    @property
    def stopped(self) -> bool:
        return all(vars(self).values())


class Ward:
    """A place to run attacks in: a station, a file of the teacher's, and somebody who listens."""

    PATIENCE = 20.0  # seconds, until processes that were killed are gone

    def __init__(self, folder: Path, leave_out: Collection[str] = (), **settings: object) -> None:
        from .station import Station

        self.canary = folder / "gradebook.txt"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        usual = {"cpu": 2.0, "wall": 20.0, "explain": "short"}
        self.station = Station(Settings(("self_attention",), "doctor", **usual | settings), leave_out=leave_out)
        self._grader = self.station.grader()

    def close(self) -> None:
        """Ends the station."""
        self._listener.close()
        self.station.close()

    def run(self, attack: Attack) -> Finding:
        """Lets a learner hand the attack in, and after them an honest one."""
        self.canary.write_text(SECRET, encoding="utf-8")
        self.canary.chmod(0o666)  # it is not by its permissions that it is safe
        before = self.station.processes()
        cell = attack.cell(self.canary, self._listener.getsockname()[1])
        record = self.grade("attacker", cell, NEIGHBOUR)
        connected = self._connected()
        honest = self.grade("honest", HONEST)
        return Finding(
            record.exercises["linear"].status != "passed",
            record.exercises["split_heads"].status == "passed",
            honest.exercises["linear"].status == "passed",
            SECRET not in json.dumps(record.to_dict(), ensure_ascii=False),
            self.canary.exists() and self.canary.read_text(encoding="utf-8") == SECRET,
            not connected,
            self._nothing_left(before),
        )

    def grade(self, student: str, *cells: str) -> Record:
        """What comes of a notebook with these cells."""
        listed = [{"cell_type": "code", "source": each, "metadata": {}, "outputs": []} for each in cells]
        content = json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
        return self._grader.grade(Submission(student, (Notebook("03_self_attention.ipynb", content),)))

    def session(self) -> Session:
        """A session in the sandbox that computes."""
        return self._grader.open()

    def _nothing_left(self, before: int) -> bool:
        """Whether no more processes are there than before; the system takes a moment to end them."""
        deadline = time.monotonic() + self.PATIENCE
        while self.station.processes() > before:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _connected(self) -> bool:
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@contextmanager
def ward(leave_out: Collection[str] = (), **settings: object) -> Iterator[Ward]:
    """A ward in a folder that anybody could read, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="inside-bert-doctor-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o777)
        open_ward = Ward(Path(folder), leave_out, **settings)
        try:
            yield open_ward
        finally:
            open_ward.close()


def doctor(say: TextIO | None = None) -> bool:
    """Attacks the sandbox of this machine and prints what was stopped. Returns whether all was."""
    from .sandbox.bubblewrap import NoSandbox

    out = say or sys.stdout
    try:
        with ward() as here:
            stopped = [_told(attack, here.run(attack), out) for attack in DOCTORS]
    except NoSandbox as error:
        print(error, file=out)
        return False
    count = sum(stopped)
    says = "The sandbox is whole." if all(stopped) else "Do not grade strangers' code on this machine."
    print(f"{count} of {len(stopped)} attacks were stopped. {says}", file=out)
    return all(stopped)


def _told(attack: Attack, finding: Finding, out: TextIO) -> bool:
    wrong = [name.replace("_", " ") for name, well in vars(finding).items() if not well]
    word = "stopped    " if finding.stopped else "NOT STOPPED"
    print(
        f"{word}  an answer that {attack.about}" + (f" (not true: {', '.join(wrong)})" if wrong else ""),
        file=out,
        flush=True,
    )
    return finding.stopped

"""One process at a time, and a lock that no dead process holds."""

import errno
import os
import subprocess
import sys
import textwrap
import threading

import pytest

from tests.conftest import ROOT
from tools import locking

HOLD = textwrap.dedent("""
    import subprocess, sys
    from tools.locking import locked

    with locked(sys.argv[1], print) as file:
        if sys.argv[2:]:  # a child that outlives this process, and holds the lock until its standard input ends
            subprocess.Popen([sys.executable, "-c", "input()"], pass_fds=[file.fileno()])
        print("held", flush=True)
        input()
""")


def hold(path, *child: str) -> subprocess.Popen:
    """A process that holds the lock until it reads a line."""
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path), *child], **pipe)
    assert process.stdout.readline() == "held\n"
    return process


def take_in_a_thread(path) -> tuple[threading.Thread, threading.Event]:
    """A thread that wants the lock, and the event that it has to wait."""
    waits = threading.Event()

    def take():
        with locking.locked(path, waits.set):
            pass

    thread = threading.Thread(target=take)
    thread.start()
    return thread, waits


def test_a_second_one_waits_and_says_so(tmp_path):
    with locking.locked(tmp_path / "lock", lambda: pytest.fail("nobody else")):
        thread, waits = take_in_a_thread(tmp_path / "lock")
        assert waits.wait(60)
        assert thread.is_alive()
    thread.join(60)
    assert not thread.is_alive()


def test_a_killed_holder_holds_nothing(tmp_path):
    process = hold(tmp_path / "lock")
    thread, waits = take_in_a_thread(tmp_path / "lock")
    assert waits.wait(60)
    process.kill()
    thread.join(60)
    assert not thread.is_alive()
    process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Windows hands no lock on")
def test_the_child_of_a_killed_holder_still_holds_it(tmp_path):
    process = hold(tmp_path / "lock", "child")
    thread, waits = take_in_a_thread(tmp_path / "lock")
    assert waits.wait(60)
    process.kill()
    process.wait()
    thread.join(0.5)
    assert thread.is_alive()
    process.communicate()  # the end of the child's input
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.skipif(os.name == "nt", reason="the lock of other systems")
def test_a_disk_without_locks_has_none(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locking.fcntl, "flock", flock)
    with locking.locked(tmp_path / "lock", lambda: pytest.fail("nobody else")) as file:
        assert not file.closed

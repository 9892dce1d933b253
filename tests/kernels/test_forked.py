"""A kernel that is forked from the warm process: it is its user's, a kernel like others, and nobody else's request harms."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from course_utils.kernels import NAME, asking
from tests.conftest import ROOT
from tests.kernels.conftest import started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
NOBODY = 65534


@pytest.fixture
def kernel(warm, tmp_path):
    with started(NAME, [warm], tmp_path, COURSE_CI="1", MINE="yes") as kernel:
        assert kernel.forked
        yield kernel


def test_it_is_warm_and_stands_where_it_should(kernel, tmp_path):
    assert kernel.said("import os, sys; {'torch', 'transformers', 'hypothesis'} <= sys.modules.keys()") == "True"
    assert (
        kernel.said("[name for name in sys.modules if name.startswith('course_utils')]") == "[]"
    )  # it may be a clone's
    assert kernel.said("print(os.getcwd(), os.environ['MINE'], os.path.expanduser('~'))") == (
        f"{tmp_path} yes {os.path.expanduser('~')}"
    )
    assert kernel.said("print(sys.path[0], sys.argv[0].endswith('ipykernel_launcher.py'), sys.stdin.fileno())") == (
        f"{ROOT} True 0"
    )
    # Nothing of the warm process's placeholders is left.
    assert kernel.said("import huggingface_hub.constants as c; print(c.HF_HUB_CACHE)") == (
        os.path.join(os.path.expanduser("~"), ".cache", "huggingface", "hub")
    )
    assert "learner" not in kernel.said("print(os.environ, vars(c))").replace("inside-bert", "")
    # Its threads are its own: a product that several of them compute is right.
    assert kernel.said(
        "import torch; torch.set_num_threads(2); torch.ones(400, 400).mm(torch.ones(400, 400)).sum()"
    ) == ("tensor(64000000.)")
    assert kernel.said("from course_utils import load_model; len(load_model())") == "2"
    assert os.getsid(kernel.process.pid) == kernel.process.pid


def test_what_looks_for_a_kernel_when_it_is_imported_has_found_this_one(kernel):
    assert kernel.said("from tqdm.auto import tqdm; tqdm.__mro__[1].__name__, tqdm.__mro__[1].__module__") == (
        "('tqdm_notebook', 'tqdm.notebook')"
    )
    # An error: a test before this one may have switched warnings off for all that its process starts.
    tell = "from transformers.utils import logging\nlogging.get_logger('transformers').error('so it is')"
    assert kernel.said(tell) == "[transformers] so it is"
    assert kernel.said("sorted(get_ipython().kernel.comm_manager.targets)") == (
        "['jupyter.widget', 'jupyter.widget.control']"
    )


def test_random_numbers_are_its_own(warm, tmp_path):
    draws = []
    for _ in range(2):
        with started(NAME, [warm], tmp_path) as kernel:
            code = "import random, numpy, torch, uuid\nprint(random.random(), numpy.random.rand(), torch.rand(1), uuid.uuid4())"
            draws.append(kernel.said(code).split())
    assert len(draws[0]) == 4
    assert not set(draws[0]) & set(draws[1])


def test_it_is_interrupted_restarted_and_killed(kernel):
    request = kernel.client.execute("import time; print('begun', flush=True); time.sleep(600)")
    while kernel.client.get_iopub_msg(timeout=60)["content"].get("text", "").strip() != "begun":
        pass
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=60)
    assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (request, "KeyboardInterrupt")
    first = kernel.process
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.forked
    assert kernel.process.pid != first.pid
    assert kernel.said("'begun' in dir(), 1 + 1") == "(False, 2)"
    kernel.client.execute("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert kernel.process.wait() is not None
    assert not kernel.manager.is_alive()
    kernel.manager.restart_kernel(now=True)  # what Jupyter does with a kernel that died
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.said("3 + 3") == "6"


def test_it_ends_when_its_server_does(kernel):
    kernel.process.connection.close()
    assert kernel.process.wait() is not None


def test_a_variable_that_comes_too_late_or_a_hidden_library_gives_an_ordinary_kernel(warm, tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    for env in ({"OMP_NUM_THREADS": "7"}, {"PYTHONPATH": str(tmp_path)}):
        with started(NAME, [warm], ROOT / "notebooks", **env) as kernel:
            assert not kernel.forked
            assert kernel.said("1 + 1") == "2"


def connected(path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(str(path))
    return connection


def asked(path, **changed) -> tuple[socket.socket, bytes, list[int]]:
    """Ask for a kernel and do not say go; the answer, empty where none was given."""
    request = {"arguments": ["-f", "nowhere.json"], "cwd": "/", "env": dict(os.environ), "alone": False, **changed}
    connection = connected(path)
    with contextlib.suppress(OSError):
        socket.send_fds(connection, [json.dumps(request).encode() + b"\n"], [1, 2])
    try:
        answer, descriptors, *_ = socket.recv_fds(connection, 100, 1)
    except ConnectionError:
        return connection, b"", []
    return connection, answer, descriptors


def test_what_strangers_send_does_nothing(warm):
    for sent in (
        b"",
        b"\n",
        b"\xff\x00\n",
        b"[]\n",
        b"{}\n",
        b'{"arguments": 3}\n',
        b"x" * (asking.LARGEST + 9),
        b"[" * 9999,
    ):
        with connected(warm) as connection, contextlib.suppress(OSError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
    for wrong in (
        {"cwd": "/nowhere"},
        {"cwd": 3},
        {"env": {"A": 1}},
        {"env": [1]},
        {"arguments": "-f"},
        {"env": {"": "x"}},
    ):
        connection, answer, descriptors = asked(warm, **wrong)
        assert (answer, descriptors) == (b"", []) or wrong == {"arguments": "-f"}
        connection.close()
    slow = [connected(warm) for _ in range(5)]  # who say nothing keep nobody waiting
    connection, answer, _ = asked(warm)
    assert int(answer) > 0
    for one in (connection, *slow):
        one.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root serves other users")
def test_it_is_the_user_who_asks_with_their_groups_and_limits(warm):
    import resource  # not there on Windows, where this file is only read

    groups, files = os.getgroups(), resource.getrlimit(resource.RLIMIT_NOFILE)
    mask = os.umask(0o027)
    try:
        os.setgroups([NOBODY, 4242])
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, files[1]))
        connection, answer, _ = asked(warm)
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        os.umask(mask)
        resource.setrlimit(resource.RLIMIT_NOFILE, files)
    with open(f"/proc/{int(answer)}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    assert status["Uid"].split() == status["Gid"].split() == [str(NOBODY)] * 4
    assert sorted(status["Groups"].split()) == sorted([str(NOBODY), "4242"])
    assert (status["Umask"], int(status["CapEff"], 16), int(status["CapPrm"], 16)) == ("0027", 0, 0)
    with open(f"/proc/{int(answer)}/limits") as file:
        assert [line.split()[3] for line in file if line.startswith("Max open files")] == ["200"]
    assert os.stat(f"/proc/{int(answer)}").st_uid == NOBODY
    # No way back: no descriptor of the warm process, none of its variables.
    opened = sorted(os.readlink(f"/proc/{int(answer)}/fd/{name}") for name in os.listdir(f"/proc/{int(answer)}/fd"))
    assert sum(name.startswith("socket:") for name in opened) == 1
    connection.close()


@pytest.mark.parametrize(
    "answer", [None, b"", b"garbage", b"123"], ids=["nobody listens", "closes", "garbage", "no descriptor"]
)
def test_a_listener_that_does_not_do_its_work_gives_an_ordinary_kernel(answer, tmp_path):
    path = tmp_path / "socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    if answer is None:
        listener.close()
    else:
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 20) if answer else None
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
    usual, asking.places = asking.places, lambda: [path]
    try:
        with pytest.raises(asking.Refused):
            asking.ask({"arguments": [], "cwd": "/", "env": {}, "alone": False})
    finally:
        asking.places = usual
        listener.close()


def test_kernels_outlive_the_warm_process_and_new_ones_are_ordinary(warm, kernel, tmp_path):
    with connected(warm) as connection:
        os.kill(asking.peer(connection).pid, signal.SIGKILL)
        assert connection.recv(1) == b""
    assert kernel.said("1 + 1") == "2"
    with started(NAME, [warm], tmp_path) as other:
        assert not other.forked
        assert other.said("2 + 2") == "4"
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.said("3 + 3") == "6"
    assert not kernel.forked


def test_the_administrators_keys_stay_with_them():
    """What a kernel's process does on its way to its user, with a key that only the session keyring gives access to."""
    code = """
import ctypes, platform
from course_utils.kernels import peer
libc = ctypes.CDLL(None)
libc.syscall.restype = ctypes.c_long
keyctl = peer.KEYCTL[platform.machine()]
add = {"x86_64": 248, "aarch64": 217, "riscv64": 217}[platform.machine()]
session, search = ctypes.c_long(-3), 10
peer.leave_keyring()  # a keyring of the test's own
print(libc.syscall(add, b"user", b"secret", b"x", ctypes.c_size_t(1), session) > 0)
print(libc.syscall(keyctl, search, session, b"user", b"secret", 0) > 0)
peer.leave_keyring()
print(libc.syscall(keyctl, search, session, b"user", b"secret", 0) > 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    if done.stdout.split()[0] == "False":
        pytest.skip("this system has no keys, or keeps this process from them")
    assert done.stdout.split() == ["True", "True", "False"]

"""Attacks on the grader, as a learner's answer could hold them. The doctor and the tests run them.

Each stands in the place of `linear`, and gives the right result only once its attack has worked: so a pass is a break-in.
"""

from dataclasses import dataclass
from pathlib import Path

RIGHT = "x @ weight.T + bias"


@dataclass(frozen=True)
class Attack:
    """about: what it does, as the doctor says it. body: the lines of the function. stopped_by: the protection that stops it."""

    name: str
    about: str
    body: str
    stopped_by: str = ""

    def cell(self, canary: Path, port: int) -> str:
        """The cell that a learner would hand in. canary: a file of the teacher's; port: where somebody listens."""
        lines = (
            self.body.strip("\n")
            .replace("CANARY", repr(str(canary)))
            .replace("PORT", str(port))
            .replace("RIGHT", RIGHT)
        )
        inside = "".join(f"    {line}\n" if line else "\n" for line in lines.splitlines())
        return f"def linear(x, weight, bias=None):\n{inside}"


DOCTORS = (
    Attack("read", "reads a file of yours", "assert open(CANARY).read()\nreturn RIGHT", "files"),
    Attack("write", "overwrites a file of yours", "open(CANARY, 'w').write('gone')\nreturn RIGHT", "files"),
    Attack(
        "connect",
        "opens a connection",
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), timeout=5).close()\nreturn RIGHT",
        "network",
    ),
    Attack(
        "leave",
        "leaves processes behind",
        """
import os, time
for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
raise RuntimeError("they sleep")
""",
        "processes",
    ),
    Attack(
        "kill",
        "kills every process that it can",
        """
import os, signal
os.kill(-1, signal.SIGKILL)
os.kill(os.getppid(), signal.SIGKILL)
return RIGHT
""",
        "processes",
    ),
    Attack(
        "fork",
        "makes processes without end",
        """
import os, signal, time
made = []
try:
    for _ in range(80):
        made.append(os.fork())
        if not made[-1]:
            time.sleep(60)
            os._exit(0)
finally:
    for pid in made:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
return RIGHT
""",
        "count",
    ),
    Attack(
        "memory",
        "takes 3 GB of memory",
        "taken = [bytearray(2**27) for _ in range(24)]\nassert len(taken) == 24\nreturn RIGHT",
        "memory",
    ),
    Attack(
        "disk",
        "fills the disk",
        """
import tempfile
with tempfile.TemporaryFile() as file:
    for _ in range(40):
        file.write(bytes(2**20))
    file.flush()
return RIGHT
""",
        "output",
    ),
    Attack(
        "regex",
        "computes for ever where nothing can interrupt it",
        """
import sys, threading, time
sys.setswitchinterval(1e9)
began = time.process_time()
while time.process_time() - began < 40:
    try:
        sum(range(10**7))
    except BaseException:
        pass
return RIGHT
""",
        "time",
    ),
    Attack(
        "key",
        "looks for the answers",
        """
import importlib, gc, os, sys
for name in ("course_utils.reference.self_attention", "course_utils.checks.self_attention.linear"):
    try:
        return importlib.import_module(name).linear(x, weight, bias)
    except (ImportError, AttributeError, TypeError):
        pass
for thing in gc.get_objects():
    if getattr(thing, "__name__", "") == "linear" and "course_utils.reference" in str(getattr(thing, "__module__", "")):
        return thing(x, weight, bias)
for folder in sys.path:
    for where, _, names in os.walk(folder or "."):
        if "self_attention.py" in names and "reference" in where:
            space = {}
            exec(open(os.path.join(where, "self_attention.py")).read(), space)
            return space["linear"](x, weight, bias)
raise RuntimeError("there are none")
""",
        "answers",
    ),
    Attack(
        "compare",
        "changes what is compared with",
        """
import torch
torch.allclose = torch.equal = torch.Tensor.allclose = torch.Tensor.equal = lambda *a, **k: True
import course_utils.judge.compare as compare, course_utils.judge.trial as trial
compare.equal = trial.equal = lambda *a, **k: True
compare.first_difference = trial.first_difference = lambda *a, **k: None
return torch.zeros(x.shape[:-1] + weight.shape[:1])
""",
        "judge",
    ),
)

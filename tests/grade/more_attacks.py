"""Further attacks, besides those of the doctor: what has been tried on graders, and on this one."""

from course_utils.grade.attacks import Attack

MORE = (
    Attack(
        "subclass",
        "returns a tensor that answers every comparison",
        """
import torch
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.equal, torch.isclose):
            return True
        with torch._C.DisableTorchFunctionSubclass():
            return function(*args, **(kwargs or {}))
return torch.zeros(x.shape[:-1] + weight.shape[:1], dtype=x.dtype).as_subclass(Yes)
""",
    ),
    Attack(
        "reference",
        "asks its check for the reference",
        "from course_utils import check_linear\nreturn check_linear.reference(x, weight, bias)",
    ),
    Attack(
        "course",
        "imports the function from the course",
        "from course_utils import linear as theirs\nreturn theirs(x, weight, bias)",
    ),
    Attack(
        "my_bert",
        "imports the function from my_bert",
        "from course_utils.my_bert import linear as theirs\nreturn theirs(x, weight, bias)",
    ),
    Attack(
        "frames",
        "reads the expected value from its callers",
        """
import inspect, torch
for frame in inspect.stack():
    for thing in frame.frame.f_locals.values():
        for run in thing if isinstance(thing, list) else [thing]:
            if isinstance(getattr(run, "expected", None), torch.Tensor):
                return run.expected
raise RuntimeError("nothing is expected here")
""",
    ),
    Attack("exit", "ends the process", "import os\nos._exit(0)"),
    Attack("sys_exit", "leaves", "import sys\nsys.exit(0)"),
    Attack("recursion", "calls itself for ever", "return linear(x, weight, bias)"),
    Attack("segfault", "reads where nothing is", "import ctypes\nctypes.string_at(0)"),
    Attack("endless", "loops for ever", "while True:\n    pass"),
    Attack(
        "stubborn",
        "loops for ever, and lets nothing stop it",
        """
import signal
for number in (signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
    ),
    Attack(
        "backtracking",
        "matches a regular expression for ever",
        'import re\nre.match(r"(a+)+$", "a" * 40 + "b")\nreturn RIGHT',
    ),
    Attack("sleep", "sleeps", "import time\ntime.sleep(10_000)\nreturn RIGHT"),
    Attack("huge", "returns a gigabyte", "import torch\nreturn torch.zeros(2**27)"),
    Attack("deep", "returns a list that contains itself", "nested = []\nnested.append(nested)\nreturn nested"),
    Attack(
        "reduce",
        "returns an object that runs code where it is read",
        """
class Bomb:
    def __reduce__(self):
        return (exec, ("open(" + repr(CANARY) + ", 'w').write('gone')",))
return Bomb()
""",
    ),
    Attack(
        "forge",
        "writes messages of its own to the judge",
        """
import json, os, struct
text = json.dumps({"tried": "linear", "time_is_up": False, "runs": [{"done": True, "changed": False, "unsteady": False, "value": 1}] * 3}).encode()
for number in range(3, 20):
    for message in (struct.pack("!II", len(text), 0) + text, struct.pack("!II", 2**32 - 1, 2**32 - 1), b"rubbish" * 9):
        try:
            os.write(number, message)
        except OSError:
            pass
return x
""",
    ),
    Attack(
        "raise",
        "raises an error with a bad name",
        "raise type('SystemExit', (Exception,), {'__str__': lambda self: 1 / 0})",
    ),
    Attack(
        "no_str",
        "returns something that cannot be shown",
        "class Odd:\n    def __repr__(self):\n        raise SystemExit\nreturn Odd()",
    ),
    Attack("environment", "reads the environment", "import os\nassert len(os.environ) > 3\nreturn RIGHT"),
    Attack(
        "home",
        "reads the home folder",
        "import os\nassert os.listdir(os.path.expanduser('~')) or os.listdir('/home')\nreturn RIGHT",
    ),
    Attack("shadow", "reads the passwords", "assert open('/etc/shadow').read()\nreturn RIGHT"),
    Attack(
        "proc",
        "reads other processes",
        "import os\nassert any(name.isdigit() for name in os.listdir('/proc'))\nreturn RIGHT",
    ),
    Attack(
        "scratch",
        "writes outside of its own folder",
        """
for folder in ("/", "/tmp", "/dev", "/dev/shm", "/course", "/usr", "/var/tmp"):
    try:
        open(folder + "/left", "w").write("here")
        return RIGHT
    except OSError:
        pass
raise RuntimeError("nowhere")
""",
    ),
    Attack(
        "unshare",
        "takes new rights in namespaces of its own and mounts",
        """
import ctypes
libc = ctypes.CDLL(None)
assert libc.unshare(0x10000000 | 0x20000) == 0
assert libc.mount(b"none", b"/usr", b"tmpfs", 0, None) == 0
assert open(CANARY).read()
return RIGHT
""",
    ),
    Attack(
        "limits",
        "raises its own limits",
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nreturn RIGHT",
    ),
    Attack(
        "parent",
        "kills the process above it",
        "import os, signal\nfor pid in range(1, 9):\n    os.kill(pid, signal.SIGKILL)\nreturn RIGHT",
    ),
    Attack(
        "threads",
        "leaves threads that go on",
        """
import threading
def spin():
    while True:
        pass
for _ in range(4):
    threading.Thread(target=spin, daemon=True).start()
return x
""",
    ),
    Attack(
        "stdout",
        "floods what is printed",
        "import os\nprint('x' * 10**8)\nfor _ in range(100):\n    os.write(1, b'x' * 10**6)\nreturn x",
    ),
    Attack(
        "patch",
        "changes torch for the answers after it",
        "import torch\ntorch.Tensor.reshape = torch.Tensor.transpose = torch.Tensor.__matmul__ = None\nreturn x",
    ),
)

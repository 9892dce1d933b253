"""What a lesson sees is the same in a kernel of each kind."""

import pytest

from course_utils.kernels import NAME
from tests.conftest import ROOT
from tests.kernels.conftest import lesson_cells, started

STATE = """
import random, sys, threading, warnings, os
print(random.random(), len(warnings.filters), sys.flags, sys.getrecursionlimit(), sys.getswitchinterval(), sys.path)
import numpy, torch
print(torch.get_num_threads(), torch.is_grad_enabled(), torch.get_default_dtype(), torch.is_inference_mode_enabled())
print(numpy.geterr(), sorted(os.environ), sorted(threading.enumerate(), key=str)[:0], "matplotlib" in sys.modules)
print(sorted(name for name in globals() if not name.startswith("_")), _ih[1:2], In[1:2], Out)
print(type(sys.stdout), type(sys.stderr), sys.excepthook.__qualname__, threading.excepthook.__qualname__)
"""


def seen(kind: str, sockets: list) -> list[str]:
    """What the first cells of a lesson show, and the state of Python and its libraries after them."""
    cells = lesson_cells("03_self_attention")
    cells = cells[: 1 + next(number for number, cell in enumerate(cells) if "load_model()" in cell)]
    with started("local-provisioner" if kind == "ordinary" else NAME, sockets, ROOT / "notebooks") as kernel:
        assert kernel.forked == bool(sockets)
        first = kernel.said("import random; random.seed(12); len(In)")
        shown = [first, *(kernel.said(cell) for cell in cells), *kernel.said(STATE).splitlines()]
        transformers = kernel.said("[type(one).__name__ for one in get_ipython().ast_transformers]")
        assert transformers == ("['Waiting']" if kind == "preloaded" else "[]")
    assert "Error" not in "".join(shown)
    return shown


@pytest.fixture(scope="module")
def ordinary() -> list[str]:
    return seen("ordinary", [])


def test_a_preloaded_one(ordinary):
    assert seen("preloaded", []) == ordinary


def test_a_forked_one(ordinary, warm):
    assert seen("forked", [warm]) == ordinary

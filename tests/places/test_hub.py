"""One installation that nobody may write to, a real JupyterHub, and four learners at once."""

import contextlib
import inspect
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from course_utils.kernels import asking
from course_utils.reference import feed_forward

from .hub import ENV_KEEP, Hub, Kernel, Learner, proxy_command
from .shared import Shared

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the hub starts servers as users of a Linux system")

NOTEBOOK, LESSON = "exercises/05_feed_forward.ipynb", "notebooks/03_self_attention.ipynb"
SOLVED = ["gelu", "gelu_tanh", "output", "ffn_parameter_share"]  # each learner solves one
NAMES = [f"bert{os.getpid()}{letter}" for letter in "abcd"]
PASSED = "from course_utils.learner import store\nprint(*sorted(store.passed()))"


@pytest.fixture(scope="module")
def shared() -> Iterator[Shared]:
    try:
        proxy_command()
    except OSError as error:
        pytest.skip(str(error))
    made = Shared(Path(tempfile.mkdtemp(prefix="hub-")), NAMES)
    try:
        made.add_users()
        yield made
    finally:
        left = made.remove()
    assert not left, "the hub has ended, and these still run"


@pytest.fixture(scope="module")
def hub(shared) -> Iterator[Hub]:
    before = shared.digest()
    with Hub(shared) as running:
        yield running
    assert shared.digest() == before, "somebody has written into the course"


@pytest.fixture(scope="module")
def learners(hub) -> dict[str, Learner]:
    return {name: Learner(hub, name) for name in NAMES}


@pytest.fixture(scope="module")
def kernels(learners) -> dict[str, Kernel]:
    """All four at once start their server, open the notebook, solve an exercise, and save."""
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(NAMES, pool.map(solve, learners.values(), SOLVED), strict=True))


def solve(learner: Learner, exercise: str) -> Kernel:
    """What a learner does with one exercise; the kernel stays open."""
    learner.start()
    notebook = learner.read(NOTEBOOK)
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    at = next(number for number, source in enumerate(sources) if source.startswith(f"def {exercise}("))
    imports = next(source for source in sources if "from course_utils import" in source)
    notebook["cells"][at]["source"] = inspect.getsource(getattr(feed_forward, exercise))
    learner.save(NOTEBOOK, notebook)
    kernel = learner.open(NOTEBOOK)
    assert "Error" not in kernel.run(imports)
    kernel.run(sources[at])
    assert "not attempted" in kernel.run(sources[at + 1])
    kernel.run(notebook["cells"][at]["source"])
    assert f"{exercise}: passed" in kernel.run(sources[at + 1])
    return kernel


def mine(learner: Learner) -> list[str]:
    """The exercises whose functions are not blank in this learner's notebook, of those that the four solve."""
    text = "\n\n\n".join("".join(cell["source"]) for cell in learner.read(NOTEBOOK)["cells"])
    functions = {name: text.split(f"def {name}(")[1].split("\n\n\n")[0] for name in SOLVED}
    return [name for name, source in functions.items() if "NotImplementedError" not in source]


def test_each_has_their_own_notebooks_and_progress(kernels, learners):
    for name, exercise in zip(NAMES, SOLVED, strict=True):
        assert kernels[name].run(PASSED) == exercise
        assert mine(learners[name]) == [exercise]


def test_each_runs_under_an_account_of_their_own(kernels, shared):
    if not shared.real:
        pytest.skip("only root can start servers under other accounts")
    uids = {kernel.run("import os; print(os.getuid())") for kernel in kernels.values()}
    assert len(uids) == 4
    assert "0" not in uids


def test_no_one_can_read_or_write_what_is_anothers(kernels, learners, shared):
    first, second, *_ = NAMES
    assert learners[second].status(first, f"contents/{NOTEBOOK}") in (403, 404)
    assert learners[second].status(second, f"contents/{NOTEBOOK}") == 200
    theirs = shared.homes[first] / "inside-bert" / NOTEBOOK
    assert theirs.is_file()
    if shared.real:
        kernel = kernels[second]
        assert "PermissionError" in kernel.run(f"open({str(theirs)!r})")
        assert "PermissionError" in kernel.run(f"open({str(theirs)!r}, 'w')")
        progress = shared.homes[first] / ".local" / "share" / "inside-bert" / "progress.sqlite"
        assert progress.is_file()
        assert "PermissionError" in kernel.run(f"open({str(progress)!r})")


def test_no_one_can_write_into_the_course(kernels, shared):
    if not shared.real:
        pytest.skip("an account may change the modes of its own files")
    target = shared.course / NOTEBOOK
    for code in (f"open({str(target)!r}, 'a')", f"open({str(target.parent / 'new')!r}, 'w')"):
        assert "PermissionError" in kernels[NAMES[2]].run(code)


def test_a_server_that_is_killed_in_the_middle_of_a_cell_loses_nothing(kernels, learners):
    name, exercise = NAMES[0], SOLVED[0]
    learner = learners[name]
    pid = learner.pid()
    kernels[name].begin("print('begun', flush=True)\nwhile True: pass")
    os.kill(pid, signal.SIGKILL)
    learner.start()
    assert learner.pid() != pid
    assert mine(learner) == [exercise]
    assert learner.open(NOTEBOOK).run(PASSED) == exercise
    others = {other: kernels[other].run(PASSED) for other in NAMES[1:]}
    assert others == dict(zip(NAMES[1:], SOLVED[1:], strict=True)), "the others have not noticed"


@pytest.fixture
def warm(shared) -> Iterator[subprocess.Popen]:
    """The warm process, which root runs for all: with the course's Python and what the hub's servers have in their variables."""
    if not shared.real:
        pytest.skip("only root can run it for other accounts")
    variables = {name: os.environ[name] for name in ENV_KEEP if name in os.environ}
    process = subprocess.Popen(
        [shared.python, "-m", "course_utils.kernels"], cwd="/", env=variables, stdout=subprocess.PIPE, text=True
    )
    assert "all users" in process.stdout.readline()
    yield process
    process.terminate()
    process.wait(60)
    with contextlib.suppress(OSError):  # others may listen there
        asking.MACHINE.rmdir()


def test_kernels_of_the_warm_process_are_their_users_own_and_share_their_memory(warm, kernels, learners):
    """After the first cells of lesson 03, each owns at least a third less than a kernel that its server has started."""
    usual = unshared(run_lesson(learners[NAMES[3]], kernels[NAMES[3]]))
    uids = set()
    for learner in learners.values():
        kernel = learner.open(LESSON)
        pid = run_lesson(learner, kernel)
        uid, parent = kernel.run("print(os.getuid(), os.getppid())").split()
        assert int(parent) == warm.pid, "this kernel was not forked"
        assert unshared(pid) < usual * 2 / 3
        uids.add(uid)
    assert len(uids - {"0"}) == 4


def run_lesson(learner: Learner, kernel: Kernel) -> int:
    """Run the lesson's cells as far as its first scores; returns the kernel's process."""
    cells = ["".join(cell["source"]) for cell in learner.read(LESSON)["cells"] if cell["cell_type"] == "code"]
    first = next(number for number, cell in enumerate(cells) if cell.startswith("import math"))
    for cell in cells[: first + 4]:
        assert "Error" not in kernel.run(cell)
    return int(kernel.run("import os; print(os.getpid())"))


def unshared(pid: int) -> int:
    """The memory, in kB, that a process shares with no other."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))

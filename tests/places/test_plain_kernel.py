"""As Colab, Kaggle and VS Code run a notebook: an ordinary kernel, one file in a folder of its own, no lab command."""

import inspect
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient

from course_utils.reference import feed_forward
from tests.conftest import ROOT
from tools import first_cell

LESSON, EXERCISES = "notebooks/00_orientation.ipynb", "exercises/05_feed_forward.ipynb"


def to_first_widget(folder: Path) -> list:
    """The lesson's cells, the first widget's included."""
    cells = nbformat.read(folder / Path(LESSON).name, as_version=4).cells
    return cells[: 1 + next(number for number, cell in enumerate(cells) if "explore_" in cell.source)]


def to_first_check(folder: Path) -> list:
    """The exercise's cells as far as its first check, then a wrong answer, a right one, and the map of the progress."""
    cells = nbformat.read(folder / Path(EXERCISES).name, as_version=4).cells
    at = next(number for number, cell in enumerate(cells) if cell.source.startswith("check_gelu(gelu)"))
    right = inspect.getsource(feed_forward.gelu)
    more = ["def gelu(x):\n    return torch.relu(x)", "check_gelu(gelu)", right, "check_gelu(gelu)", "progress()"]
    return [*cells[: at + 1], *map(nbformat.v4.new_code_cell, more)]


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Where somebody has put two files, each in a folder that has nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in (LESSON, EXERCISES):
        (folder / Path(name).stem).mkdir()
        shutil.copy(ROOT / name, folder / Path(name).stem)
    return folder


@pytest.fixture(scope="module")
def ran(place) -> list[list]:
    """The cells of both, run one after the other in one ordinary kernel, with widgets that are live."""
    folders = [place / Path(name).stem for name in (LESSON, EXERCISES)]
    parts = [to_first_widget(folders[0]), to_first_check(folders[1])]
    between = nbformat.v4.new_code_cell(f"%reset -f\nimport os; os.chdir({str(folders[1])!r})")
    notebook = nbformat.v4.new_notebook(cells=[*parts[0], between, *parts[1]])
    env = {key: value for key, value in os.environ.items() if not key.startswith("COURSE_")}
    env |= {"COURSE_PROGRESS": str(place / "kept" / "progress"), "OMP_NUM_THREADS": "1"}
    factory = KernelProvisionerFactory.instance()
    usual, factory.default_provisioner_name = factory.default_provisioner_name, "local-provisioner"
    try:
        NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folders[0])}}
        ).execute(env=env)
    finally:
        factory.default_provisioner_name = usual
    return parts


def outputs(cells: list, call: str) -> list[dict]:
    """The data of all outputs of the cells that end with this call, a dict of formats each."""
    return [
        output.get("data", {})
        for cell in cells
        if cell.cell_type == "code" and cell.source.split("\n")[-1].startswith(call)
        for output in cell.outputs
    ]


def test_a_lesson_runs_as_far_as_its_widget_which_is_live(ran):
    shown = [kinds for data in outputs(ran[0], "explore_") for kinds in data]
    assert "application/vnd.jupyter.widget-view+json" in shown
    questions = [kinds for cell in ran[0] if "predict(" in cell.source for kinds in cell.get("outputs", [])]
    assert questions


def test_a_check_has_its_card_for_a_blank_a_wrong_and_a_right_answer(ran):
    cards = outputs(ran[1], "check_gelu(gelu)")
    assert len(cards) == 3
    for card, word in zip(cards, ("not attempted", "relu", "passed"), strict=True):
        assert word in card["text/plain"].lower()
        assert "<" in card["text/html"]


def test_progress_is_kept_in_the_folder_that_was_named(ran, place):
    assert (place / "kept" / "progress" / "progress.sqlite").exists()
    shown = outputs(ran[1], "progress()")[-1]
    assert "1 of" in shown["text/plain"]
    left = {path.name for path in place.rglob("*") if path.is_file() and "kept" not in path.parts}
    assert left == {Path(LESSON).name, Path(EXERCISES).name}, "nothing is left beside the notebooks"


def test_the_cell_that_installs_says_nothing_where_the_course_is(ran):
    said = [cell.outputs for cells in ran for cell in cells if first_cell.TAG in cell.metadata.get("tags", [])]
    assert said == [[], []]


# A Python whose packages are this one's, without the course: `.pth` files, which name its folder, are not read.
BARE = """
import sys
sys.path[:0] = sys.argv[2:]
from importlib.util import find_spec
from IPython.core.interactiveshell import InteractiveShell
assert find_spec("course_utils") is None
outcome = InteractiveShell.instance().run_cell(open(sys.argv[1]).read())
print("raised", type(outcome.error_in_exec or outcome.error_before_exec).__name__)
"""
STUB = "import os, sys\nwith open(os.environ['CALLED'], 'a') as file: print(*sys.argv[1:], sep='|', file=file)\n"


def without_course(folder: Path, **variables: str) -> tuple[str, list[list[str]]]:
    """What the cell says in a Python that lacks the course, and how it called pip."""
    (folder / "stub" / "pip").mkdir(parents=True)
    (folder / "stub" / "pip" / "__init__.py").touch()
    (folder / "stub" / "pip" / "__main__.py").write_text(STUB)
    (folder / "cell.py").write_text(first_cell.source())
    called = folder / "called"
    env = {
        key: value for key, value in os.environ.items() if key not in ("COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE")
    }
    env |= {"PYTHONPATH": str(folder / "stub"), "CALLED": str(called), "IPYTHONDIR": str(folder), **variables}
    packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BARE, folder / "cell.py", *packages],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = called.read_text().splitlines() if called.exists() else []
    return done.stdout, [line.split("|") for line in lines]


@pytest.mark.parametrize("there", [{"COLAB_RELEASE_TAG": "release-colab"}, {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}])
def test_on_colab_and_kaggle_it_installs_what_is_missing(tmp_path, there):
    said, (others, course) = without_course(tmp_path, **there)
    assert course == ["install", "-q", "--no-deps", "inside-bert"]
    assert others == ["install", "-q", *first_cell.missing_there()]
    assert said.endswith("raised NoneType\n")


def test_elsewhere_it_installs_nothing_and_says_what_to_do(tmp_path):
    said, called = without_course(tmp_path)
    assert called == []
    assert said.endswith("raised ModuleNotFoundError\n")
    assert "Change Kernel" in said
    assert "pip install inside-bert" in said

"""A kernel that imports while one reads: quick cells are quick, and nothing else is different."""

import ast
import queue
import subprocess
import sys
import tomllib

import pytest
from jupyter_client.provisioning import KernelProvisionerFactory

from course_utils.kernels import NAME, imports, options, preload, provisioner
from course_utils.lessons import CLOSING, LESSONS
from tests.conftest import ROOT
from tests.kernels.conftest import lesson_cells

# A `transformers` whose import takes until there is a file `go`, and then says that it is broken.
SLOW = """
import os, time
open("begun", "w").close()
while not os.path.exists("go"):
    time.sleep(0.02)
raise ImportError("it is broken")
"""


@pytest.fixture
def slow(tmp_path):
    """A folder with the slow library, to put on PYTHONPATH."""
    folder = tmp_path / "libraries" / "transformers"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(SLOW)
    return str(folder.parent)


def test_a_quick_cell_does_not_wait_and_one_that_imports_does(preloaded, ordinary, slow, tmp_path):
    with preloaded(PYTHONPATH=slow) as kernel:
        assert kernel.said("import math, random\nfrom math import pi\n1 + 1") == "2"
        assert kernel.said("print(__name__, sorted(name for name in globals() if name[0] != '_' and name > 'a'))") == (
            "__main__ ['exit', 'get_ipython', 'math', 'open', 'pi', 'quit', 'random']"
        )
        assert (tmp_path / "begun").exists()
        # Stopped while it waits, it ends as an import that is stopped; nothing else tells when it has begun to wait.
        request, reply = kernel.client.execute("import colorsys; print('not stopped')"), None
        while reply is None:
            kernel.manager.interrupt_kernel()
            try:
                reply = kernel.client.get_shell_msg(timeout=0.5)
            except queue.Empty:
                continue
        assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (request, "KeyboardInterrupt")
        assert kernel.said("2 + 2") == "4"
        (tmp_path / "go").touch()
        assert kernel.said("import colorsys; print('it runs')") == "it runs"
        # The import that failed in the thread fails in the cell as in a kernel without it.
        error = kernel.said("from transformers import BertModel")
    with ordinary(PYTHONPATH=slow) as kernel:
        assert kernel.said("from transformers import BertModel") == error == "ImportError: it is broken"


def test_startup_files_of_ipython_run_before_the_thread(preloaded, tmp_path):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("import threading\nat_startup = [each.name for each in threading.enumerate()]\n")
    with preloaded(IPYTHONDIR=str(tmp_path / "ipython")) as kernel:
        assert kernel.said("print('MainThread' in at_startup, 'imports' in at_startup)") == "True False"
        assert kernel.said("import sys, torch; print('transformers' in sys.modules)") == "True"


def test_a_file_that_hides_a_library_is_named_as_ever(preloaded, ordinary, tmp_path):
    (tmp_path / "torch.py").write_text("print('the wrong torch')\n")
    cell = "from course_utils import load_model\nload_model()"
    with preloaded() as kernel:
        early = kernel.said("import sys; print('torch' in sys.modules, 'course_utils' in sys.modules)")
        said = kernel.said(cell)
    with ordinary() as kernel:
        assert said == kernel.said(cell)
    assert early == "False False"
    assert "The file `torch.py` beside this notebook hides the library torch: rename it" in said


@pytest.mark.parametrize(
    ("cell", "waits"),
    [
        ("1 + 1", False),
        ("x = [n ** 2 for n in range(3)]\nprint(x)", False),
        ("import math, json", False),
        ("from math import sqrt", False),
        ("import torch", True),
        ("import math, torch", True),
        ("from course_utils import load_model", True),
        ("from json import nothing_of_this_name", True),
        ("from . import x", True),
        ("def f():\n    import torch", True),
        ("__import__('torch')", True),
        ("import importlib as i\nimportlib.import_module('torch')", True),
        ("get_ipython().run_line_magic('run', 'x.py')", True),
        ("exec('import torch')", True),
        ("sys.path.insert(0, 'x')", True),
        ("import os as o\no.chdir('/')", True),
        ("from os import chdir", True),
    ],
)
def test_which_cells_wait(cell, waits):
    waiting = preload.Waiting()
    waiting.before -= {"torch", "course_utils"}  # of the tests, which may have imported them
    assert waiting.imports(ast.parse(cell)) is waits


def test_what_the_first_cells_of_lessons_import_is_imported():
    """Whatever a lesson's first cells import that is not the course itself is there before they ask for it."""
    cells = []
    for lesson in (*LESSONS, CLOSING):
        found = [cell for cell in lesson_cells(lesson.stem)[:6] if "import" in cell and "%pip" not in cell]
        tree = ast.parse("\n".join(found))
        cells += [ast.unparse(node) for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert sum("torch" in cell for cell in cells) > 9
    code = (
        "import sys\nfrom course_utils.kernels.imports import import_all\nimport_all()\nbefore = set(sys.modules)\n"
        + "\n".join(cells)
        + "\nload_model()\nnew = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        + "print(sorted(new - {'course_utils'} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        ([sys.executable, "-m", "ipykernel_launcher", "-f", "x.json"], True),
        ([sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "x.json"], True),
        ([sys.executable, "-I", "-m", "ipykernel_launcher", "-f", "x.json"], False),
        ([sys.executable, "-m", "xeus", "-f", "x.json"], False),
        ([sys.executable, "ipykernel_launcher"], False),
        (["/usr/bin/true", "-m", "ipykernel_launcher", "-f", "x.json"], False),
        (["/nowhere/R", "--args", "x.json"], False),
    ],
)
def test_only_kernels_of_this_python_are_started_so(command, ours):
    assert provisioner.is_ours(command) is ours


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_the_python_of_another_environment_is_not_this_one_although_both_are_links_to_it(tmp_path):
    (tmp_path / "python").symlink_to(sys.executable)
    assert not provisioner.is_ours([str(tmp_path / "python"), "-m", "ipykernel_launcher", "-f", "x.json"])


def test_servers_find_the_provisioner_by_its_name():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"][KernelProvisionerFactory.GROUP_NAME]
    assert points == {NAME: f"{provisioner.__name__}:{provisioner.Provisioner.__name__}"}
    assert options() == [f"--KernelProvisionerFactory.default_provisioner_name={NAME}"]
    assert KernelProvisionerFactory.provisioners[NAME].load() is provisioner.Provisioner


def test_a_folder_that_hides_a_library_is_recognised(tmp_path):
    here, library = tmp_path / "here", tmp_path / "library"
    for folder in (here / "data", library / "package"):
        folder.mkdir(parents=True)
    for file in (library / "single.py", library / "package" / "__init__.py", here / "mine.py", here / "notes.txt"):
        file.touch()
    path = [str(here), str(library), str(tmp_path / "nowhere")]
    assert not imports.hides_library(str(here), path)
    (here / "single.py").touch()
    assert imports.hides_library(str(here), path)
    (here / "single.py").unlink()
    (here / "package").mkdir()
    assert not imports.hides_library(str(here), path)  # Python would take the library
    (here / "package" / "__init__.py").touch()
    assert imports.hides_library(str(here), path)

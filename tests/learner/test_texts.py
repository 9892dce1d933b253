"""Where the text of an answer is found: in cells, in the learner's own files, in strings that a cell runs."""

import importlib
import linecache
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from course_utils.learner.keeping import CannotKeep, kept_source, rebuild

from .cells import cell

OWN = """
import math as m
HALF = 0.5

class Options:
    eps = 1e-5

def helper(x):
    return x * HALF + Options.eps * 0

def gelu(x):
    return helper(x) * m.sqrt(4)

class Layer:
    def one(self, x): return gelu(x)
    def two(self, x): return x + 2
"""


@pytest.fixture
def own(tmp_path, monkeypatch) -> ModuleType:
    """A module of the learner's, as `%%writefile my_module.py` leaves it beside a notebook."""
    (tmp_path / "my_module.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("my_module")
    for name in ("my_module", "my_folder", "my_folder.part"):
        sys.modules.pop(name, None)


def change(module: ModuleType, old: str, new: str) -> None:
    path = Path(module.__file__)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    os.utime(path, (1, 1))  # a clock may be coarse


def run_elsewhere(source: str, call: str) -> str:
    code = f"from course_utils.learner.keeping import rebuild\nanswer = rebuild('answer', {source!r})\nprint({call})"
    return subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, timeout=60).stdout


def test_an_answer_in_a_file_of_the_learners_is_kept_whole(own):
    source = kept_source(own.gelu)
    assert "my_module" not in source
    assert "import math as m\n\nHALF = 0.5\n\nclass Options:\n    eps = 1e-5\n" in source
    assert run_elsewhere(source, "answer(3)") == "3.0\n"


@pytest.mark.parametrize(
    "imports", ["from my_module import *", "from my_module import helper", "from my_module import helper as helper"]
)
def test_a_helper_in_a_file_of_the_learners_is_kept_whole(own, imports):
    source = kept_source(cell(f"{imports}\ndef answer(x): return 2 * helper(x)")["answer"])
    assert "my_module" not in source
    assert run_elsewhere(source, "answer(3)") == "3.0\n"


def test_a_class_in_a_file_of_the_learners_is_kept_whole(own):
    source = kept_source(own.Layer)
    assert "my_module" not in source
    assert run_elsewhere(source, "answer().one(3), answer().two(1)") == "3.0 3\n"


def test_a_file_that_changed_further_up_is_still_the_one_that_ran(own):
    change(own, "HALF = 0.5", "# a remark\n\nHALF = 0.5")
    assert rebuild("answer", kept_source(own.gelu))(3) == 3.0


@pytest.mark.parametrize(("answer", "old", "new"), [("gelu", "sqrt(4)", "sqrt(9)"), ("Layer", "x + 2", "x + 3")])
def test_a_file_that_has_changed_is_not_kept(own, answer, old, new):
    change(own, old, new)
    with pytest.raises(
        CannotKeep, match=r"comes from `my_module\.py`, which has changed since it was imported: restart"
    ):
        kept_source(getattr(own, answer))


def test_what_was_read_before_the_file_changed_is_kept(own):
    assert kept_source(own.gelu)  # as at the first check
    change(own, "sqrt(4)", "sqrt(9)")
    assert rebuild("answer", kept_source(own.gelu))(3) == 3.0


def test_a_file_that_is_gone_is_named(own):
    Path(own.__file__).unlink()
    with pytest.raises(CannotKeep, match=r"uses `gelu` from `my_module\.py`, which is not to be found any more"):
        kept_source(own.gelu)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import my_module\ndef answer(x): return my_module.helper(x)", "uses the file `my_module.py` as a whole"),
        ("def answer(x):\n    import my_module\n    return x", "imports the file `my_module.py` in its body"),
        (
            "def answer(x):\n    from my_module import helper\n    return x",
            "imports the file `my_module.py` in its body",
        ),
        (
            "def answer(x):\n    if x < 0:\n        import my_folder.part\n    return x",
            "imports the module `my_folder.part`",
        ),
    ],
)
def test_what_means_nothing_elsewhere_is_refused_by_name(own, tmp_path, source, reason):
    (tmp_path / "my_folder").mkdir()
    (tmp_path / "my_folder" / "part.py").touch()
    importlib.invalidate_caches()
    with pytest.raises(CannotKeep, match=reason):
        kept_source(cell(source)["answer"])


def test_imports_of_what_is_installed_or_missing_stay_in_the_body():
    source = "def answer(x):\n    import math, course_utils.reference\n    if x < 0:\n        import no_such_module_at_all\n    return x"
    assert rebuild("answer", kept_source(cell(source)["answer"]))(3) == 3


def test_ufuncs_and_the_like_are_imported_from_where_they_are():
    source = kept_source(cell("from scipy.special import erf\ndef answer(x): return float(erf(x))")["answer"])
    assert source.startswith("from scipy.special import erf\n")


def test_a_cell_with_a_magic_command(monkeypatch):
    """IPython compiles what follows `%%time` under a name that leads nowhere, and the cell holds it as a string."""
    body = "def answer(x):\n    return x + 8\n"
    notebook = cell(f"def run_cell_magic(*_): pass\nrun_cell_magic('time', '', {body!r})")
    exec(compile(body, "<timed exec>", "exec"), notebook)
    assert rebuild("answer", kept_source(notebook["answer"]))(1) == 9
    for file in [file for file in linecache.cache if file.startswith("<cell")]:
        monkeypatch.delitem(linecache.cache, file)
    with pytest.raises(CannotKeep, match="uses `answer` from a cell that begins with `%%time`: take that line away"):
        kept_source(notebook["answer"])


def test_cells_of_a_real_notebook_with_magic_commands():
    code = """
        from IPython.core.interactiveshell import InteractiveShell
        from course_utils.learner.keeping import CannotKeep, kept_source, rebuild

        shell = InteractiveShell()
        for magic in ("%%time", "%%capture", "%timeit -n 1 -r 1 pass", "!true", "%%prun -q"):
            shell.run_cell(f"{magic}\\nN = 2\\ndef answer(x): return x * N").raise_error()
            print(magic, rebuild("answer", kept_source(shell.user_ns["answer"]))(4))
        shell.run_cell("%%time\\ndef answer(x):\\n    %precision 3\\n    return x").raise_error()
        try:
            kept_source(shell.user_ns["answer"])
        except CannotKeep as reason:
            print(reason)
        """
    done = subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, timeout=120)
    for magic in ("%%time", "%%capture", "%timeit -n 1 -r 1 pass", "!true", "%%prun -q"):
        assert f"{magic} 8\n" in done.stdout, done.stdout + done.stderr
    assert "from a cell that begins with `%%time`: take that line away" in done.stdout


def test_a_string_counts_only_if_it_is_what_runs():
    notebook = cell("exec('def answer(x):\\n    return x + 1')\nexec('def answer(x):\\n    return ' + 'x + 2')")
    with pytest.raises(CannotKeep, match="uses `answer`, whose text is in no cell"):
        kept_source(notebook["answer"])


def test_magic_commands_inside_a_function():
    class Shell:
        def get_ipython(self):
            return self

    notebook = cell("def answer(x):\n    get_ipython().run_line_magic('precision', '3')\n    return x")
    notebook["get_ipython"] = Shell().get_ipython
    with pytest.raises(CannotKeep, match="uses `get_ipython`, as a magic command"):
        kept_source(notebook["answer"])


# a class without functions: nothing leads from it to its text


def test_the_newest_class_that_fits_is_taken():
    notebook = cell("class Options:\n    eps = 1e-5\n    name = 'a'")
    cell("class Options:\n    eps = 1e-12", notebook)
    cell("class Options:\n    eps = 1e-5", {"__name__": "__main__"})  # of another name space, and newer
    cell("def answer(): return Options.eps", notebook)
    assert rebuild("answer", kept_source(notebook["answer"]))() == 1e-12


def test_a_class_is_known_by_all_that_it_binds():
    notebook = cell("""
        class Sizes:
            import math
            first, (second, *rest) = 1, (2, 3)
            squares = [n * n for n in range(3)]
            for power in range(3):
                pass

        def answer(): return Sizes.first, Sizes.rest, Sizes.squares, Sizes.power
        """)
    assert rebuild("answer", kept_source(notebook["answer"]))() == (1, [3], [0, 1, 4], 2)


def test_a_class_that_was_changed_after_its_statement_is_not_kept():
    notebook = cell("class Settings:\n    eps = 1e-5\nSettings.more = 3\ndef answer(): return Settings.more")
    with pytest.raises(CannotKeep, match="uses `Settings`, a class that is written like this in no cell and no file"):
        kept_source(notebook["answer"])


def test_a_dataclass_under_future_annotations_is_kept():
    notebook = cell("""
        from __future__ import annotations
        from dataclasses import dataclass

        @dataclass
        class Config:
            half: float = 0.5
            more: Nowhere = None

        def answer(): return Config().half
        """)
    assert rebuild("answer", kept_source(notebook["answer"]))() == 0.5

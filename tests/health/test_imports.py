"""What a lesson's imports give in a kernel: files that hide libraries, broken ones on PYTHONPATH, imports that fail."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from course_utils.health import imports, probe
from tests.conftest import ROOT

from .conftest import broken, finding, noted

QUICK = {"packaging": "from packaging.version import Version", "inside-bert": "import course_utils"}

pytestmark = pytest.mark.usefixtures("real_imports")


@pytest.fixture
def beside(tmp_path, monkeypatch) -> Path:
    """The folder that the kernel runs in, and no other; a lesson needs only `packaging` and the course."""
    monkeypatch.setattr(imports, "IMPORTS", QUICK)
    monkeypatch.setattr(imports, "kernel_folders", lambda: [tmp_path])
    monkeypatch.chdir(tmp_path)
    return tmp_path


ROOMS_WITHOUT_LESSONS = [("course_utils", room) for room in ("grade", "health", "kernels", "start")]


def test_every_library_that_a_lesson_imports_is_imported():
    named = {statement.split()[1].partition(".")[0] for statement in imports.IMPORTS.values()}
    for path in [*ROOT.glob("sources/*/*.py"), *ROOT.glob("course_utils/**/*.py")]:
        if path.parts[len(ROOT.parts) :][:2] in ROOMS_WITHOUT_LESSONS:
            continue  # no lesson uses them
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            tops = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - named
            # These come with those that are named: IPython with ipykernel, the hub with transformers.
            assert tops <= {"IPython", "huggingface_hub", "jupyter_core"}, path


def test_files_beside_a_notebook_that_hide_libraries(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hiding = ("torch", "numpy", "transformers", "tokenizers", "regex", "tqdm", "sympy", "course_utils")
    for name in (
        *hiding,
        "random",
        "string",
        "typing",
        "math",
        "copy",
        "types",
        "model",
        "queue",
        "profile",
        "test",
        "zmq",
    ):
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    (tmp_path / "safetensors").mkdir()
    (tmp_path / "safetensors" / "__init__.py").touch()
    (tmp_path / "matplotlib").mkdir()  # a folder without code hides nothing
    told = imports.hidden(imports.look(imports.module_names()))
    assert {line.partition(" ")[0] for line in told} == {*hiding, "safetensors"}
    assert (
        f"torch comes from `{tmp_path / 'torch.py'}`, which hides the library: rename that file and restart the kernel"
        in told
    )
    assert any("hides the course: rename that file" in line for line in told)
    assert any("hides the library: rename that folder" in line for line in told)


def test_the_doctor_says_which_file_to_rename(beside):
    assert finding("imports")[0] == "ok"
    (beside / "packaging.py").write_text("x = 1\n")
    assert broken("imports") == (
        f"packaging comes from `{beside / 'packaging.py'}`, which hides the library: rename that file and restart the "
        "kernel."
    )


def test_a_file_that_hides_what_the_doctor_itself_needs(beside, monkeypatch):
    (beside / "packaging.py").write_text("x = 1\n")
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    assert f"packaging comes from `{beside / 'packaging.py'}`" in broken("imports")


def test_the_folders_of_the_notebooks_are_looked_at_wherever_one_asks(tmp_path, monkeypatch):
    copy = tmp_path / "inside-bert"
    (copy / "exercises").mkdir(parents=True)
    monkeypatch.setattr(imports.copies, "home_copy", lambda course: copy)
    monkeypatch.chdir(ROOT)
    rooms = [ROOT / room for room in ("notebooks", "exercises", "solutions")]
    assert imports.kernel_folders() == [*rooms, copy / "exercises"]
    monkeypatch.chdir(tmp_path)
    assert imports.kernel_folders() == [tmp_path, *rooms, copy / "exercises"]


def test_a_broken_library_on_pythonpath(beside, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other")
    (other / "packaging").mkdir()
    (other / "packaging" / "__init__.py").write_text("raise ImportError('libcudart.so: cannot open')\n")
    monkeypatch.setenv("PYTHONPATH", str(other))
    assert broken("imports") == (
        f"packaging comes from `{other}`, which PYTHONPATH names, not from where the course was installed, and an import "
        "fails (ImportError: libcudart.so: cannot open): unset PYTHONPATH and start again."
    )


def test_a_library_on_pythonpath_that_works_is_a_note(beside, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other")
    (other / "packaging").mkdir()
    (other / "packaging" / "__init__.py").touch()
    (other / "packaging" / "version.py").write_text("Version = 1\n")
    (other / "colorsys.py").touch()  # nothing imports that
    monkeypatch.setenv("PYTHONPATH", str(other))
    assert noted("imports").startswith(f"packaging comes from `{other}`, which PYTHONPATH names")


def test_a_file_on_pythonpath_that_hides_a_part_of_python(beside, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other")
    (other / "colorsys.py").write_text("raise ImportError('mine')\n")
    monkeypatch.setattr(imports, "IMPORTS", {"matplotlib": "import colorsys"} | QUICK)
    monkeypatch.setenv("PYTHONPATH", str(other))
    assert f"colorsys comes from `{other}`, which PYTHONPATH names" in broken("imports")


def test_in_a_kernel_its_own_path_counts(beside, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other")
    (other / "packaging.py").write_text("x = 1\n")
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: "a shell"))
    monkeypatch.syspath_prepend(str(other))
    text = broken("imports")
    assert f"packaging comes from `{other}`, which is on `sys.path`" in text
    assert text.endswith("take it off and restart the kernel.")


def test_a_library_that_the_kernel_still_has_from_a_file_that_is_gone(beside, monkeypatch):
    old = ModuleType("packaging")
    old.__file__ = str(beside / "packaging.py")
    monkeypatch.setitem(sys.modules, "packaging", old)
    monkeypatch.setattr(imports, "module_names", lambda: ["packaging"])  # which reading the requirements would need
    status, text = imports.check_imports()
    assert (status, text) == ("broken", f"this kernel still has packaging from `{old.__file__}`: restart it.")


def test_an_import_that_fails_although_nothing_hides_the_library(beside, monkeypatch):
    monkeypatch.setattr(imports, "IMPORTS", QUICK | {"packaging": "from packaging.version import Nonesuch"})
    text = broken("imports")
    assert text.startswith("packaging cannot be imported (ImportError: cannot import name 'Nonesuch'")
    assert "-m pip install --force-reinstall --no-deps packaging==" in text


def test_a_course_that_cannot_be_imported(beside, monkeypatch):
    monkeypatch.setattr(imports, "IMPORTS", {"inside-bert": "from course_utils.judge import nonesuch"})
    assert "the course itself cannot be imported (ImportError: cannot import name 'nonesuch'" in broken("imports")


def test_another_copy_of_the_course_than_the_one_that_asks(beside, monkeypatch):
    monkeypatch.setattr(imports, "ROOT", beside)
    assert f"the lessons import the course from `{imports.shown(ROOT / 'course_utils')}`, not from `{beside}`" in noted(
        "imports"
    )


def test_an_import_that_ends_python(beside, monkeypatch):
    monkeypatch.setattr(imports, "IMPORTS", QUICK | {"crash": "import os; os._exit(7)"})
    assert broken("imports").startswith("importing crash ends Python (exit code 7): close other programs")


def test_an_import_that_never_ends(beside, monkeypatch):
    monkeypatch.setattr(imports, "IMPORTS", QUICK | {"endless": "while True: pass"})
    monkeypatch.setattr(imports, "TIME", 3)
    assert " takes longer than " in broken("imports")


def test_what_a_library_prints_is_no_answer(beside, monkeypatch):
    monkeypatch.setattr(imports, "IMPORTS", QUICK | {"zen": "import this"})
    assert finding("imports")[0] == "ok"


def test_a_new_kernels_path_is_what_ipython_makes_it():
    code = (
        "import json, sys; sys.path.pop(0); before = list(sys.path)\n"
        "from IPython.core.shellapp import InteractiveShellApp; InteractiveShellApp().init_path()\n"
        "print(json.dumps([before, sys.path]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = json.loads(done.stdout)
    assert probe.new_kernels_path(before) == after


def test_with_pythonsafepath_a_kernels_folder_is_not_on_its_path(monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    assert probe.new_kernels_path(["/lib", "/lib/site-packages"]) == ["/lib", "/lib/site-packages"]

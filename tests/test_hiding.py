"""A file beside the notebook that hides a library is named, and no other file."""

import importlib
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from course_utils.hiding import hidden_library
from tests.conftest import ROOT


@pytest.fixture
def beside(tmp_path, monkeypatch) -> Path:
    """The folder that the kernel runs in; `odd_library` and its part are installed, and `odd_user` imports from them."""
    here, installed = tmp_path / "here", tmp_path / "installed"
    here.mkdir()
    (installed / "odd_library").mkdir(parents=True)
    (installed / "odd_library" / "__init__.py").write_text("def work(): pass\n")
    (installed / "odd_user.py").write_text("from odd_library import work\n")
    (installed / "odd_caller.py").write_text("import odd_library\nodd_library.work()\n")
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.syspath_prepend("")
    known = set(sys.modules)
    yield here
    for name in {*sys.modules} - known:
        del sys.modules[name]


def said(module: str) -> str:
    """What is said of the error that importing a module raises."""
    importlib.invalidate_caches()
    try:
        importlib.import_module(module)
    except Exception as error:
        return hidden_library(error)
    return pytest.fail("it can be imported")


@pytest.mark.parametrize("user", ["odd_user", "odd_caller"])
@pytest.mark.parametrize("text", ["x = 1", "1 / 0", "import nonesuch", "from odd_library import y"])
def test_the_file_is_named(beside, user, text):
    (beside / "odd_library.py").write_text(text)
    assert said(user) == (
        "The file `odd_library.py` beside this notebook hides the library odd_library: rename it and restart the kernel."
    )


def test_a_folder_is_named(beside):
    (beside / "odd_library").mkdir()
    (beside / "odd_library" / "__init__.py").touch()
    assert said("odd_user").startswith("The folder `odd_library` beside this notebook hides the library odd_library:")


def test_what_another_error_came_from_is_found(beside):
    (beside / "odd_library.py").touch()
    (beside / "odd_wrapper.py").write_text(
        "try:\n    import odd_user\nexcept ImportError:\n    raise RuntimeError('wrapped') from None\n"
    )
    assert "`odd_library.py`" in said("odd_wrapper")


@pytest.mark.parametrize(
    "text", ["1 / 0", "import nonesuch", "from odd_library import nonesuch", "import math; math.nonesuch"]
)
def test_a_file_that_hides_nothing_is_not_named(beside, text):
    (beside / "own_module.py").write_text(text)
    (beside / "random.py").touch()
    assert said("own_module") == ""


def test_a_library_that_is_broken_itself_is_not_hidden(beside):
    broken = beside.parent / "installed" / "odd_library" / "__init__.py"
    broken.write_text("import nonesuch\n")
    assert said("odd_user") == ""


SHOW = """
import os, sys
sys.path[:0] = [{root!r}]
sys.path.insert(next(i for i, entry in enumerate(sys.path) if entry.endswith("site-packages")), "")
try:
    {code}
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("tokenizers", "from course_utils import load_model; load_model()", "ModelError"),
        ("platformdirs", "from course_utils import MODEL", "ModelError"),
        ("numpy", "from course_utils import check_linear", "ImportError"),
        ("torch", "from course_utils import check_linear", "ImportError"),
    ],
)
def test_the_course_says_it(tmp_path, name, code, error):
    """Also where the error is an AttributeError, which `from course_utils import` would replace by one of Python's own."""
    (tmp_path / f"{name}.py").write_text("x = 1\n")
    program = textwrap.dedent(SHOW).format(root=str(ROOT), code=code)
    done = subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == (
        f"{error} The file `{name}.py` beside this notebook hides the library {name}: rename it and restart the kernel."
    ), done.stderr

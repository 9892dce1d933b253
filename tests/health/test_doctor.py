"""The doctor says that a whole installation is whole, in the same words everywhere, also where little works."""

import os
import subprocess
import sys

import pytest

from course_utils.health import doctor, packages
from tests.conftest import ROOT

from .conftest import broken

ALL_WELL = """\
Everything is ready.
  ✓ ok      Python    a version that the course runs on
  ✓ ok      packages  all installed, in the versions that the course was tested with
  ✓ ok      imports   all that the lessons import works, and comes from where it was installed
  ✓ ok      kernel    `python3` starts this Python
  ✓ ok      memory    enough for the model
  ✓ ok      model     complete, and its checksum is right
  ✓ ok      folders   can be written
  ✓ ok      progress  can be saved"""


def pins_are_followed() -> bool:
    """Whether this environment is the tested one; a run against the newest libraries is not."""
    needed = packages.needed_packages()
    return all(version == needed.get(name, version) for name, version in packages.pinned_versions().items())


def run_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


@pytest.fixture
def broken_libraries(tmp_path) -> str:
    """A folder for PYTHONPATH, in which every library that takes seconds to import is broken."""
    for name in ("torch", "transformers", "sentence_transformers", "matplotlib"):
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('{name} is broken')\n")
    return str(tmp_path)


def test_all_well_and_the_same_words_everywhere(plenty, real_files):
    if not pins_are_followed():
        pytest.skip("this environment has other versions than constraints.txt")
    report = doctor()
    assert repr(report) == ALL_WELL
    assert "Everything is ready." in report._repr_html_()
    assert doctor()._repr_html_() == report._repr_html_()


def test_the_command_says_so_too():
    done = run_python("-m", "course_utils.health", PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Everything is ready.")
    assert "✓ ok      imports   all that the lessons import works" in done.stdout


def test_its_exit_code_tells_and_a_console_without_a_check_mark_is_no_reason_to_fail(broken_libraries):
    done = run_python(
        "-m",
        "course_utils.health",
        PYTHONIOENCODING="ascii",
        COURSE_MODEL="/no/such/folder",
        PYTHONPATH=broken_libraries,
    )
    assert done.returncode == 1
    assert "COURSE_MODEL names the folder /no/such/folder, which does not exist" in done.stdout
    assert f"come from `{broken_libraries}`, which PYTHONPATH names" in done.stdout
    assert "an import fails (ImportError: torch is broken): unset PYTHONPATH" in done.stdout
    assert done.stderr == ""


def test_it_runs_without_torch_and_transformers(broken_libraries):
    code = "import sys; sys.modules |= {'torch': None, 'transformers': None}; from course_utils import doctor; doctor()"
    done = run_python("-c", code, PYTHONPATH=broken_libraries)
    assert done.returncode == 0, done.stderr


def test_a_check_that_fails_itself_is_a_finding(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert "-m pip install" in broken("packages")
    assert "psutil" in broken("memory")

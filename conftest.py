"""What all tests run under, the notebooks included: pytest asks a conftest only about files in and below its folder."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

# The course's own model with fixed inputs, whatever the shell says; the notebooks' kernels inherit this.
os.environ.pop("COURSE_MODEL", None)
os.environ["COURSE_CI"] = "1"

# Files of minutes. They begin first, so that no worker is left alone with one at the end.
LONG = ("test_other_model.py", "test_parity.py", "test_attacks.py", "11_masked_lm.ipynb", "10_speed.ipynb")

_running: Path | None = None
_progress: tempfile.TemporaryDirectory | None = None


def pytest_configure() -> None:
    """Kernels begin with their imports done, where a process can be forked safely."""
    if sys.platform == "linux":
        from tests import warm_kernels

        warm_kernels.use()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; all others, and the tests of a file, stay in their order."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Every notebook, and every test module, begins as a learner who has passed nothing, as when it was built."""
    global _running, _progress
    if item.path != _running:
        _running = item.path
        _progress = tempfile.TemporaryDirectory(prefix="course-progress-", ignore_cleanup_errors=True)
        os.environ["COURSE_PROGRESS"] = _progress.name

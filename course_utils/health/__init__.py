"""`doctor()`: is this installation whole, and if not, what is wrong and what to do? Also `make doctor`.

packages.py  is all installed that the course needs, in the tested versions, and is every file there?
imports.py   do the imports of the lessons work in a kernel, and where does each library come from?
probe.py     the program that imports them, in a process of its own
machine.py   Python, the kernel `python3`, memory
places.py    the model, and the folders that must be writable
report.py    what is told

It needs nothing but Python's standard library until it asks for a part, so it can tell which part is missing. What it
says of a healthy machine is the same on every machine, since lesson 00 stores and compares it.
"""

from collections.abc import Callable

from .imports import check_imports
from .machine import check_kernel, check_memory, check_python
from .packages import check_packages, reinstall
from .places import check_folders, check_model, check_progress
from .report import Finding, Report

CHECKS = {
    "Python": check_python,
    "packages": check_packages,
    "imports": check_imports,
    "kernel": check_kernel,
    "memory": check_memory,
    "model": check_model,
    "folders": check_folders,
    "progress": check_progress,
}


def doctor() -> Report:
    """Look at Python, packages, imports, kernel, memory, model, folders and progress. Never raises."""
    return Report(tuple(_look(part, check) for part, check in CHECKS.items()))


def _look(part: str, check: Callable[[], tuple[str, str]]) -> Finding:
    """The finding of one check; a check that fails itself is a finding, too."""
    try:
        return Finding(part, *check())
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Finding(part, "broken", f"could not be checked ({reason}). {reinstall()}")

"""What the tests of the doctor share: the finding on one part, and a quick look at the imports."""

import pytest

from course_utils import health
from course_utils.health import doctor, imports, packages

WELL = imports.Seen({}, {"inside-bert": {"file": str(imports.ROOT / "course_utils" / "__init__.py")}}, set(), set(), "")


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    """Nothing is imported, and no list of 50,000 files gone through, but in the tests that are about that."""
    if "real_imports" not in request.fixturenames:
        monkeypatch.setattr(imports, "module_names", list)
        monkeypatch.setattr(imports, "look", lambda names: WELL)
    if "real_files" not in request.fixturenames:
        monkeypatch.setattr(packages, "missing_files", lambda name: [])


@pytest.fixture
def real_imports():
    """Let the doctor's process import what it names."""


@pytest.fixture
def real_files():
    """Let the doctor look whether the files of the packages are there."""


@pytest.fixture
def plenty(monkeypatch):
    """Memory enough, whatever else runs on this machine."""
    monkeypatch.setattr(health.machine, "free_memory", lambda: 8 * 10**9)


def finding(part: str) -> tuple[str, str]:
    """Status and text of one part, after all reports have been found to agree."""
    report = doctor()
    (found,) = (f for f in report.findings if f.part == part)
    assert report.healthy == all(f.status != "broken" for f in report.findings)
    assert found.text in repr(report)
    assert f">{part}</td>" in report._repr_html_()
    assert "\n" not in found.text
    return found.status, found.text


def broken(part: str) -> str:
    status, text = finding(part)
    assert status == "broken"
    return text


def noted(part: str) -> str:
    status, text = finding(part)
    assert status == "note"
    return text

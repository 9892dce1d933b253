"""The pins: one source, copied for uv, left out or lowered for an installation, and renewed from what is installed."""

import tomllib
from pathlib import Path

import pytest

from tools import pins

PROJECT = """
[project]
name = "the-course"
dependencies = ["Numpy>=2.1", "torch>=2.6"]
[project.optional-dependencies]
test = ["pytest>=8.3"]

[tool.uv]
constraint-dependencies = [
    "colorama==0.4.6",
    "torch==2.13.0",
]
# the end
"""


@pytest.fixture
def root(tmp_path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "constraints.txt").write_text("# one\n# two\nnumpy==2.4.6\n\ntorch==2.13.0\n")
    return tmp_path


def for_uv(root: Path) -> list[str]:
    return tomllib.loads((root / "pyproject.toml").read_text())["tool"]["uv"]["constraint-dependencies"]


def test_they_are_copied_and_nothing_else_changes(root):
    pins.main(root)
    assert for_uv(root) == ["numpy==2.4.6", "torch==2.13.0"]
    text = (root / "pyproject.toml").read_text()
    assert text.startswith(PROJECT[: PROJECT.index("constraint-")])
    assert text.endswith("]\n# the end\n")
    pins.main(root)
    assert (root / "pyproject.toml").read_text() == text


def test_the_newest_have_no_pins_and_the_oldest_the_lowest(root):
    pins.main(root, "newest")
    assert (root / "constraints.txt").read_text() == "# one\n# two\n"
    pins.main(root, "oldest")
    assert (root / "constraints.txt").read_text() == "# one\n# two\nNumpy==2.1\npytest==8.3\ntorch==2.6\n"
    assert for_uv(root) == ["colorama==0.4.6", "torch==2.13.0"]


def test_what_is_installed_is_pinned_and_what_other_systems_need_stays(root, tmp_path, monkeypatch):
    site = tmp_path / "site"
    for name, version in {"torch": "2.14.0+cpu", "The.Course": "1", "pip": "26", "Zlib-x": "3"}.items():
        info = site / f"{name}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    monkeypatch.setattr(pins.sys, "path", [str(site)])
    pins.main(root, "newest")
    pins.main(root, "installed")
    assert for_uv(root) == ["colorama==0.4.6", "torch==2.14.0", "Zlib-x==3"]
    assert (root / "constraints.txt").read_text() == "# one\n# two\ncolorama==0.4.6\ntorch==2.14.0\nZlib-x==3\n"


def test_a_pyproject_without_the_list_is_not_written(root):
    (root / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(ValueError, match="no list constraint-dependencies"):
        pins.main(root)
    assert (root / "pyproject.toml").read_text() == "[project]\n"

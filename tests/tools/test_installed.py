"""What is seen in an environment: missing packages, other versions, and only what concerns this system and these extras."""

import pytest

from tools import installed as seen

COURSE = {"name": "A_Course", "dependencies": ["one>=2", 'two[fast]; python_version>"3"', 'never; sys_platform=="no"']}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Makes packages: name, version, what they need."""
    monkeypatch.setattr(seen.sys, "path", [str(tmp_path)])

    def add(name: str, version: str, *needs: str) -> None:
        info = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [
            "Metadata-Version: 2.1",
            f"Name: {name}",
            f"Version: {version}",
            *(f"Requires-Dist: {n}" for n in needs),
        ]
        (info / "METADATA").write_text("\n".join(lines))

    return add


def lacking(extras=(), pins="", project=COURSE, *, folder) -> list[str]:
    (folder / "constraints.txt").write_text(pins)
    return sorted(seen.lacking(project, extras, seen.pinned(folder / "constraints.txt")).values())


def test_all_is_there(site, tmp_path):
    site("a-course", "1.0")
    site("one", "2.0+cpu", "Three")
    site("two", "1", 'four; extra=="fast"', 'five; extra=="slow"', 'never; sys_platform=="no"')
    site("three", "3", "one")
    site("four", "4.0.dev1")
    pins = "# pins\none==2.0\nthree==3.0  # the same as 3\nnowhere==1\n"
    assert lacking(pins=pins, folder=tmp_path) == []
    test = COURSE | {"optional-dependencies": {"test": ["six"], "docs": ["seven"]}}
    assert lacking(["test"], project=test, folder=tmp_path) == ["six is missing"]


def test_what_is_missing_or_another_is_named(site, tmp_path):
    site("one", "1.9", "three<3")
    site("two", "1", 'four; extra=="fast"')
    site("three", "3", "one<1")
    assert lacking(pins="three==2.5\ntwo==1", folder=tmp_path) == [
        "a-course is missing",
        "four is missing",
        "one is 1.9, not <1",
        "three is 3, not ==2.5",
    ]


def test_a_file_with_the_marks_of_a_merge_is_one_sentence(tmp_path):
    (tmp_path / ".venv").mkdir()
    (tmp_path / "constraints.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text("<<<<<<< HEAD\n[project]\n")
    error = seen.report(tmp_path, [])["error"]
    assert error.startswith("pyproject.toml or constraints.txt is not what it was (")
    assert len(error.splitlines()) == 1
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "constraints.txt").write_text("one==1\n=======\n")
    assert "=======" in seen.report(tmp_path, [])["error"]

"""One list of dependencies with their lowest versions, every version pinned, and a repository whose own statements about itself hold."""

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from course_utils.lessons import LESSONS
from tests.conftest import ROOT
from tools.install import CPU_TORCH

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_dependency_is_pinned_exactly_once_for_every_system():
    comment, *_ = lines = read("constraints.txt").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    assert comment.startswith("#")
    assert re.search(r"^# Resolved 20\d\d-\d\d-\d\d", read("constraints.txt"), re.M)
    names = [canonicalize_name(pin.name) for pin in pins]
    assert len(set(names)) == len(names)
    for pin in pins:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert Version(specifier.version).local is None, "a build such as +cpu is not to be had everywhere"
    wanted = [Requirement(line).name for line in dependencies()]
    assert {canonicalize_name(name) for name in wanted} <= set(names)
    assert {"colorama", "pywinpty", "appnope"} <= set(names), "what only Windows or macOS needs"


def dependencies() -> list[str]:
    """What a learner or a contributor installs, each with its lowest version."""
    return PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]


def test_every_dependency_has_a_lowest_version_which_its_pin_obeys():
    pins = [Requirement(line) for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    pinned = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    for line in dependencies():
        wanted = Requirement(line)
        (specifier,) = wanted.specifier
        assert specifier.operator == ">=", f"{line}: a highest version shuts out what may work"
        assert pinned[canonicalize_name(wanted.name)] in wanted.specifier, line
    assert "4.57.1" not in next(
        Requirement(line).specifier for line in dependencies() if line.startswith("transformers")
    )


def test_uv_gets_the_same_pins_and_the_build_of_torch_for_the_cpu():
    uv = tomllib.loads(read("pyproject.toml"))["tool"]["uv"]
    pins = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    assert uv["constraint-dependencies"] == pins, "run `python -m tools.pins`"
    (index,) = uv["index"]
    assert index == {"name": "pytorch-cpu", "url": CPU_TORCH, "explicit": True}
    assert uv["sources"] == {"torch": {"index": "pytorch-cpu", "marker": "sys_platform == 'linux'"}}
    assert "uv.lock" in read(".gitignore").split(), "it names hosts"


def test_environment_yml_adds_nothing_to_the_one_list():
    environment = yaml.safe_load(read("environment.yml"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    python, pip, by_pip = environment["dependencies"]
    assert Version("3.11") <= Version(python.removeprefix("python=")) <= Version("3.13")
    assert pip == "pip"
    assert by_pip == {"pip": [f"--extra-index-url {CPU_TORCH}", "-c constraints.txt", "-e ."]}


def test_the_version_is_the_same_everywhere():
    assert yaml.safe_load(read("CITATION.cff"))["version"] == PROJECT["version"]
    assert f"## {PROJECT['version']}" in read("CHANGELOG.md")


def test_the_browser_is_no_part_of_what_a_learner_installs():
    assert not {"playwright", "pytest", "nbval", "ruff"} & set(PROJECT["dependencies"])


def test_what_only_a_teacher_needs_is_an_extra_that_is_tested():
    extras = PROJECT["optional-dependencies"]
    assert set(extras["grade"]) <= set(extras["test"])
    needed = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert not needed & {Requirement(line).name for line in extras["grade"]}, (
        "learners would get a second Jupyter server"
    )


def test_the_commands_that_are_installed_exist():
    for name, value in PROJECT["scripts"].items():
        assert callable(EntryPoint(name, value, "console_scripts").load())


def test_the_map_in_the_readme_is_the_courses():
    rows = re.findall(r"^\| (\d\d) \| (.+?) \| [^|]+ \| (\d+) \|$", read("README.md"), re.M)
    for lesson, row in zip(LESSONS, rows, strict=True):
        notebook = f"notebooks/{lesson.stem}.ipynb"
        title = f"[{lesson.title}]({notebook})" if (ROOT / notebook).exists() else lesson.title
        assert row == (f"{lesson.number:02}", title, str(lesson.minutes)), "each lesson that is there is linked"


def tracked(suffix: str) -> list[Path]:
    """The files of the repository with this suffix, those made by running it left out."""
    hidden = {".venv", ".build", ".jupyter", ".ipynb_checkpoints", "artifacts", "build"}
    return sorted(p for p in ROOT.rglob(f"*{suffix}") if not hidden & set(p.relative_to(ROOT).parts))


def prose(path: Path) -> str:
    """What the file shows as Markdown, code left out."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    return re.sub(r"^(```|~~~).*?^\1|`[^`\n]*`", "", text, flags=re.M | re.S)


def anchors(path: Path) -> set[str]:
    """The names that a link into the file can end in, as GitHub and JupyterLab make them from headings."""
    headings = re.findall(r"^#+ +(.+?) *$", prose(path), re.M)
    found = {heading.replace(" ", "-") for heading in headings}
    return found | {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", tracked(".md") + tracked(".ipynb"), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_inside_the_repository_lead_somewhere(path):
    text = prose(path)
    links = re.findall(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.is_relative_to(ROOT), f"{link} leaves the repository"
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link} has no such heading"


def test_every_picture_has_a_description():
    for path in tracked(".md") + tracked(".ipynb"):
        for description in re.findall(r"!\[([^\]]*)\]\(", prose(path)):
            assert len(description) > 20, f"{path.name} has a picture without alt text"


def test_the_commands_that_the_readme_names_exist():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", read("README.md"), re.M))
    assert {"lab", "test", "doctor"} <= named <= targets


def test_the_first_way_in_that_the_readme_names_is_the_small_one():
    first = re.search(r"^    (.*inside-bert.*)$", read("README.md"), re.M)[1]
    assert first == f"pip install inside-bert --extra-index-url {CPU_TORCH}"


@pytest.mark.skipif(not shutil.which("make"), reason="no make here")
def test_make_says_so_when_it_finds_no_python():
    done = subprocess.run(["make", "install", "PYTHON="], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "This course needs Python 3.11, 3.12 or 3.13, and found none" in done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="no make here")
def test_make_alone_lists_what_one_can_do():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    documented = re.findall(r"^  make ([a-z-]+) +\S", done.stdout, re.M)
    assert {"install", "lab", "test", "doctor", "notebooks", "notebooks-check", "bench", "lint", "clean"} <= {
        *documented
    }


def test_the_workflows_cover_what_is_promised():
    jobs = yaml.safe_load(read(".github/workflows/test.yml"))["jobs"]
    matrix = jobs["tests-and-notebooks"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.13"]
    assert [os.partition("-")[0] for os in matrix["os"]] == ["ubuntu", "macos", "windows"]
    libraries = yaml.safe_load(read(".github/workflows/newest.yml"))["jobs"]["libraries"]
    assert [way["which"] for way in libraries["strategy"]["matrix"]["include"]] == ["newest", "oldest"]
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True) if shutil.which("bash") else None

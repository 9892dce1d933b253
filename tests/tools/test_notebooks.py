"""Guards against a green test that compares nothing: every committed notebook was run, whole, clean and in order."""

import re
import subprocess
import sys

import nbformat
import pytest

from course_utils.lessons import CLOSING, LESSONS
from tools.sources import KINDS, ROOT

PATHS = [path for kind in KINDS for path in sorted((ROOT / kind).glob("*.ipynb"))]
NAMES = [path.relative_to(ROOT).as_posix() for path in PATHS]
MACHINE = re.compile(
    r"(/root|/home/|/Users/|/tmp/|" + re.escape(str(ROOT)) + r"|site-packages|[A-Z]:\\\\|ipykernel_\d|0x[0-9a-f]{6,})"
)

notebooks = pytest.mark.parametrize("path", PATHS, ids=NAMES)


def read(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def texts(cell):
    for output in cell.outputs:
        yield output.get("text", "")
        yield from (data for kind, data in output.get("data", {}).items() if kind.startswith(("text/", "image/svg")))


def test_every_source_has_its_notebooks():
    built = {(path.parent.name, path.stem) for path in PATHS}
    sources = {(kind, path.stem) for kind, folder in KINDS.items() for path in (ROOT / "sources" / folder).glob("*.py")}
    assert built == sources
    stems = {stem for _, stem in built} - {CLOSING.stem}  # which has nothing to solve
    assert stems <= {lesson.stem for lesson in LESSONS}
    for stem in stems:
        assert {kind for kind, other in built if other == stem} == set(KINDS), (
            f"{stem} lacks one of its three notebooks"
        )


@notebooks
def test_every_cell_was_run_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@notebooks
def test_enough_outputs_to_compare(path):
    cells = code_cells(path)
    assert sum(bool(cell.outputs) for cell in cells) >= len(cells) / 3


@notebooks
def test_no_errors_no_warnings_no_traces_of_a_machine(path):
    for cell in code_cells(path):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.outputs:
            assert expected or output.output_type != "error", cell.source
            assert output.get("name") != "stderr", f"{cell.source}\n{output.text}"
        for text in texts(cell):
            assert not MACHINE.search(text), f"{cell.source}\n{MACHINE.search(text)}"


@notebooks
def test_nothing_is_left_out_of_the_comparison(path):
    for cell in code_cells(path):
        left_out = {"nbval-skip", "nbval-ignore-output"} & set(cell.metadata.get("tags", []))
        assert not left_out or "bench" in cell.source or "timed" in cell.source, "only timings may be left out"


@notebooks
def test_metadata_is_the_same_on_every_machine(path):
    assert read(path).metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path.parent.name != "notebooks"], ids=lambda path: path.stem
)
def test_checks_say_what_they_should(path):
    wanted = {"exercises": ": not attempted yet.", "solutions": ": passed."}[path.parent.name]
    calls = [cell for cell in code_cells(path) if re.match(r"check_(\w+)\(\1\)", cell.source)]
    assert calls
    for cell in calls:
        assert wanted in cell.outputs[0].data["text/plain"], cell.source


@notebooks
def test_pictures_have_words(path):
    """Every picture has its alternative text, and a caption below it that is text."""
    for cell in code_cells(path):
        for output in cell.outputs:
            pictures = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
            for kind in pictures:
                about = output.metadata.get(kind, output.metadata)
                assert len(about.get("alt", "")) > 40, cell.source
                assert output.data["text/plain"].strip() == about["alt"].strip()


def nbval(folder) -> int:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-q",
        "-c",
        "none.ini",
        "--rootdir",
        ".",
    ]
    (folder / "none.ini").write_text("[pytest]\n")
    return subprocess.run([*command, "probe.ipynb"], cwd=folder, capture_output=True, timeout=120).returncode


def test_a_changed_number_makes_nbval_fail(tmp_path):
    """The comparison that everything rests on does compare."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    output = nbformat.v4.new_output("execute_result", {"text/plain": "3.1416"}, execution_count=1)
    notebook.cells = [nbformat.v4.new_code_cell("round(3.14159265, 4)", outputs=[output], execution_count=1)]
    nbformat.write(notebook, tmp_path / "probe.ipynb")
    assert nbval(tmp_path) == 0
    notebook.cells[0].outputs[0].data["text/plain"] = "3.1417"
    nbformat.write(notebook, tmp_path / "probe.ipynb")
    assert nbval(tmp_path) == 1

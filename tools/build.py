"""Build the notebooks from their sources: `python -m tools.build [--check] [--force] [01 exercises/01 ...]`.

A notebook is run again only if something that it is made of has changed. `--check` builds everything, writes nothing, and
fails with a readable difference if anything committed is not what the sources give; `--check --quick` compares the cells
without running them. While a lesson runs, its widget's states are drawn for the web edition (`tools/states.py`).
"""

import argparse
import difflib
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course_utils.lessons import LESSONS
from tools import difficulty, questions, states
from tools.sources import KINDS, ROOT, SourceError, build, questions_of

DIGESTS = ROOT / ".build" / "digests.json"
PICTURES = ("image/png", "image/jpeg")  # drawn by libraries whose pixels differ from machine to machine


def targets(wanted: list[str]) -> list[tuple[str, Path]]:
    """The (kind, source) pairs to build: all, or those whose `kind/NN_topic` contains one of the wanted texts."""
    found = []
    for kind, folder in KINDS.items():
        for source in sorted((ROOT / "sources" / folder).glob("*.py")):
            name = f"{kind}/{source.stem}"
            if not wanted or any(name.startswith(one) or source.stem.startswith(one) for one in wanted):
                found.append((kind, source))
    return found


def run(notebook: nbformat.NotebookNode, folder: Path, drawn: Path | None = None) -> nbformat.NotebookNode:
    """Executes a notebook where it will lie, in a course of its own: fixed inputs, no progress, the embedded model.

    drawn: where to keep the states of its widgets.
    """
    with tempfile.TemporaryDirectory() as progress:
        env = {key: value for key, value in os.environ.items() if key not in ("COURSE_MODEL", "NBGRADER_EXECUTION")}
        env |= {"COURSE_CI": "1", "COURSE_PROGRESS": progress, "PYTHONPATH": _python_path()}
        client = NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            coalesce_streams=True,  # else the pieces in which prints arrive depend on time
        )
        if drawn:
            client.on_notebook_start = states.recorder(client, drawn)
        client.execute(env=env)
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def _python_path() -> str:
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))


def digest(kind: str, source: Path, notebook: nbformat.NotebookNode) -> str:
    """A fingerprint of all that a notebook's outputs depend on: its cells and the course's code up to its lesson."""
    later = {lesson.topic for lesson in LESSONS if lesson.stem > source.stem}
    parts = [kind, nbformat.writes(notebook)]
    code = [path for ending in ("*.py", "*.diff") for path in (ROOT / "course_utils").rglob(ending)]
    code = [path for path in code if not path.is_relative_to(ROOT / "course_utils" / "grade")]  # what no notebook uses
    for path in [*sorted(code), ROOT / "constraints.txt", questions.file_of(source.stem)]:
        if later.isdisjoint((path.stem, path.parent.name)) and path.exists():
            parts.append(f"{path.relative_to(ROOT).as_posix()}\n{path.read_text(encoding='utf-8')}")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def as_text(notebook: nbformat.NotebookNode, outputs: bool) -> list[str]:
    """A notebook as lines that a person can compare; pictures count as there or not there, timings not at all."""
    lines = []
    for number, cell in enumerate(notebook.cells, start=1):
        tags = " ".join(cell.metadata.get("tags", []))
        tags += " (folded)" if cell.metadata.get("jupyter", {}).get("outputs_hidden") else ""
        lines.append(f"[{number}] {cell.cell_type} {cell.id} {tags}".rstrip())
        lines += [f"    {row}" for row in cell.source.split("\n")]
        timings = "nbval-ignore-output" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []) if outputs and not timings else []:
            lines.append(f"  -> {output.output_type} {output.get('name', '')}".rstrip())
            lines += [f"    {row}" for row in output.get("text", "").split("\n")]
            for kind, data in sorted(output.get("data", {}).items()):
                shown = "(a picture)" if kind in PICTURES else data if isinstance(data, str) else json.dumps(data)
                lines += [f"    {kind}: {row}" for row in shown.split("\n")]
    return lines


def differences(built: nbformat.NotebookNode, path: Path, outputs: bool) -> list[str]:
    """The committed notebook against the built one, as a unified difference; empty if they are the same."""
    name = path.relative_to(ROOT).as_posix()
    if not path.exists():
        return [f"{name} is missing: run make notebooks"]
    committed = nbformat.read(path, as_version=4)
    lines = difflib.unified_diff(
        as_text(committed, outputs),
        as_text(built, outputs),
        f"{name} (committed)",
        f"{name} (built)",
        lineterm="",
        n=2,
    )
    return list(lines)


def keep_questions(source: Path, check: bool) -> list[str]:
    """Writes the choices of a lesson's questions where `predict` finds them; with `check`, says whether they are not those."""
    path, text = questions.file_of(source.stem), questions.as_json(questions_of(source))
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return []
    if check:
        return [f"{path.relative_to(ROOT).as_posix()} is not what {source.name} asks: run make notebooks"]
    path.write_text(text, encoding="utf-8")
    return []


def make(kind: str, source: Path, options: argparse.Namespace, digests: dict[str, str]) -> list[str]:
    """Builds one notebook; returns the differences that --check found."""
    path = ROOT / kind / f"{source.stem}.ipynb"
    name, began = path.relative_to(ROOT).as_posix(), time.monotonic()
    notebook = build(source, kind)
    stale = keep_questions(source, options.check) if kind == "notebooks" else []
    if options.check and options.quick:
        return stale + differences(notebook, path, outputs=False)
    mark = digest(kind, source, notebook)
    same = digests.get(name) == mark and (kind != "notebooks" or states.are_kept(source.stem, digests))
    if not options.check and not options.force and same and not differences(notebook, path, False):
        print(f"{name}: unchanged", flush=True)
        return []
    drawn = DIGESTS.parent / "states" / f"{source.stem}.js" if kind == "notebooks" else None
    try:
        run(notebook, path.parent, drawn)
    except CellExecutionError as error:
        raise SourceError(
            source, 1, f"a cell of {name} raised {error.ename}: {error.evalue}\n{_plain(error)}"
        ) from None
    print(f"{name}: run in {time.monotonic() - began:.0f} s", flush=True)
    if options.check:
        return stale + differences(notebook, path, outputs=True) + (states.differences(drawn) if drawn else [])
    path.parent.mkdir(exist_ok=True)
    _write(path, notebook)
    if drawn:
        states.keep(drawn, digests)
    digests[name] = mark
    DIGESTS.parent.mkdir(exist_ok=True)
    DIGESTS.write_text(json.dumps(digests, indent=1, sort_keys=True))
    return []


def _plain(error: CellExecutionError) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error))


def _write(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Whole or not at all: an interrupted build leaves the notebook that was there."""
    unfinished = path.with_suffix(".unfinished")
    nbformat.write(notebook, unfinished)
    unfinished.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Build or check what `arguments` name. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.build", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="only these: 01, exercises, solutions/01_tokenization")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the committed notebooks differ")
    parser.add_argument("--quick", action="store_true", help="with --check: compare the cells, run nothing")
    parser.add_argument("--force", action="store_true", help="run also what has not changed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="notebooks at a time")
    options = parser.parse_args(arguments)
    chosen = targets(options.names)
    if not chosen:
        print(f"no source matches {' '.join(options.names)}; they are in sources/", file=sys.stderr)
        return 2
    digests = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    stale = difficulty.keep(ROOT / "sources", options.check)
    failed = bool(stale)
    print("".join(f"{line}\n" for line in stale), end="", file=sys.stderr)
    with ThreadPoolExecutor(options.jobs) as pool:
        for job in [pool.submit(make, kind, source, options, digests) for kind, source in chosen]:
            try:
                found = job.result()
            except SourceError as error:
                found = [str(error)]
            if found:
                failed = True
                print("\n".join(found), file=sys.stderr)
    if failed and options.check:
        print("\nThe committed notebooks are not what the sources give: run `make notebooks`.", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

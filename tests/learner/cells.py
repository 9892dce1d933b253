"""Cells of a notebook, run in the process of the tests."""

import linecache
import textwrap

_cells = 0


def cell(source: str, notebook: dict | None = None) -> dict:
    """Run a cell as a notebook does: in `__main__`, its source known to linecache. Returns the notebook's names."""
    global _cells
    _cells += 1
    filename, source = f"<cell {_cells}>", textwrap.dedent(source)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    notebook = {"__name__": "__main__"} if notebook is None else notebook
    exec(compile(source, filename, "exec", dont_inherit=True), notebook)
    return notebook

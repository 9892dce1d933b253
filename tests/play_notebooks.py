"""Runs notebooks one after the other in this one process, and prints a line of JSON for each: what raised, what passed.

Outputs are not looked at, so no kernel is needed for each of them, and torch is imported once for all.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import torch
from IPython.core.interactiveshell import InteractiveShell

from course_utils.learner import store


def play(path: Path, shell: InteractiveShell) -> dict[str, object]:
    """The first cell that raised, as text ("" if none did), and the exercises that were passed."""
    began = time.monotonic()
    os.chdir(path.parent)
    with tempfile.TemporaryDirectory() as progress:
        os.environ["COURSE_PROGRESS"] = progress
        shell.reset(new_session=True)
        torch.set_grad_enabled(True)  # as in a new kernel: most lessons switch it off
        raised = ""
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or "raises-exception" in cell.metadata.get("tags", []):
                continue
            outcome = shell.run_cell(cell.source, store_history=True)
            if not outcome.success:
                error = outcome.error_in_exec or outcome.error_before_exec
                raised = f"{cell.source}\n{type(error).__name__}: {error}"
                break
        return {"raised": raised, "passed": sorted(store.passed()), "seconds": round(time.monotonic() - began, 1)}


if __name__ == "__main__":
    results, shell = {}, InteractiveShell.instance()
    file, *paths = (Path(argument).resolve() for argument in sys.argv[1:])
    for path in paths:
        results[str(path)] = play(path, shell)
        print(path, results[str(path)]["seconds"], "s", file=sys.stderr, flush=True)
    file.write_text(json.dumps(results))

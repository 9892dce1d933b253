"""Runs notebooks one after the other in this one process, and prints a line of JSON for each: what raised, what passed.

Outputs are not looked at, so no kernel is needed for each of them, and torch is imported once for all.
"""

import functools
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import torch
from IPython.core.interactiveshell import InteractiveShell

from course_utils.given import messages
from course_utils.learner import store
from course_utils.widgets import masked_lm

# Lesson 12 reads hundreds of messages many times, and 11 and 12 train: a few show as well whether a model can be used there.
MESSAGES, STEPS = 36, 1


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


def few(load: Callable) -> Callable:
    """A part of the messages that has only the first of them."""

    @functools.wraps(load)
    def loaded(part):
        return tuple(each[:MESSAGES] for each in load(part))

    return loaded


def cut_short(watch: Callable) -> Callable:
    """Watch only the first steps of a training."""

    @functools.wraps(watch)
    def watched(training, *args, **options):
        return watch(itertools.islice(training, STEPS), *args, **options)

    return watched


if __name__ == "__main__":
    messages.load_messages = few(messages.load_messages)
    masked_lm.watch_training = cut_short(masked_lm.watch_training)
    results, shell = {}, InteractiveShell.instance()
    file, *paths = (Path(argument).resolve() for argument in sys.argv[1:])
    for path in paths:
        results[str(path)] = play(path, shell)
        print(path, results[str(path)]["seconds"], "s", file=sys.stderr, flush=True)
    file.write_text(json.dumps(results))

"""Kernels of three kinds side by side: how soon the first result is there, and how much memory one has to itself.

ordinary    what `jupyter lab` starts
preloaded   one that imports by itself while the learner reads
forked      one that is forked from the warm process (Linux)

Only the ratios compare between machines. Memory: USS is what a kernel shares with no other process, PSS its part of what is
shared as well.
"""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from course_utils.kernels import NAME, asking, options

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "03_self_attention.ipynb"
ROUNDS = 3


def main() -> None:
    cells = code_cells()
    options()
    os.environ["COURSE_PROGRESS"] = tempfile.mkdtemp()
    alone = imports_alone()
    with warm_process() as warm:
        print(f"\nTime from the first cell to its result, median of {ROUNDS}; the imports alone take {alone:.1f} s\n")
        print("| kernel | read before, s | result after, s | of ordinary |\n|---|---|---|---|")
        kinds = [("ordinary", 0.0), ("preloaded", 0.0), ("preloaded", alone)] + [("forked", 0.0)] * warm
        times = [[first_result(kind, wait, cells[0]) for kind, wait in kinds] for _ in range(ROUNDS)]
        for number, (kind, wait) in enumerate(kinds):
            taken = statistics.median(row[number] for row in times)
            ratio = statistics.median(row[number] / row[0] for row in times)
            print(f"| {kind} | {wait:.1f} | {taken:.2f} | {ratio:.3f} |")
        if not sys.platform.startswith("linux"):
            return
        print(
            "\nMemory after lesson 03, per kernel\n\n| kernels | kind | USS, MB | PSS, MB | USS, of ordinary |\n|---|---|---|---|---|"
        )
        for count in (1, 4):
            ordinary = 0.0
            for kind in ["ordinary"] + ["forked"] * warm:
                held = after_lesson(kind, count, cells)
                uss, pss = (statistics.mean(one[part] for one in held) for part in ("uss", "pss"))
                ordinary = ordinary or uss
                print(f"| {count} | {kind} | {uss:.0f} | {pss:.0f} | {uss / ordinary:.2f} |", flush=True)


def code_cells() -> list[str]:
    """Those of lesson 03; the first one imports, and loads the model."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    start = next(number for number, source in enumerate(sources) if "load_model()" in source) + 1
    return ["\n".join(sources[:start]), *sources[start:]]


def imports_alone() -> float:
    """Seconds that the imports of the lessons take in a fresh Python, once the disk cache is full."""
    code = "import time; b = time.perf_counter()\nfrom course_utils.kernels.imports import import_all; import_all()\n"
    command = [sys.executable, "-c", code + "print(time.perf_counter() - b)"]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT) for _ in range(2)]
    return float(runs[-1].stdout)


@contextlib.contextmanager
def warm_process() -> Iterator[bool]:
    """Inside, kernels can be forked, if the system allows it."""
    if sys.platform != "linux":
        yield False
        return
    path = Path(tempfile.mkdtemp()) / "warm.sock"
    warm = subprocess.Popen(
        [sys.executable, "-m", "course_utils.kernels", str(path)], stdout=subprocess.PIPE, text=True
    )
    usual, asking.places = asking.places, lambda: [path]
    try:
        yield bool(warm.stdout.readline())
    finally:
        asking.places = usual
        warm.send_signal(signal.SIGTERM)
        warm.communicate()


@contextlib.contextmanager
def kernel(kind: str):
    """A kernel of this kind that answers; gives its manager and a client."""
    factory = KernelProvisionerFactory.instance()
    factory.default_provisioner_name = "local-provisioner" if kind == "ordinary" else NAME
    manager = KernelManager(kernel_name="python3")
    with no_warm_process() if kind == "preloaded" else contextlib.nullcontext():
        manager.start_kernel(cwd=str(NOTEBOOK.parent), env=dict(os.environ))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=300)
        assert (kind == "forked") == isinstance(manager.provisioner.process, asking.Forked), f"not {kind}"
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@contextlib.contextmanager
def no_warm_process() -> Iterator[None]:
    usual, asking.places = asking.places, list
    try:
        yield
    finally:
        asking.places = usual


def first_result(kind: str, wait: float, cell: str) -> float:
    """Seconds that the first cell takes, run so long after the kernel is there."""
    with kernel(kind) as (_, client):
        time.sleep(wait)
        began = time.perf_counter()
        run(client, cell)
        return time.perf_counter() - began


def run(client, cell: str) -> None:
    reply = client.execute_interactive(cell, timeout=600, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok", reply["content"]


def after_lesson(kind: str, count: int, cells: list[str]) -> list[dict[str, float]]:
    """The memory of so many kernels that have run the whole lesson side by side, while all are there."""
    with contextlib.ExitStack() as stack:
        kernels = [stack.enter_context(kernel(kind)) for _ in range(count)]
        threads = [threading.Thread(target=lambda c=client: [run(c, cell) for cell in cells]) for _, client in kernels]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [memory(manager.provisioner.pid) for manager, _ in kernels]


def memory(pid: int) -> dict[str, float]:
    """What a process holds, in MB."""
    lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    found = {words[0].rstrip(":"): int(words[1]) / 1024 for words in lines}
    return {"uss": found["Private_Clean"] + found["Private_Dirty"], "pss": found["Pss"]}

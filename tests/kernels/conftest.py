"""What the tests of kernels share: a kernel of a kind, and what its cells say."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from course_utils.kernels import NAME, asking, options
from tests.conftest import ROOT
from tests.warm_kernels import warm_process


class Kernel:
    """A kernel that is ready, its manager and a client."""

    def __init__(self, manager, client) -> None:
        self.manager, self.client = manager, client

    def said(self, code: str) -> str:
        """What a cell prints and shows, or what it raises."""
        texts = []

        def hear(message: dict) -> None:
            content = message["content"]
            texts.append(content.get("text") or content.get("data", {}).get("text/plain", ""))

        content = self.client.execute_interactive(code, timeout=120, output_hook=hear)["content"]
        return f"{content['ename']}: {content['evalue']}" if content["status"] == "error" else "".join(texts).strip()

    @property
    def process(self):
        return self.manager.provisioner.process

    @property
    def forked(self) -> bool:
        return isinstance(self.process, asking.Forked)


@contextlib.contextmanager
def started(kind: str, sockets: list[Path], folder: Path, **env: str) -> Iterator[Kernel]:
    """A kernel in this folder, `local-provisioner` or ours, which asks at these sockets."""
    paths = [*env.pop("PYTHONPATH", "").split(os.pathsep), str(ROOT)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **env}
    options()
    factory, usual = KernelProvisionerFactory.instance(), asking.places
    before, factory.default_provisioner_name = factory.default_provisioner_name, kind
    asking.places = lambda: sockets
    manager = KernelManager(kernel_name="python3")
    client = None
    try:
        manager.start_kernel(cwd=str(folder), env=env)
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=120)
        yield Kernel(manager, client)
    finally:
        if client:
            client.stop_channels()
        manager.shutdown_kernel(now=True)
        factory.default_provisioner_name, asking.places = before, usual


@pytest.fixture
def ordinary(tmp_path):
    """Starts a kernel as `jupyter lab` does."""
    return lambda folder=tmp_path, **env: started("local-provisioner", [], folder, **env)


@pytest.fixture
def preloaded(tmp_path):
    """Starts a kernel that imports by itself."""
    return lambda folder=tmp_path, **env: started(NAME, [], folder, **env)


@pytest.fixture(scope="package")
def warm() -> Iterator[Path]:
    """The socket of a warm process, which the last test of `test_forked.py` ends."""
    if sys.platform != "linux":
        pytest.skip("kernels are forked on Linux only")
    with warm_process() as path:
        yield path


def lesson_cells(stem: str) -> list[str]:
    """The code cells of a lesson's notebook."""
    cells = json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

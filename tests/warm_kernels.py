"""Kernels that begin with torch and transformers imported: those of the tests are forked from one process.

A notebook's kernel spends most of its start on these imports, and fifty notebooks would spend it fifty times. What the
cells compute and what is compared stays as it is. The journeys in the browser, and systems other than Linux, start kernels in
the ordinary way.
"""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerFactory

from course_utils.kernels import asking
from course_utils.kernels.provisioner import Provisioner
from course_utils.model import quieten

ROOT = Path(__file__).resolve().parent.parent
# The warm process ends when whoever wanted it does, however that ends: then the pipe is closed.
WATCH = """
import subprocess, sys
warm = subprocess.Popen([sys.executable, "-m", "course_utils.kernels", sys.argv[1]], stdin=subprocess.DEVNULL)
sys.stdin.read()
warm.terminate()
warm.wait()
"""


@contextlib.contextmanager
def warm_process() -> Iterator[Path]:
    """Inside, a warm process listens at this socket."""
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "socket"
        command = [sys.executable, "-c", WATCH, str(path)]
        watch = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            assert watch.stdout.readline().startswith("Kernels are forked"), "the warm process has not begun to listen"
            yield path
        finally:
            watch.communicate()


class WarmProvisioner(Provisioner):
    """Starts the warm process when the first kernel is wanted, when the tests have set their variables."""

    warm = None  # held as long as this process runs
    path: Path | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs):
        if WarmProvisioner.warm is None:
            WarmProvisioner.warm = warm_process()
            WarmProvisioner.path = await asyncio.to_thread(WarmProvisioner.warm.__enter__)
        return await super().launch_kernel(cmd, **kwargs)


def use() -> None:
    """From now on this process forks its kernels."""
    quieten()  # now, and not with the first model that a test loads: the warm process has to be as quiet as its kernels
    usual = asking.places
    asking.places = lambda: [WarmProvisioner.path] if WarmProvisioner.path else usual()
    factory = KernelProvisionerFactory.instance()
    factory.provisioners["warm"] = EntryPoint("warm", f"{__name__}:WarmProvisioner", factory.GROUP_NAME)
    factory.default_provisioner_name = "warm"

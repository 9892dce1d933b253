"""What JupyterLab starts a kernel with: forked from a warm process, or an ordinary one that imports while one reads."""

import asyncio
import contextlib
import os
import sys
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from . import asking, imports

EXTENSION = "--ext=course_utils.kernels.preload"
PLAIN = {"cwd", "env", "independent"}  # what a forked kernel can be given; a caller may want more of a new process


class Provisioner(LocalProvisioner):
    """Starts kernels of this Python so that their imports are done early, and all others as ever."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any):
        """Start a kernel: the way to connect to it is returned."""
        if not is_ours(cmd) or imports.hides_library(str(kwargs.get("cwd") or ""), sys.path):
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        given = {name for name, value in kwargs.items() if value not in (None, False, {})}
        if given <= PLAIN | {"kernel_id", "extra_arguments"}:
            with contextlib.suppress(asking.Refused):
                await self.fork(arguments, **{name: kwargs.get(name) for name in PLAIN})
                return self.connection_info
        return await super().launch_kernel([*cmd, EXTENSION], **kwargs)

    async def fork(self, arguments: list[str], cwd: str | None, env: dict | None, independent: bool | None) -> None:
        """Have a kernel forked by a warm process. Raises Refused."""
        env = dict(os.environ if env is None else env)
        if not independent:
            env["JPY_PARENT_PID"] = str(os.getpid())  # as every kernel's environment has it
        request = {"arguments": arguments, "cwd": os.path.abspath(cwd or ""), "env": env, "alone": bool(independent)}
        self.process = await asyncio.to_thread(asking.ask, request)
        self.pid = self.pgid = self.process.pid  # it leads a group, which signals go to
        self.cwd = request["cwd"]

    async def send_signal(self, signum: int) -> None:
        """Signal a kernel that runs: the group of one that has ended may be another's by now."""
        if isinstance(self.process, asking.Forked) and self.process.poll() is not None:
            return
        await super().send_signal(signum)


def is_ours(cmd: list[str]) -> bool:
    """Whether a kernel with this command runs in the Python that the course is installed in."""
    with contextlib.suppress(OSError, ValueError):
        module = cmd.index("ipykernel_launcher")
        here, there = (os.path.realpath(os.path.dirname(python)) for python in (sys.executable, cmd[0]))
        # The same folder, too: the Pythons of two environments may be links to one file.
        same = here == there and os.path.samefile(cmd[0], sys.executable)
        return same and cmd[module - 1] == "-m" and {*cmd[1 : module - 1]} <= {asking.NOT_FROZEN}
    return False

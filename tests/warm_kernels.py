"""Kernels that begin with torch and transformers imported: forked from one process that has imported them once.

A notebook's kernel spends most of its start on these imports, and fifty notebooks would spend it fifty times. What the
cells compute and what is compared stays as it is. The journeys in the browser, and systems other than Linux, start kernels in
the ordinary way.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
from importlib.metadata import EntryPoint

from jupyter_client.provisioning import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOADED = ["torch", "transformers", "transformers.models.bert.modeling_bert", "ipykernel.kernelapp"]


class Forked:
    """The part of `subprocess.Popen` that a provisioner uses, for a process of `multiprocessing`."""

    stdin = stdout = stderr = None

    def __init__(self, process) -> None:
        self.process, self.pid = process, process.pid

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self) -> int:
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> None:
        self.process.terminate()


class WarmProvisioner(LocalProvisioner):
    """Forks a kernel where `LocalProvisioner` would start a new Python."""

    async def launch_kernel(self, cmd: list[str], **kwargs):
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        process = forkserver().Process(
            target=run_kernel, args=(arguments, kwargs.get("env") or dict(os.environ), kwargs.get("cwd")), daemon=True
        )
        process.start()
        self.process, self.pid = Forked(process), process.pid
        return self.connection_info


def forkserver():
    """The process to fork from, started at its first use, when the tests have set their variables."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def run_kernel(arguments: list[str], env: dict[str, str], cwd: str | None) -> None:
    """In the forked process: what `python -m ipykernel_launcher` does in a new one."""
    os.environ.clear()
    os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))  # it ends when the process that it comes from does
    os.chdir(cwd or ".")
    sys.path[:0] = filter(None, env.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = ["ipykernel_launcher", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    from ipykernel.kernelapp import IPKernelApp

    with contextlib.suppress(SystemExit):
        IPKernelApp.launch_instance(arguments)


def use() -> None:
    """From now on this process forks its kernels."""
    factory = KernelProvisionerFactory.instance()
    group = KernelProvisionerFactory.GROUP_NAME
    factory.provisioners["warm"] = EntryPoint("warm", f"{__name__}:WarmProvisioner", group)
    factory.default_provisioner_name = "warm"

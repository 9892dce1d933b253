"""Kernels that are ready in seconds, and that share their memory: a notebook's kernel spends its start on imports.

JupyterLab starts its kernels through the provisioner `inside-bert` (`options` says how). It asks for one of two things:

- an ordinary kernel that begins these imports by itself, while the learner still reads: `preload.py`;
- where a warm process listens, which has done the imports, a kernel forked from that: seconds become tenths, and what was
  imported lies in memory once for all learners of the machine. Linux only.

Whatever goes wrong on the second way, the kernel is started on the first. What a notebook sees is the same on both, and the
same as without them.

imports.py       what is imported, and which files beside a notebook forbid it
preload.py       the extension of IPython that imports in a thread
provisioner.py   what JupyterLab starts a kernel with
asking.py        how it asks the warm process for one
warm.py          the warm process: how an administrator starts it
peer.py          who asks: in the kernel, this user with their limits takes the place of the administrator
forked.py        the kernel that was forked
variables.py     the environment of a forked kernel
"""

from importlib.metadata import EntryPoint

NAME = "inside-bert"


def options() -> list[str]:
    """What a Jupyter server is given so that its kernels start so; it must be made in this process."""
    from jupyter_client.provisioning import KernelProvisionerFactory as Factory

    # Also where the course was installed before it had this entry point.
    Factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}.provisioner:Provisioner", Factory.GROUP_NAME)
    return [f"--KernelProvisionerFactory.default_provisioner_name={NAME}"]

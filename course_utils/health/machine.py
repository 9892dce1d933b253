"""The parts that are the machine's: Python itself, the kernel that the notebooks ask for, and the memory."""

import os
import re
import sys
from pathlib import Path

from course_utils.learner import folders

from .packages import shown, this_python

SUPPORTED = ((3, 11), (3, 13))
MEMORY = 10**9  # bytes: a kernel with the model takes 0.4 to 0.6 GB, and the lessons make batches


def check_python() -> tuple[str, str]:
    """Status and text on the version of this Python."""
    low, high = SUPPORTED
    version = sys.version_info[:2]
    if low <= version <= high:
        return "ok", "a version that the course runs on"
    return "broken", (
        "this is Python {}.{}, and the course needs {}.{} to {}.{}: remove the folder `.venv` and run "
        "`make install PYTHON=python3.12`.".format(*version, *low, *high)
    )


def check_kernel() -> tuple[str, str]:
    """Status and text on the kernel `python3`, which the notebooks ask for: is it this Python?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    start = folders.start_command()
    mend = f"run `{this_python()} -m ipykernel install --sys-prefix`, and start `{start}` again."
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return "broken", f"there is no kernel `python3`: {mend}"
    command, folder = spec.argv[0], Path(spec.resource_dir)
    same = os.path.normcase(os.path.abspath(command)) == os.path.normcase(os.path.abspath(sys.executable))
    if same or re.fullmatch(r"python(3(\.\d+)?)?(\.exe)?", command):  # a bare name means the Python that asks
        return "ok", "`python3` starts this Python"
    if folder.is_relative_to(sys.prefix):
        return "broken", f"the kernel `python3` starts another Python, `{command}`: {mend}"
    # The user's kernels, and before them those of JUPYTER_PATH, may come first: a new one here would not be found.
    named = [path for path in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if path]
    cure = "unset JUPYTER_PATH, which names it" if any(map(folder.is_relative_to, named)) else "remove that folder"
    cure = f"start the course with `{start}`, which takes the right one, or {cure}"
    return "broken", f"the kernel `python3` in `{shown(folder)}` starts another Python, `{command}`: {cure}."


def check_memory() -> tuple[str, str]:
    """Status and text on the free memory."""
    free = free_memory()
    if free >= MEMORY:
        return "ok", "enough for the model"
    return "note", (
        f"only {free / 1e9:.1f} GB are free, and a notebook with the model needs about {MEMORY / 1e9:.0f} GB: "
        "shut down other kernels (Kernel, Shut Down All Kernels) or close other programs."
    )


def free_memory() -> int:
    """Bytes that a kernel can still take: the machine's, or less where a container has a limit."""
    import psutil

    free = psutil.virtual_memory().available
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and limit.read_text().strip().isdigit():
        free = min(free, int(limit.read_text()) - int(used.read_text()))
    return free

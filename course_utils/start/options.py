"""What JupyterLab's server is given: its options, and the variables that it and its kernels look up."""

import contextlib
import os
import sys
from pathlib import Path

DEFAULTS = Path(__file__).resolve().parent / "jupyter"  # of JupyterLab's settings, for this course


def set_variables() -> None:
    """Set what the server and its kernels look up in the environment."""
    from course_utils.learner import store

    # The kernel python3 is this Python, and the pages are this JupyterLab's, whatever else is installed.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    if os.environ.get("JUPYTER_PATH"):
        put_first("JUPYTER_PATH", Path(sys.prefix) / "share" / "jupyter")
    os.environ.pop("JUPYTERLAB_DIR", None)
    put_first("JUPYTER_CONFIG_PATH", DEFAULTS)
    # A kernel runs in its notebook's folder, not here.
    if model := os.environ.get("COURSE_MODEL", "").strip():
        with contextlib.suppress(OSError, RuntimeError):  # no such home folder: the lessons say so
            folder = Path(model).expanduser().resolve()
            if folder.is_dir():
                os.environ["COURSE_MODEL"] = str(folder)
    if os.environ.get("COURSE_PROGRESS", "").strip() and (folder := store.folder()):
        os.environ["COURSE_PROGRESS"] = str(folder)


def put_first(variable: str, folder: Path) -> None:
    """Make this folder the first of those that the environment variable names."""
    named = [path for path in os.environ.get(variable, "").split(os.pathsep) if path and path != str(folder)]
    os.environ[variable] = os.pathsep.join([str(folder), *named])


def options(place: Path, layout: Path) -> list[str]:
    """The options of `jupyter lab` that the course and this machine call for.

    Some only undo what the learner may have configured for other work, with which this server would not start, or would
    have no kernel.
    """
    import zmq
    from jupyterlab.commands import get_app_dir

    from course_utils import kernels

    found = [
        f"--ServerApp.root_dir={place}",
        f"--ServerApp.preferred_dir={place}",
        "--FileContentsManager.preferred_dir=",
        f"--LabApp.workspaces_dir={layout}",
        f"--LabApp.app_dir={get_app_dir()}",
        "--KernelSpecManager.allowed_kernelspecs=[]",
        "--KernelSpecManager.ensure_native_kernel=True",
        *kernels.options(),
    ]
    if zmq.has("curve"):  # others on this computer cannot read along, and no kernel warns that they could
        found.append("--MappingKernelManager.transport_encryption=auto")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")  # in a container one is root
    return found


def options_at_home() -> list[str]:
    """Those for a learner who sits before this terminal; a hub has a log, and a browser elsewhere."""
    found = ["--Application.log_level=ERROR"]  # the URL, and what goes wrong
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        found.append("--no-browser")  # else a text browser may take the terminal; JupyterLab prints its URL
    return found

"""Open the course in JupyterLab: `python tools/lab.py [any option of jupyter lab]`.

On the first start the first notebook is open with its table of contents beside it; later ones bring back what was
open last. The learner's own JupyterLab settings stay as they are: the course's defaults lie in its `.venv`, and the
layout in its folder `.jupyter`.
"""

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / ".jupyter"
FIRST = "notebooks/00_orientation.ipynb"
ROOMS = ("notebooks", "exercises", "solutions")

SETTINGS = {
    # Without this the first thing a learner sees is a question about Jupyter's news.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
LAYOUT = {
    "metadata": {"id": "default"},
    "data": {
        "layout-restorer:data": {
            "main": {
                "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [f"notebook:{FIRST}"]},
                "current": f"notebook:{FIRST}",
            },
            "left": {"collapsed": False, "visible": True, "current": "@jupyterlab/toc:plugin"},
            "right": {"collapsed": True, "visible": True},
            "relativeSizes": [0.22, 0.78, 0],
        },
        f"notebook:{FIRST}": {"data": {"path": FIRST, "factory": "Notebook"}},
        "file-browser-filebrowser:cwd": {"path": "notebooks"},
    },
}


def main(arguments: list[str]) -> None:
    """Prepare what the learner is to see, then run JupyterLab until it is stopped."""
    from jupyterlab.labapp import LabApp

    write_settings(Path(sys.prefix) / "share/jupyter/lab/settings/overrides.json")
    prepare_layout(OWN / "workspaces")
    trust_notebooks(OWN / "trusted.json")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel python3 is this Python, whatever else is installed
    model = os.environ.get("COURSE_MODEL", "")
    if model and Path(model).expanduser().is_dir():  # a kernel runs in its notebook's folder, not here
        os.environ["COURSE_MODEL"] = str(Path(model).expanduser().resolve())
    server = LabApp.initialize_server(argv=[*options(), *arguments])
    if not server.identity_provider.token_generated:  # else JupyterLab itself prints the URL, with the token
        print(f"Inside BERT is at {server.connect_url}", flush=True)
    server.start()
    end_requests(server.io_loop.asyncio_loop)


def end_requests(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what a page still waits for: its thread would keep the stopped process alive, Ctrl-C or not.

    JupyterLab leaves that to whoever started it (issue 10442 of jupyterlab/jupyterlab).
    """
    unfinished = asyncio.all_tasks(loop)
    for task in unfinished:
        task.cancel()
    if unfinished:
        loop.run_until_complete(asyncio.wait(unfinished, timeout=5))


def options() -> list[str]:
    """The options of `jupyter lab` that this machine calls for."""
    import zmq

    found = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.workspaces_dir={OWN / 'workspaces'}"]
    found.append("--Application.log_level=ERROR")  # the URL, and what goes wrong
    if zmq.has("curve"):  # others on this computer cannot read along, and no kernel warns that they could
        found.append("--MappingKernelManager.transport_encryption=auto")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        found.append("--no-browser")  # else a text browser may take the terminal; JupyterLab prints its URL
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")  # in a container one is root
    return found


def write_settings(path: Path) -> None:
    """Make SETTINGS the defaults of the JupyterLab in this environment, beside those that are there."""
    found = read_json(path)
    if found | SETTINGS != found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found | SETTINGS, indent=2), encoding="utf-8")


def read_json(path: Path) -> dict:
    """What the file holds, {} if there is none or it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def prepare_layout(folder: Path) -> None:
    """Lay the first start's windows ready, unless JupyterLab has kept some since."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    if not any(folder.glob("*.jupyterlab-workspace")):
        WorkspacesManager(str(folder)).save("default", json.dumps(LAYOUT))


def trust_notebooks(memory: Path) -> None:
    """Sign the course's notebooks, so that the outputs stored in them are shown. Looks only at those changed since."""
    known = read_json(memory)
    paths = sorted(path for room in ROOMS for path in (ROOT / room).glob("*.ipynb"))
    stamps = {path.relative_to(ROOT).as_posix(): path.stat().st_mtime_ns for path in paths}
    changed = [name for name in stamps if known.get(name) != stamps[name]]
    if not changed:
        return
    import nbformat
    from nbformat.sign import NotebookNotary

    with NotebookNotary() as notary:
        for name in changed:
            with contextlib.suppress(Exception):  # a file that is no notebook any more is JupyterLab's to report
                notary.sign(nbformat.read(ROOT / name, nbformat.NO_CONVERT))
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(json.dumps(stamps), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

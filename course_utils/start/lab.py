"""JupyterLab's server on a folder of notebooks, ready to start.

On the first start the first notebook is open with its table of contents beside it; later ones bring back what was
open last. Under a JupyterHub it is the hub's single-user server, with the same layout and options.
"""

import asyncio
import contextlib
import json
import os
import tempfile
from pathlib import Path

from course_utils.learner import folders

from .faults import StartError
from .options import options, options_at_home, set_variables

FIRST = "notebooks/00_orientation.ipynb"
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


def serve(server) -> None:
    """Run the server until it is stopped."""
    if not server.identity_provider.token_generated and not under_hub():  # else JupyterLab itself prints the URL
        print(f"Inside BERT is at {server.connect_url}", flush=True)
    server.start()
    end_requests(server.io_loop.asyncio_loop)


def surroundings() -> None:
    """Set the environment's variables; raises StartError if JupyterLab could not write its own files."""
    set_variables()
    if trouble := folders.jupyter_trouble():
        raise StartError(trouble)


def prepare(place: Path, arguments: list[str]):
    """The server, ready to start on the notebooks of this place, which are trusted."""
    given = options(place, prepare_layout(place))
    if under_hub():
        app = hubs_app()
    else:
        from jupyterlab.labapp import LabApp as app

        given += options_at_home()
    server = app.initialize_server(argv=[*given, *arguments])
    trust_notebooks(server.contents_manager.notary, place)
    return server


def under_hub() -> bool:
    """Whether a JupyterHub has started this process to be the server of one of its users."""
    return all(os.environ.get(name) for name in ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_SERVICE_PREFIX"))


def hubs_app():
    """The server that `jupyterhub-singleuser` runs: JupyterLab, where the hub says who may come in.

    An administrator names the command in the hub's configuration, `c.Spawner.cmd = ["/opt/course/bin/inside-bert"]`; each
    user then has a copy of the notebooks in `~/inside-bert`. Words after it are as in a terminal: a folder, options.
    """
    os.environ.setdefault("JUPYTERHUB_DEFAULT_URL", "/lab")
    os.environ["JUPYTERHUB_SINGLEUSER_APP"] = "jupyter_server"
    try:
        from jupyterhub.singleuser.extension import JupyterHubSingleUser
    except ImportError as error:
        raise StartError(
            f"A JupyterHub has started this, and jupyterhub is not installed beside the course ({error}): install the hub's "
            "version of it there, `pip install jupyterhub==...`."
        ) from None
    return JupyterHubSingleUser


def prepare_layout(place: Path) -> Path:
    """The folder of this learner's layouts, with the first start's windows unless JupyterLab has kept some since."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    try:
        folder = folders.layout_folder(place)
        why = folders.why_not_writable(folder) and f"{folder} cannot be written"
    except OSError as error:
        why = str(error)
    if why:
        print(f"The next start will not know which notebooks were open: {why}.", flush=True)
        folder = Path(tempfile.mkdtemp())
    if not any(folder.glob("*.jupyterlab-workspace")):
        WorkspacesManager(str(folder)).save("default", json.dumps(LAYOUT))
    return folder


def trust_notebooks(notary, place: Path) -> None:
    """Sign the notebooks that this learner's signature database does not know, so that their stored outputs are shown."""
    import nbformat

    for path in folders.notebooks(place):
        with contextlib.suppress(Exception):  # a file that is not a notebook any more is JupyterLab's to report
            notebook = nbformat.read(path, nbformat.NO_CONVERT)
            if not notary.check_signature(notebook):
                notary.sign(notebook)


def end_requests(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what a page still waits for: its thread would keep the stopped process alive, Ctrl-C or not.

    JupyterLab leaves that to the program that started it (issue 10442 of jupyterlab/jupyterlab).
    """
    unfinished = asyncio.all_tasks(loop)
    for task in unfinished:
        task.cancel()
    if unfinished:
        loop.run_until_complete(asyncio.wait(unfinished, timeout=5))

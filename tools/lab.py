"""Open the course in JupyterLab: `python tools/lab.py [any option of jupyter lab]`.

On the first start the first notebook is open with its table of contents beside it; later ones bring back what was
open last. What belongs to a learner is kept with the learner: the layout in their data folder, the notebooks in a copy of
their own where those of the course can only be read. Their own JupyterLab settings stay as they are; the course's defaults
are in `tools/jupyter`.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST = "notebooks/00_orientation.ipynb"
STOPPING = {"-h", "--help", "--help-all", "--version", "--generate-config"}  # after these no server starts
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


class LabError(Exception):
    """What is wrong and what to do, in one sentence."""


def main(arguments: list[str]) -> None:
    """Prepare what the learner is to see, then run JupyterLab until it is stopped."""
    with plainly():
        server = prepare(arguments)
    if not server.identity_provider.token_generated:  # else JupyterLab itself prints the URL, with the token
        print(f"Inside BERT is at {server.connect_url}", flush=True)
    server.start()
    end_requests(server.io_loop.asyncio_loop)


def prepare(arguments: list[str]):
    """JupyterLab's server, ready to start: on the notebooks that this learner can change, which are trusted."""
    from course_utils.learner import folders

    set_variables()
    if trouble := folders.jupyter_trouble():
        raise LabError(trouble)
    from jupyterlab.labapp import LabApp

    if STOPPING.intersection(arguments):
        LabApp.launch_instance(argv=arguments)  # prints, and ends Python
    place = notebooks_place()
    server = LabApp.initialize_server(argv=[*options(place, prepare_layout()), *arguments])
    trust_notebooks(server.contents_manager.notary, place)
    return server


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Inside, whatever goes wrong becomes a LabError."""
    try:
        yield
    except LabError:
        raise
    except ImportError as error:
        raise LabError(
            f"JupyterLab and the course are not installed in this Python ({error}): run `make install`, and if that does "
            "not help, `make doctor`."
        ) from None
    except OSError as error:
        what = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        raise LabError(
            f"The course cannot be opened ({what}): see that you may read and write there and that the disk is not full, "
            "and start again."
        ) from None
    except SystemExit as stop:
        if not stop.code:  # --help and the like
            raise
        raise LabError(advice("for the reason above")) from None
    except Exception as error:
        raise LabError(advice(f"because of this {type(error).__name__}: {error}")) from None


def advice(reason: str) -> str:
    """The sentence for a JupyterLab that does not start, most often for what the learner has configured."""
    from jupyter_core.paths import jupyter_config_dir

    return (
        f"JupyterLab does not start, {reason}. If it is about an option or your own configuration, in "
        f"{jupyter_config_dir()}, mend that, or start without the configuration: `JUPYTER_NO_CONFIG=1 make lab`."
    )


def set_variables() -> None:
    """Set what the server and its kernels look up in the environment."""
    from course_utils.learner import store

    # The kernel python3 is this Python, and the pages are this JupyterLab's, whatever else is installed.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    if os.environ.get("JUPYTER_PATH"):
        put_first("JUPYTER_PATH", Path(sys.prefix) / "share" / "jupyter")
    os.environ.pop("JUPYTERLAB_DIR", None)
    put_first("JUPYTER_CONFIG_PATH", ROOT / "tools" / "jupyter")
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


def notebooks_place() -> Path:
    """The folder with the notebooks that the learner works on: the course's, or their copy if that can only be read."""
    from course_utils.learner import folders

    if not folders.is_read_only(ROOT):
        return ROOT
    copy = folders.update_copy(ROOT)
    print(f"The course's own notebooks can only be read. You work on a copy that is yours: {copy.folder}", flush=True)
    if copy.kept:
        print(
            f"These are newer in the course, but you have changed yours, so yours stay: {', '.join(copy.kept)}. "
            "To get a newer one, rename yours and start again.",
            flush=True,
        )
    return copy.folder


def prepare_layout() -> Path:
    """The folder of this learner's layouts, with the first start's windows unless JupyterLab has kept some since."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    from course_utils.learner import folders

    try:
        folder = folders.layout_folder(ROOT)
        why = folders.why_not_writable(folder) and f"{folder} cannot be written"
    except OSError as error:
        why = str(error)
    if why:
        print(f"The next start will not know which notebooks were open: {why}.", flush=True)
        folder = Path(tempfile.mkdtemp())
    if not any(folder.glob("*.jupyterlab-workspace")):
        WorkspacesManager(str(folder)).save("default", json.dumps(LAYOUT))
    return folder


def options(place: Path, layout: Path) -> list[str]:
    """The options of `jupyter lab` that the course and this machine call for.

    Some only undo what the learner may have configured for other work, with which this server would not start, or would
    have no kernel.
    """
    import zmq
    from jupyterlab.commands import get_app_dir

    found = [
        f"--ServerApp.root_dir={place}",
        f"--ServerApp.preferred_dir={place}",
        "--FileContentsManager.preferred_dir=",
        f"--LabApp.workspaces_dir={layout}",
        f"--LabApp.app_dir={get_app_dir()}",
        "--KernelSpecManager.allowed_kernelspecs=[]",
        "--KernelSpecManager.ensure_native_kernel=True",
        "--Application.log_level=ERROR",  # the URL, and what goes wrong
    ]
    if zmq.has("curve"):  # others on this computer cannot read along, and no kernel warns that they could
        found.append("--MappingKernelManager.transport_encryption=auto")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        found.append("--no-browser")  # else a text browser may take the terminal; JupyterLab prints its URL
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")  # in a container one is root
    return found


def trust_notebooks(notary, place: Path) -> None:
    """Sign the notebooks that this learner's signature database does not know, so that their stored outputs are shown."""
    import nbformat

    from course_utils.learner import folders

    for path in sorted(path for room in folders.ROOMS for path in (place / room).glob("*.ipynb")):
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


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LabError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)

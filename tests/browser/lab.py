"""JupyterLab in a real browser, as a learner has it: what the journeys do with it, in their words."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page

from tests.loopback import free_ports

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"
TOKEN = "course"
COUNTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code' && cell.model.sharedModel.source.trim())
    .map(cell => cell.model.executionCount)"""
# What Chromium or JupyterLab say in the console on their own account: offline, at a page's end, at a kernel's restart.
NOISE = re.compile(
    r"favicon|net::ERR_|WebSocket|Failed to load resource|Kernel connection|[Cc]anceled|GPU|jupyter-lsp|terminals"
)


def chromium() -> str | None:
    """A Chromium of the system's, or None for Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


class Server:
    """The command `inside-bert` on a copy of the course, so that the committed notebooks stay as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.progress = folder / "course", folder / "progress"
        (self.port,) = free_ports(1)
        env = {key: value for key, value in os.environ.items() if key not in ("COURSE_CI", "COURSE_MODEL")}
        env |= {"COURSE_PROGRESS": str(self.progress), "JUPYTER_DATA_DIR": str(folder / "jupyter")}
        env["JUPYTERLAB_SETTINGS_DIR"] = str(
            folder / "settings"
        )  # a journey that changes the theme changes nobody's own
        options = ["--no-browser", f"--port={self.port}", f"--ServerApp.token={TOKEN}", "--ServerApp.ip=127.0.0.1"]
        self.log = (folder / "lab.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "course_utils.start", "course", *options, "--LabApp.expose_app_in_browser=True"],
            cwd=folder,
            env=env,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/api?token={TOKEN}", timeout=2)
                return
            except OSError:
                time.sleep(0.3)
        self.stop()
        raise TimeoutError(f"JupyterLab did not start:\n{Path(self.log.name).read_text()[-2000:]}")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Ends the server and its kernels."""
        if os.name == "posix":
            os.killpg(self.process.pid, signal.SIGTERM)
        else:
            self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()  # one that would not end is a failure, and must not outlive it
            self.log.close()


class Lab:
    """One notebook open in the browser."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server, self.errors = page, server, []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)

    def _console(self, message) -> None:
        if message.type == "error" and not NOISE.search(message.text + str(message.location)):
            self.errors.append(message.text)

    def open(self, name: str) -> None:
        """Opens a notebook and waits for its kernel."""
        self.name = name
        # A workspace of its own: JupyterLab would open the last journey's notebooks beside this one, with widgets of dead kernels.
        workspace = re.sub(r"\W", "-", f"{name}-{time.monotonic_ns()}")
        self.page.goto(f"{self.server.url}/lab/workspaces/{workspace}/tree/{name}?token={TOKEN}")
        self.page.wait_for_function(
            """name => window.jupyterapp?.shell.currentWidget?.context?.path === name
               && window.jupyterapp.shell.currentWidget.context.isReady""",
            arg=name,
            timeout=60_000,
        )
        self._idle()

    def _do(self, script: str, argument: object = None):
        """Runs a script in which `panel` is the open notebook and `run` runs a command of JupyterLab's."""
        return self.page.evaluate(
            f"""async argument => {{
                const panel = window.jupyterapp.shell.currentWidget;
                const run = command => window.jupyterapp.commands.execute(command);
                {script}
            }}""",
            argument,
        )

    def _idle(self, seconds: float = 300) -> None:
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'",
            timeout=seconds * 1000,
        )

    def _execute(self, keys: str) -> None:
        """Presses the keys that run the active cell, and waits until it has a new execution count."""
        number = self._do(
            """panel.content.activeCell.model.executionCount = null;  // a committed cell may have the number that it gets
               return panel.content.activeCellIndex;"""
        )
        self.page.keyboard.press(keys)
        self.page.wait_for_function(
            "number => window.jupyterapp.shell.currentWidget.content.widgets[number].model.executionCount !== null",
            arg=number,
            timeout=60_000,
        )
        self._idle()

    def run_all(self) -> None:
        """Run > Run All Cells, and wait until the last is done."""
        self._do("await run('notebook:run-all-cells');")
        self._idle(1800)  # lessons 10 and 12 measure and train for minutes, more on a busy machine

    def restart_and_run_all(self) -> None:
        """The command that needs a yes."""
        self.clear()
        self._do("run('notebook:restart-run-all');")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.wait_for_all()

    def clear(self) -> None:
        """Clears outputs and execution counts, which a committed notebook has before anything is run."""
        self._do("await run('notebook:clear-all-cell-outputs');")
        assert not any(self.page.evaluate(COUNTS))

    def wait_for_all(self) -> None:
        """Waits until every cell has an execution count: call `clear` before the cells are run."""
        self.page.wait_for_function(f"() => ({COUNTS})().every(count => count > 0)", timeout=600_000)
        self._idle()

    def cells(self) -> list[dict]:
        """Source and outputs of every cell as they are now."""
        return self._do("return panel.content.model.toJSON().cells;")

    def outputs(self, start: str) -> str:
        """The outputs, as text and HTML, of the cell whose source begins with `start`."""
        cell = self.cells()[self.index(start)]
        return json.dumps(cell["outputs"], ensure_ascii=False)

    def raised(self) -> list[str]:
        """The cells that raised."""
        return [
            "".join(cell["source"])
            for cell in self.cells()
            if any(output["output_type"] == "error" for output in cell.get("outputs", []))
        ]

    def index(self, start: str) -> int:
        """The number of the cell whose source begins with `start`."""
        for number, cell in enumerate(self.cells()):
            if "".join(cell["source"]).startswith(start):
                return number
        raise LookupError(f"{self.name} has no cell that begins with {start!r}")

    def go_to(self, start: str):
        """Scrolls to a cell and selects it; returns it as a locator."""
        return self._scroll_to(self.index(start))

    def _scroll_to(self, number: int):
        self._do(
            "panel.content.activeCellIndex = argument; await panel.content.scrollToItem(argument, 'center');", number
        )
        cell = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active")
        cell.wait_for()
        return cell

    def type_into(self, start: str, code: str) -> None:
        """Replaces a cell's text by typing, and runs it."""
        cell = self.go_to(start)
        cell.locator(".cm-content").first.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)
        self._execute("Shift+Enter")

    def edit(self, start: str, old: str, new: str) -> None:
        """Changes a piece of a cell's text, and does not run it."""
        number = self.index(start)
        source = "".join(self.cells()[number]["source"])
        assert source.count(old) == 1, f"{old!r} does not stand once in {source!r}"
        changed = [number, source.replace(old, new)]
        self._do("panel.content.widgets[argument[0]].model.sharedModel.setSource(argument[1]);", changed)

    def replace(self, start: str, code: str) -> None:
        """Puts other code into a cell, and does not run it."""
        changed = [self.index(start), code]
        self._do("panel.content.widgets[argument[0]].model.sharedModel.setSource(argument[1]);", changed)

    def run(self, start: str):
        """Runs one cell; returns its output area."""
        return self.run_number(self.index(start))

    def run_number(self, number: int):
        """Runs a cell by its number; returns its output area."""
        cell = self._scroll_to(number)
        cell.locator(".cm-content").first.click()
        self._execute("Control+Enter")
        return cell.locator(".jp-OutputArea").first

    def subshells(self) -> list[str]:
        """The kernel's shells in threads of their own, in which JupyterLab would have widgets answer beside a running cell."""
        return self._do(
            """const kernel = panel.sessionContext.session.kernel;
               const answer = await kernel.requestListSubshell({}).done;
               return answer.content.subshell_id;"""
        )

    def picture(self, name: str, whole: bool = False) -> None:
        """Keeps a screenshot."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=whole)

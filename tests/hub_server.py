"""A hub on the loopback, as small as transformers allows: it serves folders as models, over real HTTP."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextlib.contextmanager
def hub(models: dict[str, Path | None]) -> Iterator[tuple[str, list[str]]]:
    """Serve `models`: name to folder, None for one that its owner keeps closed. Gives the URL and the requests."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked.append(f"{self.command} {self.path}")
            path = self.path.split("?")[0].lstrip("/")
            if path.startswith("api/models/"):
                name = next((name for name in models if path.startswith(f"api/models/{name}")), None)
                wanted = path.removeprefix(f"api/models/{name}")
                if name is None:
                    return self.refuse(401, "RepoNotFound")
                if not wanted:
                    return self.answer(json.dumps({"id": name, "sha": COMMIT, "tags": [], "siblings": []}).encode())
                return self.refuse(404, "EntryNotFound")
            name, _, wanted = path.partition("/resolve/")
            if name not in models:
                return self.refuse(401, "RepoNotFound")
            if models[name] is None:
                return self.refuse(403, "GatedRepo")
            file = models[name] / wanted.partition("/")[2]
            return self.answer(file.read_bytes()) if file.is_file() else self.refuse(404, "EntryNotFound")

        do_HEAD = do_GET

        def answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.finish_with(content)

        def refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.finish_with(b"")

        def finish_with(self, content: bytes) -> None:
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

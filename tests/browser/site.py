"""The web edition in a real browser: built once for all tests, over file:// or http, and what goes wrong on its pages."""

import contextlib
import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tools.locking import locked

from .lab import ARTIFACTS, ROOT

AXE = Axe().axe_script
HERE = re.compile(r"(file:|data:|blob:|http://127\.0\.0\.1[:/])")


def build(out: Path) -> None:
    """Build the site into a folder, as `make site` does."""
    made = subprocess.run([sys.executable, "-m", "tools.site", str(out)], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]


def built_once(tmp_path_factory) -> Path:
    """The folder of the site. Workers of one run share it: the first builds it, the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    with locked(shared / "site.lock", waiting=lambda: None):
        if not (shared / "site-is-built").exists():
            build(shared / "site")
            (shared / "site-is-built").touch()
    return shared / "site"


def names(site: Path) -> list[str]:
    """The addresses of all pages within the site, sorted."""
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts)


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """The site over http on this machine; gives its address, which ends in a slash."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class Visitor:
    """A reader with a page open, of whom all is written down that a page should not do."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        self.address = address
        self.context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}, **options})
        self.context.route(re.compile(f"^(?!{HERE.pattern})"), lambda route: route.abort())
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.page.on("request", self._request)
        self.page.on("requestfailed", lambda request: self.faults.append(f"not loaded: {request.url}"))
        self.page.on("response", self._response)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._console)

    def _request(self, request) -> None:
        self.asked.append(request.url)
        if not HERE.match(request.url):
            self.faults.append(f"fetched from outside: {request.url}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def open(self, name: str) -> Page:
        """Go to a page of the site, and look at nothing but that."""
        self.faults.clear()
        self.asked.clear()
        self.page.goto(self.address + name, wait_until="load")
        return self.page

    def picture(self, name: str) -> None:
        """A screenshot among the artifacts."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"site-{name}.png")

    def unfold(self) -> None:
        """Open all that is folded."""
        self.page.evaluate(
            "() => document.querySelectorAll('main details, article details').forEach(d => d.open = true)"
        )

    def too_wide(self) -> list[str]:
        """What makes the page scroll sideways, or run out of the window; empty if nothing does."""
        return self.page.evaluate(
            """() => {
            const frames = [document.documentElement, ...document.querySelectorAll('.page, .main, .content')];
            return frames.filter(frame => frame.scrollWidth > frame.clientWidth + 1).map(frame => {
                const edge = frame.getBoundingClientRect().left + frame.clientWidth;
                const out = [...frame.querySelectorAll('*')].filter(n => n.getBoundingClientRect().right > edge + 1);
                return `${frame.tagName}.${frame.className} ${frame.scrollWidth} > ${frame.clientWidth}: `
                    + out.slice(0, 3).map(node => `${node.tagName}.${node.className}`);
            });
            }"""
        )

    def clipped(self) -> list[str]:
        """Texts that are cut off at their box and cannot be scrolled to."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('article *, .sidebar-drawer *, header *')].filter(node => {
                const style = getComputedStyle(node);
                const hides = side => ['hidden', 'clip'].includes(style['overflow' + side]);
                if (!hides('X') && !hides('Y')) return false;
                if (style.visibility === 'hidden' || style.clip !== 'auto') return false;
                if (!node.textContent.trim() || node.clientWidth < 5 || node.clientHeight < 5) return false;
                return hides('X') && node.scrollWidth > node.clientWidth + 2
                    || hides('Y') && node.scrollHeight > node.clientHeight + 2;
            }).map(node => node.tagName + '.' + node.className + ': ' + node.textContent.trim().slice(0, 40))"""
        )

    def thin(self, where: str = "body *") -> None:
        """Leave three texts of each kind: of those that have the same place in the structure, and so the same colours."""
        self.page.evaluate(
            """where => {
            const seen = new Map();
            for (const node of [...document.querySelectorAll(where)].reverse()) {
                if (node.children.length) continue;
                let kind = '';
                for (let up = node; up.tagName !== 'BODY'; up = up.parentElement)
                    kind += `${up.tagName} ${up.className} ${up.getAttribute('style')}>`;
                seen.set(kind, (seen.get(kind) || 0) + 1);
                if (seen.get(kind) > 3) node.remove();
            }
            }""",
            where,
        )

    def violations(self, *rules: str, without: tuple[str, ...] = (), inside: str = "html") -> list[str]:
        """What axe finds serious or critical, by some rules or by all: the rule, how often and where it is first broken."""
        options: dict = {"resultTypes": ["violations"], "preload": False}
        options["rules"] = {rule: {"enabled": False} for rule in without}
        if rules:
            options["runOnly"] = {"type": "rule", "values": rules}
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(
            "([inside, options]) => axe.run(inside, options).then(found => found.violations)", [inside, options]
        )
        return [
            f"{each['id']} {len(each['nodes'])} times: {each['nodes'][0]['html'][:200]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    def close(self) -> None:
        """End the visit."""
        self.context.close()

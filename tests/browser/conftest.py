"""A server for all journeys, and a fresh page for each."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from .lab import ARTIFACTS, Lab, Server, chromium


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("lab"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-quic"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield started
        started.close()


@pytest.fixture
def lab(browser, server, request) -> Iterator[Lab]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    opened = Lab(page, server)
    yield opened
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{request.node.name.replace('/', '-')}.png")
    opened._do("await panel?.sessionContext?.shutdown();")
    page.close()
    assert not opened.errors, "JavaScript errors in the console"

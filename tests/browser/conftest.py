"""A server for all journeys, and a fresh page for each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .lab import ARTIFACTS, Lab, Server, chromium
from .site import AXE, Visitor, built_once


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


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The folder of the built web edition. Not to be changed."""
    return built_once(tmp_path_factory)


@pytest.fixture(scope="module")
def reader(browser, site) -> Iterator[Visitor]:
    """One reader for all tests of a module that only look at files of the site; such a test asks about faults itself."""
    visitor = Visitor(browser, f"{site.as_uri()}/")
    visitor.context.add_init_script(AXE)
    yield visitor
    visitor.close()


@pytest.fixture
def visit(browser, site) -> Iterator[Callable[..., Visitor]]:
    """Opens a reader's window: `visit(color_scheme="dark")`. None of them may see a fault."""
    opened = []

    def new(address: str = "", **options: object) -> Visitor:
        opened.append(Visitor(browser, address or f"{site.as_uri()}/", **options))
        return opened[-1]

    yield new
    for visitor in opened:
        visitor.close()
    assert [visitor.faults for visitor in opened if visitor.faults] == []

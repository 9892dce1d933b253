"""Every lesson, lived through: run all, move every control of every widget, restart, run all again."""

import pytest

from tools.sources import ROOT

pytestmark = pytest.mark.browser

LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
TRIES = {"slider": ("ArrowRight", "ArrowLeft", "ArrowRight"), "select": ("ArrowDown", "ArrowUp", "ArrowDown")}


def drawing(panel) -> str:
    return panel.locator(".widget-html-content").first.inner_html()


def changes(lab, panel, act) -> bool:
    """Whether the panel's picture is another one after `act`."""
    before = drawing(panel)
    act()
    for _ in range(30):
        if drawing(panel) != before:
            return True
        lab.page.wait_for_timeout(50)
    return False


def controls(panel):
    """(what it is, its locator) of every control of a widget."""
    for kind, selector in (
        ("slider", ".noUi-handle"),
        ("select", "select"),
        ("checkbox", "input[type=checkbox]"),
        ("text", "textarea, input[type=text]"),
    ):
        for control in panel.locator(selector).all():
            yield kind, control


def try_out(lab, panel, kind, control) -> bool:
    if kind == "checkbox":
        return changes(lab, panel, control.click)
    if kind == "text":
        return changes(lab, panel, lambda: control.fill("the bank by the river"))
    control.focus()
    return any(changes(lab, panel, lambda k=key: control.press(k)) for key in TRIES[kind])


@pytest.mark.parametrize("name", LESSONS)
def test_lesson(lab, name):
    lab.open(f"notebooks/{name}")
    lab.run_all()
    assert not lab.raised()
    widgets = [
        "".join(cell["source"])
        for cell in lab.cells()
        if cell["cell_type"] == "code" and "explore_" in "".join(cell["source"])
    ]
    widgets = [source for source in widgets if source.lstrip().startswith("explore_") or "\nexplore_" in source]
    assert widgets, "a lesson has a widget"
    for number, source in enumerate(widgets):
        panel = lab.go_to(source).locator(".jp-OutputArea .widget-vbox").first
        panel.wait_for(timeout=20_000)
        moved = [(kind, try_out(lab, panel, kind, control)) for kind, control in controls(panel)]
        assert moved, "a widget has controls"
        assert all(changed for _, changed in moved), moved
        assert "cannot be drawn" not in drawing(panel)
        lab.picture(f"widget-{name.removesuffix('.ipynb')}-{number}")


def test_restart_and_run_all(lab):
    lab.open(f"notebooks/{LESSONS[0]}")
    lab.restart_and_run_all()
    assert not lab.raised()


def test_first_screen(lab, server):
    """What `make lab` shows first: the first notebook, its table of contents, no question about news."""
    lab.page.goto(f"{server.url}/lab?token=course")
    lab.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    assert "00_orientation" in lab.page.locator(".jp-mod-current[role=tab]").first.inner_text() or "00_orientation" in (
        lab.page.title() + lab.page.inner_text("#jp-main-dock-panel")
    )
    lab.page.locator("#jp-left-stack .jp-TableOfContents-tree").first.wait_for()
    lab.page.wait_for_timeout(2_000)
    assert lab.page.locator(".jp-toast, .Toastify__toast").count() == 0
    lab.picture("first-screen")

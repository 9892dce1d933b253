"""Every lesson, lived through: run all, move every control of every widget, restart, run all again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from course_utils.lessons import CLOSING
from tools.sources import ROOT

from .lab import TOKEN, Lab, Server

pytestmark = pytest.mark.browser

# The last page has nothing to move; lesson 11 trains for minutes and has a journey of its own, in test_training.py.
ELSEWHERE = (CLOSING.stem, "11_masked_lm")
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb") if path.stem not in ELSEWHERE)
# What takes minutes, as edits that shorten it. At their whole length these trainings are compared with the stored outputs.
SHORTER = {"12_fine_tuning.ipynb": [("histories = {}", f"steps={steps}", "steps=3") for steps in (20, 40)]}
KEYS = ("ArrowRight", "ArrowLeft", "ArrowRight")  # one of them moves a slider, wherever it stands


def drawing(panel) -> str:
    return panel.locator(".widget-html-content").first.inner_html()


def changes(lab, panel, act) -> bool:
    """Whether the panel's picture is another one after `act`."""
    before = drawing(panel)
    act()
    for _ in range(100):  # a kernel beside other tests may need seconds
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
    if kind == "select":
        others = range(1, control.locator("option").count())
        return any(changes(lab, panel, lambda i=index: control.select_option(index=i)) for index in others)
    control.focus()
    return any(changes(lab, panel, lambda k=key: control.press(k)) for key in KEYS)


@pytest.mark.parametrize("name", LESSONS)
def test_lesson(lab, name):
    lab.open(f"notebooks/{name}")
    for edit in SHORTER.get(name, ()):
        lab.edit(*edit)
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


def test_keys_on_a_control_stay_there(lab):
    """JupyterLab would go to the next cell at an arrow, insert a cell at a "b" and cut one at an "x"."""
    lab.open(f"notebooks/{LESSONS[0]}")
    lab.run_all()
    panel = lab.page.locator(".jp-OutputArea .widget-vbox").filter(has=lab.page.locator("select")).first
    choice = panel.locator("select").first
    choice.scroll_into_view_if_needed()
    place = "return [panel.content.widgets.length, panel.content.activeCellIndex];"
    choice.focus()
    lab.page.wait_for_timeout(300)  # its cell becomes the active one
    before = lab._do(place)
    assert changes(lab, panel, lambda: lab.page.keyboard.press("ArrowDown")), "the arrow chooses"
    for kind, control in controls(panel):
        if kind == "text":
            continue
        control.focus()
        for key in ("b", "x"):
            lab.page.keyboard.press(key)
            lab.page.wait_for_timeout(300)
            assert lab._do(place) == before, f"{key} on a {kind}"
            assert control.evaluate("node => node === document.activeElement"), f"{key} on a {kind}"


PASSES = """from course_utils import check_layer_output

def layer_output(hidden_states, layer):
    return hidden_states[layer + 1]

check_layer_output(layer_output)"""


def test_the_last_page(lab):
    lab.open(f"notebooks/{CLOSING.stem}.ipynb")
    lab.type_into("certificate()", PASSES)
    assert "passed" in lab.outputs(PASSES)
    lab.replace(PASSES, "certificate()")
    lab.run_all()
    assert not lab.raised()
    assert "functions equal to the original" in lab.outputs("certificate()")


def test_restart_and_run_all(lab):
    lab.open(f"notebooks/{LESSONS[0]}")
    lab.restart_and_run_all()
    assert not lab.raised()


def test_first_screen(browser, tmp_path):
    """What `make lab` shows first: the first notebook, its table of contents, no question about news."""
    server = Server(tmp_path)
    try:
        lab = Lab(browser.new_page(viewport={"width": 1400, "height": 1000}), server)
        lab.page.goto(f"{server.url}/lab?token={TOKEN}")
        lab.page.get_by_role("tab", name="00_orientation.ipynb").wait_for(timeout=60_000)
        lab.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        lab.page.locator(".jp-TableOfContents").first.wait_for()
        lab.page.wait_for_timeout(2_000)  # a question would come late
        assert lab.page.locator(".jp-toast, .Toastify__toast, .jp-Dialog").count() == 0
        lab.page.locator(".jp-CodeCell .cm-content.cm-lineWrapping").first.wait_for()
        cut_off = lab.page.locator(".jp-CodeCell .cm-content:not(.cm-lineWrapping)")
        expect(cut_off).to_have_count(0, timeout=60_000)
        lab.picture("first-screen")
        assert not lab.errors
        said = Path(server.log.name).read_text().splitlines()
        ours = [line for line in said if not line.startswith("[NbGrader")]  # which only the tests install
        assert not [line for line in ours if "WARNING" in line], "nobody who opens a course needs to be warned"
    finally:
        server.stop()

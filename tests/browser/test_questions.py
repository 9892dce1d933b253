"""A lesson's questions in JupyterLab: the answer is folded, a choice opens its reason, a run shows the answer; and pictures
in the dark theme and in a narrow window.
"""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LESSON = "notebooks/03_self_attention.ipynb"
FOLDED = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .flatMap((cell, number) => cell.outputHidden ? [number] : [])"""


def test_ask_then_show(lab):
    lab.open(LESSON)
    folded = lab.page.evaluate(FOLDED)
    assert folded, "the answers are folded when a lesson is opened"
    asked = [number for number, cell in enumerate(lab.cells()) if "predict(" in "".join(cell["source"])]
    before = next(number for number in asked if number + 1 == folded[0])

    lab._do("panel.content.activeCellIndex = 0; await panel.content.scrollToItem(0);")
    lab.page.locator(".jp-OutputArea details").first.wait_for()  # the static twin, and the style that comes with it
    lab._do("await panel.content.scrollToItem(argument, 'center');", folded[0])
    placeholder = lab.page.locator(".jp-OutputPlaceholder .jp-PlaceholderText").first
    assert placeholder.evaluate("node => getComputedStyle(node).fontSize") == "0px", (
        "its first line would be the answer"
    )
    lab.picture("question-folded")

    for number in sorted({asked[0], before}):  # the first imports what the others need
        lab.run_number(number)
    question = lab.page.locator(".inside-bert-question").last
    buttons = question.locator("button")
    assert "✗" not in question.inner_text()
    assert "✓" not in question.inner_text()
    for index in range(buttons.count()):
        buttons.nth(index).focus()
        lab.page.keyboard.press("Space")
        expect(question.locator("p[role=status]")).to_have_count(index + 1)
    assert question.inner_text().count("✓ Yes.") == 1
    lab.picture("question-answered")


def test_a_run_shows_the_answer(lab):
    lab.open(LESSON)
    lab.run_all()
    assert lab.page.evaluate(FOLDED) == []


def corner(lab, picture) -> tuple[int, int, int]:
    """The colour of a picture's sheet, inside its upper left corner."""
    return Image.open(io.BytesIO(picture.screenshot())).convert("RGB").getpixel((12, 12))


def test_dark_and_narrow(lab):
    lab.open(LESSON)
    lab._do("return await window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'});")
    number = lab.index("import math")  # with the strip that says where one is
    lab._do("await panel.content.scrollToItem(argument, 'center');", number)
    cell = lab.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")
    picture = cell.locator(".jp-RenderedSVG img")
    picture.wait_for()
    assert min(corner(lab, picture)) > 200
    lab._do("return await window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'});")
    try:
        lab.page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
        lab.page.wait_for_timeout(1_000)
        assert max(corner(lab, picture)) < 80, "the sheet is dark in the dark theme"
        lab.picture("picture-dark")
        lab.page.set_viewport_size({"width": 1000, "height": 1000})
        lab.page.wait_for_timeout(500)
        assert picture.evaluate("node => node.getBoundingClientRect().width") >= 775, "text of 11 pixels keeps 10"
        lab.picture("picture-narrow")
    finally:
        lab._do(
            "return await window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'});"
        )

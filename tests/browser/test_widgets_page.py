"""The widgets of the web edition in a browser, on a bare page opened as a file: the drawings are those of the states."""

import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

from course_utils.figures.svg import Canvas
from course_utils.lessons import CLOSING, LESSONS
from course_utils.widgets import base, recording, states
from course_utils.widgets.packing import unpacked
from tools.sources import ROOT

pytestmark = pytest.mark.browser

STATIC = ROOT / "tools" / "site" / "static"
STYLE = (STATIC / "widgets.css").read_text(encoding="utf-8")  # in the page: axe would read a file of its own by XHR
STEMS = [lesson.stem for lesson in LESSONS if lesson != CLOSING]
# the browser's own reading of a drawing, so that two can be compared
SAME = """([html, where]) => {
    const expected = document.createElement('div'), found = document.querySelector(where).cloneNode(true);
    expected.innerHTML = html;
    found.querySelectorAll('svg').forEach(svg => svg.removeAttribute('aria-hidden'));
    found.querySelectorAll('[tabindex]').forEach(box => box.removeAttribute('tabindex'));
    return expected.innerHTML === found.innerHTML;
}"""

# where each control stands, as the page shows it; the words of one that does not move
PLACES = """() => [...document.querySelectorAll('.inside-bert-control')].map(box => {
    const input = box.querySelector('[data-control]');
    return !input ? box.querySelector('[data-fixed]').textContent
        : input.type === 'checkbox' ? Number(input.checked)
        : input.type === 'range' ? Number(input.value) : input.selectedIndex;
})"""


@pytest.fixture
def open_page(browser, tmp_path):
    """Opens the first widget of a lesson: `open_page(stem)`; errors in the console, but for `expected`, are failures."""
    errors, pages = [], []

    def opened(stem: str, twin: str = "<p>the twin</p>", scripts: bool = True, expected: str = "none"):
        context = browser.new_context(viewport={"width": 1000, "height": 900}, java_script_enabled=scripts)
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: said(str(error)))
        page.on("console", lambda message: said(message.text) if message.type == "error" else None)
        page.on("request", lambda request: said(request.url) if request.url.startswith("http") else None)

        def said(words: str) -> None:
            if not re.search(expected, words):
                errors.append(words)

        (tmp_path / "page.html").write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>A widget</title>'
            f"<style>{STYLE}</style><main><h1>A widget</h1>"
            f"{states.panel_html(stem, 0, twin, 'states/')}</main>"
            f'<script src="{STATIC.as_uri()}/widgets.js"></script></html>',
            encoding="utf-8",
        )
        page.goto((tmp_path / "page.html").as_uri())
        return page

    (tmp_path / "states").mkdir()
    yield opened
    for page in pages:
        page.context.close()
    assert not errors


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """A widget of every kind of control, one that follows, and one that sets another."""

    def draw(**values):
        canvas = Canvas(300, 100)
        canvas.text(10, 20, values["word"])
        return canvas.picture(f"It shows {values}.")

    monkeypatch.setattr(states, "FOLDER", tmp_path / "states")
    recording.record(str(tmp_path / "states" / "00_test.js"))
    base.explore(
        draw,
        word=base.text("word", "abc", examples=("a", "abcd")),
        step=base.slider("step", 1, 3, 3, follow=lambda values: len(values["word"])),
        which=base.choice("which", {"first": 1, "second": 2})._replace(sets=lambda value: {"far": value / 2}),
        on=base.switch("switched on"),
        far=base.decimal("far", 0.0, 9.0, 0.5),
    )
    recording.record(None)
    original = states.load
    monkeypatch.setattr(states, "load", lambda stem: original(stem, tmp_path / "states"))
    return states.load("00_test")[0]


def test_controls_choose_the_drawing_and_what_hangs_on_them_follows(open_page, recorded):
    page = open_page("00_test")
    said, twin = page.locator(".inside-bert-said"), page.get_by_text("the twin")
    assert twin.is_visible()
    assert said.inner_text() == ""
    assert not page.evaluate("document.querySelector('script[src*=states]')"), "nothing is loaded before it is touched"
    page.get_by_label("word", exact=True).select_option("abcd")
    said.get_by_text("'abcd'").wait_for()
    assert twin.is_hidden()
    assert "'step': 4" in said.inner_text(), "a slider that follows goes to its end"
    step = page.get_by_role("slider", name="step")
    assert (step.get_attribute("max"), step.get_attribute("aria-valuetext")) == ("3", "4")
    step.focus()
    page.keyboard.press("ArrowLeft")
    assert "'step': 3" in said.inner_text()
    page.get_by_label("which", exact=True).select_option("second")
    assert "'which': 2" in said.inner_text()
    assert "'far': 1" in said.inner_text(), "what cannot be moved is set all the same"
    assert page.locator("[data-fixed]").inner_text() == "1"
    page.get_by_label("switched on", exact=True).press("Space")
    assert "'on': False" in said.inner_text()
    page.get_by_label("word", exact=True).select_option("a")
    assert "'step': 1" in said.inner_text()
    assert not Axe().run(page).response["violations"]


def test_a_twin_of_its_own_gives_way_to_the_first_state_where_scripts_are_on(open_page, recorded, monkeypatch):
    original = states.load
    monkeypatch.setattr(states, "load", lambda stem: [original(stem)[0] | {"own_twin": True}])
    page = open_page("00_test")
    assert page.get_by_text("the twin").is_hidden()
    assert "'step': 3" in page.locator(".inside-bert-said").inner_text()
    page = open_page("00_test", scripts=False)
    assert page.get_by_text("the twin").is_visible()
    assert page.locator("form").is_hidden()
    assert page.locator(".inside-bert-said").is_hidden()


def test_states_that_cannot_be_loaded_are_named(open_page, recorded, tmp_path):
    page = open_page("00_test", expected="could not be loaded|FILE_NOT_FOUND")
    (tmp_path / "states" / "00_test.js").unlink()
    page.get_by_label("which", exact=True).select_option("second")
    page.get_by_text("could not be loaded").wait_for()


@pytest.mark.parametrize("stem", STEMS)
def test_every_control_of_a_lesson_draws_what_was_recorded(open_page, stem, tmp_path):
    shutil.copy(states.FOLDER / f"{stem}.js", tmp_path / "states")
    (widget,) = states.load(stem)
    page = open_page(stem)
    for at, control in enumerate(widget["controls"]):
        if not control["live"]:
            continue
        moved = page.locator(f"[data-control='{at}']")
        if control["kind"] == "switch":
            moved.press("Space")
        elif control["kind"] == "slider":
            moved.press("Home" if control["first"] else "End")
        else:
            moved.select_option(index=len(control["options"]) - 1 - (control["first"] == len(control["options"]) - 1))
    page.locator(".inside-bert-drawing").wait_for()
    places = page.evaluate(PLACES)
    key = ".".join(
        str(control["options"].index(place) if isinstance(place, str) else place)
        for control, place in zip(widget["controls"], places, strict=True)
    )
    assert key != states.first_key(widget)
    drawing, caption = unpacked(widget, key)
    assert page.evaluate(SAME, [drawing, ".inside-bert-drawing"]), key
    assert page.evaluate(SAME, [f'<p class="inside-bert-caption">{caption}</p>', ".inside-bert-said"]), key
    assert not Axe().run(page).response["violations"]

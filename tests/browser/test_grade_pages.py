"""What a teacher and a learner are given, in a real browser: it can be read by everybody, and nothing leaves the page."""

from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from course_utils.grade.marks.points import weights_of
from course_utils.grade.records import Look
from course_utils.grade.report.class_page import write_class_page
from course_utils.grade.report.feedback import write_feedback
from course_utils.grade.report.similar import write_similar
from tests.grade.hostile import ALL
from tests.grade.klass import class_of, unnamed
from tests.grade.test_similar import COPY, ODD

from .lab import ARTIFACTS

pytestmark = pytest.mark.browser

PAGES = ("class.html", "feedback/s0005/03_self_attention.html", "similar.html")


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """The pages of a made-up class, two of whom have copied, and one of whom is hostile."""
    out, made = tmp_path_factory.mktemp("grades"), class_of(40)
    for record, text in zip(made, (ODD, COPY), strict=False):
        record.exercises["split_heads"] = replace(record.exercises["split_heads"], text=text)
    hostile = made[5]
    hostile.name = ALL
    hostile.looks.append(Look(ALL, ALL))
    hostile.exercises["linear"] = unnamed("linear", ALL, ALL)
    for write in (write_class_page, write_feedback):
        write(made, weights_of(), out)
    write_similar(made, out, names=True)
    return out


@pytest.fixture
def opened(browser, written, request):
    """A page in a light or dark theme and of some width, all that it asked for, and what it logged."""
    name, theme, width = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    page.asked, page.logged = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.logged.append(message.text))
    page.on("dialog", lambda dialog: page.logged.append(dialog.message) or dialog.dismiss())
    page.goto((written / name).as_uri())
    yield page
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"grade-{Path(name).stem}-{theme}-{width}.png", full_page=True)
    page.close()


@pytest.mark.parametrize(
    "opened", [(name, theme, 1280) for name in PAGES for theme in ("light", "dark")], indirect=True, ids=str
)
def test_everybody_can_read_it_and_nothing_leaves_it(opened):
    for details in opened.locator("details").all():
        details.evaluate("each => each.open = true")
    found = Axe().run(opened)
    assert not found.violations_count, found.generate_report()
    assert len(opened.asked) == 1
    assert not opened.logged


@pytest.mark.parametrize("opened", [(name, "light", 400) for name in PAGES], indirect=True, ids=str)
def test_on_a_phone_nothing_runs_out_of_the_window(opened):
    assert opened.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("opened", [("class.html", "light", 1280)], indirect=True, ids=str)
def test_the_findings_open_by_the_keyboard(opened):
    summary = opened.locator("details.finding summary").first
    summary.focus()
    opened.keyboard.press("Enter")
    assert opened.locator("details.finding[open] pre").first.is_visible()


def test_axe_finds_what_is_wrong(browser):
    page = browser.new_page()
    page.set_content("<title>x</title><img src='data:,'><p style='color:#bbb;background:#fff'>pale</p>")
    assert {"image-alt", "color-contrast", "html-has-lang"} <= {
        each["id"] for each in Axe().run(page).response["violations"]
    }
    page.close()

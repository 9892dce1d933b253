"""Every page of the web edition in a real browser: sound, readable by everybody, at home in every window."""

import pytest

from course_utils.lessons import LESSONS
from tools.site.addresses import PAGES

from .site import names

pytestmark = pytest.mark.browser

LESSON = "lessons/03_self_attention.html"
ALL = sorted({*PAGES.values(), "search", "mistakes/index", *(f"mistakes/{lesson.stem}" for lesson in LESSONS)})
WIDTHS = (1400, 1000, 700, 390)  # 700: what is left of 1400 pixels at 200 %
# Of these, one page looks like another. The rules for colours, and all widths, are for the first of them.
ALIKE = ("exercises/", "mistakes/", "solutions/")
FIRST = {"exercises/00_orientation", "mistakes/index", "mistakes/00_orientation", "solutions/00_orientation"}
BY_COLOUR = ("color-contrast", "link-in-text-block")  # all that the dark theme changes


def test_the_pages_are_those_that_are_tested(site):
    assert [name.removesuffix(".html") for name in names(site) if name not in ("genindex.html", "404.html")] == ALL


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_sound(reader, name):
    """Nothing from outside, nothing in the console, readable by everybody in both themes, and never wider than its window."""
    page, found = reader.page, {}
    thorough = name in FIRST or not name.startswith(ALIKE)
    page.emulate_media(color_scheme="light")
    reader.open(f"{name}.html")
    reader.unfold()
    for width in WIDTHS if thorough else WIDTHS[-1:]:
        page.set_viewport_size({"width": width, "height": 1000})
        found[f"width {width}"] = [*reader.too_wide(), *reader.clipped()]
    page.set_viewport_size({"width": 1400, "height": 1000})
    reader.thin("pre *, math *")  # pieces of code and of formulas, by the thousand
    found["light"] = reader.violations(without=BY_COLOUR)
    reader.thin()
    for theme in ("light", "dark") if thorough else ():
        page.emulate_media(color_scheme=theme)
        found[f"colours, {theme}"] = reader.violations(*BY_COLOUR)
    assert {where: what for where, what in found.items() if what} == {}
    assert reader.faults == []


def test_these_looks_find_faults(reader):
    page = reader.open(LESSON)
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.emulate_media(color_scheme="dark")
    page.evaluate(
        """() => {
        document.querySelector('article').insertAdjacentHTML('afterbegin',
            '<img src="data:,"><button></button><h2 style="color: #555">pale</h2><h2 style="width: 3000px">wide</h2>'
            + '<p style="height: 6px; overflow: hidden">cut off</p>');
        fetch('https://example.org/x.js').catch(() => {});
        }"""
    )
    reader.thin()
    assert {"image-alt", "button-name", "color-contrast"} <= {each.split()[0] for each in reader.violations()}
    assert reader.too_wide()
    assert reader.clipped()
    assert any("from outside" in fault for fault in reader.faults)
    reader.open(LESSON)
    assert reader.faults == []

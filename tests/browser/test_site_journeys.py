"""Readers of the web edition: on a phone, in the dark, on paper, without scripts, without a mouse, in search of something."""

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from course_utils.lessons import CLOSING, LESSONS

from .site import served

pytestmark = pytest.mark.browser

LESSON = "lessons/04_add_and_norm.html"
SIDEBAR, CONTENTS = ".sidebar-drawer", ".toc-drawer"


def ground(page: Page, of: str = "body") -> int:
    """How light the ground of an element is, from 0 to 255."""
    colour = page.locator(of).first.evaluate("node => getComputedStyle(node).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) // 3


def inverted(page: Page) -> bool:
    picture = page.locator("article .picture img").first
    return "invert" in picture.evaluate("node => getComputedStyle(node).filter")


def test_from_the_landing_page_to_a_lesson_and_on(visit):
    page = visit().open("index.html")
    page.locator(".map a[href*='03_self_attention']").first.click()
    expect(page.locator("h1")).to_contain_text("Self-attention")
    page.locator(".related-pages .next-page").click()
    expect(page.locator("h1")).to_contain_text("Add & norm")
    page.locator(".related-pages .prev-page").click()
    expect(page.locator("h1")).to_contain_text("Self-attention")
    page.locator(f"{SIDEBAR} a", has_text="Mistakes that people make").click()
    page.locator("article a", has_text="03 Self-attention").first.click()
    expect(page.locator("h2", has_text="softmax")).to_have_count(1)


def test_every_part_of_the_map_leads_to_its_lesson(visit):
    page = visit().open("index.html")
    linked = page.locator(".map a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert {f"lessons/{lesson.stem}.html" for lesson in LESSONS} == set(linked)
    for lesson in (*LESSONS, CLOSING):
        assert page.locator(f"article a[href='lessons/{lesson.stem}.html']").count(), lesson.stem


def test_on_a_phone_the_menu_opens_and_leads_on(visit):
    visitor = visit(viewport={"width": 390, "height": 800}, has_touch=True)
    page = visitor.open(LESSON)
    assert visitor.violations("scrollable-region-focusable") == []
    boxes = page.locator(".mobile-header :is(label, button):visible").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(box => [box.left, box.right]).sort((a, b) => a[0] - b[0])"
    )
    assert len(boxes) == 3
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(boxes)), "the buttons do not touch"
    link = page.locator(f"{SIDEBAR} a", has_text="Feed-forward").first
    expect(link).not_to_be_in_viewport()
    page.locator(".nav-overlay-icon").tap()
    expect(link).to_be_in_viewport()
    link.tap()
    expect(page.locator("h1")).to_contain_text("Feed-forward")
    assert page.locator("article .picture img").first.evaluate("node => node.getBoundingClientRect().width") >= 700, (
        "a picture stays as large as its words need, and scrolls in its box"
    )


def test_the_dark_theme_comes_with_the_system_and_by_the_button_and_stays(visit):
    page = visit(color_scheme="dark").open(LESSON)
    assert ground(page) < 60
    assert inverted(page)

    page = visit().open(LESSON)
    assert ground(page) > 200
    assert not inverted(page)
    button = page.locator(".theme-toggle-content .theme-toggle")
    for _ in range(3):
        if ground(page) > 200:
            button.click()
    assert ground(page) < 60
    assert inverted(page)
    page.locator(".related-pages .next-page").click()
    expect(page.locator("h1")).to_contain_text("Feed-forward")
    assert ground(page) < 60


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_paper_there_is_the_lesson_alone_and_all_of_it(visit, theme):
    visitor = visit(color_scheme=theme, viewport={"width": 718, "height": 1000})  # an A4 sheet between its margins
    page = visitor.open(LESSON)
    page.evaluate(
        """() => addEventListener('beforeprint', () => {
            window.folded = document.querySelectorAll('details.folded:not([open])').length })"""
    )
    written = page.pdf(format="A4", print_background=True)
    pages = len(re.findall(rb"/Type ?/Page\b", written))
    assert 8 <= pages <= 60
    sheets = {
        tuple(round(float(size)) for size in box.split()) for box in re.findall(rb"/MediaBox ?\[([^]]*)\]", written)
    }
    assert len(sheets) == 1
    assert sheets <= {(0, 0, 595, 842), (0, 0, 596, 843)}, "A4"
    assert page.evaluate("() => window.folded") == 0
    assert page.locator("details.folded:not([open])").count() > 0, "after printing they are folded again"

    page.emulate_media(media="print", color_scheme=theme)
    for gone in (SIDEBAR, CONTENTS, ".mobile-header", ".theme-toggle-content", ".related-pages"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("article h1").is_visible()
    assert ground(page) > 200
    assert not inverted(page)
    assert visitor.too_wide() == []
    wide = page.locator("article .picture img").evaluate_all(
        "all => all.filter(each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.src)"
    )
    assert wide == []


def test_without_scripts_a_lesson_can_be_read_to_its_end(visit):
    page = visit(java_script_enabled=False).open(LESSON)
    question = page.locator(".choices").first
    right, wrong = question.locator(".choice.right"), question.locator(".choice.wrong").first
    for choice, says in ((wrong, "✗ No."), (right, "✓ Yes.")):
        expect(choice.locator("p")).not_to_be_visible()
        choice.locator("summary").click()
        expect(choice.locator("p")).to_be_visible()
        expect(choice.locator("p")).to_contain_text(says)
    folded = page.locator("details.folded").first
    expect(folded.locator(".output")).not_to_be_visible()
    folded.locator("summary").click()
    expect(folded.locator(".output")).to_be_visible()
    expect(page.locator(".inside-bert-twin img").first).to_be_visible()
    for control in page.locator("article :is(button, input, select, textarea)").all():
        assert not control.is_visible(), "a control that does nothing"
    page.locator(".related-pages .next-page").click()
    expect(page.locator("h1")).to_contain_text("Feed-forward")


def test_a_question_marks_what_was_chosen(visit):
    page = visit().open(LESSON)
    question = page.locator(".choices").nth(3)
    assert "✗" not in question.inner_text()
    assert "✓" not in question.inner_text()
    for index, choice in enumerate(question.locator(".choice").all()):
        choice.locator("summary").click()
        expect(question.locator(".choice[open]")).to_have_count(index + 1)
        expect(choice.locator("p")).to_be_visible()
    assert question.inner_text().count("✓ Yes.") == 1
    borders = question.locator(".choice summary").evaluate_all(
        "all => all.map(each => getComputedStyle(each).borderStyle)"
    )
    assert {"solid", "dashed"} == set(borders), "not by colour alone"


@pytest.mark.parametrize("over", ["file", "http"])
def test_the_search_finds_why_one_divides_by_sqrt(visit, site, over):
    with served(site) as address:
        page = visit(address if over == "http" else "").open("index.html")
        page.locator(".sidebar-search").fill("why divide by sqrt")
        page.keyboard.press("Enter")
        results = page.locator("#search-results ul.search li a")
        results.first.wait_for()
        expect(page.locator("#search-results p.search-summary")).to_contain_text("found")
        first = results.evaluate_all("all => all.slice(0, 5).map(each => each.getAttribute('href'))")
        assert any("lessons/03_self_attention" in link for link in first), first
        page.locator("#search-results a[href*='lessons/03_self_attention']").first.click()
        expect(page.locator("h1")).to_contain_text("Self-attention")
        page.wait_for_load_state()  # its pictures, too, as long as the server is there


def test_the_search_finds_no_solution(visit):
    page = visit().open("search.html?q=solutions")
    expect(page.locator("#search-results p.search-summary")).to_contain_text(re.compile("found|not match"))
    assert page.locator("#search-results a[href*='solutions/']").count() == 0


def test_the_solutions_are_shown_only_to_those_who_ask(visit):
    page = visit().open("exercises/03_self_attention.html")
    fold = page.locator("details.solutions")
    link = fold.locator("a[href*='solutions/']")
    expect(link).not_to_be_visible()
    assert "pieces.transpose(1, 2)" not in page.content(), "the code of a solution"
    fold.locator("summary").click()
    link.click()
    expect(page.locator("article")).to_contain_text("pieces.transpose(1, 2)")


def focus_shows(page: Page) -> bool:
    """Whether what has the focus looks different from when it has not."""
    return page.evaluate(
        """() => {
        const node = document.activeElement;
        const label = node.id && document.querySelector(`.page label[for="${node.id}"]`);
        const look = () => [node, node.firstElementChild, label].filter(Boolean).map(each => {
            const style = getComputedStyle(each);
            const outline = style.outlineStyle === 'none' ? '' : style.outline;
            return [outline, style.boxShadow, style.border, style.stroke, style.transform, style.top].join('|') }).join();
        const focused = look();
        node.blur();
        const plain = look();
        node.focus({preventScroll: true});
        return focused !== plain;
        }"""
    )


def tab_to(page: Page, wanted: str, most: int = 250) -> list[str]:
    """Press Tab until what has the focus matches a selector; gives the stops at which one could not see the focus."""
    unseen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            continue  # between the end of the page and its beginning
        if not focus_shows(page):
            unseen.append(page.evaluate("() => document.activeElement.outerHTML.slice(0, 150)"))
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return unseen
    raise AssertionError(f"pressing Tab {most} times does not lead to {wanted}")


def test_by_keyboard_alone(visit):
    page = visit().open(LESSON)
    assert tab_to(page, "a.skip-to-content", most=6) == []
    page.keyboard.press("Enter")
    assert tab_to(page, "article .ways a", most=6) == [], "the link leads past the navigation"
    assert tab_to(page, ".choice.wrong summary") == []
    page.keyboard.press("Enter")
    expect(page.locator(".choice.wrong[open] p").first).to_contain_text("✗ No.")
    assert tab_to(page, ".choice.right summary") == []
    page.keyboard.press("Space")
    expect(page.locator(".choice.right[open] p").first).to_contain_text("✓ Yes.")
    assert tab_to(page, "details.folded summary") == []
    page.keyboard.press("Enter")
    expect(page.locator("details.folded[open] .output").first).to_be_visible()


def test_by_keyboard_alone_in_a_narrow_window(visit):
    page = visit(viewport={"width": 390, "height": 800}).open(LESSON)
    assert tab_to(page, "#__navigation", most=6) == []
    page.keyboard.press("Space")
    assert page.evaluate("() => document.activeElement.className") == "sidebar-brand", "at once, and not a moment later"
    assert tab_to(page, f"{SIDEBAR} a[href*='05_feed_forward']") == []
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Feed-forward")


def test_escape_shuts_a_list_of_a_narrow_window(visit):
    page = visit(viewport={"width": 390, "height": 800}).open(LESSON)
    for box, drawer in (("#__navigation", SIDEBAR), ("#__toc", CONTENTS)):
        assert tab_to(page, box) == []
        page.keyboard.press("Space")
        assert page.evaluate("drawer => document.activeElement.matches(`${drawer} a`)", drawer)
        page.keyboard.press("Escape")
        assert not page.locator(box).is_checked()
        assert page.evaluate("box => document.activeElement.matches(box)", box), "the focus is where it was"


def test_by_keyboard_through_the_navigation(visit):
    page = visit().open("index.html")
    assert tab_to(page, ".sidebar-search", most=8) == []
    assert tab_to(page, f"{SIDEBAR} a[href*='03_self_attention']") == []
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Self-attention")

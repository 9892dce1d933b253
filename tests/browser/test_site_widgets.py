"""The widgets of the web edition: every control changes its picture and what is said of it, by mouse and by keyboard."""

import pytest
from playwright.sync_api import Locator, Page, expect

from course_utils.lessons import LESSONS

from .site import Visitor, served
from .test_site_journeys import focus_shows, tab_to

pytestmark = pytest.mark.browser

CONTROL = "form [data-control]"


def drawn(panel: Locator) -> tuple[str, str]:
    """What a reader sees of a panel: the picture, and the words below it."""
    visible = ".inside-bert-drawing:visible, .inside-bert-twin:visible"
    pictures = panel.locator(visible).evaluate_all("all => all.map(each => each.innerHTML).join()")
    caption = panel.locator(".inside-bert-caption:visible, figcaption:visible, .inside-bert-said:visible")
    return pictures, " ".join(caption.all_inner_texts())


def places_of(control: Locator) -> list[int]:
    """All places of a control but the one where it is."""
    return control.evaluate(
        """input => {
        const [low, high, now] = input.type === 'checkbox' ? [0, 1, Number(input.checked)]
            : input.type === 'range' ? [Number(input.min), Number(input.max), Number(input.value)]
            : [0, input.options.length - 1, input.selectedIndex];
        return Array.from({length: high - low + 1}, (_, more) => low + more).filter(place => place !== now);
        }"""
    )


def move(control: Locator, place: int) -> None:
    """Bring a control to a place, as a reader does."""
    kind = control.evaluate("input => input.type")
    if kind == "checkbox":
        control.set_checked(bool(place))
    elif kind == "range":
        control.fill(str(place))
    else:
        control.select_option(index=place)


def settled(page: Page, panel: Locator) -> tuple[str, str]:
    """What is drawn once the script has done its work, which is a file to load at most."""
    panel.locator(".inside-bert-said:not(:empty)").wait_for()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return drawn(panel)


def states_asked(visitor: Visitor) -> list[str]:
    return [url for url in visitor.asked if "/states/" in url]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.topic)
def test_every_control_changes_the_picture_and_the_caption(reader, lesson):
    page = reader.open(f"lessons/{lesson.stem}.html")
    page.set_viewport_size({"width": 1400, "height": 1000})
    panels = page.locator(".inside-bert-explore")
    assert panels.count() >= 1
    assert states_asked(reader) == [], "before a control is touched, its drawings are not loaded"
    for panel in panels.all():
        controls = panel.locator(CONTROL)
        assert controls.count() >= 1
        assert panel.locator(".inside-bert-drawing:visible, .inside-bert-twin:visible").count() == 1
        told = []  # of each control, whether a screen reader is told what it changes
        for control in controls.all():
            name = control.evaluate("input => input.labels[0].innerText.trim()")
            assert name
            before, after = drawn(panel), None
            for place in places_of(control)[:6]:
                move(control, place)
                after = settled(page, panel)
                if after[0] != before[0] and after[1] != before[1]:
                    break
            assert after, f"{name} can be moved nowhere"
            assert after[0] != before[0], name
            told.append(after[1] != before[1])
        assert sum(told) * 2 >= len(told)
    assert len(states_asked(reader)) == 1
    page.set_viewport_size({"width": 390, "height": 800})
    assert reader.too_wide() == []
    assert reader.faults == []


@pytest.mark.parametrize("over", ["file", "http"])
def test_a_widget_by_keyboard_alone(visit, site, over):
    with served(site) as address:
        visitor = visit(address if over == "http" else "")
        page = visitor.open("lessons/07_whole_model.html")
        panel = page.locator(".inside-bert-explore").first
        before = drawn(panel)
        panel.evaluate(
            "panel => { panel.insertAdjacentHTML('beforebegin', '<i tabindex=-1></i>');"
            "panel.previousElementSibling.focus() }"
        )  # as if one had come here
        assert tab_to(page, ".inside-bert-explore [data-control]", most=1) == []
        assert focus_shows(page)
        told = page.evaluate("() => document.activeElement.ariaValueText ?? document.activeElement.value")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        after = settled(page, panel)
        assert after[0] != before[0]
        assert after[1] != before[1]
        assert page.evaluate("() => document.activeElement.ariaValueText ?? document.activeElement.value") != told
        assert page.evaluate("() => document.activeElement.matches('[data-control]')"), "the focus stays where it was"
        expect(panel.locator("[aria-live]")).to_contain_text(after[1][:40])
        assert visitor.violations(inside=".inside-bert-explore") == []


def test_without_scripts_a_widget_shows_its_twin_and_no_control(visit):
    visitor = visit(java_script_enabled=False)
    for lesson in LESSONS[:5]:  # one generator writes all of them
        panel = visitor.open(f"lessons/{lesson.stem}.html").locator(".inside-bert-explore").first
        assert panel.locator(".inside-bert-twin").is_visible()
        assert panel.locator(f"{CONTROL}:visible").count() == 0

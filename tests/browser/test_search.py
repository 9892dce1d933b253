"""Lesson 08 as a learner has it: everything runs, and the search box answers while one types."""

import pytest

pytestmark = pytest.mark.browser


def test_the_search_box_answers_at_every_key(lab):
    lab.open("notebooks/08_sentence_search.ipynb")
    lab.run_all()
    assert not lab.raised()

    panel = lab.go_to("from course_utils import explore_search").locator(".jp-OutputArea .widget-vbox").first
    results = panel.locator(".widget-html-content").first
    caption = results.locator("p")  # the picture says it, too, where nobody sees it
    caption.filter(has_text="is “His physician advised him to quit cigarettes").wait_for(timeout=20_000)

    box = panel.locator("input[type=text]").first
    box.fill("")
    caption.filter(has_text="nothing to look for").wait_for()
    answers = []
    for word in ("an ", "old ", "tortoise"):  # the answer follows before the last key
        before = results.inner_html()
        box.press_sequentially(word, delay=60)
        lab.page.wait_for_function("([node, was]) => node.innerHTML !== was", arg=[results.element_handle(), before])
        answers.append(results.inner_html())
    assert len(set(answers)) == 3
    caption.filter(has_text="is “The tortoise was older than anybody in the village.”").wait_for()

    panel.locator("select").first.select_option(label="words in common")
    caption.filter(has_text="by words in common").wait_for()
    lab.picture("search-box")
    assert lab.subshells() == []  # the widget and a running cell would change the one model at the same time

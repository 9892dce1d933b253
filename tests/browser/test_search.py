"""Lesson 08 as a learner has it: everything runs, and the search box answers while one types."""

import pytest

pytestmark = pytest.mark.browser


def test_the_search_box_answers_at_every_key(lab):
    lab.open("notebooks/08_sentence_search.ipynb")
    lab.run_all()
    assert not lab.raised()

    panel = lab.go_to("from course_utils import explore_search").locator(".jp-OutputArea .widget-vbox").first
    results = panel.locator(".widget-html-content").first
    results.get_by_text("Small birds have built their home").first.wait_for(timeout=20_000)

    box = panel.locator("input[type=text]").first
    box.fill("")
    results.get_by_text("nothing to look for").wait_for()
    answers = []
    for word in ("an ", "old ", "tortoise"):  # the answer follows before the last key
        before = results.inner_html()
        box.press_sequentially(word, delay=60)
        lab.page.wait_for_function("([node, was]) => node.innerHTML !== was", arg=[results.element_handle(), before])
        answers.append(results.inner_html())
    assert len(set(answers)) == 3
    results.get_by_text("The tortoise was older than anybody in the village.").first.wait_for()

    panel.locator("select").first.select_option(label="words in common")
    results.get_by_text("Jaccard index").wait_for()
    lab.picture("search-box")

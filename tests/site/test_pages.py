"""The builder of the web edition: what becomes of a notebook's cells, links and outputs. Sphinx is not needed here."""

import base64
import itertools
import json
import re
import subprocess
import sys

import pytest

from course_utils.checks.course import find
from course_utils.lessons import CLOSING, LESSONS
from course_utils.reference import exercises as exercises_of
from course_utils.widgets import states
from course_utils.widgets.questions import Choice, as_details
from tests.conftest import ROOT
from tools.questions import ON_GITHUB
from tools.site import addresses, exercises, landing, lessons, notebook, source
from tools.site.outputs import Pictures, as_html

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="850" height="118" viewBox="0 0 850 118"></svg>'
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\x2c\0\0\0\x64"
).decode()  # 300 by 100, as far as it is read


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return source.pages()[0]


def output(**data: str) -> dict:
    kinds = {name.replace("_", "/").replace("svg", "svg+xml"): value for name, value in data.items()}
    return {"output_type": "display_data", "data": kinds, "metadata": {}}


def code(text: str, *outputs: dict, **metadata: object) -> dict:
    return {"cell_type": "code", "source": text, "outputs": list(outputs), "metadata": metadata}


def test_links_between_notebooks_become_links_between_pages():
    text = "See [the exercises](../exercises/03_self_attention.ipynb) and [next](04_add_and_norm.ipynb#gelu)."
    assert addresses.on_site(text, "notebooks/03_self_attention.ipynb") == (
        "See [the exercises](/exercises/03_self_attention.md) and [next](/lessons/04_add_and_norm.md#gelu)."
    )


def test_links_to_files_without_a_page_lead_to_the_repository():
    assert addresses.on_site("[MIT](../LICENSE)", "docs/index.md").endswith("/inside-bert/blob/main/LICENSE)")
    assert "/inside-bert/tree/main/sources)" in addresses.on_site("[here](sources)", "CONTRIBUTING.md")


@pytest.mark.parametrize("kept", ["[a](https://a.org/b)", "[a](#there)", "`[a](b.md)`", "```\n[a](b.md)\n```"])
def test_other_links_and_code_stay_as_they_are(kept):
    assert addresses.on_site(kept, "README.md") == kept


def test_a_link_to_nothing_is_refused():
    with pytest.raises(ValueError, match=r"docs/teachers\.md links to \.\./nowhere\.md, but there is no nowhere\.md"):
        addresses.on_site("[a](../nowhere.md)", "docs/teachers.md")


def test_the_owner_on_github_is_the_one_in_all_addresses():
    asked = "from tools.site import addresses as a; print(a.colab('x.ipynb'), a.on_site('gh/OWNER/inside-bert', 'README.md'))"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env={"GITHUB_REPOSITORY_OWNER": "ada", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        "https://colab.research.google.com/github/ada/inside-bert/blob/main/x.ipynb",
        "gh/ada/inside-bert",
    ]


def test_an_svg_becomes_a_file_with_its_caption_as_alt_text():
    caption = '<p class="inside-bert-caption" style="x">2 &lt; 3.</p><style>.jp-X { a: b }</style>'
    pictures = Pictures("03")
    shown = as_html([output(image_svg=SVG, text_plain="2 < 3."), output(text_html=caption)], pictures)
    assert pictures.files == {"pictures/03_1.svg": SVG.encode()}
    assert '<img src="../pictures/03_1.svg" width="850" height="118" alt="2 &lt; 3.">' in shown
    assert '<figcaption aria-hidden="true">2 &lt; 3.</figcaption>' in shown
    assert "style>" not in shown


def test_a_png_becomes_a_file_that_says_its_size():
    pictures = Pictures("03")
    shown = as_html([output(image_png=PNG, text_plain="A curve.")], pictures)
    assert 'src="../pictures/03_1.png" width="300" height="100" alt="A curve."' in shown
    assert pictures.files["pictures/03_1.png"].startswith(b"\x89PNG")


def test_printed_words_are_shown_letter_by_letter():
    assert "a &lt;b&gt;\n c" in as_html([{"output_type": "stream", "text": ["a <b>\n", " c\n"]}], Pictures("x"))


def test_a_stored_error_is_refused():
    with pytest.raises(ValueError, match="a stored output is an error, KeyError"):
        as_html([{"output_type": "error", "ename": "KeyError"}], Pictures("x"))


def test_a_question_is_a_group_of_choices_marked_right_or_wrong_and_its_code_is_not_shown():
    details = as_details([Choice("two", False, "One more."), Choice("three", True, "So it is.")])
    shown = notebook.shown(code('predict("03.1")', output(text_html=details)), Pictures("x"))
    assert "predict(" not in shown
    assert 'role="group"' in shown
    assert re.findall('<details class="choice (.*?)"><summary>(.*?)</summary>', shown) == [
        ("wrong", "two"),
        ("right", "three"),
    ]
    assert "open" not in shown


def test_an_output_that_answers_a_question_is_folded_and_others_are_not():
    words = {"output_type": "stream", "text": "3"}
    folded = notebook.shown(code("print(3)", words, jupyter={"outputs_hidden": True}), Pictures("x"))
    assert '<details class="folded"><summary>Show the output</summary>' in folded
    assert "<details" not in notebook.shown(code("print(3)", words), Pictures("x"))


def test_a_fence_is_longer_than_any_in_what_it_holds():
    assert notebook.code("'''```'''").startswith("````python\n")


def test_the_cell_that_installs_the_course_is_left_out(monkeypatch, tmp_path):
    cells = [code("%pip install inside-bert", tags=["install"]), code("1 + 1")]
    (tmp_path / "x.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    monkeypatch.setattr(notebook, "ROOT", tmp_path)
    assert [notebook.source_of(cell) for cell in notebook.cells_of("x.ipynb")] == ["1 + 1"]


def test_no_page_speaks_of_github_folding_nothing(pages):
    whole = "\n".join(pages.values())
    assert ON_GITHUB.split(":")[0].strip("*") not in whole
    assert "GitHub cannot fold" not in whole


def test_every_question_of_a_lesson_is_on_its_page(pages):
    for lesson in (*LESSONS, CLOSING):
        asked = (ROOT / "notebooks" / f"{lesson.stem}.ipynb").read_text(encoding="utf-8").count('predict(\\"')
        assert pages[f"lessons/{lesson.stem}"].count('<div class="choices"') == asked > 0


def test_no_heading_level_is_left_out(pages):
    for name, text in pages.items():
        text = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
        levels = [0, *(len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE))]
        assert levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), name


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.topic)
def test_an_exercise_has_its_blank_and_the_hints_of_its_check_but_no_code_of_the_solution(lesson):
    text, _files = exercises.page(lesson)
    for name in exercises_of(lesson.topic):
        check = find(name)
        assert f"{'class' if name[0].isupper() else 'def'} {name}" in text
        assert exercises.hints(lesson, name).count("<details") == len(check.bank.hints) == 3
        assert exercises.hints(lesson, name) in text
        assert f"check_{name.lower()}(" not in text.replace(exercises.hints(lesson, name), "")
    assert "not attempted yet" not in text
    assert text.count("raise NotImplementedError") >= len(exercises_of(lesson.topic))


def test_solutions_are_reached_only_by_opening_something(pages):
    for name, text in pages.items():
        if name.startswith("solutions/"):
            assert text.startswith("---\norphan: true\nnosearch: true\n")
            continue
        shut = re.sub(r'<details class="solutions">.*?</details>', "", text, flags=re.DOTALL)
        assert "/solutions/" not in shut, name
        assert ("/solutions/" in text) == name.startswith("exercises/")


def test_the_map_of_the_landing_page_is_that_of_lesson_00():
    stored = (ROOT / "notebooks" / "00_orientation.ipynb").read_text(encoding="utf-8")
    drawings = [
        notebook.joined(each["data"]["image/svg+xml"])
        for cell in json.loads(stored)["cells"]
        for each in cell.get("outputs", [])
        if "image/svg+xml" in each.get("data", {})
    ]
    sheet = landing.LinkedSheet()
    words = set(re.findall("<text.*?</text>", sheet.svg(sheet.fill(landing.SIZES))))  # each with its place
    assert len(words) > 100
    assert any(words <= set(re.findall("<text.*?</text>", each)) for each in drawings)


def test_each_part_of_the_map_leads_to_its_lesson_and_says_so():
    links = re.findall(r'<a href="lessons/(\w+)\.html" aria-label="Lesson (.*?)">', landing.linked_map())
    assert {stem for stem, _label in links} == {lesson.stem for lesson in LESSONS}
    assert all(stem[:2] == label[:2] for stem, label in links)


def test_the_table_of_lessons_says_what_the_readme_says():
    table = landing.lessons_table()
    assert table.count("\n") == len(LESSONS) + 2
    assert "dog bites man" in table


def test_the_numbers_on_the_landing_page_are_the_courses():
    text = landing.page()
    assert f"Fourteen lessons, {sum(len(exercises_of(lesson.topic)) for lesson in LESSONS)} exercises, about" in text
    assert len(LESSONS) == 14
    assert 22.5 <= sum(lesson.minutes for lesson in LESSONS) / 60 <= 23.9, "about twenty-three hours"


def test_everything_is_read_without_torch_and_without_the_course_being_installed():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; from tools.site import source; source.pages(); print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"torch", "numpy", "transformers", "matplotlib", "IPython", "ipywidgets", "nbformat"} & set(loaded)


def test_a_lesson_offers_its_exercises_colab_and_the_notebook():
    text, _files = lessons.page(LESSONS[3])
    for link in ("../exercises/03_self_attention.html", "../notebooks/03_self_attention.ipynb", "../ways-in.html"):
        assert f'href="{link}"' in text
    assert "/blob/main/notebooks/03_self_attention.ipynb" in text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.topic)
def test_every_widget_of_a_lesson_has_its_states_and_its_controls_on_the_page(lesson):
    widgets = [cell for cell in notebook.cells_of(f"notebooks/{lesson.stem}.ipynb") if notebook.is_widget(cell)]
    assert len(widgets) == len(states.load(lesson.stem)) > 0
    text, _files = lessons.page(lesson)
    assert text.count(f'data-states="../states/{lesson.stem}.js"') == len(widgets)

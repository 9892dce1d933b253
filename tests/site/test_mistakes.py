"""The pages of mistakes tell all that the checks know, word by word, and no line of the answer key."""

import ast
import html
import inspect
import re
import subprocess
import sys
from collections import Counter

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from course_utils.checks.course import find
from course_utils.lessons import LESSONS
from course_utils.reference import all_exercises, exercises
from tests.conftest import ROOT
from tools.site import mistakes

PAGES = mistakes.pages()


def rendered(markdown: str) -> str:
    """The HTML of a page, as MyST reads it."""
    return MarkdownIt().use(dollarmath_plugin).use(myst_role_plugin).enable("table").render(markdown)


HTML = {name: rendered(text) for name, text in PAGES.items()}


def shown(text: str) -> str:
    """What a reader sees of some HTML, without the space around it."""
    return html.unescape(re.sub(r"<[^>]+>", "", text)).strip()


def told(lesson, name: str) -> list[str]:
    """What is listed under an exercise: the mistakes in the order of the page."""
    page = HTML[f"mistakes/{lesson.stem}"]
    section = re.search(rf"<h2><code>{name}</code></h2>(.*?)(?=<h2>|\Z)", page, re.DOTALL)[1]
    return [shown(item) for item in re.findall(r"<li>(<strong>.*?)</li>", section, re.DOTALL)]


def sentence(mistake) -> str:
    says = re.sub(r"(?<!\w)\*(\w[\w ]*)\*", r"\1", mistake.says)
    return f"{mistakes.Mistake(mistake.label, '').lead}. {says.replace('`', '')}"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.topic)
def test_every_mistake_that_a_check_knows_is_told_word_by_word(lesson):
    for name in exercises(lesson.topic):
        assert Counter(told(lesson, name)) == Counter(map(sentence, find(name).mistakes)), name


def test_the_index_counts_what_the_checks_know():
    known = {lesson: sum(len(find(name).mistakes) for name in exercises(lesson.topic)) for lesson in LESSONS}
    index = HTML["mistakes/index"]
    assert f"{sum(known.values()):,} mistakes in {len(all_exercises())} exercises" in shown(index)
    for lesson, number in known.items():
        row = next(row for row in index.split("<tr>") if lesson.stem in row)
        assert [shown(cell) for cell in re.findall("<td.*?</td>", row)][1:] == [
            str(len(exercises(lesson.topic))),
            str(number),
        ]


def test_the_mistakes_follow_the_lines_of_the_function():
    lesson = LESSONS[3]
    first_words = [each.split(".")[0] for each in told(lesson, "softmax")]
    assert first_words.index("One maximum for all") < first_words.index("No maximum") < first_words.index("Logarithm")


def test_mistakes_that_never_end_are_told_apart():
    endless = {each.label for name in all_exercises() for each in find(name).mistakes if each.endless}
    found = {
        each.label for lesson in LESSONS for one in mistakes.exercises(lesson) for each in one.mistakes if each.endless
    }
    assert endless
    assert found == endless


def code_of(name: str) -> set[str]:
    """The lines of an exercise's key as they are written, except for those that say nothing, such as `else:`."""
    thing = find(name).reference
    tree = ast.parse(inspect.getsource(thing))
    lines = ast.unparse(tree).splitlines() + [
        re.sub("  # .*", "", line) for line in inspect.getsource(thing).splitlines()
    ]
    return {line.strip() for line in lines if len(line.strip()) > 12 and not line.strip().endswith(":")}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.topic)
def test_no_line_of_the_solution_is_shown(lesson):
    page = PAGES[f"mistakes/{lesson.stem}"]
    for name in exercises(lesson.topic):
        section = re.search(rf"^## `{name}`$(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)[1]
        lines = {
            line.strip()
            for block in re.findall("```python\n(.*?)```", section, re.DOTALL)
            for line in block.splitlines()
        }
        assert not lines & code_of(name), name


@pytest.mark.parametrize("name", PAGES)
def test_code_of_mistakes_is_folded(name):
    unfolded = re.sub("<details.*?</details>", "", HTML[name], flags=re.DOTALL)
    assert "language-python" not in unfolded


@pytest.mark.parametrize("name", all_exercises())
def test_every_exercise_has_an_address(name):
    """`#attention_scores`; where Sphinx makes the same id of a heading by itself, it is not written a second time."""
    page = HTML[f"mistakes/{next(lesson.stem for lesson in LESSONS if name in exercises(lesson.topic))}"]
    by_sphinx = name.lower().replace("_", "-") == name
    assert page.count(f'<a id="{name}"></a>') == (0 if by_sphinx else 1)


def test_the_links_between_these_pages_lead_to_exercises():
    for page in HTML.values():
        for stem, name in re.findall(r'href="(\w+)\.html#(\w+)"', page):
            assert f"<h2><code>{name}</code></h2>" in HTML[f"mistakes/{stem}"]


@pytest.mark.parametrize(
    "text",
    [
        "[CLS] and ##ing * are in the vocabulary_of_[UNK] *",
        "a < b & b > c, `x[:, t : t + 1]` costs $5 or $6",
        "`a_b*c` and {role}`code`, ~~no~~ ![no](picture) <b>bold</b>",
        "one ` alone _x_",
    ],
)
def test_a_sentence_is_shown_letter_by_letter(text):
    wanted = text.replace("`", "") if text.count("`") % 2 == 0 else text
    assert shown(rendered(mistakes.escaped(text))) == wanted


def test_a_stressed_word_is_stressed():
    assert (
        rendered(mistakes.escaped("the *wrong* one, `a*b*c`")) == "<p>the <em>wrong</em> one, <code>a*b*c</code></p>\n"
    )


def test_the_pages_are_written_without_torch():
    code = "import sys; from tools.site import mistakes; mistakes.pages(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

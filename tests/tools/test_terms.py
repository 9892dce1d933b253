"""The words of the field: none is used before the lesson that explains it, or it has a link to that lesson."""

import re
import tomllib

import jupytext
import pytest

from course_utils.lessons import LESSONS
from tools.sources import ROOT

TERMS = tomllib.loads((ROOT / "sources" / "terms.toml").read_text(encoding="utf-8"))
STEMS = [lesson.stem for lesson in LESSONS]


def sentences(stem: str) -> list[str]:
    """The prose of a lesson, sentence by sentence, a row of a table or a list item as one; code in it is no prose."""
    text = (ROOT / "sources" / "lessons" / f"{stem}.py").read_text(encoding="utf-8")
    found = []
    for cell in jupytext.reads(text, fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            for paragraph in re.split(r"\n\s*\n|\n(?=[-|#])", re.sub(r"`[^`]*`", "`…`", cell.source)):
                if not paragraph.startswith(("**Papers", "**Now you")):
                    found += re.split(r"(?<=[.!?:]) ", " ".join(paragraph.split()))
    return found


def test_the_terms_are_of_lessons():
    assert TERMS.keys() <= set(STEMS)
    every = [term for terms in TERMS.values() for term in terms]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("stem", TERMS)
def test_a_term_is_explained_where_it_is_said_to_be(stem):
    text = " ".join(sentences(stem))
    for term in TERMS[stem]:
        assert re.search(rf"(?<![\w-]){term}(?![\w-])", text, re.IGNORECASE), term


@pytest.mark.parametrize("stem", STEMS)
def test_no_term_is_used_before_its_lesson(stem):
    early = []
    for home, terms in TERMS.items():
        if home <= stem:
            continue
        number = home[:2]
        for sentence in sentences(stem):
            linked = f"{home}.ipynb" in sentence or re.search(rf"\blessons? (\d\d(, | and | to ))*{number}\b", sentence)
            found = None if linked else re.search(rf"(?<![\w-])({'|'.join(terms)})(?![\w-])", sentence, re.IGNORECASE)
            if found:
                early.append(f"{found[0]} ({home}): {sentence}")
    assert not early, "\n".join(early)

"""The page of all ways in, and the README's links: one per lesson for Colab, and for Kaggle where that is promised."""

import re

import pytest

from course_utils.lessons import CLOSING, LESSONS
from tests.conftest import ROOT

COLAB = "https://colab.research.google.com/github/OWNER/inside-bert/blob/main/"
KAGGLE = "https://kaggle.com/kernels/welcome?src=https://github.com/OWNER/inside-bert/blob/main/"
PAGE, README = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/ways-in.md", "README.md"))


def notebooks(text: str, place: str) -> list[str]:
    """The notebooks of the repository that the text links to at this place."""
    return re.findall(re.escape(f"({place}") + r"([^)]+)\)", text)


@pytest.mark.parametrize("place", [COLAB, KAGGLE])
def test_every_lesson_and_its_exercises_open_in_colab_and_kaggle(place):
    lessons = [f"notebooks/{lesson.stem}.ipynb" for lesson in (*LESSONS, CLOSING)]
    exercises = [f"exercises/{lesson.stem}.ipynb" for lesson in LESSONS]
    found = notebooks(PAGE, place)
    assert sorted(found) == sorted(lessons + exercises)
    for name in found:
        assert (ROOT / name).is_file()


def test_the_readme_has_a_link_to_colab_for_each_lesson():
    assert notebooks(README, COLAB) == [f"notebooks/{lesson.stem}.ipynb" for lesson in LESSONS]


def test_the_page_names_only_steps_that_there_are():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|^    )make ([a-z-]+)", PAGE, re.M)) <= targets
    for path in re.findall(r"`((?:tools|course_utils)/[\w/]+\.py)`", PAGE):
        assert (ROOT / path).is_file(), path
    for module in re.findall(r"-m (course_utils\.\w+)", PAGE):
        assert (ROOT / module.replace(".", "/") / "__main__.py").is_file(), module
    commands = (ROOT / "Dockerfile").read_text()
    assert "docker run --rm -p 127.0.0.1:8888:8888 -v inside-bert:/learner inside-bert" in commands
    assert "docker run --rm -p 127.0.0.1:8888:8888 -v inside-bert:/learner inside-bert" in PAGE

"""The engine knows nothing of BERT: a course of three exercises on words and lists, built on `judge` alone."""

import sys
import types

import pytest

from course_utils.judge import AnswerKey, Case, Check, Course, running

KEY = types.ModuleType("words_key")
SOURCE = '''
def shout(text: str) -> str:
    """Upper case, with an exclamation mark."""
    loud = text.upper()
    return loud + "!"

def longest(words: list[str]) -> str:
    """The longest word, the first of several."""
    return max(words, key=len)

def countdown(number: int) -> list[str]:
    """The numbers down to 1, each shouted."""
    lines = []
    while number > 0:
        lines.append(shout(str(number)))
        number = number - 1
    return lines
'''
HINTS = "hint: Think.\nhint: Think harder.\nhint: Read the solution.\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    file = tmp_path / "words_key.py"
    file.write_text(SOURCE, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "words_key", KEY)
    exec(compile(SOURCE, str(file), "exec"), KEY.__dict__)
    checks = {
        "shout": Check(
            KEY.shout,
            lambda draw: [Case(("one",)), Case((f"{draw.number(0, 9)} Two",), "two words")],
            diff=HINTS + '\n- loud = text.upper()\n+ loud = text\nquiet: It is not loud.\n\n- return loud + "!"\n'
            "+ return loud\nno_mark: The exclamation mark is missing.\n",
        ),
        "longest": Check(
            KEY.longest,
            lambda draw: [Case((["a", "bbb", "cc", "ddd"],))],
            diff="- return max(words, key=len)\n+ return max(words)\nlast_by_alphabet: That is the last by the alphabet.\n",
        ),
        "countdown": Check(
            KEY.countdown,
            lambda draw: [Case((draw.number(3, 6),))],
            diff="- number = number - 1\n+ number = number\nstuck (endless): The number never gets smaller.\n",
        ),
    }
    passed = []
    course = Course(AnswerKey([KEY]), checks.get, lambda name, answer: passed.append(name))
    for check in checks.values():
        check.course = course
    return types.SimpleNamespace(**checks, passed=passed)


def test_a_course_of_words(course, monkeypatch):
    assert course.shout(lambda text: f"{text.upper()}!").passed
    assert course.passed == ["shout"]
    assert course.shout(lambda text: f"{text}!").headline == "It is not loud."
    assert course.shout(lambda text: text).headline == "Yours is `text` as it was given."  # simpler than two mistakes
    assert course.longest(lambda words: sorted(words)[-1]).diagnosis == ("last_by_alphabet",)
    inherited = course.countdown(lambda number: [f"{n}" for n in range(number, 0, -1)])
    assert inherited.diagnosis == ("shout: no_mark",)
    assert "<code>countdown</code>" in inherited._repr_html_()
    assert course.shout.hint().text == "Think."
    monkeypatch.setattr(running, "TIME_LIMIT", 0.5)
    assert course.countdown(lambda number: [iter(int, 1).__next__() for _ in iter(int, 1)]).status == "error"

"""Which lesson a name names, and what else it says."""

import pytest

from course_utils.grade.handed_in.naming import beside_the_lesson, lesson_in, says_nothing
from course_utils.lessons import LESSONS

NAMES = {
    "03_self_attention": (3, ""),
    "Self-Attention (1)": (3, ""),
    "03_self_attention-1": (3, ""),
    "03_self_attention-Copy1": (3, ""),
    "Kopie von 03_self_attention": (3, ""),
    "anna_03_self_attention-final": (3, "anna"),
    "03_self_attention_student-1": (3, "student-1"),
    "Müller-Lüdenscheidt_03_self_attention": (3, "Müller-Lüdenscheidt"),
    "What the heads look at": (9, ""),
    "train a tiny masked language model": (11, ""),
    "masked-lm v2": (11, ""),
    "Lektion 3": (3, ""),
    "03": (3, ""),
    "03 Jane": (3, "Jane"),
    "Ex 03 Jane": (3, "Jane"),
    "week 14": (None, ""),
    "12345": (None, "12345"),
    "s0012345": (None, "s0012345"),
    "speedy": (None, "speedy"),
    "student_2": (None, "student_2"),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_name_says(name):
    named = lesson_in(name)
    assert (named.lesson.number if named else None, beside_the_lesson(name)) == NAMES[name]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_every_lesson_is_known_by_each_of_its_names(lesson):
    spaced = lesson.topic.replace("_", " ").title()
    for name in (
        lesson.stem,
        lesson.topic,
        lesson.title,
        lesson.label,
        spaced,
        f"{lesson.stem}.ipynb",
        f"{lesson.number:02}",
    ):
        assert lesson_in(name).lesson == lesson
        assert says_nothing(lesson.stem)


def test_a_bare_number_is_a_lesson_only_where_that_is_meant():
    assert lesson_in("03 Essay", bare_number=False) is None
    assert lesson_in("Lesson 3 essay", bare_number=False).lesson.number == 3

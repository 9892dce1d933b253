"""A place in what a check made of an answer, in the words of the exercise."""

import pytest

from course_utils.judge.wording import place_in_words

WORDS = {"vectors": "", "mode": "its mode", "weights": "the model's weights afterwards"}


@pytest.mark.parametrize(
    ("where", "words", "says"),
    [
        ("", WORDS, ""),
        ("result[1]", WORDS, "`result[1]`"),
        ("result['loss']", {}, "`result['loss']`"),
        ("result['vectors']", WORDS, ""),
        ("result['vectors'][0]", WORDS, "`result[0]`"),
        ("result['mode']", WORDS, "its mode"),
        ("result['weights']['pooler.bias']", WORDS, "`pooler.bias` of the model's weights afterwards"),
        ("result['draws'][0]", WORDS, "`[0]` of `draws`"),
        ("result['mix']", {"*": "the parameter `{}` afterwards"}, "the parameter `mix` afterwards"),
    ],
)
def test_a_place_in_words(where, words, says):
    assert place_in_words(where, words) == says

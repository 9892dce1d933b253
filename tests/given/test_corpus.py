"""Lesson 08's corpus."""

import re

from course_utils.given.corpus import load_corpus


def test_the_corpus_is_large_varied_and_without_repeats():
    corpus = load_corpus()
    plain = [re.sub(r"\W+", " ", one.text.lower()).strip() for one in corpus]
    assert len(corpus) >= 200
    assert len({one.theme for one in corpus}) >= 10
    assert len(set(plain)) == len(plain)
    assert all(re.fullmatch(r"[A-Z].*[.?!]", one.text) and len(one.text) < 90 for one in corpus)

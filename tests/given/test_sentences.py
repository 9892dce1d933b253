"""The sentences that lesson 10 measures with."""

from types import SimpleNamespace

from torch import nn

from course_utils.given.sentences import all_or_few, mixed_sentences
from tests.reference.fixtures import real_model


def test_sentences_are_the_same_for_the_same_seed():
    texts = mixed_sentences(200)
    assert texts == mixed_sentences(200)
    assert texts[:5] != mixed_sentences(5, seed=1)
    words = sorted(len(text.split()) for text in texts)
    assert words[0] < 4
    assert words[-1] > 50


def test_a_larger_model_is_measured_with_fewer_texts(monkeypatch):
    texts = mixed_sentences(200)
    larger = SimpleNamespace(encoder=nn.Linear(2000, 11_000, device="meta"))  # 22 million weights, of no memory
    monkeypatch.delenv("COURSE_CI", raising=False)
    assert all_or_few(texts, real_model()) == texts
    assert all_or_few(texts, larger) == texts[:100]
    monkeypatch.setenv("COURSE_CI", "1")
    assert all_or_few(texts, real_model()) == texts[:48]
    assert all_or_few(texts, larger) == texts[:24]

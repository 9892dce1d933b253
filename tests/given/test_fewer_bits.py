"""Encoders in 16 and in 8 bits: near, and not equal."""

import pytest

from course_utils.given.fewer_bits import fewer_bits, int8_layers, same_neighbour
from course_utils.given.packed import packed_encode
from course_utils.given.sentences import mixed_sentences
from course_utils.reference.sentence_search import embed
from tests.reference.fixtures import real_model, real_tokenizer


def test_fewer_bits_are_near_and_not_equal():
    texts = mixed_sentences(12)
    expected = embed(texts, real_tokenizer(), real_model())
    for name, encode in fewer_bits(real_tokenizer(), real_model()).items():
        cosine = (encode(texts) * expected).sum(dim=-1)
        assert float(cosine.min()) > 0.9
        assert (float((1 - cosine).max()) < 1e-5) == (name == "float32")
    assert same_neighbour(expected, expected) == 1


def test_more_bits_are_nearer_in_the_packed_encoder():
    texts = mixed_sentences(12)
    expected = embed(texts, real_tokenizer(), real_model())
    try:
        ways = int8_layers(real_model()), int8_layers(real_model(), in_float32=("intermediate.dense", "output.dense"))
    except RuntimeError:
        pytest.skip("no 8-bit products here")
    gaps = [(packed_encode(texts, real_tokenizer(), real_model(), layers=layers) - expected).norm() for layers in ways]
    assert 1 > gaps[0] > gaps[1] > 1e-3

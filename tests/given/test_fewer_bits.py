"""Encoders in 16 and in 8 bits: near, and not equal."""

from course_utils.given.fewer_bits import fewer_bits, same_neighbour
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

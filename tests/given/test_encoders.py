"""All ways of lesson 10 to encode texts give what `embed` gives."""

import torch

from course_utils.given.encoders import encoders
from course_utils.given.sentences import mixed_sentences
from course_utils.reference.sentence_search import embed
from tests.reference.fixtures import real_model, real_tokenizer


def test_every_way_gives_the_same_vectors_in_the_order_of_the_texts():
    texts = [*mixed_sentences(10), "", "naïve café 北京"]
    expected = embed(texts, real_tokenizer(), real_model())
    for name, encode in encoders(real_tokenizer(), real_model()).items():
        assert torch.allclose(encode(texts), expected, rtol=0, atol=1e-5), name
    assert real_model().config._attn_implementation == "eager"  # the copies have left it alone

"""The means at every hidden state: the last is what `embed` scales to length 1."""

import torch

from course_utils.given.hidden_means import mean_hidden_states
from course_utils.reference.sentence_search import embed, l2_normalize
from tests.reference.fixtures import real_model, real_tokenizer

TEXTS = ["The weather is lovely today.", "Why?"] * 20  # two batches


def test_a_tensor_per_hidden_state_and_the_last_is_that_of_embed():
    tokenizer, model = real_tokenizer(), real_model()
    means = mean_hidden_states(TEXTS, tokenizer, model)
    assert [tuple(each.shape) for each in means] == [(40, 384)] * 7
    assert torch.allclose(l2_normalize(means[-1]), embed(TEXTS, tokenizer, model), atol=1e-5)


def test_padding_does_not_count():
    tokenizer, model = real_tokenizer(), real_model()
    alone, beside = (mean_hidden_states(texts, tokenizer, model) for texts in (TEXTS[1:2], TEXTS[:2]))
    for one, other in zip(alone, beside, strict=True):
        assert torch.allclose(one[0], other[1], atol=1e-5)

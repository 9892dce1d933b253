"""The tiny model equals BertForMaskedLM, its training learns and repeats itself."""

import math

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from course_utils.given.tiny_language import tiny_corpus
from course_utils.given.tiny_model import TINY_CONFIG, MaskedLM, attention_maps, silence, training_losses
from tests.given.fixtures import tiny_model, tiny_tokenizer
from tests.reference.fixtures import close, generator, randomized, small_batch

pytestmark = pytest.mark.usefixtures("one_thread")


def test_whole_model_equals_transformers():
    config = BertConfig(**TINY_CONFIG, attn_implementation="eager")
    mine = randomized(MaskedLM(config, generator(0)))
    theirs = BertForMaskedLM(config).eval()
    result = theirs.load_state_dict(mine.state_dict(), strict=False)
    assert set(result.missing_keys) <= {"cls.predictions.decoder.weight", "cls.predictions.decoder.bias"}
    batch = small_batch()
    ids, mask = batch["input_ids"] % 32, batch["attention_mask"]
    with torch.no_grad():
        assert close(mine(ids, mask)[mask.bool()], theirs(ids, mask).logits[mask.bool()])


def test_training_learns_and_repeats_itself():
    sentences, _ = tiny_corpus(generator(0))
    runs = []
    for _ in range(2):
        model = tiny_model(seed=5)
        runs.append(list(training_losses(model, tiny_tokenizer(), sentences, generator(6), steps=40, batch_size=16)))
    assert runs[0] == runs[1]
    assert math.log(32) - 0.2 < runs[0][0] < math.log(32) + 1.2  # sure of itself, and wrong
    assert sum(runs[0][-5:]) / 5 < 2.0
    maps = attention_maps(model, torch.tensor([tiny_tokenizer()("the old birds sing .")["input_ids"]]))
    assert maps.shape == (2, 8, 7, 7)
    assert close(maps.sum(dim=-1), torch.ones(2, 8, 7))


def test_attention_maps_equal_transformers():
    config = BertConfig(**TINY_CONFIG, attn_implementation="eager")
    mine, theirs = randomized(MaskedLM(config, generator(0))), BertForMaskedLM(config).eval()
    theirs.load_state_dict(mine.state_dict(), strict=False)
    ids = torch.tensor([[2, 9, 8, 30, 3]])
    with torch.no_grad():
        assert close(attention_maps(mine, ids), torch.cat(theirs(ids, output_attentions=True).attentions))


def test_silenced_parts_stay_silent():
    model, (sentences, _) = tiny_model(), tiny_corpus(generator(0))
    silence(model, "position_embeddings")
    list(training_losses(model, tiny_tokenizer(), sentences, generator(1), steps=2))
    assert not model.bert.embeddings["position_embeddings"].weight.any()
    first, second = (model(torch.tensor([ids])) for ids in ([2, 9, 12, 3], [2, 12, 9, 3]))
    assert close(first[0, [0, 2, 1, 3]], second[0])

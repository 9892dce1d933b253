"""Masked language modelling: masking counted, the head equal to BertForMaskedLM, one step of training, questions."""

import math

import pytest
import torch
import torch.nn.functional as F
from transformers import BertForMaskedLM

from course_utils.given.tiny_language import tiny_vocabulary
from course_utils.reference.masked_lm import (
    agreement_accuracy,
    fill_mask,
    mask_tokens,
    mlm_head,
    mlm_loss,
    train_step,
)
from tests.given.fixtures import tiny_model, tiny_tokenizer
from tests.reference.fixtures import close, generator, normal, randomized, small_batch, small_config

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("mlm_probability", [0.15, 0.4])
def test_mask_tokens_chooses_and_changes_the_right_shares(mlm_probability):
    input_ids = torch.randint(5, 1000, (500, 101), generator=generator(0))
    special = torch.zeros_like(input_ids)
    special[:, 0] = 1
    before = input_ids.clone()
    inputs, labels = mask_tokens(input_ids, special, 1000, 4, generator(1), mlm_probability)
    chosen = labels != -100
    assert torch.equal(input_ids, before)
    assert torch.equal(labels[chosen], input_ids[chosen])
    assert torch.equal(inputs[~chosen], input_ids[~chosen])
    assert not chosen[:, 0].any()
    assert chosen[:, 1:].float().mean().item() == pytest.approx(mlm_probability, abs=0.01)
    masked, kept = inputs[chosen] == 4, inputs[chosen] == input_ids[chosen]
    assert masked.float().mean().item() == pytest.approx(0.8, abs=0.015)
    assert kept.float().mean().item() == pytest.approx(0.1, abs=0.015)
    random_ids = inputs[chosen][~masked & ~kept]
    assert random_ids.min().item() < 30
    assert 970 < random_ids.max().item() < 1000
    assert inputs.dtype == labels.dtype == torch.int64


def test_mask_tokens_depends_on_its_generator_only():
    input_ids, special = torch.full((2, 50), 7), torch.zeros(2, 50, dtype=torch.bool)
    state = torch.random.get_rng_state()
    first, second = (mask_tokens(input_ids, special, 37, 4, generator(3)) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    as_numbers = mask_tokens(input_ids, special.long(), 37, 4, generator(3))
    assert torch.equal(first[0], as_numbers[0])


@pytest.mark.parametrize("eps", [1e-12, 0.1])
def test_head_equals_transformers(eps):
    model = randomized(BertForMaskedLM(small_config(layer_norm_eps=eps)))
    params = dict(model.cls.predictions.named_parameters())
    states = normal(2, 5, 21)
    with torch.no_grad():
        expected = model.cls(states)
        assert close(mlm_head(states, params, model.bert.embeddings.word_embeddings.weight, eps), expected)


def test_loss_counts_only_what_is_to_be_guessed():
    logits, labels = normal(2, 5, 7), torch.full((2, 5), -100)
    labels[0, 1], labels[1, 4], labels[1, 0] = 3, 6, 0
    assert close(mlm_loss(logits, labels), F.cross_entropy(logits.view(-1, 7), labels.view(-1), ignore_index=-100))
    assert mlm_loss(torch.zeros(2, 5, 32), labels).item() == pytest.approx(math.log(32))


def test_train_step_is_one_step_of_the_optimizer():
    model, twin, batch = tiny_model(), tiny_model(), small_batch()
    ids = batch["input_ids"] % 32
    batch = {"input_ids": ids, "attention_mask": batch["attention_mask"], "labels": ids}
    optimizer, other = (torch.optim.SGD(m.parameters(), lr=0.1) for m in (model, twin))
    for _ in range(3):
        loss = train_step(model, batch, optimizer)
        other.zero_grad()
        expected = mlm_loss(twin(ids, batch["attention_mask"]), ids)
        expected.backward()
        other.step()
        assert loss == expected.item()
    assert isinstance(loss, float)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), twin.parameters(), strict=True))


def test_fill_mask():
    model = tiny_model().eval()
    ids = torch.tensor([[2, 5, 4, 9, 4, 3], [2, 4, 8, 7, 6, 3]])
    guesses = fill_mask(model, ids, 4, 3)
    with torch.no_grad():
        logits = model(ids)
    assert guesses == [logits[row, place].topk(3).indices.tolist() for row, place in [(0, 2), (0, 4), (1, 1)]]
    assert fill_mask(model, torch.tensor([[2, 5, 3]]), 4, 3) == []


def test_agreement_accuracy():
    vocab = tiny_vocabulary()

    def fixed_scores(input_ids, attention_mask):
        logits = torch.zeros(*input_ids.shape, 32)
        logits[input_ids == 4] = torch.arange(32.0)
        return logits

    better, worse = sorted(["sing", "sings"], key=vocab.get, reverse=True)
    questions = [("the old dog [MASK] .", better, worse)] * 3 + [("the dogs [MASK] .", worse, better)]
    assert agreement_accuracy(fixed_scores, tiny_tokenizer(), questions) == 0.75
    assert agreement_accuracy(fixed_scores, tiny_tokenizer(), [("the [MASK]", "sing", "sing")]) == 0.0

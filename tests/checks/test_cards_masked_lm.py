"""What the cards of lesson 11 say of wrong answers: sentences that are true of them, and none that is not."""

import pytest
import torch

from course_utils.checks import find
from course_utils.reference.masked_lm import mask_tokens, mlm_loss


def masking_without_return(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    mask_tokens(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability)


def masking_with_a_third_result(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    inputs, labels = mask_tokens(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability)
    return inputs, labels, labels != -100


def masking_in_numpy(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    pair = mask_tokens(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability)
    return tuple(tensor.numpy() for tensor in pair)


def step_from_a_new_tensor(model, batch, optimizer):
    loss = mlm_loss(model(batch["input_ids"], batch["attention_mask"]), batch["labels"])
    loss = torch.tensor(loss.item(), requires_grad=True)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def accuracy_of_words_and_ids(model, tokenizer, sentences):
    """Compares an id with a word, which is never true."""
    successes = 0
    for sentence, right, _ in sentences:
        inputs = tokenizer(sentence, return_tensors="pt")
        logits = model(inputs["input_ids"], inputs["attention_mask"])
        successes += bool(logits[inputs["input_ids"] == tokenizer.mask_token_id][0].argmax() == right)
    return successes / len(sentences)


@pytest.mark.parametrize(
    ("name", "answer", "said", "not_said"),
    [
        ("mask_tokens", masking_without_return, "tuple of 2 items, the inputs and the labels, got None", "result["),
        ("mask_tokens", masking_with_a_third_result, "got a tuple of 3", "result["),
        ("mask_tokens", masking_in_numpy, "two tensors, the inputs and the labels, got an ndarray", "draws"),
        ("train_step", step_from_a_new_tensor, "a new `torch.tensor(...)`", "`backward` is missing, or"),
        ("agreement_accuracy", accuracy_of_words_and_ids, "never come out true?", "so both words become"),
    ],
)
def test_what_is_true_is_said(name, answer, said, not_said):
    result = find(name).judge(answer)
    assert result.status == "failed"
    assert said in repr(result)
    assert not_said not in repr(result)


def test_a_padded_batch_without_its_mask_never_passes(monkeypatch):
    """Which of the models would forgive it is chance: those are drawn anew."""
    check = find("agreement_accuracy")
    forgotten = next(mistake for mistake in check.mistakes if mistake.label == "mask_forgotten")
    monkeypatch.delenv("COURSE_CI", raising=False)
    for seed in range(20):
        monkeypatch.setattr("secrets.randbits", lambda bits, seed=seed: seed)
        assert not check.judge(forgotten.function).passed

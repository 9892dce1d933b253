"""Wrong ways to mask, score and train."""

import torch
import torch.nn.functional as F

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.masked_lm import mask_tokens, mlm_head, mlm_loss
from tests.answers.masked_lm.right import accuracy_in_one_batch, fill_by_topk, transformed


def masking_by_parity(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    """No dice decide what becomes of a chosen token: even ids become [MASK], odd ones stay."""
    chosen = (torch.rand(input_ids.shape, generator=generator) < mlm_probability) & (special_tokens_mask == 0)
    inputs = torch.where(chosen & (input_ids % 2 == 0), mask_token_id, input_ids)
    return inputs, torch.where(chosen, input_ids, -100)


def masking_from_the_top(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    """Of all that is chosen, the first eight tenths become [MASK] and the next tenth random: the shares are right."""
    chosen = (torch.rand(input_ids.shape, generator=generator) < mlm_probability) & (special_tokens_mask == 0)
    rank = (chosen.flatten().cumsum(0).view_as(input_ids) - 1) / chosen.sum()
    words = torch.randint(vocab_size, input_ids.shape, generator=generator)
    inputs = torch.where(rank < 0.8, mask_token_id, torch.where(rank < 0.9, words, input_ids))
    return torch.where(chosen, inputs, input_ids), torch.where(chosen, input_ids, -100)


def _masking_by_fate(fates_of, words_of):
    """Fates and random ids are drawn in other shapes than that of the ids, and broadcast."""

    def masking(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
        rows, tokens = input_ids.shape
        chosen = (torch.rand(rows, tokens, generator=generator) < mlm_probability) & (special_tokens_mask == 0)
        fate = torch.rand(fates_of(rows, tokens), generator=generator)
        words = torch.randint(vocab_size, words_of(rows, tokens), generator=generator)
        inputs = torch.where(fate < 0.8, mask_token_id, torch.where(fate < 0.9, words, input_ids))
        return torch.where(chosen, inputs, input_ids), torch.where(chosen, input_ids, -100)

    return masking


def _each(rows, tokens):
    return rows, tokens


masking_with_one_fate_per_row = _masking_by_fate(lambda rows, tokens: (rows, 1), _each)


masking_with_one_fate_per_column = _masking_by_fate(lambda rows, tokens: (tokens,), _each)


masking_with_one_word_per_row = _masking_by_fate(_each, lambda rows, tokens: (rows, 1))


masking_with_one_word_per_column = _masking_by_fate(_each, lambda rows, tokens: (tokens,))


def masking_half_of_the_batch(
    input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15
):
    inputs, labels = mask_tokens(
        input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability / 2
    )
    return inputs, labels


def masking_neighbours(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    """Labels one place too far to the left, as for a model that predicts the next word."""
    inputs, labels = mask_tokens(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability)
    return inputs, labels.roll(-1, dims=1)


def masking_without_return(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    mask_tokens(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability)


def masking_with_a_third_result(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    inputs, labels = mask_tokens(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability)
    return inputs, labels, labels != -100


def masking_in_numpy(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    pair = mask_tokens(input_ids, special, vocab_size, mask_token_id, generator, mlm_probability)
    return tuple(tensor.numpy() for tensor in pair)


def head_with_two_transforms(hidden_states, params, word_embeddings, eps):
    states = transformed(transformed(hidden_states, params, eps), params, eps)
    return states @ word_embeddings.T + params["bias"]


def head_with_a_clamp(hidden_states, params, word_embeddings, eps):
    return mlm_head(hidden_states, params, word_embeddings, eps).clamp(-2, 2)


def loss_plus_a_penalty(logits, labels):
    return mlm_loss(logits, labels) + 0.01 * logits.square().mean()


def loss_by_exponentials(logits, labels):
    """e to a large score is infinite."""
    kept = labels != -100
    shares = logits[kept].exp() / logits[kept].exp().sum(dim=-1, keepdim=True)
    return -shares.gather(1, labels[kept][:, None]).log().mean()


def loss_without_label_100(logits, labels):
    """The minus is forgotten, and torch, which skips -100 by itself, hides it."""
    return F.cross_entropy(logits[labels != 100], labels[labels != 100])


def loss_with_a_temperature(logits, labels):
    return mlm_loss(logits / 2, labels)


def step_with_halved_gradients(model, batch, optimizer):
    optimizer.zero_grad()
    loss = mlm_loss(model(batch["input_ids"], batch["attention_mask"]), batch["labels"])
    (loss / 2).backward()
    optimizer.step()
    return loss.item()


def step_on_the_first_sentence(model, batch, optimizer):
    optimizer.zero_grad()
    loss = mlm_loss(model(batch["input_ids"][:2], batch["attention_mask"][:2]), batch["labels"][:2])
    loss.backward()
    optimizer.step()
    return loss.item()


def step_from_a_new_tensor(model, batch, optimizer):
    loss = mlm_loss(model(batch["input_ids"], batch["attention_mask"]), batch["labels"])
    loss = torch.tensor(loss.item(), requires_grad=True)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def fill_sorted_by_id(model, input_ids, mask_token_id, k):
    return [sorted(ids) for ids in fill_by_topk(model, input_ids, mask_token_id, k)]


def fill_with_mean_scores(model, input_ids, mask_token_id, k):
    logits = model(input_ids, torch.ones_like(input_ids)).detach()
    logits = logits - logits.mean(dim=1, keepdim=True)
    return logits[input_ids == mask_token_id].topk(k, dim=-1).indices.tolist()


def accuracy_plus_half_a_draw(model, tokenizer, sentences):
    draws = sum(right == wrong for _, right, wrong in sentences)
    return accuracy_in_one_batch(model, tokenizer, sentences) + draws / 2 / len(sentences)


def accuracy_of_all_but_one(model, tokenizer, sentences):
    return accuracy_in_one_batch(model, tokenizer, sentences) * len(sentences) / (len(sentences) - 1)


def accuracy_of_words_and_ids(model, tokenizer, sentences):
    """Compares an id with a word, which is never true."""
    successes = 0
    for sentence, right, _ in sentences:
        inputs = tokenizer(sentence, return_tensors="pt")
        logits = model(inputs["input_ids"], inputs["attention_mask"])
        successes += bool(logits[inputs["input_ids"] == tokenizer.mask_token_id][0].argmax() == right)
    return successes / len(sentences)


def accuracy_at_the_third_place_from_the_end(model, tokenizer, sentences):
    hits = 0
    for text, right, wrong in sentences:
        inputs = tokenizer(text, return_tensors="pt")
        scores = model(inputs["input_ids"], inputs["attention_mask"]).detach()[0, -3]
        hits += bool(scores[tokenizer.vocab[right]] > scores[tokenizer.vocab[wrong]])
    return hits / len(sentences)


def masking_with_one_draw(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    """What is below `mlm_probability` is mostly below 0.8, too."""
    draw = torch.rand(input_ids.shape, generator=generator)
    chosen = (draw < mlm_probability) & (special_tokens_mask == 0)
    words = torch.randint(vocab_size, input_ids.shape, generator=generator)
    inputs = torch.where(draw < 0.8, mask_token_id, torch.where(draw < 0.9, words, input_ids))
    return torch.where(chosen, inputs, input_ids), torch.where(chosen, input_ids, -100)


def head_with_the_eps_for_the_weight(hidden_states, params, word_embeddings, eps):
    activated = F.gelu(F.linear(hidden_states, params["transform.dense.weight"], params["transform.dense.bias"]))
    norm = params["transform.LayerNorm.weight"], params["transform.LayerNorm.bias"]
    return F.linear(layer_norm(activated, eps, *norm), word_embeddings, params["bias"])

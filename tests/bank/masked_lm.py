"""Lesson 11: other right ways to mask, score and train, and wrong ones without a name."""

import torch
import torch.nn.functional as F
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertLMPredictionHead

from course_utils.reference.masked_lm import mask_tokens, mlm_head, mlm_loss


def masking_by_bernoulli(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    """As in `DataCollatorForLanguageModeling`: half of the 20 % that are left become random."""
    inputs, labels = input_ids.clone(), input_ids.clone()
    chances = torch.full(labels.shape, mlm_probability).masked_fill(special_tokens_mask.bool(), 0.0)
    chosen = torch.bernoulli(chances, generator=generator).bool()
    labels[~chosen] = -100
    replaced = torch.bernoulli(torch.full(labels.shape, 0.8), generator=generator).bool() & chosen
    inputs[replaced] = mask_token_id
    random = torch.bernoulli(torch.full(labels.shape, 0.5), generator=generator).bool() & chosen & ~replaced
    inputs[random] = torch.randint(vocab_size, labels.shape, generator=generator)[random]
    return inputs, labels


def masking_with_one_die(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    """One number a token settles both questions."""
    die = torch.rand(input_ids.shape, generator=generator) / mlm_probability
    die = torch.where(special_tokens_mask == 1, 2.0, die)
    labels = torch.where(die < 1, input_ids, -100)
    words = torch.randint(vocab_size, input_ids.shape, generator=generator)
    return torch.where(die < 0.8, mask_token_id, torch.where(die < 0.9, words, input_ids)), labels


def masking_by_loops(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    dice = iter(torch.rand(3 * input_ids.numel(), generator=generator).tolist())
    inputs, labels = [], []
    for row, special in zip(input_ids.tolist(), special_tokens_mask.tolist(), strict=True):
        for token, fixed in zip(row, special, strict=True):
            chosen = not fixed and next(dice) < mlm_probability
            labels.append(token if chosen else -100)
            fate = next(dice)
            if chosen and fate < 0.8:
                token = mask_token_id
            elif chosen and fate < 0.9:
                token = int(next(dice) * vocab_size)
            inputs.append(token)
    return torch.tensor(inputs).view_as(input_ids), torch.tensor(labels).view_as(input_ids)


def masking_with_one_fate(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    """Of each row, the first eight tenths of what is chosen become [MASK]: the right shares, in the wrong places."""
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
    """Fates and random ids drawn for other shapes than that of the ids, and broadcast."""

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


masking_with_a_fate_a_row = _masking_by_fate(lambda rows, tokens: (rows, 1), _each)
masking_with_a_fate_a_column = _masking_by_fate(lambda rows, tokens: (tokens,), _each)
masking_with_a_word_a_row = _masking_by_fate(_each, lambda rows, tokens: (rows, 1))
masking_with_a_word_a_column = _masking_by_fate(_each, lambda rows, tokens: (tokens,))


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


def head_of_transformers(hidden_states, params, word_embeddings, eps):
    vocabulary, hidden = word_embeddings.shape
    head = BertLMPredictionHead(BertConfig(vocab_size=vocabulary, hidden_size=hidden, layer_norm_eps=eps))
    head.load_state_dict(params | {"decoder.weight": word_embeddings, "decoder.bias": params["bias"]})
    with torch.no_grad():
        return head(hidden_states)


def head_by_torch(hidden_states, params, word_embeddings, eps):
    x = F.gelu(F.linear(hidden_states, params["transform.dense.weight"], params["transform.dense.bias"]))
    x = F.layer_norm(x, x.shape[-1:], params["transform.LayerNorm.weight"], params["transform.LayerNorm.bias"], eps)
    return torch.einsum("btd,vd->btv", x, word_embeddings) + params["bias"]


def head_in_float64(hidden_states, params, word_embeddings, eps):
    params = {name: tensor.double() for name, tensor in params.items()}
    return mlm_head(hidden_states.double(), params, word_embeddings.double(), eps).float()


def head_with_two_transforms(hidden_states, params, word_embeddings, eps):
    x = head_states(head_states(hidden_states, params, eps), params, eps)
    return x @ word_embeddings.T + params["bias"]


def head_states(x, params, eps):
    x = F.gelu(F.linear(x, params["transform.dense.weight"], params["transform.dense.bias"]))
    return F.layer_norm(x, x.shape[-1:], params["transform.LayerNorm.weight"], params["transform.LayerNorm.bias"], eps)


def head_with_a_clamp(hidden_states, params, word_embeddings, eps):
    return mlm_head(hidden_states, params, word_embeddings, eps).clamp(-2, 2)


def loss_ignoring_minus_100(logits, labels):
    return F.cross_entropy(logits.view(-1, logits.shape[-1]), labels.view(-1))


def loss_with_the_axes_swapped(logits, labels):
    return F.cross_entropy(logits.transpose(1, 2), labels, ignore_index=-100)


def loss_by_hand(logits, labels):
    log_probabilities = logits - logits.logsumexp(dim=-1, keepdim=True)
    kept = (labels != -100).float()
    found = log_probabilities.gather(2, labels.clamp(min=0)[:, :, None])[:, :, 0]
    return -(found * kept).sum() / kept.sum()


def loss_by_loops(logits, labels):
    losses = []
    for row in range(len(labels)):
        for place in range(labels.shape[1]):
            if labels[row, place] != -100:
                losses.append(-torch.log_softmax(logits[row, place], dim=0)[labels[row, place]])
    return torch.stack(losses).mean()


def loss_of_log_probabilities(logits, labels):
    """A softmax of log-probabilities changes nothing."""
    return loss_ignoring_minus_100(torch.log_softmax(logits, dim=-1), labels)


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


def step_that_clears_the_model(model, batch, optimizer):
    model.zero_grad()
    loss = loss_ignoring_minus_100(model(batch["input_ids"], batch["attention_mask"]), batch["labels"])
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def step_that_clears_afterwards(model, batch, optimizer):
    loss = mlm_loss(model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]), batch["labels"])
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    return loss.item()


def step_with_a_closure(model, batch, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = mlm_loss(model(batch["input_ids"], batch["attention_mask"]), batch["labels"])
        loss.backward()
        return loss

    return optimizer.step(closure).item()


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


def fill_by_topk(model, input_ids, mask_token_id, k):
    with torch.no_grad():
        logits = model(input_ids, torch.ones_like(input_ids))
    rows, places = (input_ids == mask_token_id).nonzero(as_tuple=True)
    return logits[rows, places].topk(k, dim=-1).indices.tolist()


def fill_by_loops(model, input_ids, mask_token_id, k):
    answers = []
    for sentence in input_ids:
        probabilities = model(sentence[None], torch.ones_like(sentence[None])).detach().softmax(dim=-1)[0]
        for place, token in enumerate(sentence):
            if token == mask_token_id:
                order = sorted(enumerate(probabilities[place].tolist()), key=lambda pair: -pair[1])
                answers.append([word for word, _ in order[:k]])
    return answers


def fill_sorted_by_id(model, input_ids, mask_token_id, k):
    return [sorted(ids) for ids in fill_by_topk(model, input_ids, mask_token_id, k)]


def fill_with_mean_scores(model, input_ids, mask_token_id, k):
    logits = model(input_ids, torch.ones_like(input_ids)).detach()
    logits = logits - logits.mean(dim=1, keepdim=True)
    return logits[input_ids == mask_token_id].topk(k, dim=-1).indices.tolist()


def accuracy_in_one_batch(model, tokenizer, sentences):
    texts, right, wrong = zip(*sentences, strict=True)
    batch = tokenizer(list(texts), padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(batch["input_ids"], batch["attention_mask"])
    scores = logits[batch["input_ids"] == tokenizer.mask_token_id]
    better, worse = (scores.gather(1, torch.tensor(tokenizer.convert_tokens_to_ids(words))[:, None])
                     for words in (list(right), list(wrong)))  # fmt: skip
    return (better > worse).float().mean().item()


def accuracy_by_probabilities(model, tokenizer, sentences):
    won = []
    for text, right, wrong in sentences:
        ids = torch.tensor([tokenizer.encode(text)])
        log_probabilities = model(ids, torch.ones_like(ids)).detach().log_softmax(dim=-1)[0]
        place = ids[0].tolist().index(tokenizer.mask_token_id)
        won.append(
            float(log_probabilities[place, tokenizer.vocab[right]] > log_probabilities[place, tokenizer.vocab[wrong]])
        )
    return sum(won) / len(won)


def accuracy_plus_half_a_draw(model, tokenizer, sentences):
    draws = sum(right == wrong for _, right, wrong in sentences)
    return accuracy_in_one_batch(model, tokenizer, sentences) + draws / 2 / len(sentences)


def accuracy_of_all_but_one(model, tokenizer, sentences):
    return accuracy_in_one_batch(model, tokenizer, sentences) * len(sentences) / (len(sentences) - 1)


ALTERNATIVES = {
    "mask_tokens": [masking_by_bernoulli, masking_with_one_die, masking_by_loops],
    "mlm_head": [head_of_transformers, head_by_torch, head_in_float64],
    "mlm_loss": [
        loss_ignoring_minus_100, loss_with_the_axes_swapped, loss_by_hand, loss_by_loops, loss_of_log_probabilities,
    ],
    "train_step": [step_that_clears_the_model, step_that_clears_afterwards, step_with_a_closure],
    "fill_mask": [fill_by_topk, fill_by_loops],
    "agreement_accuracy": [accuracy_in_one_batch, accuracy_by_probabilities],
}  # fmt: skip

UNNAMED = {
    "mask_tokens": [
        masking_with_one_fate, masking_half_of_the_batch, masking_neighbours, masking_from_the_top,
        masking_with_a_fate_a_row, masking_with_a_fate_a_column, masking_with_a_word_a_row, masking_with_a_word_a_column,
    ],
    "mlm_head": [head_with_two_transforms, head_with_a_clamp],
    "mlm_loss": [loss_plus_a_penalty, loss_with_a_temperature, loss_by_exponentials, loss_without_label_100],
    "train_step": [step_with_halved_gradients, step_on_the_first_sentence],
    "fill_mask": [fill_sorted_by_id, fill_with_mean_scores],
    "agreement_accuracy": [accuracy_plus_half_a_draw, accuracy_of_all_but_one],
}  # fmt: skip

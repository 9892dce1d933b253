"""Right ways to mask, score and train."""

import torch
import torch.nn.functional as F
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertLMPredictionHead

from course_utils.reference.masked_lm import mlm_head, mlm_loss


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
    """One random number per token answers both questions."""
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


def transformed(x, params, eps):
    x = F.gelu(F.linear(x, params["transform.dense.weight"], params["transform.dense.bias"]))
    return F.layer_norm(x, x.shape[-1:], params["transform.LayerNorm.weight"], params["transform.LayerNorm.bias"], eps)


def head_of_transformers(hidden_states, params, word_embeddings, eps):
    vocabulary, hidden = word_embeddings.shape
    head = BertLMPredictionHead(BertConfig(vocab_size=vocabulary, hidden_size=hidden, layer_norm_eps=eps))
    head.load_state_dict(params | {"decoder.weight": word_embeddings, "decoder.bias": params["bias"]})
    with torch.no_grad():
        return head(hidden_states)


def head_by_torch(hidden_states, params, word_embeddings, eps):
    states = transformed(hidden_states, params, eps)
    return torch.einsum("btd,vd->btv", states, word_embeddings) + params["bias"]


def head_in_float64(hidden_states, params, word_embeddings, eps):
    params = {name: tensor.double() for name, tensor in params.items()}
    return mlm_head(hidden_states.double(), params, word_embeddings.double(), eps).to(hidden_states.dtype)


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


def accuracy_in_one_batch(model, tokenizer, sentences):
    texts, right, wrong = zip(*sentences, strict=True)
    batch = tokenizer(list(texts), padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(batch["input_ids"], batch["attention_mask"])
    scores = logits[batch["input_ids"] == tokenizer.mask_token_id]
    better, worse = (
        scores.gather(1, torch.tensor(tokenizer.convert_tokens_to_ids(list(words)))[:, None])
        for words in (right, wrong)
    )
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

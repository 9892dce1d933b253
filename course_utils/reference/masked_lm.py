"""Training a masked language model: hide words, score words, measure, learn, guess, and test what it has learned."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.feed_forward import gelu
from course_utils.reference.self_attention import linear


def mask_tokens(
    input_ids: Tensor,
    special_tokens_mask: Tensor,
    vocab_size: int,
    mask_token_id: int,
    generator: torch.Generator,
    mlm_probability: float = 0.15,
) -> tuple[Tensor, Tensor]:
    """Hide some tokens, which the model is to guess, and remember what they were.

    input_ids: (batch, tokens).
    special_tokens_mask: (batch, tokens), true or 1 for [CLS], [SEP] and padding: these
        are never chosen.
    vocab_size: how many ids the vocabulary has.
    mask_token_id: the id of [MASK].
    generator: where all random numbers come from.
    mlm_probability: how likely each other token is to be chosen.

    Each token is chosen independently of the others. Of the chosen tokens 80 % become
    `mask_token_id`, 10 % stay as they are, and 10 % become a random id: any of the
    vocabulary, each equally likely.

    Returns: two tensors (batch, tokens), the inputs and the labels; a label is the
        original id where a token was chosen, even if it stayed, and -100 elsewhere.
    Source: Devlin et al. 2018, arXiv 1810.04805, section 3.1 and appendix A.1;
        `DataCollatorForLanguageModeling` in transformers.
    """
    shape, device = input_ids.shape, input_ids.device
    may_be_chosen = ~special_tokens_mask.bool()  # (batch, tokens)
    chosen = (torch.rand(shape, generator=generator, device=device) < mlm_probability) & may_be_chosen
    labels = input_ids.masked_fill(~chosen, -100)
    fate = torch.rand(shape, generator=generator, device=device)  # (batch, tokens), uniform in [0, 1)
    becomes_mask = chosen & (fate < 0.8)
    becomes_random = chosen & (fate >= 0.8) & (fate < 0.9)
    random_ids = torch.randint(0, vocab_size, shape, generator=generator, device=device)
    inputs = input_ids.masked_fill(becomes_mask, mask_token_id)
    inputs = torch.where(becomes_random, random_ids, inputs)
    return inputs, labels


def mlm_head(
    hidden_states: Tensor,
    params: dict[str, Tensor],
    word_embeddings: Tensor,
    eps: float,
) -> Tensor:
    """Score every word of the vocabulary at every place.

    hidden_states: (batch, tokens, hidden).
    params: `transform.dense.weight` (hidden, hidden) and `.bias`,
        `transform.LayerNorm.weight` and `.bias`, and `bias` (vocabulary,).
    word_embeddings: (vocabulary, hidden), the table that the ids were looked up in.
    eps: the layer norm's eps.

    In this order: dense layer, GELU, norm; then the dot product with each word's
    vector, plus its bias.

    Returns: (batch, tokens, vocabulary), scores, not probabilities.
    Source: `BertLMPredictionHead` in transformers.
    """
    dense = linear(hidden_states, params["transform.dense.weight"], params["transform.dense.bias"])
    activated = gelu(dense)  # (batch, tokens, hidden)
    norm_weight = params["transform.LayerNorm.weight"]
    norm_bias = params["transform.LayerNorm.bias"]
    transformed = layer_norm(activated, norm_weight, norm_bias, eps)
    return linear(transformed, word_embeddings, params["bias"])  # (batch, tokens, vocabulary)


def mlm_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Average the cross-entropy, in nats, over the tokens that were to be guessed.

    logits: (batch, tokens, vocabulary).
    labels: (batch, tokens), the right ids, -100 where nothing was to be guessed.

    The places with -100 do not count, neither in the sum nor in the number that it is
    divided by.

    Returns: a tensor without axes.
    """
    to_guess = labels != -100  # (batch, tokens)
    return F.cross_entropy(logits[to_guess], labels[to_guess])


def train_step(
    model: nn.Module,
    batch: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
) -> float:
    """Learn from one batch: forward, loss, gradients, one step of the optimizer.

    model: `model(input_ids, attention_mask)` gives logits (batch, tokens, vocabulary).
    batch: `input_ids`, `attention_mask` and `labels`, each (batch, tokens).
    optimizer: a PyTorch optimizer of the model's parameters.

    Gradients of an earlier step must not count again. The model's mode stays as it is.

    Returns: the loss before the step, as a Python float.
    """
    logits = model(batch["input_ids"], batch["attention_mask"])  # (batch, tokens, vocabulary)
    loss = mlm_loss(logits, batch["labels"])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def fill_mask(
    model: nn.Module,
    input_ids: Tensor,
    mask_token_id: int,
    k: int,
) -> list[list[int]]:
    """Let the model guess the k likeliest ids for every [MASK].

    model: `model(input_ids, attention_mask)` gives logits (batch, tokens, vocabulary).
    input_ids: (batch, tokens), without padding.
    mask_token_id: the id of [MASK].
    k: how many ids to give for each [MASK].

    Returns: a list of k ids, best first, for each [MASK] in reading order: row by row,
        from left to right.
    """
    attention_mask = torch.ones_like(input_ids)
    with torch.no_grad():
        logits = model(input_ids, attention_mask)  # (batch, tokens, vocabulary)
    scores = logits[input_ids == mask_token_id]  # (masks, vocabulary)
    best_first = scores.argsort(dim=-1, descending=True)
    return best_first[:, :k].tolist()


def agreement_accuracy(
    model: nn.Module,
    tokenizer,
    sentences: list[tuple[str, str, str]],
) -> float:
    """Measure how often a model prefers the verb that agrees with its subject.

    model: `model(input_ids, attention_mask)` gives logits (batch, tokens, vocabulary).
    tokenizer: a `BertTokenizer`.
    sentences: (sentence with one [MASK], right word, wrong word); both words are single
        tokens.

    The right word has to beat the wrong one: a draw is not a success.

    Returns: a share between 0 and 1.
    Source: Linzen et al. 2016, arXiv 1611.01368.
    """
    successes = 0
    for sentence, right, wrong in sentences:
        inputs = tokenizer(sentence, return_tensors="pt")
        with torch.no_grad():
            logits = model(inputs["input_ids"], inputs["attention_mask"])  # (1, tokens, vocabulary)
        scores = logits[inputs["input_ids"] == tokenizer.mask_token_id][0]  # (vocabulary,)
        right_id, wrong_id = tokenizer.convert_tokens_to_ids([right, wrong])
        if scores[right_id] > scores[wrong_id]:
            successes = successes + 1
    return successes / len(sentences)

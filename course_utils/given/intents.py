"""Lesson 12: a BERT with a head that says what a short message is about, its training, and a baseline without training.

The model stays in eval mode while it is trained, so no dropout: all chance comes from one generator, and what is trained
is the function that is measured.
"""

import copy
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from course_utils.reference.fine_tuning import (
    adamw_step,
    classification_head,
    cross_entropy,
    head_gradients,
    linear_warmup,
)
from course_utils.reference.self_attention import softmax
from course_utils.reference.sentence_search import cosine_matrix, mean_pool

BETAS, EPS, WEIGHT_DECAY = (0.9, 0.999), 1e-8, 0.01  # Adam's own; BERT's weight decay
_TOGETHER = 32  # texts in a batch where nothing is trained
_PIECE = 2**15  # numbers; torch shares out no more than so many among threads, which would wait for each other


class IntentModel(nn.Module):
    """A copy of a BERT, the mean over the tokens, and a head with one score per class.

    bert: a `BertModel` in eval mode; it stays as it is.
    classes: how many classes there are.
    generator: where the head's random numbers come from.

    The parameters have the names of `BertForSequenceClassification`, and all of them
    are trained unless they are frozen. There is no pooler. The head is initialised as
    BERT's was: weights normal with `config.initializer_range`, biases 0.
    """

    def __init__(self, bert: nn.Module, classes: int, generator: torch.Generator) -> None:
        super().__init__()
        self.config = bert.config
        self.bert = copy.deepcopy(bert).requires_grad_(True)
        self.bert.pooler = None  # the mean takes its place
        self.classifier = nn.Linear(bert.config.hidden_size, classes)
        nn.init.normal_(self.classifier.weight, std=bert.config.initializer_range, generator=generator)
        nn.init.zeros_(self.classifier.bias)
        self.eval()

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Make one vector per text: the mean of its tokens' last vectors.

        input_ids: (batch, tokens).
        attention_mask: (batch, tokens).

        Returns: (batch, hidden).
        """
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return mean_pool(states, attention_mask)

    def head(self, pooled: Tensor) -> Tensor:
        """Score every class for texts whose vectors are known already.

        pooled: (batch, hidden).

        Returns: (batch, classes).
        """
        return classification_head(pooled, self.classifier.weight, self.classifier.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Score every class for every text.

        input_ids: (batch, tokens).
        attention_mask: (batch, tokens).

        Returns: (batch, classes), logits.
        """
        return self.head(self.pooled(input_ids, attention_mask))


def _encoded(tokenizer, texts: list[str]) -> dict[str, Tensor]:
    """Turn messages into a padded batch.

    tokenizer: a `BertTokenizer`.
    texts: the messages; what is longer than 256 tokens is cut off.

    Returns: a dict with `input_ids` and `attention_mask`, each (texts, tokens).
    """
    return tokenizer(list(texts), padding=True, truncation=True, max_length=256, return_tensors="pt")


@torch.no_grad()
def pooled_vectors(model: IntentModel, tokenizer, texts: list[str]) -> Tensor:
    """Compute the vectors that the head is given.

    model: an `IntentModel`.
    tokenizer: a `BertTokenizer`.
    texts: the messages.

    Returns: (texts, hidden).
    """
    parts = []
    for start in range(0, len(texts), _TOGETHER):
        batch = _encoded(tokenizer, texts[start : start + _TOGETHER])
        parts.append(model.pooled(batch["input_ids"], batch["attention_mask"]))
    return torch.cat(parts)


@torch.no_grad()
def predict_intents(model: IntentModel, tokenizer, texts: list[str]) -> Tensor:
    """Give every class of every message its probability.

    model: an `IntentModel`.
    tokenizer: a `BertTokenizer`.
    texts: the messages.

    Returns: (texts, classes), rows that sum to 1.
    """
    return softmax(model.head(pooled_vectors(model, tokenizer, texts)), dim=-1)


def intent_accuracy(
    model: IntentModel,
    tokenizer,
    texts: list[str],
    labels: list[int],
) -> float:
    """Measure the share of messages whose right class has the highest probability.

    model: an `IntentModel`.
    tokenizer: a `BertTokenizer`.
    texts: the messages.
    labels: the numbers of their right classes.

    Returns: a share between 0 and 1.
    """
    chosen = predict_intents(model, tokenizer, texts).argmax(dim=-1)
    return float((chosen == torch.tensor(labels)).float().mean())


def nearest_neighbours(
    vectors: Tensor,
    labels: list[int],
    queries: Tensor,
) -> list[int]:
    """Give each query the class of the text whose vector is most similar.

    vectors: (texts, hidden), of texts whose classes are known.
    labels: the numbers of their classes.
    queries: (queries, hidden), vectors of the texts to classify.

    Similar is what has a high cosine. Nothing is trained.

    Returns: one class per query.
    """
    nearest = cosine_matrix(queries, vectors).argmax(dim=-1)  # (queries,)
    return [labels[index] for index in nearest.tolist()]


def choose_per_class(
    labels: list[int],
    n: int,
    generator: torch.Generator,
) -> list[int]:
    """Choose texts to learn from at random, equally many of each class.

    labels: the numbers of the texts' classes.
    n: how many texts of each class to choose.
    generator: where all random numbers come from.

    Returns: the chosen texts' places in the list, in order.
    """
    chosen = []
    for number in sorted(set(labels)):
        places = [place for place, label in enumerate(labels) if label == number]
        order = torch.randperm(len(places), generator=generator)
        chosen += [places[index] for index in order[:n].tolist()]
    return sorted(chosen)


def shuffled_batches(
    count: int,
    batch_size: int,
    generator: torch.Generator,
) -> Iterator[Tensor]:
    """Deal out the numbers from 0 to count - 1 in batches, each round in another order.

    count: how many texts there are.
    batch_size: how many a batch has; the last of each round may have fewer.
    generator: where all random numbers come from.

    Returns: an iterator without an end over tensors of indices.
    """
    while True:
        yield from torch.randperm(count, generator=generator).split(batch_size)


def in_pieces(tensors: Iterable[Tensor]) -> list[Tensor]:
    """Cut tensors into flat pieces that fit into the processor's cache.

    tensors: of any shapes.

    What treats each number by itself, as an optimizer does, is several times as fast on
    such pieces as on the whole word table.

    Returns: the pieces, in order; views wherever torch can make one.
    """
    return [piece for tensor in tensors for piece in tensor.reshape(-1).split(_PIECE)]


@torch.no_grad()
def fine_tuning_losses(
    model: IntentModel,
    tokenizer,
    texts: list[str],
    labels: list[int],
    generator: torch.Generator,
    steps: int,
    learning_rate: float,
    batch_size: int = 16,
) -> Iterator[float]:
    """Train what is not frozen, and yield each step's loss, as `training_losses` does.

    model: an `IntentModel`; what has `requires_grad` is trained.
    tokenizer: a `BertTokenizer`.
    texts: the messages to learn from.
    labels: the numbers of their classes.
    generator: where all random numbers come from.
    steps: how many batches to learn from.
    learning_rate: the highest one; it is reached after a tenth of the steps.
    batch_size: how many messages a batch has.

    Where the head alone is trained, all vectors are computed once, before the first
    step, and the gradients need no autograd.

    Returns: an iterator over the losses.
    """
    trained = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    head_alone = list(trained) == ["classifier.weight", "classifier.bias"]
    vectors = pooled_vectors(model, tokenizer, texts) if head_alone else None
    encoded = None if head_alone else _encoded(tokenizer, texts)
    targets, rounds = torch.tensor(labels), shuffled_batches(len(texts), batch_size, generator)
    pieces = in_pieces(parameter.detach() for parameter in trained.values())  # views: they change the parameters
    states = [{} for _ in pieces]
    for step in range(steps):
        rows = next(rounds)
        if head_alone:
            logits = model.head(vectors[rows])
            loss = cross_entropy(logits, targets[rows])
            gradients = head_gradients(vectors[rows], logits, targets[rows])
        else:
            mask = encoded["attention_mask"][rows]
            longest = int(mask.sum(dim=1).max())  # the padding after the longest message of this batch is cut off
            with torch.enable_grad():
                logits = model(encoded["input_ids"][rows, :longest], mask[:, :longest])
                loss = cross_entropy(logits, targets[rows])
            gradients = torch.autograd.grad(loss, list(trained.values()))
        rate = learning_rate * linear_warmup(step, steps // 10, steps)
        for place, (piece, gradient) in enumerate(zip(pieces, in_pieces(gradients), strict=True)):
            updated, states[place] = adamw_step(piece, gradient, states[place], rate, BETAS, EPS, WEIGHT_DECAY)
            piece.copy_(updated)
        yield loss.item()

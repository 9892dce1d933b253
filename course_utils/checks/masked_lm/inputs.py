"""A tiny masked language model, inputs for it, and what the checks of lesson 11 compare in place of an answer's value."""

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import Draw
from course_utils.judge.shelf import lent, remembering
from course_utils.judge.weights import Misfit
from course_utils.judge.words import describe

VOCABULARY, HIDDEN, BATCH, TOKENS = 37, 7, 3, 5
MASK = 4  # the id of [MASK]


class TinyModel(nn.Module):
    """A masked language model of three tables, as `model(input_ids, attention_mask)`: fast, and no mistake gives the same.

    A token's scores depend on itself, on its left neighbour and on the mean of all real tokens. In train mode they are larger:
    dropout would change them, too, but at random. `backwards` counts how often gradients have reached the logits.
    """

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        for name, tensor in weights.items():
            self.register_parameter(name, nn.Parameter(tensor.clone()))
        self.backwards = 0

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """(batch, tokens) to (batch, tokens, vocabulary)."""
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        kept = attention_mask[:, :, None].to(self.words.dtype)
        vectors = self.words[input_ids]  # (batch, tokens, hidden)
        mean = (vectors * kept).sum(dim=1, keepdim=True) / kept.sum(dim=1, keepdim=True)
        before = nn.functional.pad(vectors[:, :-1], (0, 0, 1, 0))  # each token's neighbour on the left
        states = torch.tanh(vectors + before + mean @ self.mix) * (1.25 if self.training else 1.0)
        logits = states @ self.words.T + self.bias
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, gradient: Tensor) -> None:
        self.backwards += 1


def draw_weights(draw: Draw, vocabulary: int = VOCABULARY) -> dict[str, Tensor]:
    """The tables of a `TinyModel`."""
    return {
        "words": draw.normal(vocabulary, HIDDEN),
        "mix": draw.normal(HIDDEN, HIDDEN),
        "bias": draw.normal(vocabulary),
    }


def draw_labels(draw: Draw, batch: int, tokens: int, vocabulary: int) -> Tensor:
    """Labels, most of them -100; each row has a different number of others, and id 0 is among them."""
    labels = torch.full((batch, tokens), -100)
    for row in range(batch):
        for place in range(row + 1):
            labels[row, (2 * place + row) % tokens] = draw.number(1, vocabulary)
    labels[-1, -1] = 0
    return labels


def use_mask_tokens(answer, input_ids, special_tokens_mask, vocab_size, mask_token_id, seed, mlm_probability=None):
    """The masking with a generator of that seed. Without `mlm_probability` also `draws`: whether a second call with the same
    generator chooses the same tokens, and whether another seed does.
    """
    more = () if mlm_probability is None else (mlm_probability,)
    generator = torch.Generator().manual_seed(seed)
    pair = _inputs_and_labels(answer(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, *more))
    if mlm_probability is not None:
        return {"inputs": pair[0], "labels": pair[1], "draws": []}
    few, few_special = input_ids[:2], special_tokens_mask[:2]

    def again(source: torch.Generator) -> Tensor:
        return answer(few.clone(), few_special.clone(), vocab_size, mask_token_id, source, *more)[1]

    repeated, other = torch.Generator().manual_seed(seed + 1), torch.Generator().manual_seed(seed + 2)
    first, second = again(repeated), again(repeated)
    draws = [bool(torch.equal(first, second)), bool(torch.equal(first, again(other)))]
    return {"inputs": pair[0], "labels": pair[1], "draws": draws}


def _inputs_and_labels(value: object) -> tuple[Tensor, Tensor]:
    """The two tensors. Raises Misfit, which says what the answer returned: the learner knows nothing of the dict made of it."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Misfit(f"Expected a tuple of 2 items, the inputs and the labels, got {describe(value)}.")
    if not all(isinstance(item, Tensor) for item in value):
        raise Misfit(f"Expected two tensors, the inputs and the labels, got {' and '.join(map(describe, value))}.")
    return tuple(value)


def use_mlm_loss(answer, logits, labels):
    """The loss, and the gradient that training gets from it."""
    logits = logits.clone().requires_grad_()
    loss = answer(logits, labels)
    gradient = torch.zeros_like(logits)
    if isinstance(loss, Tensor) and loss.requires_grad:
        gradient = torch.autograd.grad(loss.sum(), logits)[0]
    return {"loss": loss.detach() if isinstance(loss, Tensor) else loss, "gradient": gradient}


def use_train_step(answer, weights, batches, optimizer, mode):
    """What some steps of training leave behind: losses, parameters, the model's mode; and, as "went on", how often gradients
    came, how often the optimizer stepped, and how many parameters have a gradient.
    """
    model = TinyModel(weights).train(mode == "train")
    parameters = list(model.parameters())
    if optimizer == "AdamW":  # with a large eps, or the sign of a rounding error would move a parameter
        made = torch.optim.AdamW(parameters, lr=0.2, eps=0.05, weight_decay=0.1)
    else:
        made = torch.optim.SGD(parameters, lr=0.3, momentum=0.9 if "momentum" in optimizer else 0.0)
    steps = []
    made.register_step_post_hook(lambda *_: steps.append(1))
    losses = [answer(model, batch, made) for batch in batches.values()]
    went_on = [model.backwards, len(steps), sum(p.grad is not None for p in parameters)]
    return {
        "losses": [loss.detach() if isinstance(loss, Tensor) else loss for loss in losses],
        **{name: parameter.detach() for name, parameter in model.named_parameters()},
        "mode afterwards": "train" if model.training else "eval",
        "went on": went_on,
    }


def use_fill_mask(answer, weights, input_ids, mask_token_id, k):
    """The guesses of a `TinyModel` in eval mode."""
    return answer(TinyModel(weights).eval(), input_ids, mask_token_id, k)


def _make_tokenizer(vocabulary: dict[str, int]):
    from transformers import BertTokenizer

    return lent(BertTokenizer(vocab=vocabulary))


small_tokenizer = remembering(_make_tokenizer, key=tuple)  # a BertTokenizer with this vocabulary


def use_agreement_accuracy(answer, weights, vocabulary, sentences):
    """The accuracy of a `TinyModel` in eval mode, with a BertTokenizer of that vocabulary."""
    return answer(TinyModel(weights).eval(), small_tokenizer(vocabulary), sentences)

"""Lesson 11: the learner's head, loss, masks, step and guesses against transformers' `BertForMaskedLM` and its tools."""

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertConfig, BertForMaskedLM, DataCollatorForLanguageModeling
from transformers.models.bert.modeling_bert import BertLMPredictionHead

from course_utils.checks.course import with_functions
from course_utils.given.corpus import load_corpus

from .table import Step

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

    from .table import Mine

TEXTS = ["this is a 12212121 test sentence", "The birds near the river sing.", "Nobody knew why."]
QUESTIONS = [
    (f"the {subject} {phrase} the {noun} [MASK] old .", right, wrong)
    for subject, right, wrong in (("birds", "are", "is"), ("girl", "is", "are"), ("keys", "were", "was"))
    for phrase in ("near", "by")
    for noun in ("dog", "rivers")
]
SMALL = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40}
STEPS = 3


def steps(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel") -> Iterator[Step]:
    """Masks, scores and their loss on the real model; a step, guesses and a test on a small one; all of it together."""
    yield Step(
        "mask_tokens",
        "shares of DataCollatorForLanguageModeling on our sentences",
        lambda: _shares(tokenizer, _masked_by(mine, tokenizer)),
        _shares(tokenizer, _masked_by_transformers(tokenizer)),
    )

    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    real_tokens = batch["attention_mask"] == 1
    states, table = model(**batch).last_hidden_state, model.embeddings.word_embeddings.weight.detach()
    head, params = _real_head(model, table)
    logits = head(states)  # (texts, tokens, vocabulary)
    yield Step(
        "mlm_head",
        "BertLMPredictionHead with random weights, real hidden states",
        lambda: mine.mlm_head(states, params, table, model.config.layer_norm_eps)[real_tokens],
        logits[real_tokens],
    )
    labels = batch["input_ids"].where(real_tokens, -100)
    labels[:, ::2] = -100
    yield Step(
        "mlm_loss",
        "F.cross_entropy of these scores, labels -100 ignored",
        lambda: mine.mlm_loss(logits, labels),
        F.cross_entropy(logits.flatten(0, 1), labels.flatten()),
    )

    small = _small(tokenizer)
    batches = [_batch(tokenizer, seed) for seed in range(STEPS)]
    yield Step(
        "train_step",
        f"losses and weights after {STEPS} steps of BertForMaskedLM",
        lambda: _trained_by(mine, _Scores(copy.deepcopy(small)), batches),
        _trained_by_torch(copy.deepcopy(small), batches),
    )
    scores = _Scores(small)
    ids = tokenizer(["the [MASK] birds [MASK] .", "[MASK] old river [MASK] ."], return_tensors="pt")["input_ids"]
    yield Step(
        "fill_mask",
        "the five best of each [MASK], torch.topk of BertForMaskedLM",
        lambda: mine.fill_mask(scores, ids, tokenizer.mask_token_id, 5),
        small(ids).logits[ids == tokenizer.mask_token_id].topk(5).indices.tolist(),
    )
    yield Step(
        "agreement_accuracy",
        f"{len(QUESTIONS)} questions to BertForMaskedLM in one padded batch",
        lambda: mine.agreement_accuracy(scores, tokenizer, QUESTIONS),
        _accuracy(tokenizer, small),
    )

    generator = torch.Generator().manual_seed(0)
    own = with_functions("MaskedLM", mlm_head=mine.mlm_head)(small.config, generator)
    own.load_state_dict(small.state_dict(), strict=False)  # the pooler keeps its random numbers: no score needs it
    yield Step(
        "mlm_head train_step",
        f"your model after {STEPS} steps, and BertForMaskedLM after them",
        lambda: _trained_by(mine, own, batches),
        _trained_by_torch(copy.deepcopy(small), batches),
    )


class _Scores(nn.Module):
    """A `BertForMaskedLM` called as the exercises call a model: `model(input_ids, attention_mask)` gives logits."""

    def __init__(self, whole: BertForMaskedLM) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Score every word at every place, (batch, tokens, vocabulary)."""
        return self.whole(input_ids, attention_mask=attention_mask).logits


def _small(tokenizer: "BertTokenizer") -> BertForMaskedLM:
    """A `BertForMaskedLM` with random weights, biases and norms, without dropout, in train mode."""
    no_dropout = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    small = BertForMaskedLM(BertConfig(vocab_size=len(tokenizer), attn_implementation="eager", **SMALL, **no_dropout))
    _draw(small, torch.Generator().manual_seed(0))
    return small.train()


def _real_head(model: "BertModel", table: Tensor) -> tuple[BertLMPredictionHead, dict[str, Tensor]]:
    """Transformers' head of the model's sizes, tied to its word table, and its other weights by name."""
    head = BertLMPredictionHead(model.config)
    _draw(head, torch.Generator().manual_seed(0))
    params = {name: p.detach() for name, p in head.named_parameters() if "decoder" not in name}
    head.load_state_dict(params | {"decoder.weight": table, "decoder.bias": params["bias"]})
    return head, params


def _draw(module: nn.Module, generator: torch.Generator) -> None:
    """Random numbers with which the context of a [MASK] counts for more than the words' own biases."""
    for name, parameter in module.named_parameters():
        nn.init.normal_(parameter, std=0.2, generator=generator)
        if name.endswith("LayerNorm.weight"):
            parameter.data += 1.0


def _sentences(tokenizer: "BertTokenizer") -> tuple[Tensor, Tensor]:
    """The ids of the course's own sentences, several times, and where they have special tokens: (texts, tokens) each."""
    texts = [sentence.text for sentence in load_corpus()] * 6
    encoded = tokenizer(texts, padding=True, return_special_tokens_mask=True, return_tensors="pt")
    return encoded["input_ids"], encoded["special_tokens_mask"]


def _masked_by(mine: "Mine", tokenizer: "BertTokenizer") -> tuple[Tensor, Tensor]:
    ids, special = _sentences(tokenizer)
    generator = torch.Generator().manual_seed(0)
    return mine.mask_tokens(ids, special, len(tokenizer), tokenizer.mask_token_id, generator)


def _masked_by_transformers(tokenizer: "BertTokenizer") -> tuple[Tensor, Tensor]:
    ids, special = _sentences(tokenizer)
    collator = DataCollatorForLanguageModeling(tokenizer, seed=0)
    return collator.torch_mask_tokens(ids.clone(), special.bool())


def _shares(tokenizer: "BertTokenizer", masked: tuple[Tensor, Tensor]) -> dict[str, object]:
    """What two ways of drawing have in common: shares to the nearest tenth (of the words: twentieth), and all labels."""
    (inputs, labels), (ids, special) = masked, _sentences(tokenizer)
    chosen, hidden = labels != -100, inputs == tokenizer.mask_token_id
    same = inputs == ids

    def of_chosen(which: Tensor) -> float:
        return round(float(which[chosen].float().mean()), 1)

    return {
        "chosen": round(20 * float(chosen[special == 0].float().mean())) / 20,
        "[MASK]": of_chosen(hidden),
        "unchanged": of_chosen(same),
        "another": of_chosen(~hidden & ~same),
        "special": int(chosen[special == 1].sum()),
        "right": bool((labels[chosen] == ids[chosen]).all() and same[~chosen].all()),
    }


def _batch(tokenizer: "BertTokenizer", seed: int) -> dict[str, Tensor]:
    """Sentences masked by transformers, a batch for each seed."""
    texts = [sentence.text for sentence in load_corpus()[8 * seed : 8 * seed + 8]]
    encoded = tokenizer(texts, padding=True, return_special_tokens_mask=True, return_tensors="pt")
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.3, seed=seed)
    inputs, labels = collator.torch_mask_tokens(encoded["input_ids"], encoded["special_tokens_mask"].bool())
    return {"input_ids": inputs, "attention_mask": encoded["attention_mask"], "labels": labels}


def _optimizer(model: nn.Module) -> torch.optim.Optimizer:
    """Momentum remembers earlier steps. Not AdamW: where a gradient is 0 it takes steps by the sign of a rounding error."""
    return torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


def _trained_by(mine: "Mine", model: nn.Module, batches: list[dict[str, Tensor]]) -> Tensor:
    with torch.enable_grad():
        optimizer = _optimizer(model)
        losses = [mine.train_step(model, batch, optimizer) for batch in batches]
    return _left(model, losses)


def _trained_by_torch(whole: BertForMaskedLM, batches: list[dict[str, Tensor]]) -> Tensor:
    with torch.enable_grad():
        optimizer, losses = _optimizer(whole), []
        for batch in batches:
            loss = whole(**batch).loss
            whole.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return _left(whole, losses)


def _left(model: nn.Module, losses: list[float]) -> Tensor:
    """What a training leaves: its losses and all weights, in the order of their names, as one row of numbers."""
    weights = {name.removeprefix("whole."): p for name, p in model.named_parameters()}
    kept = [weights[name].flatten() for name in sorted(weights) if "pooler" not in name and "decoder" not in name]
    return torch.cat([torch.tensor(losses), *kept]).detach()


def _accuracy(tokenizer: "BertTokenizer", whole: BertForMaskedLM) -> float:
    batch = tokenizer([text for text, *_ in QUESTIONS], padding=True, return_tensors="pt")
    scores = whole(**batch).logits[batch["input_ids"] == tokenizer.mask_token_id]  # (questions, vocabulary)
    pairs = torch.tensor([tokenizer.convert_tokens_to_ids(pair) for _, *pair in QUESTIONS])
    right, wrong = scores.gather(1, pairs).T
    return int((right > wrong).sum()) / len(QUESTIONS)

"""Lesson 12: the learner's head, loss, gradients, steps and corrections against transformers' classifier and PyTorch's optimizer."""

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertForSequenceClassification, get_linear_schedule_with_warmup

from course_utils.given.lora import CORRECTED
from course_utils.given.messages import INTENTS, load_messages

from .table import Step

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

    from .table import Mine

CLASSES, TEXTS = len(INTENTS), 24  # two messages per intent
STEPS, SETTINGS = 20, {"lr": 0.01, "betas": (0.9, 0.98), "eps": 1e-6, "weight_decay": 0.1}
SCHEDULES = ((10, 100), (0, 20), (7, 7))  # steps of warm-up, and all
RANK, ALPHA = 8, 16.0
# A training of two layers and the head. The key biases' gradients are 0 but for rounding errors: with a usual eps they
# would take whole steps by the sign of these.
TRAINED_LAYERS, WARMUP, TRAINING = 2, 1, 4
TRAINING_SETTINGS = SETTINGS | {"lr": 0.001, "eps": 0.001}


def steps(mine: "Mine", tokenizer: "BertTokenizer", model: "BertModel") -> Iterator[Step]:
    """The head and its gradients on real messages, the optimizer's steps, what is trained, LoRA; then all in one training."""
    classifier = _classifier(model)
    messages, intents = load_messages("train")
    batch, labels = _batch(tokenizer, messages[:TEXTS]), torch.tensor(intents[:TEXTS])
    pooled, logits = classifier.bert(**batch).pooler_output, classifier(**batch).logits
    head = (classifier.classifier.weight.detach(), classifier.classifier.bias.detach())
    yield Step(
        "classification_head",
        f"logits of BertForSequenceClassification, {TEXTS} real messages",
        lambda: mine.classification_head(pooled, *head),
        logits,
    )
    yield Step(
        "cross_entropy",
        "F.cross_entropy of these logits, and of logits a thousand times as large",
        lambda: torch.stack([mine.cross_entropy(logits, labels), mine.cross_entropy(1000 * logits, labels) / 1000]),
        torch.stack([F.cross_entropy(logits, labels), F.cross_entropy(1000 * logits, labels) / 1000]),
    )
    yield Step(
        "head_gradients",
        "what autograd computes for the head's weight and bias",
        lambda: _flat(mine.head_gradients(pooled, logits, labels)),
        _flat(_gradients_of_autograd(classifier, pooled, labels)),
    )

    rows = [range(step, TEXTS, 1 + step % 3) for step in range(STEPS)]  # each step has a batch of its own
    gradients = [_gradients_of_autograd(classifier, pooled[list(own)], labels[list(own)])[0] for own in rows]
    yield Step(
        "adamw_step",
        f"torch.optim.AdamW, {STEPS} steps with real gradients of the head",
        lambda: _stepped_by(mine, head[0], gradients),
        _stepped_by_torch(head[0], gradients),
    )
    yield Step(
        "linear_warmup",
        "get_linear_schedule_with_warmup, with a warm-up and without",
        lambda: torch.tensor([mine.linear_warmup(step, *own) for own in SCHEDULES for step in range(own[1] + 3)]),
        torch.tensor([factor for own in SCHEDULES for factor in _factors(*own)]),
    )
    yield Step(
        "trainable",
        f"flags and names for the last {TRAINED_LAYERS} layers, set module by module",
        lambda: _opened_by(mine, copy.deepcopy(classifier)),
        _opened_by_hand(copy.deepcopy(classifier)),
    )

    corrections = _corrections(model)
    merged = copy.deepcopy(model)
    for path, correction in corrections.items():
        dense = merged.get_submodule(path)
        dense.weight.copy_(torch.addmm(dense.weight, *reversed(correction), alpha=ALPHA / RANK))
    yield Step(
        "lora_linear",
        f"the whole BERT with {len(corrections)} corrections, merged by torch.addmm",
        lambda: _pooled_in(model, batch, lambda dense, a, b: _Detour(mine, dense, a, b)),
        merged(**batch).pooler_output,
    )
    yield Step(
        "merge_lora",
        "torch.addmm of every merged weight",
        lambda: _flat(
            mine.merge_lora(model.get_submodule(path).weight, *corrections[path], ALPHA) for path in corrections
        ),
        _flat(merged.get_submodule(path).weight for path in corrections),
    )
    yield Step(
        "lora_linear merge_lora",
        "your corrections beside the weights, and the same BERT with yours merged",
        lambda: _pooled_in(model, batch, lambda dense, a, b: _Detour(mine, dense, a, b)),
        _pooled_in(model, batch, lambda dense, a, b: _merged_by(mine, dense, a, b)),
    )
    chosen = logits.argmax(dim=-1)
    yield Step(
        "confusion_matrix",
        "what BertForSequenceClassification chose, by a product of one-hot rows",
        lambda: mine.confusion_matrix(chosen.tolist(), labels.tolist(), CLASSES),
        F.one_hot(labels, CLASSES).T @ F.one_hot(chosen, CLASSES),
    )
    yield Step(
        "classification_head cross_entropy head_gradients adamw_step linear_warmup trainable",
        f"{TRAINING} steps of training {TRAINED_LAYERS} layers and the head, yours and PyTorch's",
        lambda: _trained_by(mine, copy.deepcopy(classifier), batch, labels),
        _trained_by_torch(copy.deepcopy(classifier), batch, labels),
    )


def _classifier(model: "BertModel") -> BertForSequenceClassification:
    """Transformers' classifier with the real model's weights and a random head, in eval mode: no dropout."""
    config = copy.deepcopy(model.config)
    config.num_labels = CLASSES
    whole = BertForSequenceClassification(config)
    whole.bert.load_state_dict(model.state_dict())
    generator = torch.Generator().manual_seed(0)
    for parameter in whole.classifier.parameters():
        nn.init.normal_(parameter, std=0.2, generator=generator)
    return whole.eval()


def _batch(tokenizer: "BertTokenizer", texts: list[str]) -> dict[str, Tensor]:
    return dict(tokenizer(texts, padding=True, return_tensors="pt"))


def _flat(tensors: Iterable[Tensor]) -> Tensor:
    """All their numbers in a row."""
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def _gradients_of_autograd(whole: BertForSequenceClassification, pooled: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
    with torch.enable_grad():
        loss = F.cross_entropy(whole.classifier(pooled), labels)
    return torch.autograd.grad(loss, list(whole.classifier.parameters()))


def _stepped_by(mine: "Mine", param: Tensor, gradients: list[Tensor]) -> Tensor:
    state: dict = {}
    for gradient in gradients:
        param, state = mine.adamw_step(param, gradient, state, **SETTINGS)
    return param


def _stepped_by_torch(param: Tensor, gradients: list[Tensor]) -> Tensor:
    param = nn.Parameter(param.clone())
    optimizer = torch.optim.AdamW([param], **SETTINGS)
    for gradient in gradients:
        param.grad = gradient
        optimizer.step()
    return param.detach()


def _factors(warmup: int, total: int) -> list[float]:
    """What transformers multiplies the learning rate by, and three steps longer."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))])
    factor = get_linear_schedule_with_warmup(optimizer, warmup, total).lr_lambdas[0]
    return [factor(step) for step in range(total + 3)]


def _opened_by(mine: "Mine", whole: BertForSequenceClassification) -> dict[str, list]:
    returned = mine.trainable(whole, TRAINED_LAYERS)
    return {"names": returned, "flags": [parameter.requires_grad for parameter in whole.parameters()]}


def _opened_by_hand(whole: BertForSequenceClassification) -> dict[str, list]:
    _open(whole)
    trained = [name for name, parameter in whole.named_parameters() if parameter.requires_grad]
    return {"names": trained, "flags": [parameter.requires_grad for parameter in whole.parameters()]}


def _open(whole: BertForSequenceClassification) -> None:
    whole.requires_grad_(False)
    for part in (*whole.bert.encoder.layer[-TRAINED_LAYERS:], whole.classifier):
        part.requires_grad_(True)


def _corrections(model: "BertModel") -> dict[str, tuple[Tensor, Tensor]]:
    """Random a and b for the query and the value of each layer, by the path of the dense layer."""
    generator, hidden = torch.Generator().manual_seed(0), model.config.hidden_size

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) * 0.3 * hidden**-0.5

    paths = (f"encoder.layer.{n}.attention.self.{name}" for n in range(len(model.encoder.layer)) for name in CORRECTED)
    return {path: (drawn(RANK, hidden), drawn(hidden, RANK)) for path in paths}


class _Detour(nn.Module):
    """In the place of a dense layer: the layer and its correction, by the learner's `lora_linear`."""

    def __init__(self, mine: "Mine", dense: nn.Linear, a: Tensor, b: Tensor) -> None:
        super().__init__()
        self.compute = lambda x: mine.lora_linear(x, dense.weight, dense.bias, a, b, ALPHA)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, tokens, in) to (batch, tokens, out)."""
        return self.compute(x)


def _merged_by(mine: "Mine", dense: nn.Linear, a: Tensor, b: Tensor) -> nn.Linear:
    merged = copy.deepcopy(dense)
    merged.weight.copy_(mine.merge_lora(dense.weight.detach(), a, b, ALPHA))
    return merged


def _pooled_in(model: "BertModel", batch: dict[str, Tensor], make: Callable[..., nn.Module]) -> Tensor:
    """The pooler's output of a copy of the model in which `make` has replaced each dense layer that is corrected."""
    changed = copy.deepcopy(model)
    for path, correction in _corrections(model).items():
        changed.set_submodule(path, make(changed.get_submodule(path), *correction))
    return changed(**batch).pooler_output


def _trained_by(mine: "Mine", whole: BertForSequenceClassification, batch: dict, labels: Tensor) -> Tensor:
    """The head's gradients by hand, the layers' by autograd."""
    names, weights = mine.trainable(whole, TRAINED_LAYERS), dict(whole.named_parameters())
    states: dict[str, dict] = {name: {} for name in names}
    inner = [name for name in names if not name.startswith("classifier.")]
    head, losses = (weights["classifier.weight"], weights["classifier.bias"]), []
    settings = {name: value for name, value in TRAINING_SETTINGS.items() if name != "lr"}
    for step in range(TRAINING):
        with torch.enable_grad():
            pooled = whole.bert(**batch).pooler_output
            logits = mine.classification_head(pooled, *head)
            loss = mine.cross_entropy(logits, labels)
        gradients = dict(zip(inner, torch.autograd.grad(loss, [weights[name] for name in inner]), strict=True))
        by_hand = mine.head_gradients(pooled.detach(), logits.detach(), labels)
        gradients |= dict(zip(("classifier.weight", "classifier.bias"), by_hand, strict=True))
        rate = TRAINING_SETTINGS["lr"] * mine.linear_warmup(step, WARMUP, TRAINING)
        for name in names:
            updated, states[name] = mine.adamw_step(
                weights[name].detach(), gradients[name], states[name], rate, **settings
            )
            weights[name].copy_(updated)
        losses.append(loss.detach())
    return _left(whole, losses)


def _trained_by_torch(whole: BertForSequenceClassification, batch: dict, labels: Tensor) -> Tensor:
    _open(whole)
    optimizer = torch.optim.AdamW([each for each in whole.parameters() if each.requires_grad], **TRAINING_SETTINGS)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, TRAINING)
    losses = []
    for _ in range(TRAINING):
        with torch.enable_grad():
            loss = whole(**batch, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.detach())
    return _left(whole, losses)


def _left(whole: BertForSequenceClassification, losses: list[Tensor]) -> Tensor:
    """What a training leaves: its losses, and all weights but those of the embeddings."""
    weights = (weight for name, weight in whole.named_parameters() if "embeddings" not in name)
    return torch.cat([torch.stack(losses), _flat(weights)])

"""Lesson 12's learning curve: `python -m bench fine_tune` writes it to `course_utils/given/fine_tune.json`.

A seed chooses the messages to learn from, the head's first numbers and the order of the batches. Every training is kept
in `.build/fine_tune.jsonl`, so a run that was stopped goes on where it was; one thread, so that it repeats itself.

The learning rates and the numbers of steps were found on the last ten messages of each intent's training part, with a few
seeds and 4 to 24 messages per intent, and never on those held out.
"""

import datetime
import hashlib
import json
import os
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
import transformers
from torch import Tensor, nn

import course_utils.given as given
from bench.race import processor
from course_utils.given.corpus import load_corpus
from course_utils.given.intents import (
    IntentModel,
    choose_per_class,
    fine_tuning_losses,
    intent_accuracy,
    nearest_neighbours,
    pooled_vectors,
    predict_intents,
)
from course_utils.given.lora import add_lora
from course_utils.given.messages import INTENTS, load_messages, load_strangers
from course_utils.model import load_model
from course_utils.modes import one_thread
from course_utils.reference.fine_tuning import confusion_matrix, trainable
from course_utils.reference.self_attention import softmax
from course_utils.reference.sentence_search import cosine_matrix, embed, recall_at_k

FILE = Path(given.__file__).parent / "fine_tune.json"
KEPT = Path(__file__).resolve().parent.parent / ".build" / "fine_tune.jsonl"
SIZES, SEEDS, SURE = (2, 4, 8, 16, 32), (0, 1, 2, 3, 4), 0.9
RANK, ALPHA = 8, 16


class Way(NamedTuple):
    """A way to train: the highest learning rate, and the steps for each of the SIZES."""

    learning_rate: float
    steps: tuple[int, ...]


NEAREST, FROZEN, LORA, WHOLE = "nearest neighbour", "frozen", "LoRA", "whole"
WAYS = {
    NEAREST: None,
    FROZEN: Way(1e-2, (100, 100, 100, 150, 200)),
    LORA: Way(5e-3, (40, 50, 60, 90, 140)),
    WHOLE: Way(3e-4, (40, 50, 60, 90, 140)),
}


class Course(NamedTuple):
    """What all trainings share; the vectors are those of the model as it was loaded."""

    tokenizer: object
    bert: nn.Module
    train: tuple[list[str], list[int]]
    held_out: tuple[list[str], list[int]]
    strangers: list[str]
    vectors: dict[str, Tensor]


def load() -> Course:
    tokenizer, bert = load_model()
    train, held_out, strangers = load_messages("train"), load_messages("held_out"), load_strangers()
    plain = IntentModel(bert, len(INTENTS), torch.Generator().manual_seed(0))
    texts = {"train": train[0], "held_out": held_out[0], "strangers": strangers}
    vectors = {part: pooled_vectors(plain, tokenizer, some) for part, some in texts.items()}
    return Course(tokenizer, bert, train, held_out, strangers, vectors)


def auroc(known: Tensor, strange: Tensor) -> float:
    """How often a known message has the higher number, of all pairs with a stranger; a tie counts half."""
    higher = (known[:, None] > strange).double() + 0.5 * (known[:, None] == strange)
    return float(higher.mean())


def search_quality(tokenizer, bert: nn.Module) -> dict[str, float]:
    """Lesson 08's measures: the paraphrase found, and the nearest sentence of the same theme."""
    corpus = load_corpus()
    sentences, themes = [one.text for one in corpus], [one.theme for one in corpus]
    starts = [number for number, theme in enumerate(themes) if number == themes.index(theme)]
    firsts = [number for number in starts if themes[number] not in ("animals", "school")]  # the second is a paraphrase
    vectors = embed(sentences, tokenizer, bert)
    rest = [number for number in range(len(sentences)) if number not in firsts]
    right = [[rest.index(first + 1)] for first in firsts]
    nearest = (vectors @ vectors.T).fill_diagonal_(-2).argmax(dim=1).tolist()
    found = {f"recall@{k}": recall_at_k(vectors[firsts], vectors[rest], right, k) for k in (1, 3)}
    same = [themes[one] == themes[other] for one, other in enumerate(nearest)]
    return found | {"same theme": sum(same) / len(same)}


def prepare(way: str, bert: nn.Module, generator: torch.Generator) -> IntentModel:
    """A model in which only what this way trains is not frozen."""
    model = IntentModel(bert, len(INTENTS), generator)
    if way == FROZEN:
        trainable(model, 0)
    elif way == LORA:
        add_lora(model, RANK, ALPHA, generator)
    return model


def count_trained(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def one_training(course: Course, way: str, size: int, seed: int) -> dict:
    """Learn from `size` messages per intent; what came of it, and more of that at the largest size."""
    generator = torch.Generator().manual_seed(seed)
    texts, labels = course.train
    rows = choose_per_class(labels, size, generator)
    some, theirs = [texts[row] for row in rows], [labels[row] for row in rows]
    found: dict = {"way": way, "size": size, "seed": seed}
    if way == NEAREST:
        known = course.vectors["train"][rows]
        chosen = nearest_neighbours(known, theirs, course.vectors["held_out"])
        sure = [cosine_matrix(course.vectors[part], known).amax(dim=1) for part in ("held_out", "strangers")]
    else:
        model, rates = prepare(way, course.bert, generator), WAYS[way]
        steps = rates.steps[SIZES.index(size)]
        losses = fine_tuning_losses(model, course.tokenizer, some, theirs, generator, steps, rates.learning_rate)
        found |= {"trained": count_trained(model), "loss": round(sum(list(losses)[-5:]) / 5, 4)}
        held_out, strangers = probabilities(course, way, model)
        chosen = held_out.argmax(dim=1).tolist()
        sure = [held_out.amax(dim=1), strangers.amax(dim=1)]
    right = [one == other for one, other in zip(chosen, course.held_out[1], strict=True)]
    found["accuracy"] = round(sum(right) / len(right), 4)
    if size == SIZES[-1]:
        found |= {"chosen": chosen, "auroc": round(auroc(*sure), 4)}
        if way != NEAREST:
            found["sure"] = sureness(*sure, torch.tensor(right))
            found["search"] = rounded(search_quality(course.tokenizer, model.bert))
    return found


@torch.no_grad()
def probabilities(course: Course, way: str, model: IntentModel) -> tuple[Tensor, Tensor]:
    """Those of the messages held out, and of the strangers."""
    if way == FROZEN:  # the vectors are what they were
        return tuple(softmax(model.head(course.vectors[part]), dim=-1) for part in ("held_out", "strangers"))
    return tuple(predict_intents(model, course.tokenizer, some) for some in (course.held_out[0], course.strangers))


def sureness(held_out: Tensor, strangers: Tensor, right: Tensor) -> dict[str, float]:
    """Shares of highest probabilities above SURE, and of wrong answers among those that are held out."""
    is_sure = held_out > SURE
    return rounded({
        "held_out": float(is_sure.float().mean()),
        "strangers": float((strangers > SURE).float().mean()),
        "wrong": float((is_sure & ~right).sum() / is_sure.sum().clamp(min=1)),
    })  # fmt: skip


def rounded(shares: dict[str, float]) -> dict[str, float]:
    return {name: round(share, 4) for name, share in shares.items()}


class OtherVector(IntentModel):
    """An `IntentModel` whose head is given another vector than the mean."""

    def __init__(self, bert: nn.Module, generator: torch.Generator, vector: str) -> None:
        super().__init__(bert, len(INTENTS), generator)
        self.vector, self.pooler = vector, bert.pooler

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return states[:, 0] if self.vector == "[CLS]" else self.pooler(states)


def pooling(course: Course, vector: str, seed: int) -> dict:
    """Train a head alone at the largest size, on another vector of each text than the mean."""
    generator = torch.Generator().manual_seed(seed)
    texts, labels = course.train
    rows = choose_per_class(labels, SIZES[-1], generator)
    model, rates = OtherVector(course.bert, generator, vector), WAYS[FROZEN]
    trainable(model, 0)
    some = [texts[row] for row in rows], [labels[row] for row in rows]
    list(fine_tuning_losses(model, course.tokenizer, *some, generator, rates.steps[-1], rates.learning_rate))
    return {"accuracy": round(intent_accuracy(model, course.tokenizer, *course.held_out), 4)}


def kept(settings: str, job: tuple, work: Callable[[], dict]) -> dict:
    """What the work gives, or gave in an earlier run with the same settings."""
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    for one in map(json.loads, lines):
        if one["settings"] == settings and one["job"] == list(job):
            return one["found"]
    found = work()
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"settings": settings, "job": job, "found": found}) + "\n")
    print(*job, found["accuracy"], flush=True)
    return found


def model_name() -> str:
    return os.environ.get("COURSE_MODEL") or "all-MiniLM-L6-v2"


def settings() -> str:
    """A digest of all that decides what a training gives."""
    messages = (Path(given.__file__).parent / "messages.txt").read_bytes()
    versions = model_name(), torch.__version__, transformers.__version__
    return hashlib.sha256(messages + repr((WAYS, RANK, ALPHA, SURE, versions)).encode()).hexdigest()[:16]


def summary(course: Course, way: str, found: dict[tuple[int, int], dict]) -> dict:
    """One way's part of the file, from its trainings by (size, seed)."""
    largest = [found[SIZES[-1], seed] for seed in SEEDS]
    right = course.held_out[1]
    one = {
        "name": way,
        "trained": largest[0].get("trained", 0),
        "accuracy": [[found[size, seed]["accuracy"] for seed in SEEDS] for size in SIZES],
        "confusion": sum(confusion_matrix(each["chosen"], right, len(INTENTS)) for each in largest).tolist(),
        "missed": [sum(each["chosen"][row] != label for each in largest) for row, label in enumerate(right)],
        "auroc": [each["auroc"] for each in largest],
    }
    if WAYS[way]:
        one |= {"learning_rate": WAYS[way].learning_rate, "steps": list(WAYS[way].steps)}
        one |= {
            part: {key: [each[part][key] for each in largest] for key in largest[0][part]}
            for part in ("sure", "search")
        }
    return one


def as_text(measured: dict) -> str:
    """JSON with a line for each list of numbers."""
    text = json.dumps(measured, indent=1, ensure_ascii=False)
    return re.sub(
        r"\[[^\[\]{}]*\]", lambda numbers: " ".join(numbers[0].split()).replace("[ ", "[").replace(" ]", "]"), text
    )


def print_table(measured: dict) -> None:
    """Mean and standard deviation over the seeds."""
    print(f"\n| way | trained | {' | '.join(f'{size} each' for size in SIZES)} | AUROC | recall@1 | same theme |")
    print("|---" * (5 + len(SIZES)) + "|")
    for way in measured["ways"]:
        shares = [f"{statistics.mean(row):.3f} ± {statistics.stdev(row):.3f}" for row in way["accuracy"]]
        after = way.get("search") or {name: [share] for name, share in measured["search"].items()}
        ends = [way["auroc"], after["recall@1"], after["same theme"]]
        cells = [way["name"], f"{way['trained']:,}", *shares, *(f"{statistics.mean(each):.3f}" for each in ends)]
        print(f"| {' | '.join(cells)} |")
    for vector, shares in measured["pooling"].items():
        print(f"a frozen head on {vector}: {statistics.mean(shares):.3f}")


def main() -> None:
    with one_thread():
        measured = measure(load())
    FILE.write_text(as_text(measured) + "\n", encoding="utf-8")
    print(f"\nwritten to {FILE}")
    print_table(measured)


def measure(course: Course) -> dict:
    """All trainings, the small ones first."""
    mark, found = settings(), {way: {} for way in WAYS}
    for size in SIZES:
        for seed in SEEDS:
            for way in WAYS:
                job = (way, size, seed)
                found[way][size, seed] = kept(mark, job, lambda job=job: one_training(course, *job))
    pools = {"mean": [found[FROZEN][SIZES[-1], seed]["accuracy"] for seed in SEEDS]}
    for vector in ("[CLS]", "pooler_output"):
        jobs = [(vector, SIZES[-1], seed) for seed in SEEDS]
        pools[vector] = [kept(mark, job, lambda job=job: pooling(course, job[0], job[2]))["accuracy"] for job in jobs]
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "torch": torch.__version__.partition("+")[0],
        "transformers": transformers.__version__,
        "model": model_name(),
        "seeds": list(SEEDS),
        "sizes": list(SIZES),
        "held_out": len(course.held_out[0]),
        "strangers": len(course.strangers),
        "pooling": pools,
        "search": rounded(search_quality(course.tokenizer, course.bert)),
        "ways": [summary(course, way, found[way]) for way in WAYS],
    }

"""Sentences of very different lengths, to measure with."""

import math
import os
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import BertModel

_SHORT = ("Why not?", "It rained.", "Nobody came.", "Thank you all!", "She laughed.", "Who is there?")
_WHO = ("the old woman", "a tired driver", "my neighbour", "Dr. Nguyen", "nobody in town", "a boy with a red hat")
_DID = (
    "found a letter",
    "closed the bank",
    "painted the door",
    "paid 3,456 euros",
    "sold two horses",
    "sang all night",
)
_WHERE = ("by the river", "in the kitchen", "behind the station", "on the way home", "at the market", "near the sea")
_WHEN = ("in the morning", "after the storm", "last winter", "before anyone woke up", "on a cold day", "at 17:45")
_AND = (", and", ", because", ", while", ", although", ";", ", so")


def mixed_sentences(count: int, seed: int = 0) -> list[str]:
    """Make sentences of very different lengths, many short and a few long ones.

    count: how many sentences.
    seed: the same seed gives the same sentences.

    Returns: the sentences.
    """
    draw = random.Random(seed)

    def one_of(words: tuple[str, ...]) -> str:
        return words[int(draw.random() * len(words))]

    def sentence() -> str:
        if draw.random() < 0.1:
            return one_of(_SHORT)
        clauses = min(1 + int(-1.8 * math.log(1 - draw.random())), 9)  # each further one is rarer
        words = ""
        for number in range(clauses):
            words += f"{one_of(_AND)} " if number else ""
            words += f"{one_of(_WHO)} {one_of(_DID)}"
            words += f" {one_of(_WHERE)}" if draw.random() < 0.5 else ""
            words += f" {one_of(_WHEN)}" if draw.random() < 0.5 else ""
        return words[0].upper() + words[1:] + "."

    return [sentence() for _ in range(count)]


WEIGHTS = 11e6  # in the encoder of a model that is measured with all texts; the course's own has 10.6 million


def all_or_few(texts: list[str], model: "BertModel", few: int = 48) -> list[str]:
    """Choose the texts to measure with: all, or fewer if the model is larger.

    texts: the texts to choose from.
    model: a `BertModel`; a larger one gets as many texts as take about as long.
    few: how many texts there are under COURSE_CI=1, where nobody waits to see the
        speed.

    Returns: the first of the texts, at least 8.
    """
    count = few if os.environ.get("COURSE_CI") == "1" else len(texts)
    weights = sum(parameter.numel() for parameter in model.encoder.parameters())
    return texts[: max(8, round(count * min(1, WEIGHTS / weights)))]

"""The learning curve of lesson 12, as `python -m bench fine_tune` has measured it once, and how sure an accuracy is."""

import json
import math
from pathlib import Path


def load_learning_curve() -> dict:
    """Read the stored trainings: all ways, sizes and seeds, of one machine on one day.

    Returns: a dict: `date`, `processor`, `torch`, `transformers`, `model`; `seeds` and
        `sizes`, the messages per class; `held_out` and `strangers`, how many there are;
        `pooling`, a frozen head's accuracies by the vector that it is given; `search`,
        what the model found in lesson 08 before any training; and `ways`, whose
        `accuracy` has one row per size and one column per seed.
    """
    return json.loads(Path(__file__).with_name("fine_tune.json").read_text(encoding="utf-8"))


def accuracy_interval(right: int, total: int) -> tuple[float, float]:
    """Say between which bounds an accuracy is, judged by what was counted.

    right: how many answers were right.
    total: how many messages there were.

    In 95 of 100 samples of messages the bounds hold the accuracy on all such messages.

    Returns: the lower and the upper bound.
    Source: Wilson 1927, "Probable inference, the law of succession, and statistical
        inference".
    """
    z = 1.96  # 95 % of a normal distribution are closer to its mean than this many standard deviations
    share = right / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    reach = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return middle - reach, middle + reach

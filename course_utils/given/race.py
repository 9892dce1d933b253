"""The full race of lesson 10, as `python -m bench race` has measured it once."""

import json
from pathlib import Path


def full_race() -> dict:
    """Read the stored race: all ways on all texts, measured on one machine on one day.

    Returns: a dict: `date`, `processor`, `cores`, `torch`, `rounds`; `others`, the
        share of the machine that other programs had meanwhile; and `races`, each with
        `what`, `texts`, `tokens`, `padding` and `seconds`, one number per way.
    """
    return json.loads(Path(__file__).with_name("race.json").read_text(encoding="utf-8"))

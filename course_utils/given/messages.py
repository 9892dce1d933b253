"""Lesson 12's messages to the desk of a town library: twelve intents, and strangers, which have none of these.

The texts are in `messages.txt`, which also says what each intent means.
"""

import re
from pathlib import Path

INTENTS = (
    "renew",
    "fine",
    "reserve",
    "hours",
    "card",
    "damaged",
    "suggest",
    "room",
    "computers",
    "events",
    "donate",
    "missing",
)


def load_messages(part: str) -> tuple[list[str], list[int]]:
    """List the messages that have an intent, in an order that mixes the intents.

    part: "train" or "held_out".

    Returns: the texts, and the number of each one's intent in `INTENTS`. The first
        12 n texts have n of each intent.
    Raises: ValueError for any other part.
    """
    if part not in ("train", "held_out"):
        raise ValueError(f'part must be "train" or "held_out", not {part!r}.')
    sections = _sections()
    each = [sections[f"{intent}, {part.replace('_', ' ')}"] for intent in INTENTS]
    rounds = zip(*each, strict=True)  # a round has one message of each intent
    pairs = [(text, number) for texts in rounds for number, text in enumerate(texts)]
    return [text for text, _ in pairs], [number for _, number in pairs]


def load_strangers() -> list[str]:
    """List the messages that have none of the intents, though some use their words.

    Returns: the texts.
    """
    return _sections()["strangers"]


def _file() -> Path:
    """Find the file of the messages."""
    return Path(__file__).with_name("messages.txt")


def _sections() -> dict[str, list[str]]:
    """Read the file: the messages under each of its headings."""
    sections: dict[str, list[str]] = {}
    for line in _file().read_text(encoding="utf-8").splitlines():
        heading = re.match(r"\[(.+)\]", line)
        if heading:
            texts = sections[heading[1]] = []
        elif line and not line.startswith("#"):
            texts.append(line)
    return sections

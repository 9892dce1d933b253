"""Small edits of a function's text, as a learner slips: one place each, made by a program.

Every edit replaces a stretch of the text, so the other lines are as they were and a line can be counted in the new text.
"""

import random
import warnings
from typing import NamedTuple

from bench.rules import RULES, Change
from bench.text import Text


class Edit(NamedTuple):
    """The whole new text, what kind of edit it is, its lines, and the text of these lines before and after."""

    kind: str
    text: str
    first: int
    last: int
    before: str
    after: str


def edits(source: str) -> list[Edit]:
    """All edits of a function's or class's text that can be compiled, each text once."""
    text = Text(source)
    found: dict[str, Edit] = {}
    for node in text.nodes():
        rule = RULES.get(type(node).__name__)
        for change in rule(text, node) if rule else ():
            edit = _edited(text, change)
            if edit.text != source and edit.text not in found and _compiles(edit.text):
                found[edit.text] = edit
    return list(found.values())


def sample(all_edits: list[Edit], count: int, chance: random.Random) -> list[Edit]:
    """So many of them, with as many kinds as there are: names can be exchanged in many more ways than operators."""
    by_kind: dict[str, list[Edit]] = {}
    for edit in chance.sample(all_edits, len(all_edits)):
        by_kind.setdefault(edit.kind, []).append(edit)
    chosen = []
    while by_kind and len(chosen) < count:
        for kind in chance.sample(sorted(by_kind), len(by_kind)):
            chosen.append(by_kind[kind].pop())
            if not by_kind[kind]:
                del by_kind[kind]
    return chosen[:count]


def _edited(text: Text, change: Change) -> Edit:
    kind, start, end, new, spot = change
    whole = text.bytes[:start] + new.encode() + text.bytes[end:]
    begin, stop = min(text.start(spot), start), max(text.end(spot), end)
    first = text.bytes[:begin].count(b"\n") + 1
    last_before = text.bytes[:stop].count(b"\n") + 1
    last = whole[: stop + len(whole) - len(text.bytes)].count(b"\n") + 1
    before = text.bytes.decode().splitlines()[first - 1 : last_before]
    after = whole.decode().splitlines()[first - 1 : last]
    return Edit(kind, whole.decode(), first, last, "\n".join(before), "\n".join(after))


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as "is" with a number
        try:
            compile(text, "<edited>", "exec")
        except (SyntaxError, ValueError):
            return False
    return True

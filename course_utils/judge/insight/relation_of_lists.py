"""The table of relations of lists, texts and dicts, simplest first."""

import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import torch

from .relation import Relation
from .relation import of_expected as _of


def of_lists() -> Iterator[Relation]:
    """The relations of lists and tuples, of anything."""
    yield Relation("without its last item", _of(lambda e: e[: _some(e) - 1]))
    yield Relation("without its first item", _of(lambda e: e[min(1, _some(e)) :]))
    yield Relation("without its first and its last item", _of(lambda e: e[1:-1]))
    yield Relation("nested once too often", _of(lambda e: [e]))
    yield Relation("with each item in a list of its own", _of(lambda e: [[item] for item in e]))
    yield Relation(
        "flattened: its inner lists are joined to one", _of(lambda e: [item for inner in e for item in _list(inner)])
    )
    yield Relation("in the reverse order", _of(lambda e: e[::-1]))
    yield Relation("with repeated items dropped", _of(lambda e: list(dict.fromkeys(e))))
    yield Relation(
        "with an item dropped where it repeats the one before", _of(lambda e: [k for k, _ in itertools.groupby(e)])
    )
    yield Relation("sorted", _of(lambda e: sorted(e)))
    yield Relation("sorted, largest first", _of(lambda e: sorted(e, reverse=True)))
    yield Relation("cut down to its first item", _of(lambda e: e[0]))
    yield Relation("cut down to its last item", _of(lambda e: e[-1]))
    yield Relation("cut down to its first item, in a list", _of(lambda e: e[:1]))
    yield Relation("twice in a row", _of(lambda e: [*e, *e]))
    yield Relation("without every second item", _of(lambda e: e[::2]))
    yield Relation("joined to one text", _of(lambda e: "".join(e)))
    yield Relation("joined to one text, with blanks", _of(lambda e: " ".join(e)))
    yield Relation("stacked to one tensor", _of(lambda e: torch.stack(list(e))))
    yield Relation("joined to one tensor along the first axis", _of(lambda e: torch.cat(list(e))))
    yield Relation("joined to one tensor along the last axis", _of(lambda e: torch.cat(list(e), dim=-1)))
    yield Relation("cut down to the number of its items", _of(len))
    yield Relation("in lower case", _of(lambda e: [item.lower() for item in e]))
    yield Relation("in upper case", _of(lambda e: [item.upper() for item in e]))
    yield Relation("with one item too many at the end", lambda e, m: [*e, m[-1]], lambda e, m: 1)
    yield Relation("with one item too many at the start", lambda e, m: [m[0], *e], lambda e, m: 1)
    yield Relation("in another order", _reordered, lambda e, m: math.lgamma(len(e) + 1) / math.log(2) / 12)
    yield Relation("cut off too early", lambda e, m: e[: len(m)], lambda e, m: 1)
    yield Relation("without its beginning", lambda e, m: e[len(e) - len(m) :], lambda e, m: 1)
    yield Relation(
        "without some of its items; the others are right and in order",
        lambda e, m: m if _is_within(m, e) else e,
        lambda e, m: _choices(len(e), len(m)),
    )
    yield Relation(
        "with items that do not belong there between the right ones",
        lambda e, m: m if _is_within(e, m) else e,
        lambda e, m: len(m) - len(e) + _choices(len(m), len(e)),
    )


def _some(items: list) -> int:
    if not items:
        raise ValueError("there is no item")
    return len(items)


def _list(inner: object) -> list:
    if not isinstance(inner, (list, tuple)):
        raise TypeError("not a list")
    return list(inner)


def _reordered(expected: list, mine: list) -> list:
    if not isinstance(mine, (list, tuple)) or not all(isinstance(item, (str, int, float, tuple)) for item in mine):
        raise TypeError("not a list of plain items")
    return mine if Counter(map(repr, expected)) == Counter(map(repr, mine)) else expected


def _is_within(few: list, many: list) -> bool:
    """Whether all items of `few` are in `many`, in this order, and others, too."""
    if not isinstance(few, (list, tuple)) or not isinstance(many, (list, tuple)) or len(few) >= len(many):
        return False
    rest = iter(many)
    return all(any(item == other for other in rest) for item in few)


def _choices(total: int, chosen: int) -> float:
    """How much may be chosen freely, counted in numbers of 12 bits each."""
    return math.log2(max(1, math.comb(total, min(total, chosen)))) / 12


# Texts and dicts ----------------------------------------------------------------------------------------------------------


def of_texts() -> Iterator[Relation]:
    """The relations of texts."""
    yield Relation("in lower case", _of(str.lower))
    yield Relation("in upper case", _of(str.upper))
    yield Relation("without the blanks at its ends", _of(str.strip))
    yield Relation("without its blanks", _of(lambda e: "".join(e.split())))
    yield Relation("with single blanks only", _of(lambda e: " ".join(e.split())))
    yield Relation("without its accents", _of(_plain))
    yield Relation("without punctuation", _of(lambda e: re.sub(r"[^\w\s]", "", e)))
    yield Relation("in the reverse order", _of(lambda e: e[::-1]))
    yield Relation("without its last character", _of(lambda e: e[: _some(e) - 1]))
    yield Relation("without its first character", _of(lambda e: e[min(1, _some(e)) :]))
    yield Relation("cut down to its first word", _of(lambda e: e.split()[0]))
    yield Relation("cut down to its last word", _of(lambda e: e.split()[-1]))
    yield Relation("twice in a row", _of(lambda e: e + e))
    yield Relation("nested: it is in a list", _of(lambda e: [e]))
    yield Relation("split into a list of words", _of(str.split))
    yield Relation("split into a list of characters", _of(list))
    yield Relation("with one character too many at the end", lambda e, m: e + m[-1], lambda e, m: 0.5)
    yield Relation("with one character too many at the start", lambda e, m: m[0] + e, lambda e, m: 0.5)
    yield Relation("cut off too early", lambda e, m: e[: len(m)], lambda e, m: 0.5)
    yield Relation("without its beginning", lambda e, m: e[len(e) - len(m) :], lambda e, m: 0.5)


def _plain(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


def of_dicts(pairs: list[tuple[dict, object]]) -> Iterator[Relation]:
    """The relations of dicts. What is said of a key is said of one that all of them have."""
    yield Relation("without its last entry", _of(lambda e: dict(list(e.items())[: _some(e) - 1])))
    yield Relation("without its first entry", _of(lambda e: dict(list(e.items())[min(1, _some(e)) :])))
    yield Relation("with keys and values swapped", _of(lambda e: {value: key for key, value in e.items()}))
    yield Relation("as a list of its values, without the keys", _of(lambda e: list(e.values())))
    yield Relation("as a list of its keys, without the values", _of(list))
    yield Relation("in a list", _of(lambda e: [e]))
    common = [key for key in pairs[0][0] if all(key in expected for expected, _ in pairs)][:20]
    for one, other in itertools.combinations(common, 2):
        yield Relation(
            f"with the values of {one!r} and {other!r} swapped",
            lambda e, m, a=one, b=other: {**e, a: e[b], b: e[a]},
        )
    for key in common:
        yield Relation(f"cut down to its {key!r}", lambda e, m, k=key: e[k])
    yield Relation(
        "under other keys; the values are right and in order",
        lambda e, m: dict(zip(m, e.values(), strict=True)),
    )

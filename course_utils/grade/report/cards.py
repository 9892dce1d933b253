"""An exercise's card for the learner, rebuilt from a record.

`Graded.card` was filled by a process that ran the learner's code, so that nothing in it is believed: what is not of the
right type and size is no card, and a plain one says what the judge knows for itself.
"""

import math
from collections.abc import Callable
from typing import Any

from course_utils.grade.records import Graded
from course_utils.judge import Result

from .mistakes import sentence
from .page import clean, counted

LONGEST, MOST, WIDEST = 2000, 20, 40  # characters of a text, entries of a list, rows and columns of a heat map
_STATUSES = ("passed", "failed", "error", "not_attempted")  # what the card's look knows


class Misshapen(ValueError):
    """A card whose fields are not what a judge writes."""


def card_of(graded: Graded, room: int) -> str:
    """The card as HTML, in at most `room` characters: whole, else without its heat map, else plain."""
    tries = [
        lambda: rebuilt(graded),
        lambda: rebuilt(graded, heat=False),
        lambda: rebuilt(graded, heat=False, longest=200),
    ]
    for attempt in tries:
        try:
            html = attempt()._repr_html_()
        except Misshapen:
            break
        if len(html) <= room:
            return html
    return plain(graded)._repr_html_()


def rebuilt(graded: Graded, heat: bool = True, longest: int = LONGEST) -> Result:
    """The judge's Result from a record's card; raises Misshapen. The exercise and its status are the record's own."""
    card = graded.card
    if not isinstance(card, dict) or not card or card.get("status") != graded.status or graded.status not in _STATUSES:
        raise Misshapen(graded.exercise)

    def text(value: Any) -> str:
        return clean(_is(value, str), longest)

    def texts(value: Any) -> tuple[str, ...]:
        return tuple(map(text, _list(value, MOST)))

    place, heat_says = card.get("place"), text(card.get("heat_says", ""))
    rows = _heat(card.get("heat", ())) if heat else ()
    return Result(
        exercise=graded.exercise,
        status=graded.status,
        headline=text(card.get("headline")),
        explanations=tuple(texts(group) for group in _list(card.get("explanations", ()), MOST)),
        notes=texts(card.get("notes", ())),
        argument=text(card.get("argument", "")),
        relations=texts(card.get("relations", ())),
        place=None if place is None else _place(place, text),
        smallest=text(card.get("smallest", "")),
        facts=tuple(_pair(fact, text) for fact in _list(card.get("facts", ()), MOST)),
        heat=rows,
        heat_says=heat_says if rows else "",
        next_step=text(card.get("next_step", "")),
    )


def plain(graded: Graded) -> Result:
    """What the judge itself knows: the status, the cases and the mistakes recognised."""
    status = graded.status if graded.status in _STATUSES else "error"
    says = {
        "passed": "It is right on both cases."
        if graded.cases == 2
        else f"It is right on all {counted(graded.cases, 'case')}.",
        "failed": f"It is right on {graded.passed} of {counted(graded.cases, 'case')}.",
        "error": "It stopped before it was done.",
        "not_attempted": "There is no answer yet.",
    }
    headline = says[status] if graded.cases or status in ("error", "not_attempted") else ""
    named = [sentence(graded.exercise, label) for group in graded.labels[:MOST] for label in group[:MOST]]
    return Result(graded.exercise, status, headline, notes=tuple(dict.fromkeys(filter(None, named)))[:3])


def _is(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Misshapen(f"{type(value).__name__} in place of {kind.__name__}")
    return value


def _list(value: Any, most: int) -> list[Any]:
    """The first entries of a list, as JSON has them, or of a tuple."""
    if type(value) not in (list, tuple):
        raise Misshapen(f"{type(value).__name__} in place of a list")
    return list(value[:most])


def _place(value: Any, text: Callable[[Any], str]) -> tuple[int, str]:
    line, says = _two(value)
    return _is(line, int), text(says)


def _pair(value: Any, text: Callable[[Any], str]) -> tuple[str, str]:
    name, says = _two(value)
    return text(name), text(says)


def _two(value: Any) -> list[Any]:
    both = _list(value, 3)
    if len(both) != 2:
        raise Misshapen("not two entries")
    return both


def _heat(value: Any) -> tuple[tuple[float, ...], ...]:
    """Rows of numbers from 0 to 1, at most WIDEST by WIDEST."""
    rows = tuple(tuple(map(_share, _list(row, WIDEST + 1))) for row in _list(value, WIDEST + 1))
    if len(rows) > WIDEST or any(len(row) > WIDEST for row in rows):
        raise Misshapen("the heat map is too large")
    return rows


def _share(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= 1:
        raise Misshapen("not a number from 0 to 1")
    return float(value)

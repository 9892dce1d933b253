"""Lesson 13's widget: turn a query and a key by their positions, and see that only the distance counts."""

import math

from course_utils.figures.since_bert import dial
from course_utils.figures.style import COLOURS, HAIRLINE, INK, MUTED, PAPER, WIDTH, Picture
from course_utils.figures.svg import Canvas

from .base import choice, explore, slider

THETA, FARTHEST = 10_000.0, 12
QUERY = (1.2, 0.4, -0.3, 0.3, 0.5, 0.8, 0.4, 0.1)  # features i and i + 4 are a pair
KEY = (0.2, 0.3, -0.3, 0.3, 1.3, 0.8, 0.4, 0.1)  # as the query, turned by one position: they match one step apart
_SHIFTS = {"0": 0, "1": 1, "10": 10, "100": 100}
_PAIRS = len(QUERY) // 2


def angles(features: tuple[float, ...], position: int) -> list[float]:
    """The angle of each pair after it was turned by its position, in radians."""
    frequencies = [THETA ** (-pair / _PAIRS) for pair in range(_PAIRS)]
    starts = [math.atan2(features[pair + _PAIRS], features[pair]) for pair in range(_PAIRS)]
    return [start + position * frequency for start, frequency in zip(starts, frequencies, strict=True)]


def products(query_at: int, key_at: int) -> list[float]:
    """What each pair adds to the score: both lengths times the cosine of the angle between them."""
    lengths = [
        math.hypot(QUERY[pair], QUERY[pair + _PAIRS]) * math.hypot(KEY[pair], KEY[pair + _PAIRS])
        for pair in range(_PAIRS)
    ]
    between = zip(lengths, angles(QUERY, query_at), angles(KEY, key_at), strict=True)
    return [length * math.cos(one - other) for length, one, other in between]


def score(query_at: int, key_at: int) -> float:
    """The score of the turned query and key, divided by the root of the head's size."""
    return sum(products(query_at, key_at)) / math.sqrt(len(QUERY))


def draw_turned(query_at: int, key_at: int, shift: int) -> Picture:
    """The four pairs of a query and a key as hands of clocks, what each adds to the score, and the score by distance.

    query_at, key_at: their positions, 0 to 12. shift: by how much both are moved on.
    """
    distance, room = query_at - key_at, (WIDTH - 40) / _PAIRS
    canvas = Canvas(WIDTH, 396)
    title = f"query at {query_at + shift}, key at {key_at + shift}: the query is {_told(distance)}"
    canvas.text(24, 26, title, 15, bold=True)
    turned = zip(angles(QUERY, query_at + shift), angles(KEY, key_at + shift), strict=True)
    parts = products(query_at + shift, key_at + shift)
    for pair, (asked, offered) in enumerate(turned):
        x = 20 + (pair + 0.5) * room
        canvas.text(x, 58, f"pair {pair}", 13, anchor="middle", bold=True)
        dial(canvas, x, 116, 44, {"key": offered, "query": asked})
        between = math.degrees(asked - offered) % 360
        canvas.text(x, 178, f"{min(between, 360 - between):.0f}° between them", 12, MUTED, anchor="middle")
        canvas.text(x, 197, f"adds {_signed(parts[pair])}", 13, anchor="middle")
    canvas.text(24, 226, "blue: the query", 12, COLOURS["query"].ink)
    canvas.text(134, 226, "orange, dashed: the key", 12, COLOURS["key"].ink)
    found = score(query_at + shift, key_at + shift)
    total = f"score: {_signed(sum(parts))} / √{len(QUERY)} = {_signed(found)}"
    canvas.text(WIDTH - 24, 226, total, 15, anchor="end", bold=True)
    _by_distance(canvas, distance)
    return canvas.picture(
        f"The query at position {query_at + shift} is {_told(distance)}, the key at position {key_at + shift}. Their score is "
        f"{_signed(found)}, as at all positions with this distance: the hands turn on together, and the angles between them stay."
    )


def _told(distance: int) -> str:
    """Where the query is, seen from the key."""
    if not distance:
        return "at the same place as the key"
    return f"{abs(distance)} {'after' if distance > 0 else 'before'} the key"


def _signed(value: float) -> str:
    """Two decimals, and no minus before a zero."""
    text = f"{value:.2f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def _by_distance(canvas: Canvas, marked: int) -> None:
    """A bar for the score of every distance; the present one is dark."""
    left, zero, high, step = 70, 338, 62, (WIDTH - 100) / (2 * FARTHEST + 1)
    far = max(score(distance, 0) for distance in range(FARTHEST + 1))
    canvas.text(24, 256, "the score by distance: query's position minus key's", 12, MUTED)
    canvas.line([(left, zero), (WIDTH - 30, zero)], HAIRLINE, 1)
    for place, distance in enumerate(range(-FARTHEST, FARTHEST + 1)):
        value, x = score(max(distance, 0), max(-distance, 0)), left + place * step
        tall, colour = round(min(max(value / far, -1.0), 1.0) * high), COLOURS["attention"]
        here = distance == marked
        fill = colour.ink if here else colour.fill
        canvas.rect(x + 3, zero - max(tall, 0), step - 6, max(abs(tall), 1), fill, INK if here else PAPER)
        canvas.text(x + step / 2, 376, distance, 12, INK if here else MUTED, anchor="middle", bold=here)


def explore_rotation() -> None:
    """Turn a query and a key: move one of them, then both together by the same shift."""
    explore(
        draw_turned,
        query_at=slider("query at", 0, FARTHEST, 3),
        key_at=slider("key at", 0, FARTHEST, 1),
        shift=choice("both moved on by", _SHIFTS),
    )

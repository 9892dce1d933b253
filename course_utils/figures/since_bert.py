"""Lesson 13's pictures: two layers side by side, rotation as clocks, masks, how far layers reach, the cache."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from course_utils.reference.since_bert import cache_bytes

from .plots import finish, sheet, styled
from .style import COLOURS, HAIRLINE, INK, MUTED, PAPER, WIDTH, Picture
from .svg import Canvas

# Two layers ---------------------------------------------------------------------------------------

# what a layer consists of, from its input to its output: label, note, role, the number of the change (0: none)
_THEN = (
    ("start", "", "", 0),
    ("query, key, value", "weights and biases", "query", 0),
    ("attention", "every token sees all", "attention", 0),
    ("dense", "weight and bias", "residual", 0),
    ("add", "", "", 0),
    ("layer norm", "weight and bias", "norm", 0),
    ("start", "", "", 0),
    ("dense", "weight and bias", "feed_forward", 0),
    ("GELU", "", "feed_forward", 0),
    ("dense", "weight and bias", "feed_forward", 0),
    ("add", "", "", 0),
    ("layer norm", "weight and bias", "norm", 0),
)
_TODAY = (
    ("start", "", "", 0),
    ("layer norm", "comes first, no bias", "norm", 1),
    ("query, key, value", "no biases", "query", 5),
    ("rotate", "query and key, by position", "query", 3),
    ("attention", "in most layers a window", "attention", 6),
    ("dense", "no bias", "residual", 5),
    ("add", "", "", 0),
    ("start", "", "", 0),
    ("layer norm", "comes first, no bias", "norm", 1),
    ("dense", "to values and gates, no bias", "feed_forward", 4),
    ("GELU(values) · gates", "", "feed_forward", 4),
    ("dense", "no bias", "feed_forward", 5),
    ("add", "", "", 0),
)


def draw_two_layers() -> Picture:
    """A layer of BERT beside one of ModernBERT, from top to bottom; what has changed has the number of its section."""
    canvas = Canvas(WIDTH, 620)
    _tower(canvas, 40, "BERT, 2018", _THEN)
    _tower(canvas, 455, "ModernBERT, 2024", _TODAY)
    numbers = sorted({number for *_, number in _TODAY} - {0})
    return canvas.picture(
        "A layer of BERT beside one of ModernBERT, from its input at the top to its output. The circles "
        f"{', '.join(map(str, numbers))} mark what has changed, by the numbers of this lesson's sections; section 2 is about "
        "a norm that ModernBERT does not have, and section 7 about padding."
    )


def _tower(canvas: Canvas, x: float, title: str, parts: Sequence[tuple[str, str, str, int]]) -> None:
    """One layer: its boxes below each other, and to their left the residual around each sublayer."""
    road, left, wide, y, began = COLOURS["residual"].line, x + 60, 250, 58.0, 0.0
    middle = left + wide / 2
    canvas.text(x, 28, title, 15, bold=True)
    for label, note, role, number in parts:
        if label == "start":
            canvas.line([(middle, y - 10), (middle, y + 4)], road, 2)
            began = y - 3
            y += 6
        elif label == "add":
            canvas.arrow([(middle, y - 8), (middle, y + 3)], road, 2, head=6)
            canvas.line(
                [(middle, began), (left - 26, began), (left - 26, y + 14), (middle - 12, y + 14)], road, 2, radius=8
            )
            canvas.circle(middle, y + 14, 11, COLOURS["residual"].fill, road, line=2)
            canvas.text(middle, y + 14, "+", 15, bold=True, anchor="middle")
            y += 36
        else:
            canvas.arrow([(middle, y - 10), (middle, y + 1)], road, 2, head=6)
            canvas.box(left, y, wide, 38 if note else 30, label, role, note=note, size=13)
            if number:
                canvas.circle(left + wide + 22, y + (19 if note else 15), 12, INK)
                canvas.text(left + wide + 22, y + (19 if note else 15), number, 13, PAPER, anchor="middle", bold=True)
            y += 49 if note else 41
    canvas.arrow([(middle, y - 10), (middle, y + 8)], road, 2)


# Rotation -----------------------------------------------------------------------------------------


def draw_rotation(
    head_size: int = 8, theta: float = 10_000.0, positions: Sequence[int] = (0, 1, 2, 3, 10, 100)
) -> Picture:
    """The pairs of one query as the hands of clocks: a row per pair, a column per position.

    head_size: even, at most 12. The query's pairs all point to the right before they are turned.
    """
    frequencies = [theta ** (-2 * pair / head_size) for pair in range(head_size // 2)]
    left, top, step, line, radius = 196, 84, (WIDTH - 226) / len(positions), 82, 31
    canvas = Canvas(WIDTH, top + line * len(frequencies) + 4)
    canvas.text(24, 26, "One query, turned by its position", 15, bold=True)
    canvas.text(left - 14, 60, "position", 12, MUTED, anchor="end")
    for column, position in enumerate(positions):
        canvas.text(left + (column + 0.5) * step, 60, position, 13, anchor="middle", bold=True)
    for pair, frequency in enumerate(frequencies):
        y = top + (pair + 0.5) * line - 4
        canvas.text(24, y - 19, f"pair {pair}", 14, COLOURS["query"].ink, bold=True)
        canvas.text(24, y + 1, f"features {pair} and {pair + head_size // 2}", 12, MUTED)
        canvas.text(24, y + 19, f"{_degrees(frequency)} per position", 12, MUTED)
        for column, position in enumerate(positions):
            dial(canvas, left + (column + 0.5) * step, y, radius, {"query": position * frequency})
    turns = [2 * math.pi / frequency for frequency in frequencies]
    return canvas.picture(
        f"The {len(frequencies)} pairs of a query of {head_size} features as the hands of clocks, at position "
        f"{', '.join(map(str, positions))}. The fastest turns by {_degrees(frequencies[0])} per position, once round in "
        f"{turns[0]:.1f} positions; the slowest by {_degrees(frequencies[-1])}, once round in {turns[-1]:,.0f}."
    )


def _degrees(radians: float) -> str:
    """An angle to two digits, or as a whole number: 57°, 5.7°, 0.057°."""
    return f"{math.degrees(radians):.2g}°"


def dial(canvas: Canvas, x: float, y: float, radius: float, hands: Mapping[str, float]) -> None:
    """A clock: a circle, its start to the right, and a hand per role, at an angle in radians against the clock."""
    canvas.circle(x, y, radius, PAPER, HAIRLINE, line=1.5)
    canvas.line([(x, y), (x + radius, y)], HAIRLINE, 1.5, dash="3 3")
    for role, angle in hands.items():
        long = radius - 3
        tip = (x + round(long * math.cos(angle), 1), y - round(long * math.sin(angle), 1))
        canvas.arrow([(x, y), tip], COLOURS[role].line, 3, dash="" if role == "query" else "6 3", head=9)
    canvas.circle(x, y, 3, INK)


# Masks --------------------------------------------------------------------------------------------


def draw_masks(masks: Mapping[str, Tensor]) -> Picture:
    """Additive masks side by side, each (1, 1, tokens, tokens): coloured where a query may look at a key."""
    allowed = {name: (mask[0, 0] == 0).tolist() for name, mask in masks.items()}
    room = (WIDTH - 48) / len(masks)
    tokens = max(len(rows) for rows in allowed.values())
    cell = min(18.0, (room - 44) / tokens)
    canvas = Canvas(WIDTH, 118 + cell * tokens)
    seen = {}
    for number, (name, rows) in enumerate(allowed.items()):
        x, y = 48 + number * room, 74
        seen[name] = sum(map(sum, rows))
        canvas.text(x, 26, name, 15, bold=True, width=room - 24)
        canvas.text(x, 52, "keys →", 12, COLOURS["key"].ink)
        canvas.text(x - 14, y + cell * len(rows) / 2, "← queries", 12, COLOURS["query"].ink, anchor="middle", turn=-90)
        for i, row in enumerate(rows):
            for j, may in enumerate(row):
                fill = COLOURS["attention"].line if may else COLOURS["padding"].fill
                canvas.rect(x + j * cell, y + i * cell, cell, cell, fill, PAPER, line=0.75)
        canvas.text(x, y + cell * len(rows) + 22, f"{seen[name]} of {len(rows) ** 2} pairs", 13)
    told = "; ".join(f"{name}: {count} of {len(allowed[name]) ** 2}" for name, count in seen.items())
    return canvas.picture(f"Which pairs of query and key may meet, coloured, row by row. {told}.")


# Reach --------------------------------------------------------------------------------------------


def draw_reach(reached: Mapping[str, tuple[Tensor, Sequence[str]]], start: int) -> Picture:
    """How far a change of one token has come after each layer.

    reached: for each stack, by its name, (layers + 1, tokens), true where the token has changed; and the layers' kinds.
    start: the token that is changed, before the first layer.
    """
    room = (WIDTH - 48) / len(reached)
    most = max(len(kinds) for _, kinds in reached.values())
    canvas, label, line = Canvas(WIDTH, 96 + 30 * (most + 1)), 92, 30
    counts = {}
    for number, (name, (changed, kinds)) in enumerate(reached.items()):
        x, rows = 24 + number * room, changed.tolist()
        cell = (room - label - 66) / len(rows[0])
        counts[name] = [sum(row) for row in rows]
        canvas.text(x, 26, name, 15, bold=True, width=room - 20)
        for height, (row, kind) in enumerate(zip(rows, ["input", *kinds], strict=True)):
            y = 56 + line * (most - height)
            role = "key" if kind == "global" else "attention"
            canvas.text(x + label - 8, y + 11, kind if not height else f"{height} {kind}", 12, MUTED, anchor="end")
            for place, there in enumerate(row):
                fill = COLOURS[role].line if there else PAPER
                fill = INK if not height and there else fill
                canvas.rect(x + label + place * cell, y, cell, 22, fill, HAIRLINE, line=0.75)
            canvas.text(x + label + cell * len(row) + 8, y + 11, counts[name][height], 12, INK)
        canvas.text(x + label, 56 + line * (most + 1) + 10, "tokens →", 12, MUTED)
    told = "; ".join(f"{name}: {', '.join(map(str, count))}" for name, count in counts.items())
    return canvas.picture(
        f"Token {start} is changed. How many tokens differ at the input and after each layer, from the bottom up: {told}."
    )


# The cache ----------------------------------------------------------------------------------------


def draw_cache(tokens: int = 8) -> Picture:
    """Which tokens a model computes at each step when it writes, without a cache and with one."""
    cell, canvas = 28, Canvas(WIDTH, 120 + 28 * tokens)
    with_it, without = COLOURS["padding"], COLOURS["value"]
    for number, title in enumerate(("Without a cache", "With a cache")):
        x, y = 110 + number * (WIDTH / 2 - 10), 80
        canvas.text(x - 86, 26, title, 15, bold=True)
        canvas.text(x, 60, "tokens →", 12, MUTED)
        for step in range(tokens):
            middle = y + (step + 0.5) * cell
            canvas.text(x - 10, middle, f"step {step + 1}", 12, MUTED, anchor="end")
            for place in range(step + 1):
                kept = number == 1 and place < step
                colour = with_it if kept else without
                canvas.rect(x + place * cell, y + step * cell, cell, cell, colour.fill if kept else colour.line, PAPER)
                if kept:
                    canvas.hatch(x + place * cell, y + step * cell, cell, cell)
        legend = "green: goes through the layers" + ("; hatched: key and value are kept" if number else "")
        canvas.text(x - 86, y + tokens * cell + 22, legend, 12)
    every = tokens * (tokens + 1) // 2
    return canvas.picture(
        f"Writing {tokens} tokens. Without a cache all tokens so far go through the layers at every step: {every} tokens in "
        f"all. With one only the newest does, {tokens} in all, and the keys and values of the others are kept."
    )


@styled()
def draw_cache_bytes(configs: Mapping[str, Any], tokens: int, bytes_per_number: int, weights: int) -> Picture:
    """The size of one text's cache by its length, a line per config, beside the size of the weights, in bytes."""
    figure, axes = sheet(WIDTH, 330)
    giga, ends = 2**30, {}
    places = [tokens * part // 16 for part in range(17)]
    for name, config in configs.items():
        sizes = [cache_bytes(config, place, 1, bytes_per_number) / giga for place in places]
        ends[name] = sizes[-1]
        axes.plot(places, sizes, label=name)
    axes.axhline(weights / giga, color=INK, linewidth=1.2, linestyle=(0, (2, 3)))
    axes.text(0, weights / giga * 1.02, "the model's weights", va="bottom")
    axes.set_xlabel("tokens so far, in one text")
    axes.set_ylabel("GiB")
    axes.set_xlim(0, tokens)
    axes.set_ylim(0, max(*ends.values(), weights / giga) * 1.12)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.legend(loc="center left", bbox_to_anchor=(0.02, 0.52))
    told = ", ".join(f"{end:.1f} GiB with {name}" for name, end in ends.items())
    return finish(
        figure,
        f"The cache of one text of {tokens:,} tokens takes {told}; the weights take {weights / giga:.1f} GiB, "
        f"{bytes_per_number} bytes to a number.",
    )

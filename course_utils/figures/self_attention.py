"""Lesson 03's pictures: the way through self-attention, heads cut right and wrong, scaling, one mix, the map."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .charts import bars, heat_map
from .plots import finish, sheet, styled
from .style import COLOURS, DIVERGING, INK, MUTED, WIDTH, Picture, ramp
from .svg import Canvas

_TOKENS, _PARTS = 3, 2  # of the little tensor that shows how heads are cut: 3 tokens of 4 numbers, 2 heads


def draw_flow(hidden_size: int, num_heads: int, tokens: int) -> Picture:
    """Self-attention from the hidden states to the context, each box with the shape of its result."""
    d, heads, size = hidden_size, num_heads, hidden_size // num_heads
    canvas = Canvas(WIDTH, 282)
    canvas.text(24, 26, "Self-attention, and the shape of every tensor", 15, bold=True)
    line = COLOURS["residual"].line
    canvas.box(24, 120, 106, 52, "x", "residual", note=f"{tokens} × {d}")
    for row, (name, role) in enumerate((("query", "query"), ("key", "key"), ("value", "value"))):
        middle = 76 + 70 * row
        canvas.arrow([(130, 146), (150, 146), (150, middle), (168, middle)], line)
        canvas.box(170, middle - 26, 116, 52, f"linear: {name}", role, note=f"{tokens} × {d}", size=13)
        canvas.arrow([(286, middle), (304, middle)], COLOURS[role].line)
        canvas.box(306, middle - 26, 116, 52, "split heads", role, note=f"{heads} × {tokens} × {size}")
    scores = (454, 85)
    canvas.arrow([(422, 76), (438, 76), (438, 103), (452, 103)], COLOURS["query"].line)
    canvas.arrow([(422, 146), (438, 146), (438, 119), (452, 119)], COLOURS["key"].line)
    canvas.box(*scores, 110, 52, "Q Kᵀ / √dh", "attention", note=f"{heads} × {tokens} × {tokens}")
    canvas.arrow([(564, 111), (580, 111)], COLOURS["attention"].line)
    canvas.box(582, 85, 138, 52, "+ mask, softmax", "attention", note=f"{heads} × {tokens} × {tokens}", size=13)
    canvas.arrow([(637, 137), (637, 188)], COLOURS["attention"].line)
    canvas.arrow([(422, 216), (580, 216)], COLOURS["value"].line)
    canvas.box(582, 190, 110, 52, "weights · V", "value", note=f"{heads} × {tokens} × {size}")
    canvas.arrow([(692, 216), (708, 216)], COLOURS["value"].line)
    canvas.box(710, 190, 116, 52, "merge heads", "value", note=f"{tokens} × {d}", size=13)
    return canvas.picture(
        f"Three dense layers make query, key and value of {tokens} tokens; each is cut into {heads} heads of {size} features; "
        f"each head compares all queries with all keys, a table of {tokens} × {tokens}, and mixes the values by it; at the "
        f"end the heads are put side by side again."
    )


def draw_split() -> Picture:
    """A tensor of 3 tokens with 4 features, cut into 2 heads: by reshape and transpose, and by a reshape alone."""
    size = 2 * _PARTS
    x = torch.arange(_TOKENS * size).reshape(_TOKENS, size)
    right = x.reshape(_TOKENS, _PARTS, 2).transpose(0, 1)  # (heads, tokens, head size)
    wrong = x.reshape(_PARTS, _TOKENS, 2)
    canvas = Canvas(WIDTH, 354)
    canvas.text(24, 26, "Two ways to the shape (heads, tokens, head size)", 15, bold=True)
    canvas.text(24, 48, "a row: one token; its numbers keep its colour and its letter", 12, MUTED)
    _letters(canvas, 60, 148, x, "x  (3 tokens, 4 features)", ["A", "B", "C"])
    for top, heads, title, strong in (
        (104, right, "reshape to (3, 2, 2), then transpose: each row is one token's", "passed"),
        (246, wrong, "reshape to (2, 3, 2) alone: rows hold other tokens' numbers", "failed"),
    ):
        canvas.arrow([(258, 190), (300, 190), (300, top + 48), (336, top + 48)], COLOURS[strong].line, 2)
        sign = "✓" if strong == "passed" else "✗"
        canvas.text(340, top - 32, f"{sign} {title}", 13, COLOURS[strong].ink, bold=True)
        for h in range(_PARTS):
            _letters(canvas, 376 + 180 * h, top + 6, heads[h], f"head {h}", ["A", "B", "C"])
    scrambled = sum(
        len({int(number) // size for number in row}) > 1 or int(row[0]) // size != i
        for head in wrong
        for i, row in enumerate(head)
    )
    return canvas.picture(
        f"Three tokens A, B, C of four numbers each, cut into two heads. With reshape and transpose row A of each head holds "
        f"numbers of A. With a reshape alone the shape is the same, and {scrambled} of {_TOKENS * _PARTS} rows hold numbers "
        "of another token."
    )


def _letters(canvas: Canvas, x: float, y: float, numbers: Tensor, title: str, rows: Sequence[str]) -> None:
    """Numbers as cells, in the colour of the token that each belongs to."""
    roles = ("query", "key", "value")
    canvas.text(x, y - 14, title, 12, MUTED)
    for i, row in enumerate(numbers.tolist()):
        canvas.text(x - 12, y + 28 * i + 14, rows[i], 13, anchor="middle", bold=True)
        for j, number in enumerate(row):
            token = number // (2 * _PARTS)
            colour = COLOURS[roles[token]]
            canvas.rect(x + 46 * j, y + 28 * i, 46, 28, colour.fill, colour.line)
            label = f"{'ABC'[token]}{number % (2 * _PARTS)}"
            canvas.text(x + 46 * j + 23, y + 28 * i + 14, label, 13, anchor="middle", mono=True)


def largest_weight(size: int, divisor: float, tokens: int = 64, draws: int = 50_000) -> float:
    """The mean of the largest of `tokens` weights, for random queries and keys of `size` features."""
    draw = torch.Generator().manual_seed(0)
    query = torch.randn(draws, size, generator=draw)
    # A query's dot product with a random key is normal; its standard deviation is the query's length.
    scores = query.norm(dim=-1, keepdim=True) * torch.randn(draws, tokens, generator=draw)
    return float(torch.softmax(scores / divisor, dim=-1).amax(dim=-1).mean())


@styled()
def draw_scaling(head_size: int, tokens: int = 64) -> Picture:
    """The largest of many random weights against the head size, with and without the division by its root."""
    sizes = sorted({2, 4, 8, 16, 32, 64, 128, 256, head_size})
    without = [largest_weight(size, 1, tokens) for size in sizes]
    scaled = [largest_weight(size, math.sqrt(size), tokens) for size in sizes]
    figure, axes = sheet(WIDTH, 330)
    for values, name, role, style in (
        (without, "not divided", "feed_forward", "-"),
        (scaled, "divided by √dh", "attention", "--"),
    ):
        axes.plot(sizes, values, style, color=COLOURS[role].line, marker="o")
        axes.annotate(name, (sizes[-1], values[-1]), xytext=(10, 0), textcoords="offset points", va="center")
        here = values[sizes.index(head_size)]
        axes.annotate(f"{here:.2f}", (head_size, here), xytext=(0, 10), textcoords="offset points", ha="center")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xlim(sizes[0] * 0.8, sizes[-1] * 3)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("head size dh")
    axes.set_ylabel(f"largest of {tokens} weights")
    axes.set_title("One token takes it all, unless the scores are divided by √dh")
    place = sizes.index(head_size)
    return finish(
        figure,
        f"The largest of {tokens} attention weights for random queries and keys, on average. Without scaling it grows with "
        f"the head size, {without[0]:.2f} at {sizes[0]} and {without[-1]:.2f} at {sizes[-1]}; divided by √dh it stays between "
        f"{min(scaled):.2f} and {max(scaled):.2f}. At this model's dh = {head_size} it is {without[place]:.2f} and "
        f"{scaled[place]:.2f}.",
    )


def draw_mix(tokens: Sequence[str], probabilities: Tensor, values: Tensor, query: int) -> Picture:
    """One query's row of weights as bars, each token's value, the weighted values, and below them their sum.

    probabilities: (tokens, tokens) of one head. values: (tokens, head size) of that head. query: a row.
    """
    weights = probabilities[query].tolist()
    size, count, row = values.shape[-1], len(tokens), 26
    weighted = values * probabilities[query][:, None]
    total = weighted.sum(dim=0, keepdim=True)
    far = float(values.abs().max())
    cell = 256 / size
    canvas = Canvas(WIDTH, 98 + row * count + 74)
    canvas.text(24, 26, f"The attention that {tokens[query]!r} pays, and the mix that it gets", 15, bold=True)
    canvas.text(170, 66, "weight", 13, COLOURS["attention"].ink, anchor="middle", bold=True)
    canvas.text(423, 66, f"value ({size} numbers)", 13, COLOURS["value"].ink, anchor="middle", bold=True)
    canvas.text(698, 66, "weight × value", 13, COLOURS["value"].ink, anchor="middle", bold=True)
    top = 82
    bars(canvas, 16, top, 276, tokens, weights, height=row, label_width=84, high=1.0, mark=max_at(weights))
    for i in range(count):
        _strip(canvas, 295, top + row * i + 3, values[i], far, cell, row - 6)
        _strip(canvas, 570, top + row * i + 3, weighted[i], far, cell, row - 6)
    bottom = top + row * count + 12
    canvas.line([(570, bottom), (826, bottom)], INK, 2)
    canvas.text(558, bottom + 20, "their sum: the context", 13, anchor="end", bold=True)
    _strip(canvas, 570, bottom + 10, total[0], far, cell, row - 4)
    canvas.text(24, bottom + 20, f"sum of the weights: {sum(weights):.2f}", 13)
    canvas.text(570, bottom + 48, "blue below 0, orange above; one scale", 12, MUTED)
    order = sorted(range(count), key=lambda i: -weights[i])[:3]
    named = ", ".join(f"{tokens[i]} ({weights[i]:.2f})" for i in order)
    return canvas.picture(
        f"The weights of the query {tokens[query]!r} sum to {sum(weights):.2f}; the largest are {named}. Each value is "
        "multiplied by its weight, and their sum is the head's result for the query."
    )


def max_at(numbers: Sequence[float]) -> int:
    """The place of the largest number."""
    return max(range(len(numbers)), key=lambda i: numbers[i])


def _strip(canvas: Canvas, x: float, y: float, vector: Tensor, far: float, cell: float, height: float) -> None:
    """A vector as a row of cells, blue below zero and orange above."""
    for j, value in enumerate(vector.tolist()):
        fill = ramp((value / far + 1) / 2, DIVERGING)
        canvas.rect(x + j * cell, y, cell, height, fill)
    canvas.rect(x, y, cell * len(vector), height, stroke=MUTED, line=0.75)


def draw_attention_map(
    tokens: Sequence[str], probabilities: Tensor, title: str = "", query: int | None = None, padding: int = 0
) -> Picture:
    """One head's probabilities, (tokens, tokens), with the tokens on both axes.

    query: the row to frame. padding: that many tokens at the end are padding and hatched.
    """
    count = len(tokens)
    padded = [i >= count - padding for i in range(count)]
    real = probabilities[: count - padding]
    strongest = int(real.argmax())
    asking, asked = tokens[strongest // count], tokens[strongest % count]
    to_padding = float(real[:, count - padding :].sum(dim=-1).max()) if padding else 0.0
    none = " No real token gives padding any weight."
    about = "" if not padding else f" A real token gives padding at most {to_padding:.2f}." if to_padding else none
    return heat_map(
        probabilities,
        tokens,
        tokens,
        title=title,
        high=1.0,
        low=0.0,
        padded_rows=padded,
        padded_columns=padded,
        mark_row=query,
        caption=f"A row: the attention that a token pays, in all 1. A column: the attention that it receives. The largest "
        f"weight is {float(real.max()):.2f}, from {asking} to {asked}." + about,
    )


def draw_rows_and_columns(probabilities: Tensor, tokens: Sequence[str]) -> Picture:
    """The sums of a head's map along its rows and along its columns, as bars side by side."""
    rows, columns = probabilities.sum(dim=-1).tolist(), probabilities.sum(dim=-2).tolist()
    canvas = Canvas(WIDTH, 60 + 26 * len(tokens) + 20)
    canvas.text(24, 26, "sum of a row: the attention a token pays", 14, COLOURS["query"].ink, bold=True)
    canvas.text(440, 26, "sum of a column: the attention it receives", 14, COLOURS["key"].ink, bold=True)
    high = max(max(rows), max(columns))
    bars(canvas, 24, 50, 390, tokens, rows, role="query", height=26, high=high)
    bars(canvas, 440, 50, 390, tokens, columns, role="key", height=26, high=high)
    most = max_at(columns)
    return canvas.picture(
        f"Every row sums to {min(rows):.2f}: each token pays as much attention as every other. What a token receives is not "
        f"fixed: from {min(columns):.2f} to {max(columns):.2f}; most goes to {tokens[most]}."
    )

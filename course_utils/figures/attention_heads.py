"""Lesson 09's pictures: all heads at a glance, one head in several worlds, weight and influence, a word's senses."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from course_utils.reference.attention_heads import offset_attention, value_weighted_attention

from .charts import as_rows, bars, heat, scale
from .plots import finish, sheet, styled
from .style import COLOURS, HAIRLINE, INK, MUTED, PAPER, SEQUENTIAL, WIDTH, Picture, ramp, text_on
from .svg import Canvas, text_width

# A thumbnail has three shades; weights below the first threshold stay paper.
LEVELS = ((0.08, SEQUENTIAL[2]), (0.25, SEQUENTIAL[4]), (0.5, SEQUENTIAL[6]))


def miniature(probabilities: Tensor) -> list[tuple[str, str]]:
    """A map of attention, (tokens, tokens), as (colour, path) pairs in three shades, one unit per token.

    Neighbours in a column with the same shade become one rectangle, which keeps the text short.
    """
    shades = sum((probabilities >= threshold).int() for threshold, _ in LEVELS)
    paths: list[list[str]] = [[] for _ in LEVELS]
    for x, column in enumerate(shades.T.tolist()):
        start = 0
        for y in range(1, len(column) + 1):
            if y == len(column) or column[y] != column[start]:
                if column[start]:
                    paths[column[start] - 1].append(f"M{x} {start}h1v{y - start}h-1z")
                start = y
    return [(colour, "".join(path)) for (_, colour), path in zip(LEVELS, paths, strict=True) if path]


def thumbnail(canvas: Canvas, x: float, y: float, side: float, paths: list[tuple[str, str]], tokens: int) -> None:
    """A `miniature` on a drawing, as a square of `side` pixels."""
    canvas.rect(x, y, side, side, PAPER, HAIRLINE)
    for colour, path in paths:
        canvas.path(path, colour, x, y, side / tokens)


def short_number(value: float, decimals: int = 2) -> str:
    """A number for a narrow place: .25 for 0.25."""
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("0.") else text


def draw_heads(attention: Tensor, numbers: Tensor, title: str, decimals: int = 2, high: float | None = None) -> Picture:
    """Every head's map as a thumbnail, with a number below it that is also its colour.

    attention: (layers, heads, tokens, tokens). numbers: (layers, heads), 0 or more. high: the darkest colour's number.
    """
    layers, heads, tokens, _ = attention.shape
    pitch = (WIDTH - 84) / heads
    tile, band = min(60.0, pitch - 6), 17
    row, top = tile + band + 9, 70
    canvas = Canvas(WIDTH, top + row * layers + 26)
    canvas.text(24, 26, title, 15, bold=True, width=WIDTH - 48)
    values = as_rows(numbers)
    far = high or max(map(max, values)) or 1.0
    for head in range(heads):
        label = f"head {head}" if pitch >= 50 else str(head)
        canvas.text(70 + head * pitch + tile / 2, top - 14, label, 12, MUTED, anchor="middle")
    for layer in range(layers):
        y = top + layer * row
        canvas.text(60, y + tile / 2, f"layer {layer}", 12, MUTED, anchor="end")
        for head in range(heads):
            x, fill = 70 + head * pitch, ramp(values[layer][head] / far)
            thumbnail(canvas, x, y, tile, miniature(attention[layer, head]), tokens)
            canvas.rect(x, y + tile, tile, band, fill, HAIRLINE)
            shown = short_number(values[layer][head], decimals)
            canvas.text(x + tile / 2, y + tile + band / 2, shown, 12, text_on(fill), anchor="middle", width=tile - 2)
    _key(canvas, 70, canvas.height - 20)
    rounded = {(i, j): round(v, decimals) for i, row_ in enumerate(values) for j, v in enumerate(row_)}
    most, least = max(rounded, key=rounded.__getitem__), min(rounded, key=rounded.__getitem__)
    mean = sum(map(sum, values)) / (layers * heads)
    return canvas.picture(
        f"{title}, {layers} × {heads} heads. Largest is layer {most[0]}, head {most[1]} with {rounded[most]:.{decimals}f}, "
        f"smallest layer {least[0]}, head {least[1]} with {rounded[least]:.{decimals}f}; the mean is {mean:.{decimals}f}."
    )


def _key(canvas: Canvas, x: float, y: float) -> None:
    """What the shades of thumbnails mean."""
    canvas.text(x, y, "weight from", 12, MUTED)
    for index, (threshold, colour) in enumerate(LEVELS):
        left = x + 82 + index * 68
        canvas.rect(left, y - 7, 14, 14, colour, HAIRLINE)
        canvas.text(left + 19, y, short_number(threshold), 12, MUTED)


def draw_worlds(title: str, worlds: Mapping[str, Tensor], offset: int = -1) -> Picture:
    """One head's map under several conditions, side by side, each with its attention to the token `offset` further on.

    worlds: what was done -> (tokens, tokens).
    """
    count = len(worlds)
    side = min(230.0, (WIDTH - 48) / count - 26)
    step = (WIDTH - 48 - side) / max(count - 1, 1)
    canvas = Canvas(WIDTH, side + 122)
    canvas.text(24, 26, title, 15, bold=True, width=WIDTH - 48)
    found = []
    for index, (name, probabilities) in enumerate(worlds.items()):
        x = 24 + index * step
        share = float(offset_attention(probabilities[None], offset))
        found.append(f"{name} {share:.1%}")
        thumbnail(canvas, x, 64, side, miniature(probabilities), len(probabilities))
        canvas.text(x, 50, name, 14, bold=True, width=side)
        canvas.text(x, side + 80, f"previous token: {share:.1%}" if offset == -1 else f"{share:.1%}", 13)
    _key(canvas, 24, canvas.height - 20)
    place = {-1: "the previous token", 1: "the next token"}.get(offset, f"the token {offset} further on")
    return canvas.picture(f"The same head's map, one row per query. Attention to {place}: {', '.join(found)}.")


def draw_weight_and_influence(tokens: Sequence[str], probabilities: Tensor, value: Tensor, title: str = "") -> Picture:
    """One head's weights, and beside them the weights times the length of what they carry.

    probabilities: (tokens, tokens). value: (tokens, head size).
    """
    weighed = value_weighted_attention(probabilities[None], value[None])[0]
    count = len(tokens)
    label = min(96.0, max(text_width(token, 12, mono=True) for token in tokens)) + 10
    cell = min(26.0, (WIDTH - label - 24 - 24 - 34) / 2 / count)
    left, top = 24 + label, 150.0
    right = left + cell * count + 34
    canvas = Canvas(WIDTH, top + cell * count + 48)
    canvas.text(24, 26, title, 15, bold=True, width=WIDTH - 48)
    for x, matrix, name, rows in (
        (left, probabilities, "the weight  a", tokens),
        (right, weighed, "weight × length of the value  a ‖v‖", [""] * count),
    ):
        canvas.text(x, 54, name, 13, COLOURS["attention"].ink, bold=True, width=cell * count)
        heat(canvas, x, top, matrix, rows, tokens, cell=cell, decimals=None, low=0.0)
        scale(canvas, x + 40, canvas.height - 28, 0.0, float(matrix.max()))
    shares, carried = probabilities.mean(dim=0), weighed.sum(dim=0) / weighed.sum()
    most = int(shares.argmax())
    lengths = value.norm(dim=-1)
    others = float(lengths.sum() - lengths[most]) / max(count - 1, 1)
    return canvas.picture(
        f"{tokens[most]} gets {float(shares[most]):.0%} of this head's weight, and {float(carried[most]):.0%} of weight × "
        f"length: its value is {float(lengths[most]):.2f} long, the others' {others:.2f} on average."
    )


def draw_gets_and_moves(tokens: Sequence[str], gets: Tensor, moves: Tensor) -> Picture:
    """For each token its share of all attention, and how far the sentence vector moves without its values."""
    canvas = Canvas(WIDTH, 62 + 22 * len(tokens) + 16)
    canvas.text(24, 26, "gets: share of all attention", 14, COLOURS["attention"].ink, bold=True)
    canvas.text(440, 26, "moves: change of the vector without it", 14, COLOURS["value"].ink, bold=True)
    bars(canvas, 24, 46, 400, tokens, gets.tolist(), role="attention", height=22)
    bars(canvas, 440, 46, 400, tokens, moves.tolist(), role="value", height=22, decimals=3)
    first, strongest = int(gets.argmax()), int(moves.argmax())
    rank = 1 + int((moves.round(decimals=4) > moves[first].round(decimals=4)).sum())
    place = {1: "1st", 2: "2nd", 3: "3rd"}.get(rank, f"{rank}th")
    return canvas.picture(
        f"{tokens[first]} gets most, {float(gets[first]):.0%} of all attention, and is {place} of {len(tokens)} in moving the "
        f"sentence vector ({float(moves[first]):.3f}). {tokens[strongest]} moves it most ({float(moves[strongest]):.3f}) and "
        f"gets {float(gets[strongest]):.0%}."
    )


@styled()
def draw_sinks_and_effects(to_first: Tensor, effects: Tensor, named: tuple[int, int]) -> Picture:
    """Each head as a dot: how much it looks at the first token, and how far the sentence vector moves without it.

    to_first, effects: (layers, heads) each. named: the (layer, head) that gets its name.
    """
    figure, axes = sheet(WIDTH, 380)
    roles = ("query", "key", "value", "attention", "feed_forward", "residual")
    for layer, (shares, moves) in enumerate(zip(to_first.tolist(), effects.tolist(), strict=True)):
        marker, role = "osD^vPX*"[layer % 8], roles[layer % 6]
        axes.plot(shares, moves, marker, color=COLOURS[role].line, markersize=7, label=f"layer {layer}")
    spot, name = (float(to_first[named]), float(effects[named])), f"head {named[0]}-{named[1]}"
    axes.plot(*spot, "o", markersize=15, markerfacecolor="none", markeredgecolor=INK, label=name)
    axes.set(xlabel="attention to [CLS]", yscale="log", ylabel="effect of switching the head off")
    axes.set_title("Heads that look at [CLS] are missed less")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    means, ranks = effects.mean(dim=1), [one.argsort(dim=1).argsort(dim=1).float() for one in (to_first, effects)]
    less = sum(float(torch.corrcoef(torch.stack(pair))[0, 1]) < 0 for pair in zip(*ranks, strict=True))
    return finish(
        figure,
        f"{effects.numel()} heads. In {less} of {len(means)} layers, heads that look more at [CLS] tend to be missed less. "
        f"The heads of layer {int(means.argmax())} move the sentence vector most.",
    )


def same_and_other(cosines: Tensor, senses: Sequence[str]) -> tuple[list[float], list[float]]:
    """By layer the mean cosine of two different texts with the same sense of a word, and with different senses.

    cosines: (layers + 1, texts, texts).
    """
    alike = torch.tensor([[one == other for other in senses] for one in senses])
    pairs = ~torch.eye(len(senses), dtype=torch.bool)
    return cosines[:, alike & pairs].mean(dim=-1).tolist(), cosines[:, ~alike].mean(dim=-1).tolist()


@styled()
def draw_senses(cosines: Tensor, senses: Sequence[str], word: str) -> Picture:
    """How alike one word's vectors are from layer to layer, in texts with the same sense and with different ones."""
    same, other = same_and_other(cosines, senses)
    figure, axes = sheet(WIDTH, 330)
    layers = range(len(same))
    for values, role, style, name in (
        (same, "value", "o-", "same sense"),
        (other, "feed_forward", "s--", "different senses"),
    ):
        axes.plot(layers, values, style, color=COLOURS[role].line, label=name)
        axes.annotate(
            f"{values[-1]:.2f}", (layers[-1], values[-1]), xytext=(9, -4), textcoords="offset points", color=INK
        )
    axes.set_xticks(
        layers, ["embeddings", *(f"layer {layer - 1}" for layer in layers[1:])], rotation=35 * (len(same) > 8)
    )
    axes.set_ylabel("mean cosine")
    axes.set_title(f"“{word}” and itself in {len(senses)} texts")
    axes.legend(loc="lower left")
    gaps = [round(a - b, 2) for a, b in zip(same, other, strict=True)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    where = f"layer {widest - 1}" if widest else "the embeddings"
    return finish(
        figure,
        f"“{word}” in texts with the same sense and with different ones: in the embeddings the mean cosines are "
        f"{same[0]:.2f} and {other[0]:.2f}; they lie furthest apart at {where}, with {same[widest]:.2f} and "
        f"{other[widest]:.2f}.",
    )

"""Lesson 04's pictures: the block, the sum over heads, the highway, two orders of the norm, and the error no eye sees."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from course_utils.modes import in_eval_mode

from .architecture import SENTENCE
from .charts import bars, heat
from .style import COLOURS, HAIRLINE, INK, MUTED, WIDTH, Picture
from .svg import Canvas

if TYPE_CHECKING:
    from transformers import BertConfig, BertModel, BertTokenizer

_BY_HEAD = ("query", "key", "value", "attention", "feed_forward", "embedding")  # only to tell neighbours apart


# The block ------------------------------------------------------------------------


def draw_add_and_norm(config: "BertConfig", tokens: int) -> Picture:
    """The block after the attention, `layer.attention.output`: dense, + residual, norm, with the shapes for `tokens` tokens."""
    size, heads = config.hidden_size, config.num_attention_heads
    shape, way, road = f"({tokens}, {size})", 74, 150
    canvas = Canvas(WIDTH, 206)
    ink = COLOURS["residual"].line
    canvas.text(24, 26, "Add & norm: layer.attention.output", 15, bold=True)
    canvas.text(WIDTH - 24, 26, f"shapes for {tokens} tokens", 12, MUTED, anchor="end")
    canvas.box(24, way - 24, 150, 48, "context", "value", note=f"{heads} heads side by side")
    canvas.box(248, way - 24, 150, 48, "dense", "attention", note=f"{size} → {size}")
    canvas.circle(520, road, 15, COLOURS["residual"].fill, ink, line=2)
    canvas.text(520, road, "+", 19, bold=True, anchor="middle")
    canvas.box(620, road - 24, 120, 48, "norm", "norm", note="token by token")
    canvas.box(24, road - 24, 150, 48, "x", "residual", note="the attention's input")
    canvas.arrow([(174, way), (246, way)], COLOURS["value"].line, 2)
    canvas.arrow([(398, way), (520, way), (520, road - 16)], COLOURS["attention"].line, 2)
    canvas.arrow([(174, road), (503, road)], ink, 4)
    canvas.arrow([(535, road), (617, road)], ink, 4)
    canvas.arrow([(740, road), (838, road)], ink, 4)
    for x, y, words in ((210, way, shape), (338, road, f"the residual, {shape}"), (790, road, shape)):
        canvas.text(x, y - 14, words, 12, MUTED, anchor="middle")
    canvas.text(412, way - 14, f"the update, {shape}", 12, COLOURS["attention"].ink)
    return canvas.picture(
        f"The attention's result for {tokens} tokens, {heads} heads side by side, goes through a dense layer from {size} to "
        f"{size} features. That is the update: it is added to x, which the attention was given, and the sum is normalised. "
        f"Every tensor on the way is {tokens} × {size}."
    )


# One dense layer as a sum over heads ------------------------------------------------------------------------


def draw_head_sum(contributions: Tensor, token: int, label: str) -> Picture:
    """What each head adds to one token, as lengths, beside a drawing of why it is a sum.

    contributions: (1, heads, tokens, hidden). token: which one; label: its text.
    """
    lengths = contributions[0, :, token].norm(dim=-1).tolist()
    heads, whole = len(lengths), float(contributions[0, :, token].sum(dim=0).norm())
    canvas = Canvas(WIDTH, max(300, 64 + 21 * heads + 24))
    canvas.text(24, 26, "Concatenate, then multiply ...", 15, bold=True)
    _blocks(canvas, 24, 74, heads)
    title = f"... is a sum: length of what each head adds to “{label}”"
    canvas.text(396, 26, title, 15, bold=True, width=WIDTH - 420)
    names = [f"head {head}" for head in range(heads)]
    longest = max(range(heads), key=lengths.__getitem__)
    bars(canvas, 396, 48, WIDTH - 420, names, lengths, role="value", height=21, label_width=62, mark=longest)
    shortest = min(range(heads), key=lengths.__getitem__)
    return canvas.picture(
        f"Each head has its own block of W_O's columns and adds a vector of its own to “{label}”: head {longest} the "
        f"longest ({lengths[longest]:.2f}), head {shortest} the shortest ({lengths[shortest]:.2f}). Their sum has length "
        f"{whole:.2f}, less than the lengths add up to ({sum(lengths):.2f}), since the directions differ."
    )


def _blocks(canvas: Canvas, x: float, y: float, heads: int) -> None:
    """A row of heads above W_O's columns, the pieces that meet in the same colour and with the same number."""
    shown = min(heads, 6)
    side = 330 / shown
    canvas.text(x, y - 18, "the heads' results, side by side", 12, MUTED)
    canvas.text(x, y + 62, "times the columns of W_O", 12, MUTED)
    for head in range(shown):
        last = head == shown - 1
        name = str(heads - 1 if last else head) if heads > shown and head >= shown - 2 else str(head)
        name = "..." if heads > shown and head == shown - 2 else name
        colour, left = COLOURS[_BY_HEAD[head % len(_BY_HEAD)]], x + head * side
        canvas.rect(left, y, side - 4, 24, colour.fill, colour.line)
        canvas.text(left + side / 2 - 2, y + 12, name, 13, anchor="middle")
        canvas.arrow([(left + side / 2 - 2, y + 26), (left + side / 2 - 2, y + 46)], colour.line)
        canvas.rect(left, y + 76, side - 4, 92, colour.fill, colour.line)
        canvas.text(left + side / 2 - 2, y + 122, name, 13, anchor="middle")
        if not last:
            canvas.text(left + side - 2, y + 184, "+", 16, anchor="middle", bold=True)
    canvas.text(x + 165, y + 204, "one block of columns per head; the products add up", 12, MUTED, anchor="middle")


# The residual highway ------------------------------------------------------------------------

_ROWS = ("length of x", "of the update", "of the sum")  # the length after the norm is that of the next x


def highway_lengths(tokenizer: "BertTokenizer", model: "BertModel", text: str) -> list[tuple[str, list[float]]]:
    """For each sublayer from the bottom up: its kind, and the mean length of x, the update, the sum and the result."""
    inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=model.config.max_position_embeddings)
    stops = []

    def stop(kind: str, x: Tensor, update: Tensor, normed: Tensor) -> None:
        stops.append((kind, [float(v.norm(dim=-1).mean()) for v in (x, update, x + update, normed)]))

    with in_eval_mode(model):
        states = model(**inputs, output_hidden_states=True).hidden_states
        for layer, x in zip(model.encoder.layer, states, strict=False):
            context = layer.attention.self(x)[0]
            middle = layer.attention.output(context, x)
            stop("attention", x, layer.attention.output.dense(context), middle)
            wide = layer.intermediate(middle)
            stop("feed_forward", middle, layer.output.dense(wide), layer.output(wide, middle))
    return stops


def draw_highway(tokenizer: "BertTokenizer", model: "BertModel", text: str = SENTENCE) -> Picture:
    """The residual stream through all layers as a road: as high as the tokens' vectors are long, on average."""
    stops = highway_lengths(tokenizer, model, text)
    layers, per_row = len(stops) // 2, min(6, len(stops) // 2)
    left, block = 172, 250
    step = (WIDTH - left - 22) / (2 * per_row)
    scale = 92 / max(max(lengths) for _, lengths in stops)
    canvas = Canvas(WIDTH, 64 + block * -(-layers // per_row))
    canvas.text(24, 26, f"The residual highway through {layers} layers", 15, bold=True)
    about = "height of the road: mean length of the tokens' vectors"
    canvas.text(WIDTH - 24, 26, about, 12, MUTED, anchor="end")
    for index, (kind, lengths) in enumerate(stops):
        row, column = divmod(index, 2 * per_row)
        y, x = 64 + block * row, left + step * column
        if column == 0:
            for line, name in enumerate(_ROWS):
                canvas.text(left - 10, y + 170 + 21 * line, name, 12, MUTED, anchor="end", bold=line == 1)
        _sublayer(canvas, x, y + 74, step, kind, lengths, scale)
        for line, length in enumerate(lengths[: len(_ROWS)]):
            ink = COLOURS[kind].ink if line == 1 else INK
            canvas.text(x + step / 2, y + 170 + 21 * line, f"{length:.1f}", 12, ink, anchor="middle", bold=line == 1)
        if index % 2 == 0:
            canvas.text(x + step, y + 6, f"layer {index // 2}", 13, INK, anchor="middle", bold=True)
    for row, (kind, words) in enumerate((("attention", "A: + attention"), ("feed_forward", "F: + feed-forward"))):
        canvas.rect(24, 52 + 22 * row, 12, 14, COLOURS[kind].fill, COLOURS[kind].line)
        canvas.text(42, 59 + 22 * row, words, 12, COLOURS[kind].ink, bold=True, width=left - 52)
    canvas.rect(27, 95, 6, 16, COLOURS["norm"].line, COLOURS["norm"].ink)
    canvas.text(42, 103, "the norm", 12, COLOURS["norm"].ink, bold=True)
    return canvas.picture(_highway_caption(stops))


def _sublayer(
    canvas: Canvas, x: float, middle: float, step: float, kind: str, lengths: list[float], scale: float
) -> None:
    """One stop: the road comes in, is widened by the update from below, and narrowed by the norm."""
    before, _, summed, after = (round(length * scale * 2) / 2 for length in lengths)
    road, colour = COLOURS["residual"], COLOURS[kind]
    canvas.rect(x, middle - before / 2, step * 0.42, before, road.fill)
    canvas.rect(x + step * 0.42, middle - summed / 2, step * 0.3, summed, colour.fill)
    canvas.rect(x + step * 0.72, middle - after / 2, step * 0.28, after, road.fill)
    canvas.arrow([(x + step * 0.42, middle + 80), (x + step * 0.42, middle + before / 2 + 1)], colour.line, 2.5)
    letter = "A" if kind == "attention" else "F"
    canvas.text(x + step * 0.42 - 8, middle + 72, letter, 13, colour.ink, anchor="end", bold=True)
    tall = max(summed, after) + 10
    canvas.rect(x + step * 0.72 - 3, middle - tall / 2, 6, tall, COLOURS["norm"].line, COLOURS["norm"].ink)
    canvas.line([(x, middle), (x + step, middle)], road.line, 1, dash="3 4")


def _highway_caption(stops: list[tuple[str, list[float]]]) -> str:
    def span(kind: str, place: int) -> str:
        found = [lengths[place] for one, lengths in stops if one == kind]
        return f"{min(found):.1f} to {max(found):.1f}"

    largest = max(lengths[2] for _, lengths in stops)
    after = [lengths[3] for _, lengths in stops]
    return (
        f"The tokens' vectors enter layer 0 with a mean length of {stops[0][1][0]:.1f}. Attention adds updates of "
        f"{span('attention', 1)}, the feed-forward network of {span('feed_forward', 1)}. Each norm shortens the sum, which "
        f"is up to {largest:.1f} long, to between {min(after):.1f} and {max(after):.1f}."
    )


# Norm last, norm first ------------------------------------------------------------------------


def draw_wrappings() -> Picture:
    """Post-LN and pre-LN as two small circuits, side by side."""
    canvas = Canvas(WIDTH, 236)
    for x, title, note, first in (
        (24, "post-LN: BERT", "every road runs through the norm", False),
        (WIDTH / 2 + 12, "pre-LN: GPT-2 and most later models", "the road runs through sums alone", True),
    ):
        road, middle, end = COLOURS["residual"].line, 176, x + 380
        canvas.text(x, 28, title, 15, bold=True)
        canvas.text(x, 50, note, 12, MUTED)
        plus = x + (330 if first else 226)
        canvas.arrow([(x + 14, middle), (plus - 14, middle)], road, 4)
        canvas.text(x + 4, middle, "x", 14, bold=True, anchor="middle")
        canvas.circle(plus, middle, 13, COLOURS["residual"].fill, road, line=2)
        canvas.text(plus, middle, "+", 17, bold=True, anchor="middle")
        top = 100
        if first:
            canvas.arrow([(x + 40, middle), (x + 40, top), (x + 62, top)], road, 2)
            canvas.box(x + 64, top - 18, 76, 36, "norm", "norm")
            canvas.arrow([(x + 140, top), (x + 168, top)], road, 2)
            canvas.box(x + 170, top - 18, 110, 36, "sublayer", "attention")
            canvas.arrow([(x + 280, top), (plus, top), (plus, middle - 14)], COLOURS["attention"].line, 2)
            canvas.arrow([(plus + 14, middle), (end, middle)], road, 4)
        else:
            canvas.arrow([(x + 40, middle), (x + 40, top), (x + 70, top)], road, 2)
            canvas.box(x + 72, top - 18, 110, 36, "sublayer", "attention")
            canvas.arrow([(x + 182, top), (plus, top), (plus, middle - 14)], COLOURS["attention"].line, 2)
            canvas.arrow([(plus + 14, middle), (plus + 40, middle)], road, 4)
            canvas.box(plus + 42, middle - 18, 76, 36, "norm", "norm")
            canvas.arrow([(plus + 118, middle), (end, middle)], road, 4)
    return canvas.picture(
        "Post-LN: the update is added to x and the norm acts on the sum, so the road from input to output runs through "
        "the norm. Pre-LN: the norm acts on the sublayer's input alone, and on the road there are only sums."
    )


# Gradients by depth ------------------------------------------------------------------------


def draw_gradients(lengths: Mapping[str, Sequence[float]], depths: Sequence[int], title: str) -> Picture:
    """The length of a gradient by the number of layers, one line per wrapping, both axes logarithmic.

    lengths: for each wrapping, by its name, one length per depth.
    """
    found = [value for values in lengths.values() for value in values if value > 0]
    top = math.ceil(math.log10(max(found)))
    bottom = max(-9, math.floor(math.log10(min(found))))  # what is less is drawn below the lowest line
    bottom, step = min(bottom, top - 2), 1 if top - bottom <= 4 else 3
    canvas, left, right, upper, lower = Canvas(WIDTH, 284), 92, 540, 60, 224
    canvas.text(24, 26, title, 15, bold=True)
    for power in range(top, bottom - 1, -step):
        y = round(upper + (lower - upper) * (top - power) / (top - bottom))
        canvas.line([(left, y), (right, y)], HAIRLINE, 1)
        canvas.text(left - 8, y, f"{10.0**power:,g}", 12, MUTED, anchor="end")
    across = [left + 40 + round((right - left - 80) * math.log(d / depths[0], depths[-1] / depths[0])) for d in depths]
    for x, depth in zip(across, depths, strict=True):
        canvas.text(x, lower + 24, depth, 12, MUTED, anchor="middle")
    canvas.text((left + right) / 2, lower + 44, "layers", 12, MUTED, anchor="middle")
    for index, (name, values) in enumerate(lengths.items()):
        colour, dash = COLOURS[_BY_HEAD[-1 - index % 4]], ("", "7 4", "2 4", "10 3 2 3")[index % 4]
        shares = [(top - math.log10(value)) / (top - bottom) if value > 0 else 2.0 for value in values]
        points = [(x, round(upper + (lower - upper) * min(one, 1.06))) for x, one in zip(across, shares, strict=True)]
        canvas.line(points, colour.line, 2.5, dash=dash)
        for x, y in points:
            canvas.circle(x, y, 4, colour.line)
        y = 70 + 30 * index
        canvas.line([(566, y), (602, y)], colour.line, 2.5, dash=dash)
        canvas.text(610, y, name, 13, colour.ink, bold=True, width=WIDTH - 630)
    told = "; ".join(f"{name}: " + ", ".join(map(_short_number, values)) for name, values in lengths.items())
    counted = ", ".join(map(str, depths[:-1]))
    return canvas.picture(f"{title}, with {counted} and {depths[-1]} layers. {told}.")


def _short_number(value: float) -> str:
    """One digit, or two below 10: 0.17, 9, 5,000, 2e-07."""
    rounded = float(f"{value:.1g}" if value >= 1 or value < 0.01 else f"{value:.2f}")
    return f"{rounded:,.0f}" if rounded >= 1 or rounded == 0 else f"{rounded:g}"


# The error no eye sees ------------------------------------------------------------------------


def draw_twins(one: Tensor, other: Tensor, tolerance: float = 1e-5) -> Picture:
    """Two versions of one token's vector as rows of cells: can you tell them apart? one, other: (hidden,)."""
    shown = min(26, one.shape[-1])
    rows = [vector[:shown].tolist() for vector in (one, other)]
    gap = float((one - other).abs().max())
    canvas = Canvas(WIDTH, 160)
    canvas.text(24, 26, "One of these two is wrong", 15, bold=True)
    canvas.text(WIDTH - 24, 26, f"the first {shown} of {one.shape[-1]} features", 12, MUTED, anchor="end")
    heat(canvas, 46, 74, rows, ["A", "B"], range(shown), cell=30, decimals=None, diverging=True)
    return canvas.picture(
        f"The same token's vector, once with the right variance and once with the wrong one. No number differs by more "
        f"than {gap:.1g}: too little for any colour to show, and some {float(f'{gap:.1g}') / tolerance:,.0f} times what "
        f"the proof allows."
    )

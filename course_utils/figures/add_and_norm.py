"""Lesson 04's pictures: the sum over heads, the residual highway, two orders of the norm, and the error no eye sees."""

from typing import TYPE_CHECKING

from torch import Tensor

from course_utils.modes import in_eval_mode

from .architecture import SENTENCE
from .charts import bars, heat
from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

_BY_HEAD = ("query", "key", "value", "attention", "feed_forward", "embedding")  # only to tell neighbours apart


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

"""Lesson 03's widget: all heads of a layer, one of them large, and the inside of one of its rows (the neuron view)."""

import functools
import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_utils.figures.charts import bars, heat
from course_utils.figures.self_attention import max_at
from course_utils.figures.style import COLOURS, DIVERGING, HAIRLINE, INK, MUTED, WIDTH, Picture, ramp
from course_utils.figures.svg import Canvas
from course_utils.modes import in_eval_mode
from course_utils.reference.self_attention import linear, softmax, split_heads

from .base import choice, explore, slider
from .base import text as text_box

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

SENTENCE = "the river bank was muddy"
EXAMPLES = ("she sat by the bank of the river", "dog bites dog")
MOST_TOKENS = 16
_THUMB, _LARGE = 78, 516  # the side of a small map, the left edge of the large one
_ROW, _ABOVE = 26, 120  # of the neuron view: the height of a key's row, and of what is above the rows
DIVISORS = {"1 (not scaled)": "1", "√dh": "√dh", "√d": "√d"}


def projections(tokenizer: "BertTokenizer", model: "BertModel", text: str) -> tuple[list[str], Tensor]:
    """The tokens of a text, and every layer's queries and keys: (layers, 2, heads, tokens, head size).

    ValueError where there is no text, or more of it than there is room for.
    """
    if not text.strip():
        raise ValueError("type a sentence: without words there is nothing to look at.")
    inputs = tokenizer(text, return_tensors="pt")
    tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist())
    if len(tokens) > MOST_TOKENS:
        raise ValueError(f"this text has {len(tokens)} tokens, and there is room for {MOST_TOKENS}.")
    with in_eval_mode(model):
        states = model(**inputs, output_hidden_states=True).hidden_states
        heads = model.config.num_attention_heads
        found = [
            torch.stack([split_heads(linear(x, part.weight, part.bias), heads)[0] for part in (own.query, own.key)])
            for x, own in ((x, layer.attention.self) for x, layer in zip(states, model.encoder.layer, strict=False))
        ]
    return tokens, torch.stack(found)


def draw_heads(
    tokens: list[str], query_and_key: Tensor, layer: int, head: int, query: int, divisor: str = "√dh"
) -> Picture:
    """All heads of a layer as small maps, the chosen one large, and the products of one of its queries with every key.

    query_and_key: (layers, 2, heads, tokens, head size). divisor: 1, √dh or √d.
    """
    queries, keys = query_and_key[layer]  # (heads, tokens, dh) each
    heads, count, size = queries.shape
    query = min(query, count - 1)  # a text may be shorter than the one before
    divided_by = {"1": 1.0, "√dh": math.sqrt(size), "√d": math.sqrt(size * heads)}[divisor]
    scores = queries @ keys.transpose(-2, -1) / divided_by  # (heads, tokens, tokens)
    maps = softmax(scores)
    cell = min(34.0, 290 / count)
    middle = 34 + max(130 + cell * count, 40 + (_THUMB + 26) * math.ceil(heads / 4))  # where the neuron view begins
    canvas = Canvas(WIDTH, middle + _ABOVE + _ROW * count + 20)
    canvas.text(24, 26, f"Layer {layer}: all heads", 15, bold=True)
    _thumbnails(canvas, maps, head)
    canvas.text(_LARGE - 96, 26, f"head {head}, a row per query, a column per key", 15, bold=True)
    heat(canvas, _LARGE, 130, maps[head], tokens, tokens, cell=cell, low=0.0, high=1.0, mark_row=query)
    _inside(
        canvas,
        middle,
        tokens,
        queries[head, query],
        keys[head],
        scores[head, query],
        f"{tokens[query]!r} asks",
        divisor,
    )
    weights, row = maps[head, query], scores[head, query]
    most, entropy = max_at(weights.tolist()), float(torch.special.entr(weights).sum())
    return canvas.picture(
        f"Layer {layer}, head {head}. Divided by {divisor}, the scores of {tokens[query]!r} lie between {float(row.min()):.1f} "
        f"and {float(row.max()):.1f}; the largest weight, {float(weights.max()):.2f}, goes to {tokens[most]}. The entropy of "
        f"the weights is {entropy:.2f} nats: 0 would be all on one token, {math.log(count):.2f} the same for all {count}."
    )


def _thumbnails(canvas: Canvas, maps: Tensor, chosen: int) -> None:
    """All heads' maps, (heads, tokens, tokens), four in a row, without numbers; the chosen one framed."""
    cell = _THUMB / maps.shape[-1]
    for head, rows in enumerate(maps.tolist()):
        x, y = 24 + (_THUMB + 12) * (head % 4), 58 + (_THUMB + 26) * (head // 4)
        strong = head == chosen
        canvas.text(x, y - 9, f"head {head}" if strong else head, 12, INK if strong else MUTED, bold=strong)
        for i, row in enumerate(rows):
            for j, weight in enumerate(row):
                if shade := round(20 * weight):  # few of them: a float's last digit must not change a stored picture
                    canvas.rect(x + j * cell, y + i * cell, cell, cell, ramp(shade / 20))
        canvas.rect(x, y, _THUMB, _THUMB, stroke=INK if strong else HAIRLINE, line=2 if strong else 1)


def _inside(
    canvas: Canvas, top: float, tokens: list[str], asks: Tensor, keys: Tensor, scores: Tensor, title: str, divisor: str
) -> None:
    """The neuron view of one query: its products with each key, feature by feature, their sum, and the weight.

    asks: (head size,). keys: (tokens, head size). scores: (tokens,), already divided.
    """
    products, weights = keys * asks, softmax(scores).tolist()  # (tokens, dh), (tokens,)
    size = len(asks)
    cell, most = 400 / size, max_at(weights)
    canvas.line([(24, top - 8), (WIDTH - 24, top - 8)], HAIRLINE, 1)
    canvas.text(24, top + 14, title, 15, bold=True)
    canvas.text(115, top + 46, "its query", 12, COLOURS["query"].ink, anchor="end", bold=True)
    _cells(canvas, 124, top + 34, asks, float(asks.abs().max()), cell, 24, COLOURS["query"].line)
    canvas.text(124, top + 78, f"query × key, feature by feature ({size})", 12, COLOURS["key"].ink, bold=True)
    canvas.text(124, top + 96, "blue below 0, orange above", 12, MUTED)
    canvas.text(582, top + 78, "sum", 12, MUTED, anchor="end")
    canvas.text(582, top + 96, f"/ {divisor}" if divisor != "1" else "", 12, MUTED, anchor="end")
    canvas.text(604, top + 78, "softmax: the weights", 12, COLOURS["attention"].ink, bold=True)
    far = float(products.abs().max())
    for i, token in enumerate(tokens):
        y = top + _ABOVE + _ROW * i
        canvas.text(115, y + _ROW / 2, token, 13, anchor="end", mono=True, bold=i == most, width=100)
        _cells(canvas, 124, y + 3, products[i], far, cell, _ROW - 6, COLOURS["key"].line)
        canvas.text(582, y + _ROW / 2, f"{float(scores[i]):.1f}", 13, anchor="end", mono=True)
    bars(canvas, 596, top + _ABOVE, 250, [""] * len(tokens), weights, height=_ROW, label_width=0, high=1.0, mark=most)


def _cells(
    canvas: Canvas, x: float, y: float, vector: Tensor, far: float, cell: float, height: float, edge: str
) -> None:
    for j, value in enumerate(vector.tolist()):
        about = f"feature {j}: {value:.2f}"
        canvas.rect(x + j * cell, y, cell, height, ramp((value / far + 1) / 2, DIVERGING), title=about)
    canvas.rect(x, y, cell * len(vector), height, stroke=edge)


def explore_attention(tokenizer: "BertTokenizer", model: "BertModel", text: str = SENTENCE) -> None:
    """Type a sentence; choose a layer, one of its heads, a query, and what the scores are divided by."""
    config = model.config
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    of_text = functools.lru_cache(maxsize=64)(functools.partial(projections, tokenizer, model))

    def draw(text: str, layer: int, head: int, query: int, divisor: str) -> Picture:
        return draw_heads(*of_text(text), layer, head, query, divisor)

    explore(
        draw,
        text=text_box("sentence", text, examples=EXAMPLES),
        layer=slider("layer", 0, layers - 1),
        head=slider("head", 0, heads - 1, min(3, heads - 1)),
        query=slider("query", 0, MOST_TOKENS - 1, 3),
        divisor=choice("divided by", DIVISORS, "√dh"),
    )

"""Lesson 03's widget, the neuron view: how one query's products with every key become scores and weights."""

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_utils.figures.charts import bars
from course_utils.figures.self_attention import max_at
from course_utils.figures.style import COLOURS, DIVERGING, MUTED, WIDTH, Picture, ramp
from course_utils.figures.svg import Canvas
from course_utils.modes import in_eval_mode
from course_utils.reference.self_attention import linear, softmax, split_heads

from .base import choice, explore, slider

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

SENTENCE = "the river bank was muddy"
MOST_TOKENS = 16
DIVISORS = {"1 (not scaled)": "1", "√dh": "√dh", "√d": "√d"}


def projections(tokenizer: "BertTokenizer", model: "BertModel", text: str) -> tuple[list[str], Tensor]:
    """The tokens of a text, and every layer's queries and keys: (layers, 2, heads, tokens, head size).

    ValueError where the text has more tokens than there is room for.
    """
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


def draw_neurons(
    tokens: list[str], query_and_key: Tensor, layer: int, head: int, query: int, divisor: str = "√dh"
) -> Picture:
    """The neuron view of one query: the products with each key, feature by feature, their sum, and the weight.

    query_and_key: (layers, 2, heads, tokens, head size). divisor: 1, √dh or √d.
    """
    asks, keys = query_and_key[layer, 0, head, query], query_and_key[layer, 1, head]  # (dh,), (tokens, dh)
    heads, size = query_and_key.shape[2], query_and_key.shape[-1]
    products = keys * asks  # (tokens, dh)
    scores = products.sum(dim=-1) / {"1": 1.0, "√dh": math.sqrt(size), "√d": math.sqrt(size * heads)}[divisor]
    weights = softmax(scores)
    entropy = float(torch.special.entr(weights).sum())
    row, cell, top = 26, 400 / size, 132
    canvas = Canvas(WIDTH, top + row * len(tokens) + 20)
    canvas.text(24, 26, f"Layer {layer}, head {head}: {tokens[query]!r} asks", 15, bold=True)
    canvas.text(115, 58, "its query", 12, COLOURS["query"].ink, anchor="end", bold=True)
    far = float(asks.abs().max())
    _cells(canvas, 124, 46, asks, far, cell, 24, COLOURS["query"].line)
    canvas.text(124, 90, f"query × key, feature by feature ({size})", 12, COLOURS["key"].ink, bold=True)
    canvas.text(124, 108, "blue below 0, orange above", 12, MUTED)
    canvas.text(582, 90, "sum", 12, MUTED, anchor="end")
    canvas.text(582, 108, f"/ {divisor}" if divisor != "1" else "", 12, MUTED, anchor="end")
    canvas.text(604, 90, "softmax: the weights", 12, COLOURS["attention"].ink, bold=True)
    most, far = max_at(weights.tolist()), float(products.abs().max())
    for i, token in enumerate(tokens):
        y = top + row * i
        canvas.text(115, y + row / 2, token, 13, anchor="end", mono=True, bold=i == most, width=100)
        _cells(canvas, 124, y + 3, products[i], far, cell, row - 6, COLOURS["key"].line)
        canvas.text(582, y + row / 2, f"{float(scores[i]):.1f}", 13, anchor="end", mono=True)
    bars(canvas, 596, top, 250, [""] * len(tokens), weights.tolist(), height=row, label_width=0, high=1.0, mark=most)
    highest = math.log(len(tokens))
    return canvas.picture(
        f"Divided by {divisor}, the scores of {tokens[query]!r} lie between {float(scores.min()):.1f} and "
        f"{float(scores.max()):.1f}; the largest weight, {float(weights.max()):.2f}, goes to {tokens[most]}. The entropy of "
        f"the weights is {entropy:.2f} nats: 0 would be all on one token, {highest:.2f} the same for all {len(tokens)}."
    )


def _cells(
    canvas: Canvas, x: float, y: float, vector: Tensor, far: float, cell: float, height: float, edge: str
) -> None:
    for j, value in enumerate(vector.tolist()):
        about = f"feature {j}: {value:.2f}"
        canvas.rect(x + j * cell, y, cell, height, ramp((value / far + 1) / 2, DIVERGING), title=about)
    canvas.rect(x, y, cell * len(vector), height, stroke=edge)


def explore_attention(tokenizer: "BertTokenizer", model: "BertModel", text: str = SENTENCE) -> None:
    """The neuron view: choose layer, head and query, and what the scores are divided by."""
    tokens, query_and_key = projections(tokenizer, model, text)
    layers, _, heads, count, _ = query_and_key.shape

    def draw(layer: int, head: int, query: int, divisor: str) -> Picture:
        return draw_neurons(tokens, query_and_key, layer, head, query, divisor)

    explore(
        draw,
        layer=slider("layer", 0, layers - 1),
        head=slider("head", 0, heads - 1, min(3, heads - 1)),
        query=choice("query", {f"{i}: {token}": i for i, token in enumerate(tokens)}, min(3, count - 1)),
        divisor=choice("divided by", DIVISORS, "√dh"),
    )

"""Lesson 09's widget: all heads of the model on one text, coloured by a statistic, and one of them large."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from course_utils.figures.attention_heads import miniature, short_number, thumbnail
from course_utils.figures.charts import heat
from course_utils.figures.style import HAIRLINE, INK, MUTED, WIDTH, Picture, ramp, text_on
from course_utils.figures.svg import Canvas, text_width
from course_utils.modes import in_eval_mode
from course_utils.reference.attention_heads import (
    attention_entropy,
    attention_to,
    offset_attention,
    value_weighted_attention,
)
from course_utils.reference.self_attention import linear, split_heads

from .base import choice, explore, slider, switch, text

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

SENTENCE = "The old fisherman sat on the bank of the river and waited for the rain to stop."
EXAMPLES = ("blue seven of if the under tree him quick green nine but", "a short one")
MOST_TOKENS = 22


def _to(place: int) -> Callable[[Tensor], Tensor]:
    return lambda probs: attention_to(probs, torch.eye(probs.shape[-1])[place])


# what the learner reads -> one layer's attention (heads, tokens, tokens) to numbers (heads,)
STATISTICS: dict[str, Callable[[Tensor], Tensor]] = {
    "to the previous token": lambda probs: offset_attention(probs, -1),
    "to the next token": lambda probs: offset_attention(probs, 1),
    "to the token itself": lambda probs: offset_attention(probs, 0),
    "to [CLS]": _to(0),
    "to [SEP]": _to(-1),
    "entropy in nats": lambda probs: attention_entropy(probs).mean(dim=-1),
}


class Seen(NamedTuple):
    """What the model does with one text: its tokens, and every head's weights and thumbnails."""

    tokens: list[str]
    weights: Tensor  # (layers, heads, tokens, tokens)
    thumbnails: list[list[list[tuple[str, str]]]]


def look(tokenizer: "BertTokenizer", model: "BertModel", sentence: str, carried: bool = False) -> Seen:
    """Every head's attention on a text; `carried` weighs it by the length of the values, each row brought to 1 again.

    Computed from queries and keys, so that it does not matter how the model was loaded. ValueError for too long a text.
    """
    inputs = tokenizer(sentence, return_tensors="pt")
    tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist())
    if len(tokens) > MOST_TOKENS:
        raise ValueError(f"this text has {len(tokens)} tokens, and there is room for {MOST_TOKENS}.")
    heads, found = model.config.num_attention_heads, []
    with in_eval_mode(model):
        states = model(**inputs, output_hidden_states=True).hidden_states
        for x, layer in zip(states, model.encoder.layer, strict=False):
            own = layer.attention.self
            query, key, value = (
                split_heads(linear(x, part.weight, part.bias), heads)[0] for part in (own.query, own.key, own.value)
            )
            probs = torch.softmax(query @ key.transpose(1, 2) / math.sqrt(query.shape[-1]), dim=-1)
            if carried:
                probs = value_weighted_attention(probs, value)
                probs = probs / probs.sum(dim=-1, keepdim=True)
            found.append(probs)
    weights = torch.stack(found)
    return Seen(tokens, weights, [[miniature(probs) for probs in layer] for layer in weights])


def draw_explorer(seen: Seen, statistic: str, layer: int, head: int, carried: bool = False) -> Picture:
    """All heads as thumbnails with a statistic, the chosen one framed and, beside them, large."""
    tokens, weights, thumbnails = seen
    layers, heads, count, _ = weights.shape
    numbers = torch.stack([STATISTICS[statistic](probs) for probs in weights]).tolist()
    measure = f"attention {statistic}" if statistic.startswith("to ") else statistic
    most = math.log(count) if statistic.startswith("entropy") else 1.0
    pitch = min(31.0, 372 / heads)
    tile, band, top = pitch - 4, 15, 74
    row = tile + band + 5
    label = min(88.0, max(text_width(token, 12, mono=True) for token in tokens)) + 8
    left = 66 + heads * pitch + 14 + label
    cell = min(24.0, (WIDTH - left - 22) / count)
    upper = top + 76.0
    canvas = Canvas(WIDTH, max(top + row * layers, upper + cell * count) + 22)
    what = "weight × length" if carried else "weight"
    canvas.text(24, 24, measure[0].upper() + measure[1:], 15, bold=True, width=left - label - 36)
    canvas.text(left - label, 24, f"layer {layer}, head {head}: {what}", 15, bold=True, width=WIDTH - left + label - 16)
    canvas.text(24, 46, "dark: much; the framed head is drawn large", 12, MUTED)
    canvas.text(left - label, 46, "one row per query, one column per key", 12, MUTED)
    for j in range(heads):
        canvas.text(
            66 + j * pitch + tile / 2, top - 9, j, 11, INK if j == head else MUTED, anchor="middle", bold=j == head
        )
    for i in range(layers):
        y = top + i * row
        canvas.text(
            58, y + tile / 2, f"layer {i}", 11, INK if i == layer else MUTED, anchor="end", bold=i == layer, width=50
        )
        for j in range(heads):
            x, fill = 66 + j * pitch, ramp(numbers[i][j] / most)
            thumbnail(canvas, x, y, tile, thumbnails[i][j], count)
            canvas.rect(x, y + tile, tile, band, fill, HAIRLINE)
            shown = short_number(numbers[i][j])
            canvas.text(x + tile / 2, y + tile + band / 2, shown, 11, text_on(fill), anchor="middle", width=tile)
    canvas.rect(66 + head * pitch - 2, top + layer * row - 2, tile + 4, tile + band + 4, stroke=INK, line=2.5, radius=3)
    chosen = weights[layer, head]
    heat(canvas, left, upper, chosen, tokens, tokens, cell=cell, decimals=None, low=0.0, high=1.0)
    flat = sorted((v for line in numbers for v in line), reverse=True)
    rank = 1 + sum(round(v, 2) > round(numbers[layer][head], 2) for v in flat)
    gets = chosen.mean(dim=0)
    return canvas.picture(
        f"Layer {layer}, head {head}: {measure} {numbers[layer][head]:.2f}, number {rank} of {layers * heads} heads, whose "
        f"mean is {sum(flat) / len(flat):.2f}. Of this head's {what} "
        f"{tokens[int(gets.argmax())]} gets most, {float(gets.max()):.0%}."
    )


def _fitting(tokenizer: "BertTokenizer") -> str:
    """The example, without its last words where the vocabulary of another language cuts it into too many pieces."""
    sentence = SENTENCE
    while len(tokenizer(sentence)["input_ids"]) > MOST_TOKENS:
        sentence = sentence.rpartition(" ")[0]
    return sentence


def explore_heads(tokenizer: "BertTokenizer", model: "BertModel", sentence: str = SENTENCE) -> None:
    """Look through all heads: choose a statistic, a head, and type a text."""
    remembered: dict[tuple[str, bool], Seen] = {}
    layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads

    def draw(statistic: str, layer: int, head: int, carried: bool, words: str) -> Picture:
        if (words, carried) not in remembered:
            if len(remembered) > 20:  # every key typed is another text
                remembered.clear()
            remembered[words, carried] = look(tokenizer, model, words, carried)
        return draw_explorer(remembered[words, carried], statistic, layer, head, carried)

    if sentence == SENTENCE:
        sentence = _fitting(tokenizer)
    shown = look(tokenizer, model, sentence)
    first = torch.stack([offset_attention(probs, -1) for probs in shown.weights])
    start = divmod(int(first.argmax()), heads)
    explore(
        draw,
        statistic=choice("colour by", list(STATISTICS)),
        layer=slider("layer", 0, layers - 1, start[0]),
        head=slider("head", 0, heads - 1, start[1]),
        carried=switch("weigh by the length of the values", False),
        words=text("text", sentence, examples=EXAMPLES),
    )

"""Lesson 00's picture: the tower of the hidden states, every one of the same shape."""

from typing import TYPE_CHECKING

from .architecture import SENTENCE
from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

_MOST = 14  # columns: more would be too narrow to read


def draw_tower(tokenizer: "BertTokenizer", model: "BertModel", text: str = SENTENCE) -> Picture:
    """The L + 1 hidden states of one text, one above the other, with one cell for each token's vector.

    Text beyond the model's longest input is cut.
    """
    longest = model.config.max_position_embeddings
    ids = tokenizer(text, truncation=True, max_length=longest)["input_ids"]
    layers, size = model.config.num_hidden_layers, model.config.hidden_size
    shape = f"(1, {len(ids)}, {size})"
    shown = tokenizer.convert_ids_to_tokens(ids[:_MOST])
    left, floor, gap, top = 160, 26, 22, 56
    width = min(66.0, (WIDTH - left - 140) / len(shown))
    right = left + width * len(shown)
    canvas = Canvas(WIDTH, top + (layers + 1) * (floor + gap) + 42)
    canvas.text(24, 26, f"{layers + 1} hidden states, {layers} layers between them", 15, bold=True)
    canvas.text(right + 14, 42, "shape", 12, MUTED)
    for i in range(layers + 1):
        y = top + (layers - i) * (floor + gap)
        canvas.text(24, y + floor / 2, f"hidden_states[{i}]", 12, mono=True, bold=True)
        _vectors(canvas, left, y, width, floor, len(shown))
        canvas.text(right + 14, y + floor / 2, shape, 12, mono=True)
        if i:
            _layer(canvas, (left + right) / 2, y + floor, gap, f"layer {i - 1}")
    y = top + (layers + 1) * (floor + gap) + 4
    canvas.arrow([((left + right) / 2, y - 2), ((left + right) / 2, y - gap)], COLOURS["embedding"].line, 2.5)
    canvas.text((left + right) / 2 + 12, y - gap / 2 - 2, "embeddings", 12, MUTED)
    canvas.strip(left, y, shown, "token", cell=(width, 26))
    canvas.text(24, y + 13, "tokens", 13, bold=True)
    if len(shown) < len(ids):
        canvas.text(right + 14, y + 13, f"and {len(ids) - len(shown)} more", 12, MUTED)
    return canvas.picture(
        "The shape is the same from the embeddings to the top: every layer takes one vector per token and returns one vector "
        "per token."
    )


def _vectors(canvas: Canvas, left: float, y: float, width: float, height: float, count: int) -> None:
    """One hidden state: a cell for each token's vector."""
    for j in range(count):
        canvas.rect(left + j * width, y, width, height, COLOURS["embedding"].fill, COLOURS["embedding"].line)
    canvas.rect(left, y, width * count, height, stroke=INK, line=1.5, radius=2)


def _layer(canvas: Canvas, middle: float, bottom: float, gap: float, name: str) -> None:
    """The layer that leads up to a hidden state."""
    canvas.arrow([(middle, bottom + gap - 1), (middle, bottom + 2)], COLOURS["residual"].line, 2.5)
    canvas.text(middle + 12, bottom + gap / 2, name, 12, MUTED)

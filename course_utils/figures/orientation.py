"""Lesson 00's pictures: the map of the whole model, and the tower of its hidden states."""

from typing import TYPE_CHECKING

from course_utils.modes import in_eval_mode

from .architecture import SENTENCE
from .style import COLOURS, INK, MUTED, PAPER, WIDTH, Picture, mix, ramp
from .svg import Canvas

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

# From paper to dark in the embeddings' hue: a longer vector is a darker cell.
_LENGTHS = (PAPER, mix(COLOURS["embedding"].line, PAPER, 0.5), COLOURS["embedding"].line, "#1c4763")


def draw_tower(tokenizer: "BertTokenizer", model: "BertModel", text: str = SENTENCE) -> Picture:
    """The hidden states of one text as a tower of L + 1 floors, one cell per token, with the length of its vector.

    The model runs in eval mode and is put back as it was; text beyond the model's longest input is cut.
    """
    longest = model.config.max_position_embeddings
    inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=longest)
    with in_eval_mode(model):
        floors = model(**inputs, output_hidden_states=True).hidden_states
    lengths = [floor[0].norm(dim=-1).tolist() for floor in floors]  # (layers + 1) lists of T numbers
    return _tower(tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist()), lengths, model.config.hidden_size)


def _tower(tokens: list[str], lengths: list[list[float]], size: int) -> Picture:
    shown = min(len(tokens), 14)  # more columns than that would be too narrow to read
    left, floor, gap = 148, 34, 16
    width = min(66.0, (WIDTH - left - 82) / shown)
    top, layers = 78, len(lengths) - 1
    canvas = Canvas(WIDTH, top + (layers + 1) * (floor + gap) + 38)
    canvas.text(24, 26, f"{layers + 1} floors, {layers} layers between them", 15, bold=True)
    canvas.text(24, 48, f"a cell: one token's vector of {size} numbers, and its length", 12, MUTED)
    low, high = min(map(min, lengths)), max(map(max, lengths))
    right = left + width * shown
    for i, row in enumerate(lengths):
        y = top + (layers - i) * (floor + gap)
        canvas.text(24, y + 11, f"hidden_states[{i}]", 12, mono=True, bold=True)
        canvas.text(24, y + 27, f"from layer {i - 1}" if i else "the embeddings", 12, MUTED)
        for j in range(shown):
            share = (row[j] - low) / (high - low or 1.0) * 0.92 + 0.08
            canvas.cell(left + j * width, y, width, floor, ramp(share, _LENGTHS), f"{row[j]:.1f}")
        canvas.rect(left, y, right - left, floor, stroke=INK, line=1.5, radius=2)
        canvas.text(right + 7, y + 17, f"mean {sum(row) / len(row):.1f}", 12, MUTED)
        if i:  # the layer that leads up to this floor
            middle = (left + right) / 2
            canvas.arrow([(middle, y + floor + gap - 1), (middle, y + floor + 2)], COLOURS["residual"].line, 2.5)
            canvas.text(middle + 12, y + floor + gap / 2, f"layer {i - 1}", 12, MUTED)
    y = top + (layers + 1) * (floor + gap) - 4
    canvas.strip(left, y, tokens[:shown], "token", cell=(width, 26))
    canvas.text(24, y + 13, "tokens", 13, bold=True)
    if shown < len(tokens):
        canvas.text(right + 10, y + 13, f"and {len(tokens) - shown} more", 12, MUTED)
    places = {value: (i, j) for i, row in enumerate(lengths) for j, value in enumerate(row)}
    (i, j), (k, m) = places[high], places[low]
    return canvas.picture(
        f"Every floor has one vector of {size} numbers per token: the shape is always the same. Each layer changes the "
        f"vectors, and with them their lengths: from {low:.1f} ({tokens[m]} in hidden_states[{k}]) to {high:.1f} "
        f"({tokens[j]} in hidden_states[{i}])."
    )

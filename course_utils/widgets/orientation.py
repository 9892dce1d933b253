"""Lesson 00's widget: the shape tracker. Type sentences and see every tensor that the model makes of them."""

from typing import TYPE_CHECKING, Any, NamedTuple

from course_utils.figures.architecture import SENTENCE
from course_utils.figures.style import COLOURS, HAIRLINE, INK, MUTED, WIDTH, Picture, mix
from course_utils.figures.svg import Canvas, text_width

from .base import choice, explore, text

if TYPE_CHECKING:
    from transformers import BertTokenizer

MOST_SENTENCES = 8
EXAMPLES = (
    "Hello world!",
    "Yes.\nThe old fisherman sat on the bank of the river and waited until the rain had stopped and the moon was up.",
    "one\none two\none two three\none two three four",
)
_AXES = {
    "no axis": "",
    "B, the sentences": "B",
    "T, the tokens": "T",
    "d, the hidden size": "d",
    "H, the heads": "H",
    "I, the intermediate size": "I",
}


class Tensor(NamedTuple):
    """One tensor on the way through the model."""

    name: str
    lesson: int  # which makes it
    role: str  # its colour
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str

    @property
    def bytes(self) -> int:
        """The memory it takes."""
        count = 8 if self.dtype == "int64" else 4
        for size in self.shape:
            count *= size
        return count


def tensors(config: Any, batch: int, tokens: int) -> list[Tensor]:
    """Every tensor from the ids to the pooler, in order, for a padded batch. `config`: a BertConfig.

    Those of an encoder layer are listed once; each of the L layers makes its own.
    """
    d, heads = config.hidden_size, config.num_attention_heads
    sizes = {"B": batch, "T": tokens, "d": d, "H": heads, "dh": d // heads, "I": config.intermediate_size, "1": 1}

    def tensor(name: str, lesson: int, role: str, axes: str, dtype: str = "float32") -> Tensor:
        letters = tuple(axes.split())
        return Tensor(name, lesson, role, letters, tuple(sizes[letter] for letter in letters), dtype)

    return [
        tensor("input_ids", 1, "token", "B T", "int64"),
        tensor("token_type_ids", 1, "token", "B T", "int64"),
        tensor("attention_mask", 1, "padding", "B T", "int64"),
        tensor("hidden_states[0]", 2, "embedding", "B T d"),
        tensor("query", 3, "query", "B H T dh"),
        tensor("key", 3, "key", "B H T dh"),
        tensor("value", 3, "value", "B H T dh"),
        tensor("scores", 3, "attention", "B H T T"),
        tensor("probabilities", 3, "attention", "B H T T"),
        tensor("context", 3, "value", "B T d"),
        tensor("attention_output", 4, "norm", "B T d"),
        tensor("intermediate", 5, "feed_forward", "B T I"),
        tensor("layer_output", 6, "norm", "B T d"),
        tensor("pooler_output", 7, "token", "B d"),
    ]


def draw_shapes(tokenizer: "BertTokenizer", config: Any, sentences: str, axis: str = "") -> Picture:
    """The sentences (one per line) as a padded batch, and below it every tensor that the model makes of them.

    axis: a letter of `Tensor.axes` to point out, or "". Nothing is computed but the ids. ValueError without a sentence.
    """
    lines = [line for line in sentences.splitlines() if line.strip()]
    if not lines:
        raise ValueError("there is no sentence; type at least one, one on each line.")
    kept, longest = lines[:MOST_SENTENCES], config.max_position_embeddings
    batch = tokenizer(kept, padding=True, truncation=True, max_length=longest)
    rows = [tokenizer.convert_ids_to_tokens(ids) for ids in batch["input_ids"]]
    real = sum(map(sum, batch["attention_mask"]))
    table = tensors(config, len(rows), len(rows[0]))
    canvas = Canvas(WIDTH, 82 + 27 * len(rows) + 42 + 26 * len(table) + 40)
    _batch(canvas, 24, rows, batch["attention_mask"])
    _table(canvas, 96 + 27 * len(rows), table, axis, config.num_hidden_layers)
    largest = max(table, key=lambda tensor: tensor.bytes)
    many = "1 sentence becomes" if len(rows) == 1 else f"{len(rows)} sentences become"
    padding = len(rows) * len(rows[0]) - real
    caption = (
        f"{many} a batch of shape {len(rows)} × {len(rows[0])}, of which {padding or 'no'} "
        f"{'place is' if padding == 1 else 'places are'} padding; its largest tensor is {largest.name} "
        f"with {largest.bytes:,} bytes."
    )
    if axis:
        have = [tensor for tensor in table if axis in tensor.axes]
        twice = " and ".join(tensor.name for tensor in have if tensor.axes.count(axis) > 1)
        caption += f" The axis {axis} is in {len(have)} of {len(table)} tensors"
        caption += f", twice in {twice}: they grow with its square." if twice else "."
    if len(kept) < len(lines):
        caption += f" Only the first {MOST_SENTENCES} lines are taken."
    if len(rows[0]) == longest:
        caption += f" What is longer than {longest} tokens is cut: the model has no more positions."
    return canvas.picture(caption)


def _batch(canvas: Canvas, x: float, rows: list[list[str]], mask: list[list[int]]) -> None:
    """The batch as a table of tokens, padding hatched."""
    shown = min(len(rows[0]), 11)
    more = len(rows[0]) - shown
    width = min(72.0, (WIDTH - 2 * x - 26 - (76 if more else 0)) / shown)
    canvas.text(x, 26, "The batch", 15, bold=True)
    canvas.text(x + 26, 52, f"T = {len(rows[0])} tokens", 12, COLOURS["token"].ink, bold=True)
    canvas.text(x + 8, 62 + 27 * len(rows) / 2, f"B = {len(rows)}", 12, INK, anchor="middle", turn=-90, bold=True)
    for i, (row, kept) in enumerate(zip(rows, mask, strict=True)):
        y = 64 + 27 * i
        canvas.strip(x + 26, y, row[:shown], cell=(width, 26), padded=[not real for real in kept[:shown]])
        if more:
            canvas.text(x + 32 + width * shown, y + 13, f"{more} more", 12, MUTED)


def _table(canvas: Canvas, y: float, table: list[Tensor], axis: str, layers: int) -> None:
    """A line for each tensor: its lesson, name, axes, shape, dtype, bytes and a bar as long as its bytes are many."""
    for x, head, anchor in (
        (24, "lesson", "start"),
        (78, "tensor", "start"),
        (238, "axes", "start"),
        (354, "shape", "start"),
        (500, "dtype", "start"),
        (650, "bytes", "end"),
    ):
        canvas.text(x, y + 10, head, 12, MUTED, anchor=anchor)
    far, top = max(tensor.bytes for tensor in table), y + 26
    for i, tensor in enumerate(table):
        colour, middle, off = COLOURS[tensor.role], top + 26 * i + 13, bool(axis) and axis not in tensor.axes
        ink = MUTED if off else INK
        if axis and not off:
            canvas.rect(50, middle - 13, WIDTH - 74, 26, mix(COLOURS["norm"].line, "#ffffff", 0.75))
        canvas.line([(24, middle + 13), (WIDTH - 24, middle + 13)], HAIRLINE, 0.75)
        canvas.text(32, middle, f"{tensor.lesson:02}", 12, MUTED)
        canvas.rect(56, middle - 8, 10, 16, colour.fill if off else colour.line, colour.line, radius=2)
        canvas.text(78, middle, tensor.name, 13, ink, mono=True, width=156)
        _axes(canvas, 238, middle, tensor.axes, axis, ink)
        canvas.text(354, middle, str(tensor.shape), 13, ink, mono=True, width=138)
        canvas.text(500, middle, tensor.dtype, 12, ink)
        canvas.text(650, middle, f"{tensor.bytes:,}", 12, ink, anchor="end")
        length = round((WIDTH - 24 - 662) * tensor.bytes / far * 2) / 2
        canvas.rect(662, middle - 7, max(length, 1), 14, colour.fill if off else colour.line)
    note = f"query to layer_output: again in each of the {layers} layers"
    canvas.text(24, top + 26 * len(table) + 18, note, 12, MUTED)


def _axes(canvas: Canvas, x: float, middle: float, axes: tuple[str, ...], marked: str, ink: str) -> None:
    """The letters of a tensor's axes, the marked ones underlined."""
    canvas.text(x, middle, f"({', '.join(axes)})", 13, ink, mono=True)
    for i, letter in enumerate(axes):
        if letter == marked:
            left = x + text_width("(" + "".join(f"{before}, " for before in axes[:i]), 13, mono=True)
            under = [(left, middle + 8), (left + text_width(letter, 13, mono=True), middle + 8)]
            canvas.line(under, INK, 2)


def explore_shapes(tokenizer: "BertTokenizer", config: Any) -> None:
    """The shape tracker: type sentences, one per line, and see every tensor's name, shape, dtype and size."""

    def draw(sentences: str, axis: str) -> Picture:
        return draw_shapes(tokenizer, config, sentences, axis)

    start = f"{SENTENCE}\nHello world!"
    explore(draw, sentences=text("sentences", start, lines=3, examples=EXAMPLES), axis=choice("point out", _AXES))

"""Lesson 07's picture: where a BERT keeps its parameters, as areas that can be compared."""

from collections.abc import Mapping
from typing import NamedTuple

from course_utils.reference.embeddings import embedding_parameters
from course_utils.reference.encoder_layer import layer_parameters
from course_utils.reference.whole_model import parameter_table

from .style import COLOURS, INK, MUTED, PAPER, WIDTH, Picture
from .svg import SMALLEST, Canvas, text_width

LEGEND = {"embeddings": "embedding", "attention": "attention", "feed-forward": "feed_forward"}
LARGEST = 470  # the side of the larger of two maps, in pixels


class Tile(NamedTuple):
    """A rectangle of a map, in shares of its side (0 to 1); its area is its share of the parameters."""

    label: str
    role: str
    x: float
    y: float
    width: float
    height: float


def attention_share(config) -> float:
    """The attention's share of a layer's parameters, its norm counted with it."""
    hidden = config.hidden_size
    return (4 * (hidden * hidden + hidden) + 2 * hidden) / layer_parameters(config)


def tiles(config) -> list[Tile]:
    """The parts of a BERT as rectangles that fill the unit square: tables left, layers right, the pooler below.

    A layer's row is cut into attention and feed-forward network, each with its norm.
    """
    table = parameter_table(config)
    embeddings, layers = table["embeddings"] / table["total"], config.num_hidden_layers
    words = config.vocab_size * config.hidden_size / embedding_parameters(config)
    found = [
        Tile("words", "embedding", 0, 0, embeddings, words),
        Tile("positions, segments, norm", "embedding", 0, words, embeddings, 1 - words),
    ]
    right, attention = 1 - embeddings, attention_share(config)
    row = table["encoder"] / (table["encoder"] + table["pooler"]) / layers
    for layer in range(layers):
        y = layer * row
        found.append(Tile(f"{layer} attention", "attention", embeddings, y, right * attention, row))
        beside = embeddings + right * attention
        found.append(Tile(f"{layer} feed-forward", "feed_forward", beside, y, right * (1 - attention), row))
    found.append(Tile("pooler", "token", embeddings, layers * row, right, 1 - layers * row))
    return found


def paint(canvas: Canvas, x: float, y: float, side: float, config) -> None:
    """One model's map, a square with its top left corner at (x, y); labels are written where they fit."""
    for tile in tiles(config):
        colour = COLOURS[tile.role]
        left, top, width, height = x + tile.x * side, y + tile.y * side, tile.width * side, tile.height * side
        canvas.rect(left, top, width, height, colour.fill, PAPER, title=tile.label)
        name, size = tile.label, 13 if height >= 22 else SMALLEST
        if text_width(name, size) > width - 8:
            name = name.split()[0].rstrip(",")
        if height >= SMALLEST + 4 and text_width(name, size) <= width - 4:
            canvas.text(left + width / 2, top + height / 2, name, size, colour.ink, anchor="middle")
    canvas.rect(x, y, side, side, stroke=INK, line=1.5)


def key(canvas: Canvas, x: float, y: float, name: str) -> None:
    """What a colour of the map stands for: a square with its top left corner at (x, y), and the name beside it."""
    colour = COLOURS[LEGEND[name]]
    canvas.rect(x, y, 16, 16, colour.fill, colour.line)
    canvas.text(x + 24, y + 8, name, 13)


def draw_treemap(models: Mapping[str, object]) -> Picture:
    """Two models' parameters as maps to one scale, side by side, and their counts below.

    models: a name and a config for each, such as `{"this model": config, "bert-base": BertConfig()}`.
    """
    tables = {name: parameter_table(config) for name, config in models.items()}
    roots = [table["total"] ** 0.5 for table in tables.values()]
    room = WIDTH - 48 - 32 * (len(models) - 1)
    scale = min(LARGEST / max(roots), room / sum(roots))  # pixels to the root of a parameter, the same for all
    bottom = 64 + scale * max(roots)
    canvas = Canvas(WIDTH, bottom + 158)
    canvas.text(24, 26, "Where the parameters are: every area is a number of parameters", 15, bold=True)
    x = 24.0
    for (name, config), root in zip(models.items(), roots, strict=True):
        canvas.text(
            x, 50, f"{name}: {tables[name]['total'] / 1e6:.1f} million", 13, MUTED, width=max(root * scale, 130)
        )
        paint(canvas, x, 64, root * scale, config)
        x += max(root * scale, 130) + 32
    _counts(canvas, bottom + 28, tables)
    for row, name in enumerate(LEGEND):
        key(canvas, WIDTH - 150, bottom + 44 + 24 * row, name)
    return canvas.picture(_caption(models, tables))


def _counts(canvas: Canvas, y: float, tables: Mapping[str, dict[str, int]]) -> None:
    """The counts as a table: one row per part, one column per model."""
    for column, (name, table) in enumerate(tables.items()):
        right = 330 + 260 * column
        canvas.text(right, y, name, 13, INK, anchor="end", bold=True, width=240)
        for row, (part, count) in enumerate(table.items()):
            middle, strong = y + 24 * (row + 1), part == "total"
            if not column:
                canvas.text(24, middle, part, 13, bold=strong)
            canvas.text(right, middle, f"{count:,}", 13, anchor="end", mono=True, bold=strong)
            canvas.text(right + 60, middle, f"{count / table['total']:.1%}", 12, MUTED, anchor="end")


def _caption(models: Mapping[str, object], tables: Mapping[str, dict[str, int]]) -> str:
    said = []
    for name, config in models.items():
        words, total = config.vocab_size * config.hidden_size, tables[name]["total"]
        said.append(
            f"{name} has {total:,} parameters, {words / total:.1%} of them in the table of words and "
            f"{tables[name]['encoder'] / total:.1%} in {config.num_hidden_layers} layers"
        )
    ratios = [(1 - share) / share for share in map(attention_share, models.values())]
    times = " and ".join(dict.fromkeys(f"{ratio:.1f}" for ratio in ratios))
    counts = "; ".join(said)
    return (
        counts[:1].upper()
        + counts[1:]
        + f". In a layer the feed-forward network takes {times} times the area of the attention. "
        "The thin strip below the words is positions, segments and norm; the pooler is a hair at the bottom."
    )

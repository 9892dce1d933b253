"""Lesson 07's widget: choose a BERT's sizes and see how many parameters it has, where, and their memory."""

from types import SimpleNamespace

from course_utils.figures.charts import bars
from course_utils.figures.style import COLOURS, INK, MUTED, WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.figures.whole_model import LEGEND, key, paint
from course_utils.reference.whole_model import parameter_table

from .base import choice, explore, slider, switch

SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")
BYTES = {"float32": 4, "bfloat16": 2}


def sized(config, *sizes: int) -> SimpleNamespace:
    """A config with other SIZES (in their order), and the rest as in `config`."""
    return SimpleNamespace(
        **dict(zip(SIZES, sizes, strict=True)),
        max_position_embeddings=config.max_position_embeddings,
        type_vocab_size=config.type_vocab_size,
    )


def shared_evenly(hidden: int, heads: int) -> tuple[bool, str, str]:
    """Whether the heads can share the features, and two short sentences: what follows, and a remedy."""
    if hidden % heads == 0:
        return True, f"{heads} heads of {hidden // heads} features", "no parameters of their own"
    below = hidden - hidden % heads
    near = " or ".join(str(size) for size in (below, below + heads) if size)
    fewer = max(number for number in range(1, heads) if hidden % number == 0)
    return False, f"{heads} heads cannot share {hidden} features evenly", f"d = {near} would do, or {fewer} heads"


def draw_sizes(config, known: dict[str, int], *sizes: int, tied: bool = False) -> Picture:
    """The map of a BERT with these SIZES, its counts and its memory, and beside it how it compares.

    config: gives positions and segments. known: other models' names and numbers of parameters. tied: whether I follows d.
    """
    chosen = sized(config, *sizes)
    table = parameter_table(chosen)
    total, side, left = table["total"], 290, 350
    canvas = Canvas(WIDTH, 382)
    canvas.text(24, 26, f"A BERT of {total:,} parameters{', I = 4 d' if tied else ''}", 15, bold=True)
    paint(canvas, 24, 48, side, chosen)
    for x, name in zip((24, 140, 244), LEGEND, strict=True):
        key(canvas, x, 354, name)
    for row, (part, count) in enumerate(table.items()):
        y, strong = 60 + 24 * row, part == "total"
        canvas.text(left, y, part, 13, bold=strong)
        canvas.text(left + 230, y, f"{count:,}", 13, anchor="end", mono=True, bold=strong)
        canvas.text(left + 290, y, f"{count / total:.1%}", 12, MUTED, anchor="end")
    for row, (kind, size) in enumerate(BYTES.items()):
        y = 178 + 24 * row
        canvas.text(left, y, f"in memory, {kind}", 13)
        canvas.text(left + 230, y, _megabytes(total * size), 13, anchor="end", mono=True)
        canvas.text(left + 244, y, f"{size} bytes each", 12, MUTED)
    even, heads, note = shared_evenly(chosen.hidden_size, chosen.num_attention_heads)
    canvas.text(left, 226, heads, 13, INK if even else COLOURS["failed"].ink, bold=not even)
    canvas.text(left, 245, note, 12, MUTED if even else COLOURS["failed"].ink)
    compared = {"these sizes": total} | known
    millions = [count / 1e6 for count in compared.values()]
    bars(
        canvas,
        left,
        270,
        WIDTH - left - 20,
        list(compared),
        millions,
        role="embedding",
        decimals=1,
        unit=" M",
        label_width=100,
        height=26,
        mark=0,
    )
    words = chosen.vocab_size * chosen.hidden_size
    return canvas.picture(
        f"d = {chosen.hidden_size}, L = {chosen.num_hidden_layers}, H = {chosen.num_attention_heads}, I = "
        f"{chosen.intermediate_size}, V = {chosen.vocab_size:,} make {total:,} parameters: {words / total:.1%} are the words, "
        f"{table['encoder'] / total:.1%} the layers. They take {_megabytes(total * 4)} in float32 and "
        f"{_megabytes(total * 2)} in bfloat16." + ("" if even else f" But {heads}: {note}.")
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.2f} GB"


def presets(config) -> dict[str, tuple[int, ...]]:
    """The SIZES of well-known models, `config`'s first."""
    large = {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    }
    base = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
    own = {name: getattr(config, name) for name in SIZES}
    models = {"this model": own, "bert-base": base, "bert-large": large}
    return {name: tuple(({"vocab_size": 30522} | sizes)[each] for each in SIZES) for name, sizes in models.items()}


def explore_sizes(config) -> None:
    """Start from a known model, move d, L, H, I and V, and see parameters and memory; starts with the sizes of `config`."""
    starts = presets(config)
    known = {name: parameter_table(sized(config, *starts[name]))["total"] for name in ("this model", "bert-base")}

    def draw(start: str, d: int, L: int, H: int, I: int, V: int, four: bool) -> Picture:  # noqa: E741 (the paper's letters)
        return draw_sizes(config, known, d, L, H, 4 * d if four else I, V, tied=four)

    def sizes_of(start: str) -> dict[str, int]:  # the switch stays as it is
        return dict(zip(("d", "L", "H", "I", "V"), starts[start], strict=True))

    d, layers, heads, inner, vocabulary = starts["this model"]
    explore(
        draw,
        start=choice("start from", list(starts))._replace(sets=sizes_of),
        d=slider("d hidden size", d % 32 or 32, max(1024, d), d, step=32),
        L=slider("L layers", 1, max(24, layers), layers),
        H=slider("H heads", 1, max(16, heads), heads),
        I=slider("I intermediate", inner % 64 or 64, max(4096, inner), inner, step=64),
        V=slider("V vocabulary", vocabulary % 1000 or 1000, max(120_000, vocabulary), vocabulary, step=1000),
        four=switch("I = 4 d, not the slider", False),
    )

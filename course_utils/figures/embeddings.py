"""Lesson 02's pictures: three strips, their sum and its norm; the map of the positions; words and their neighbours."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.reference.embeddings import embedding_lookup, layer_norm, nearest_tokens

from .architecture import SENTENCE
from .plots import colour_map, finish, sheet, styled
from .style import COLOURS, DIVERGING, HAIRLINE, INK, MUTED, PAPER, WIDTH, Picture, ramp
from .svg import Canvas

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

MOST_TOKENS = 14  # more columns than that would be too narrow to read
FEATURES = 8  # how many numbers of each vector are drawn
_PARTS = ("word", "position", "segment")


class Strips(NamedTuple):
    """What the strips show, for one text or a pair: T tokens, vectors of d numbers."""

    tokens: list[str]
    rows: dict[str, list[int]]  # for word, position and segment: the row of its table that each token takes
    vectors: dict[str, Tensor]  # word, position, segment, sum, norm: each (tokens, hidden); zeros where switched off
    difference: list[float]  # each token's largest difference between the last strip and the real hidden_states[0]


@torch.no_grad()
def strips(
    tokenizer: "BertTokenizer",
    model: "BertModel",
    text: str,
    pair: str = "",
    parts: Sequence[str] = _PARTS,
    norm: bool = True,
) -> Strips:
    """Embed a text with the model's own tables, leaving out what is not in `parts`, and compare with the model."""
    longest = model.config.max_position_embeddings
    ids = tokenizer(text, pair or None, return_tensors="pt", truncation=True, max_length=longest)
    table = model.embeddings
    where = {
        "word": (table.word_embeddings.weight, ids["input_ids"]),
        "position": (table.position_embeddings.weight, torch.arange(ids["input_ids"].shape[1])[None]),
        "segment": (table.token_type_embeddings.weight, ids["token_type_ids"]),
    }
    looked_up = {name: embedding_lookup(*both)[0] for name, both in where.items()}  # each (tokens, hidden)
    vectors = {name: vector * (name in parts) for name, vector in looked_up.items()}
    vectors["sum"] = sum(vectors[name] for name in _PARTS)
    weight, bias, eps = table.LayerNorm.weight, table.LayerNorm.bias, model.config.layer_norm_eps
    vectors["norm"] = layer_norm(vectors["sum"], weight, bias, eps) if norm else vectors["sum"]
    real = F.layer_norm(sum(looked_up.values()), weight.shape, weight, bias, eps)  # the model's own, without dropout
    return Strips(
        tokenizer.convert_ids_to_tokens(ids["input_ids"][0].tolist()),
        {name: both[1][0].tolist() for name, both in where.items()},
        vectors,
        (vectors["norm"] - real).abs().amax(dim=-1).tolist(),
    )


def draw_embeddings(
    tokenizer: "BertTokenizer",
    model: "BertModel",
    text: str = SENTENCE,
    pair: str = "",
    word: bool = True,
    position: bool = True,
    segment: bool = True,
    norm: bool = True,
) -> Picture:
    """Three strips, their sum and its norm for one text or a pair, and how far the result is from hidden_states[0]."""
    on = {"word": word, "position": position, "segment": segment, "norm": norm}
    found = strips(tokenizer, model, text, pair, [name for name in _PARTS if on[name]], norm)
    shown = min(len(found.tokens), MOST_TOKENS)
    left, band = 136, 30
    width = min(74.0, (WIDTH - left - 40) / shown)
    right = left + width * shown
    canvas = Canvas(WIDTH, 490)
    canvas.text(20, 24, "Three strips, their sum and its norm", 15, bold=True)
    about = f"a column: one token; a cell: one number, the first {FEATURES} of {model.config.hidden_size}"
    canvas.text(WIDTH - 20, 24, about, 12, MUTED, anchor="end")
    canvas.text(20, 59, "tokens", 14, bold=True)
    canvas.strip(left, 46, found.tokens[:shown], cell=(width, 26))
    for i, name in enumerate((*_PARTS, "sum", "norm")):
        y = (92, 164, 236, 308, 368)[i]
        role = "embedding" if name in _PARTS else "residual" if name == "sum" else "norm"
        canvas.text(20, y + 10, ("", "+ ", "+ ", "= ", "→ ")[i] + name, 14, COLOURS[role].ink, bold=True)
        note = f"of {len(_table(model, name)):,} rows" if name in _PARTS else "before the norm"
        note = "hidden_states[0]" if name == "norm" and all(on.values()) else "the result" if name == "norm" else note
        canvas.text(20, y + 28, note if on.get(name, True) else "off", 12, MUTED, width=left - 26)
        _strip(canvas, (left, y, width, band), found, name, shown, on.get(name, True))
        canvas.rect(left, y, right - left, band, stroke=COLOURS[role].line, line=2)
    y = 436
    canvas.text(20, y + 12, "difference", 14, bold=True)
    canvas.text(20, y + 30, "to the real one", 12, MUTED)
    worst = max(found.difference)
    for j, gap in enumerate(found.difference[:shown]):
        equal = gap < 1e-5
        colour = COLOURS["passed" if equal else "failed"]
        canvas.rect(left + j * width, y, width, 26, colour.fill, colour.line)
        label = "✓<1e-5" if equal else f"✗ {gap:.2f}"
        canvas.text(left + (j + 0.5) * width, y + 13, label, 12, INK, anchor="middle", width=width - 3)
    if shown < len(found.tokens):
        canvas.text(right + 6, 59, f"+{len(found.tokens) - shown}", 12, MUTED)
    return canvas.picture(_caption(found, on, worst))


def _table(model: "BertModel", name: str) -> Tensor:
    """The table that a strip is looked up in."""
    tables = model.embeddings
    kind = {"word": "word_embeddings", "position": "position_embeddings", "segment": "token_type_embeddings"}[name]
    return getattr(tables, kind).weight


def _strip(canvas: Canvas, place: tuple, found: Strips, name: str, shown: int, is_on: bool) -> None:
    """One strip: for each token its vector's first numbers as cells, below them the table's row and the length."""
    left, y, width, band = place
    values = found.vectors[name][:shown, :FEATURES]
    far = float(found.vectors[name].abs().flatten().quantile(0.95)) or 1.0
    cell = (width - 6) / FEATURES
    for line, label in enumerate(("row", "length") if name in found.rows else ("length",)):
        canvas.text(left - 10, y + band + 10 + 15 * line, label, 11, MUTED, anchor="end")
    for j in range(shown):
        x = left + j * width
        if is_on:
            for k, value in enumerate(values[j].tolist()):
                fill = ramp(0.5 + value / far / 2, DIVERGING)
                canvas.rect(x + 3 + k * cell, y + 2, cell + 0.3, band - 4, fill)
            if j:
                canvas.line([(x, y), (x, y + band)], MUTED, 1)
        else:
            canvas.hatch(x, y, width, band)
        length = float(found.vectors[name][j].norm())
        row = f"{found.rows[name][j]}" if name in found.rows else ""
        canvas.text(x + width / 2, y + band + 10, row or f"{length:.1f}", 12, INK, anchor="middle", mono=bool(row))
        if row:
            canvas.text(x + width / 2, y + band + 25, f"{length:.1f}" if is_on else "off", 11, MUTED, anchor="middle")


def _caption(found: Strips, on: dict[str, bool], worst: float) -> str:
    mean = {name: float(vectors.norm(dim=-1).mean()) for name, vectors in found.vectors.items()}
    off = [name for name, is_on in on.items() if not is_on]
    count = len(found.tokens)
    if not off:
        return (
            f"{count} tokens: each takes a row from each of three tables, the rows are added, and the norm of the sum is "
            f"hidden_states[0], equal to within 1e-5 for every token."
        )
    missing = " and ".join(filter(None, [", ".join(off[:-1]), off[-1]]))
    if worst < 1e-5:
        return f"Without {missing} the result is still within 1e-5 of hidden_states[0] for all {count} tokens."
    wrong = sum(gap >= 1e-5 for gap in found.difference)
    token = found.tokens[found.difference.index(worst)]
    return (
        f"Without {missing} {wrong} of {count} tokens differ from hidden_states[0]; the worst, {token}, has a "
        f"number that is {worst:.2f} off. The mean length of the result is {mean['norm']:.1f}."
    )


@styled()
def draw_position_map(table: Tensor) -> Picture:
    """The cosine of every position with every other, and how it falls with the distance. table: (positions, hidden)."""
    table = table.detach()[:512]  # the map of a longer table would be no clearer
    unit = F.normalize(table, dim=-1)
    cosines = (unit @ unit.T).numpy()  # (positions, positions)
    size = len(table)
    near = min(33, size)
    figure, (left, right) = sheet(850, 400, columns=2)
    looks = {"cmap": colour_map(diverging=True), "vmin": -1, "vmax": 1, "origin": "upper", "interpolation": "nearest"}
    for axes, upto in ((left, size), (right, near)):
        image = axes.imshow(cosines[:upto, :upto], **looks)
        axes.grid(False)
        axes.set(title=f"positions 0 to {upto - 1}", xlabel="position", ylabel="position")
    figure.colorbar(image, ax=[left, right], location="right", shrink=0.8, label="cosine")
    mean = [float(cosines.diagonal(distance).mean()) for distance in range(size)]  # by the distance of two positions
    # the first distance that is a valley, and the first peak after it
    dip = next((i for i in range(1, size - 1) if mean[i] < mean[i + 1]), size - 1)
    peak = next((i for i in range(dip, size - 1) if mean[i] > mean[i + 1]), size - 1)
    waves = f" and rises again to {mean[peak]:.2f} at {peak}, which makes the stripes" if peak > dip else ""
    return finish(
        figure,
        f"Neighbouring positions are alike: the mean cosine is {mean[1]:.2f} at distance 1, falls to {mean[dip]:.2f} at "
        f"{dip}{waves}. Position 0 is an exception: its cosine with position 1 is {cosines[0, 1]:.2f}. The right map is a "
        f"corner of the left one.",
    )


def draw_neighbours(tokenizer: "BertTokenizer", table: Tensor, words: Sequence[str], k: int = 6) -> Picture:
    """The k nearest tokens of each word, without the word itself, with their cosines. table: (vocabulary, hidden)."""
    table = table.detach()
    row, left = 50, 128
    width = (WIDTH - left - 20) / k
    canvas = Canvas(WIDTH, 50 + row * len(words) + 8)
    canvas.text(20, 24, "Words and their nearest neighbours in the word table", 15, bold=True)
    canvas.text(WIDTH - 20, 24, "below each: its cosine with the word on the left", 12, MUTED, anchor="end")
    shades = (COLOURS["embedding"].fill, COLOURS["embedding"].line)
    first, alone = [], []
    for i, word in enumerate(words):
        vector, y = table[tokenizer.convert_tokens_to_ids(word)], 46 + row * i
        ids = nearest_tokens(vector, table, k + 1)[1:]
        cosines = F.cosine_similarity(table[ids], vector, dim=-1).tolist()
        tokens = tokenizer.convert_ids_to_tokens(ids)
        canvas.text(left - 12, y + 13, word, 14, anchor="end", mono=True, bold=True, width=left - 24)
        for j, (token, cosine) in enumerate(zip(tokens, cosines, strict=True)):
            x = left + j * width
            canvas.rect(x, y, width - 4, 27, ramp(cosine, shades), COLOURS["embedding"].line, radius=4)
            canvas.text(x + width / 2 - 2, y + 13.5, token, 13, anchor="middle", mono=True, width=width - 10)
            canvas.text(x + width / 2 - 2, y + 36, f"{cosine:.2f}", 11, MUTED, anchor="middle")
        first.append((cosines[0], word, tokens[0]))
        alone.append((cosines[-1], word))
    (high, word, token), (low, last) = max(first), min(alone)
    return canvas.picture(
        f"The {k} nearest tokens of {len(words)} words, found by cosine among {len(table):,} rows. The closest pair is "
        f"{word} and {token} with {high:.2f}; the {k}th neighbour of {last} has only {low:.2f}."
    )


def draw_order(with_positions: Sequence[float], without: Sequence[float], about: str) -> Picture:
    """How alike two orders of the same words are on each floor of the model, with and without positions.

    with_positions, without: a cosine for each hidden state.
    """
    row, left, right = 30, 150, WIDTH - 190
    canvas = Canvas(WIDTH, 76 + row * len(with_positions) + 34)
    canvas.text(20, 24, about, 15, bold=True, width=WIDTH - 40)
    low = int(min(0.85, *with_positions, *without) * 20) / 20
    bottom = 62 + row * len(with_positions)

    def place(cosine: float) -> float:
        return left + round((cosine - low) / (1 - low) * (right - left) * 2) / 2

    for tick in range(round(low * 100), 101, 5 if low > 0.6 else 20):
        canvas.line([(place(tick / 100), 60), (place(tick / 100), bottom)], HAIRLINE, 1)
        canvas.text(place(tick / 100), bottom + 12, f"{tick / 100:.2f}", 12, MUTED, anchor="middle")
    canvas.text(right + 24, 48, "● with", 12, COLOURS["embedding"].ink, bold=True)
    canvas.text(right + 100, 48, "□ without", 12, COLOURS["padding"].ink, bold=True)
    for i, (cosine, other) in enumerate(zip(with_positions, without, strict=True)):
        middle = 62 + row * (i + 0.5)
        canvas.text(left - 12, middle, f"hidden_states[{i}]", 12, anchor="end", mono=True)
        canvas.rect(place(other) - 8, middle - 8, 16, 16, PAPER, COLOURS["padding"].ink, line=2)
        canvas.circle(place(cosine), middle, 5, COLOURS["embedding"].line, COLOURS["embedding"].ink)
        canvas.text(right + 24, middle, f"{cosine:.3f}", 13, mono=True)
        canvas.text(right + 100, middle, f"{other:.3f}", 13, mono=True)
    return canvas.picture(
        f"The cosine of the two sentences' mean vectors in each of the {len(without)} hidden states. With positions it goes "
        f"from {with_positions[0]:.3f} to {with_positions[-1]:.3f}, as attention makes use of them. Without, it is never "
        f"below {min(without):.3f}."
    )

"""Lesson 02's pictures: three strips and their sum, in colours and in numbers; words and neighbours."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.reference.embeddings import embedding_lookup, layer_norm, nearest_tokens

from .architecture import SENTENCE
from .style import COLOURS, DIVERGING, HAIRLINE, INK, MUTED, WIDTH, Picture, ramp
from .svg import Canvas

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

MOST_TOKENS = 14  # more columns than that would be too narrow to read
FEATURES = 8  # how many numbers of each vector are drawn
_ADDED = 6  # how many numbers are drawn as bars that add up
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
        canvas.text(20, y + 8, ("", "+ ", "+ ", "= ", "→ ")[i] + name, 14, COLOURS[role].ink, bold=True)
        note = f"of {len(_table(model, name)):,} rows" if name in _PARTS else "before the norm"
        note = "hidden_states[0]" if name == "norm" and all(on.values()) else "the result" if name == "norm" else note
        canvas.text(20, y + 25, note if on.get(name, True) else "off", 12, MUTED, width=left - 26)
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


def draw_addition(tokenizer: "BertTokenizer", model: "BertModel", text: str = SENTENCE, place: int = 4) -> Picture:
    """The first numbers of one token's three rows and of their sum: each bar begins where the one above it ends."""
    found = strips(tokenizer, model, text)
    place = min(place, len(found.tokens) - 1)
    shown = min(_ADDED, model.config.hidden_size)
    names = (*_PARTS, "sum")
    values = torch.stack([found.vectors[name][place, :shown] for name in names])  # (4, shown)
    ends = torch.cat([values[:3].cumsum(dim=0), values[3:]])  # (4, shown)
    starts = torch.cat([torch.zeros(1, shown), ends[:2], torch.zeros(1, shown)])  # the sum begins at 0 again
    far = max(float(ends.abs().max()), 1e-6)
    left, row, top = 190, 56, 70
    width = (WIDTH - left - 20) / shown
    canvas = Canvas(WIDTH, top + 4 * row + 18)
    canvas.text(20, 24, f"Three rows and their sum: {found.tokens[place]} at place {place}", 15, bold=True)
    about = f"the first {shown} of {model.config.hidden_size} numbers, each rounded"
    canvas.text(WIDTH - 20, 24, about, 12, MUTED, anchor="end")
    for k in range(shown):
        middle, reach = left + (k + 0.5) * width, width * 0.44
        canvas.text(middle, 50, f"feature {k}", 12, MUTED, anchor="middle")
        canvas.line([(middle, 62), (middle, top + 4 * row - 2)], HAIRLINE, 1)
        for i, name in enumerate(names):
            y = top + i * row
            start, end = (round(2 * (middle + reach * float(each[i, k]) / far)) / 2 for each in (starts, ends))
            colour = COLOURS["residual" if name == "sum" else "embedding"]
            if i < len(names) - 1:
                for upper, lower in ((40, row + 2), (row + 19, row + 24)):  # the number between them stays readable
                    canvas.line([(end, y + upper), (end, y + lower)], MUTED, 1)
            canvas.rect(min(start, end), y + 24, max(abs(end - start), 1), 16, colour.fill, colour.line, line=1.5)
            canvas.text(middle, y + 11, f"{float(values[i, k]):+.3f}".replace("-", "−"), 13, anchor="middle", mono=True)
    for i, name in enumerate(names):
        y, role = top + i * row, "residual" if name == "sum" else "embedding"
        canvas.text(20, y + 20, ("", "+ ", "+ ", "= ")[i] + name, 14, COLOURS[role].ink, bold=True)
        note = f"row {found.rows[name][place]}, " if name in found.rows else ""
        length = float(found.vectors[name][place].norm())
        canvas.text(20, y + 38, f"{note}length {length:.1f}", 12, MUTED, width=left - 26)
    canvas.line([(20, top + 3 * row - 2), (WIDTH - 20, top + 3 * row - 2)], INK, 1)
    exact = [
        k for k in range(shown) if abs(sum(round(float(v), 3) for v in values[:3, k]) - float(values[3, k])) < 5e-4
    ]
    told = exact[0] if exact else 0
    word, position, segment, total = (f"{float(value):.3f}" for value in values[:, told])
    return canvas.picture(
        f"The three rows of {found.tokens[place]} at place {place}, feature by feature. Each bar begins where the one above "
        f"it ends, so the third ends where the bar of the sum does. Feature {told}: ({word}) + ({position}) + ({segment}) = "
        f"{total}."
    )


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

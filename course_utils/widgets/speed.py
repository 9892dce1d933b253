"""Lesson 10's widget, the batch packer: type texts, choose how they are put together, and see what is padding."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_utils.figures.speed import computed_tokens, in_batches
from course_utils.figures.style import COLOURS, INK, MUTED, WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.reference.speed import length_sorted_batches

from .base import choice, explore, slider, text

if TYPE_CHECKING:
    from transformers import BertTokenizer

TEXTS = """Why not?
The ferry was late again, so we sat on the pier and counted gulls until the sun went down behind the island.
Nobody came.
She found the key under a loose stone by the garden gate.
this is a 12212121 test sentence
It rained all night, and in the morning the road to the village was gone.
Thank you!
Two dogs slept by the stove.
Could you tell me where the station is, please, and whether there is a train to the coast before noon today?
He paid 3,456 euros for it.
Yes.
The bank will open at nine."""
EXAMPLES = (
    "Yes.\nNo.\nWhy?\nMaybe.\nShe found the key under a loose stone by the garden gate, where nobody had looked for it.\nGo!\nStop!\nNever.",
    "\n".join(["This text is as long as the others."] * 8),
)
MOST_TEXTS, MOST_TOKENS = 24, 64
WAYS = {"unsorted": "unsorted", "sorted by length": "sorted", "packed": "packed"}


def arranged(lengths: Sequence[int], batch_size: int, way: str) -> list[list[int]]:
    """The batches, as lists of indices; packed is one batch without padding, in the order of the texts."""
    if way == "sorted":
        return length_sorted_batches(list(lengths), batch_size)
    return in_batches(range(len(lengths)), batch_size)


def draw_batches(lengths: Sequence[int], batch_size: int, way: str, names: Sequence[str] = ()) -> Picture:
    """The texts as rows of tokens, in batches, with their padding; or packed into one row, written in several lines.

    lengths: each text's number of tokens. names: what to call each text. ValueError for too many texts, or too long ones.
    """
    names = names or [f"text {index}" for index in range(len(lengths))]
    if not lengths:
        raise ValueError("there is no text: type some, one on each line.")
    if len(lengths) > MOST_TEXTS:
        raise ValueError(f"these are {len(lengths)} texts, and there is room for {MOST_TEXTS}.")
    if max(lengths) > MOST_TOKENS:
        longest = max(range(len(lengths)), key=lambda index: lengths[index])
        raise ValueError(f"text {longest} has {lengths[longest]} tokens, and there is room for {MOST_TOKENS}.")
    batches = arranged(lengths, batch_size, way)
    needed = sum(lengths)
    computed = needed if way == "packed" else computed_tokens(lengths, batches)
    pairs = sum(length * length for length in lengths)
    canvas = _packed(lengths) if way == "packed" else _padded(lengths, batches, names)
    said = f"{len(lengths)} text{'s' * (len(lengths) > 1)} with {needed} tokens. The model computes {computed} tokens: {1 - needed / computed:.0%} of "
    if way == "packed":
        return canvas.picture(
            said
            + f"them are padding. With one mask for the row, attention compares {needed * needed:,} pairs of tokens, of which "
            f"{pairs:,} lie within a text; taken run by run only those are computed."
        )
    compared = sum(len(batch) * max(lengths[index] for index in batch) ** 2 for batch in batches)
    return canvas.picture(
        said + f"them are padding. Attention compares {compared:,} pairs of tokens, of "
        f"which {pairs:,} lie within a text."
    )


def _title(canvas: Canvas, needed: int, computed: int, batches: int) -> None:
    words = f"{batches} batch{'es' * (batches > 1)}: {needed} real tokens, {computed - needed} of padding"
    canvas.text(24, 24, words, 15, bold=True)
    canvas.text(WIDTH - 24, 24, f"{1 - needed / computed:.0%} padding", 15, anchor="end", bold=True)


def _padded(lengths: Sequence[int], batches: list[list[int]], names: Sequence[str]) -> Canvas:
    """One line per text, its name to the left; a gap between batches."""
    line, left = 17, 170
    cell = (WIDTH - left - 60) / max(lengths)
    canvas = Canvas(WIDTH, 52 + line * len(lengths) + 12 * len(batches))
    _title(canvas, sum(lengths), computed_tokens(lengths, batches), len(batches))
    y = 46.0
    token, padding = COLOURS["token"], COLOURS["padding"]
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        for index in batch:
            real, width = lengths[index] * cell, longest * cell
            canvas.text(left - 10, y + line / 2, names[index], 12, MUTED, anchor="end", width=left - 28)
            if width > real:
                canvas.rect(left + real, y + 1, width - real, line - 2, padding.fill, padding.line)
                canvas.hatch(left + real, y + 1, width - real, line - 2)
            canvas.rect(left, y + 1, real, line - 2, token.line, token.ink)
            canvas.text(left + width + 6, y + line / 2, lengths[index], 12, MUTED)
            y += line
        canvas.line([(left - 4, y - line * len(batch)), (left - 4, y)], INK, 2)
        y += 12
    return canvas


def _packed(lengths: Sequence[int]) -> Canvas:
    """One row of all tokens, written in lines; a mark where a text begins."""
    per_line, line, left = 64, 30, 96
    cell = (WIDTH - left - 60) / per_line
    needed = sum(lengths)
    canvas = Canvas(WIDTH, 60 + line * -(-needed // per_line))
    _title(canvas, needed, needed, 1)
    token, starts, begun = COLOURS["token"], [], 0
    for length in lengths:
        starts.append(begun)
        begun += length
    for number in range(-(-needed // per_line)):
        first, last = number * per_line, min((number + 1) * per_line, needed)
        y = 48 + line * number
        canvas.text(left - 10, y + 8, first, 12, MUTED, anchor="end")
        canvas.rect(left, y, (last - first) * cell, 16, token.line, token.ink)
        for index, start in enumerate(starts):
            if first <= start < last:
                x = left + (start - first) * cell
                canvas.line([(x, y - 4), (x, y + 20)], INK, 2)
                if min(lengths[index], last - start) > 2:
                    canvas.text(x + 4, y + 8, index, 11, "#ffffff")
    return canvas


def explore_batches(tokenizer: "BertTokenizer", texts: str = TEXTS) -> None:
    """The batch packer: choose the batch size and the arrangement, type texts, and see how much is padding."""

    @functools.lru_cache(maxsize=64)
    def lengths_of(words: str) -> tuple[list[int], list[str]]:
        lines = [line.strip() for line in words.split("\n") if line.strip()]
        names = [f"{number} {line if len(line) <= 20 else line[:19] + '…'}" for number, line in enumerate(lines)]
        return ([len(ids) for ids in tokenizer(lines)["input_ids"]] if lines else []), names

    def draw(batch_size: int, way: str, words: str) -> Picture:
        lengths, names = lengths_of(words)
        return draw_batches(lengths, batch_size, way, names)

    explore(
        draw,
        batch_size=slider("batch size", 1, 12, 4),
        way=choice("arranged", WAYS),
        words=text("texts", texts, lines=6, examples=EXAMPLES),
    )

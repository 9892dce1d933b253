"""Lesson 01's widget: the window that WordPiece slides over a word, trying, shrinking, hitting."""

from collections.abc import Mapping
from typing import NamedTuple

from course_utils.figures.style import COLOURS, HAIRLINE, INK, MUTED, PAPER, WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.reference.tokenization import normalize, pre_tokenize

from .base import explore, slider, text

WORD = "unaffable"
EXAMPLES = ("Schrödinger", "1234567", "antidisestablishment", "snow☃flake")
LONGEST = 30  # characters that fit on the page
_ROWS = 14  # tries that are shown at once


class Try(NamedTuple):
    """One look into the vocabulary: for the characters from start to end, with the mark if they do not begin the word."""

    start: int
    end: int
    piece: str
    hit: bool


def tries(word: str, vocab: Mapping[str, int]) -> list[Try]:
    """Every look that WordPiece takes into the vocabulary for one word, in order."""
    found: list[Try] = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            found.append(Try(start, end, piece, piece in vocab))
            if piece in vocab:
                break
        else:
            return found  # not even one character fits
        start = end
    return found


def draw_window(vocab: Mapping[str, int], word: str = WORD, step: int | None = None) -> Picture:
    """The first `step` tries (all, if None) on a word as a staircase below its letters, and the pieces found by then.

    `word` is normalised first; of several words the first is taken. ValueError for no word or one that is too long.
    """
    words = pre_tokenize(normalize(word))
    if not words:
        raise ValueError("there is no word; type one.")
    letters = words[0]
    if len(letters) > LONGEST:
        raise ValueError(f"this word has {len(letters)} characters, and only {LONGEST} fit here; type a shorter one.")
    looks = tries(letters, vocab)
    now = min(max(step or len(looks), 1), len(looks))
    done = looks[:now]
    cell = min(40.0, (WIDTH - 250) // len(letters))
    first = max(0, now - _ROWS)
    canvas = Canvas(WIDTH, 118 + 22 * min(len(looks), _ROWS) + 84)
    last = done[-1]
    asked = f"Try {now} of {len(looks)}: is “{last.piece}” in the vocabulary?"
    canvas.text(20, 26, asked, 15, bold=True, width=WIDTH - 200)
    answer = f"✓ yes, id {vocab[last.piece]}" if last.hit else "✗ no"
    canvas.text(WIDTH - 20, 26, answer, 15, COLOURS["passed" if last.hit else "failed"].ink, anchor="end", bold=True)
    _letters(canvas, 24, 54, cell, letters, last)
    _staircase(canvas, 24, 104, cell, done[first:], vocab)
    y = 118 + 22 * min(len(looks), _ROWS)
    outcome = _outcome(letters, looks, now)
    _pieces(canvas, 24, y + 8, done, vocab, outcome)
    return canvas.picture(_caption(words, looks, now, outcome))


def _letters(canvas: Canvas, x: float, y: float, cell: float, letters: str, last: Try) -> None:
    """The word: what is cut off already in green, the window framed, the rest plain."""
    for i, letter in enumerate(letters):
        colour = COLOURS["passed"] if i < last.start else COLOURS["embedding"]
        inside = last.start <= i < last.end
        fill = colour.fill if i < last.start or inside else PAPER
        canvas.rect(x + i * cell, y, cell, 30, fill, colour.line if i < last.start else HAIRLINE)
        canvas.text(x + (i + 0.5) * cell, y + 15, letter, 16, INK, anchor="middle", mono=True)
    canvas.rect(x + last.start * cell, y - 3, (last.end - last.start) * cell, 36, stroke=INK, line=2.5, radius=3)
    canvas.text(x + len(letters) * cell + 12, y + 15, "the window is framed", 12, MUTED)


def _staircase(canvas: Canvas, x: float, y: float, cell: float, shown: list[Try], vocab: Mapping[str, int]) -> None:
    """A bar for each try, below the letters that it covers: hollow and dashed for a miss, filled for a hit."""
    for row, look in enumerate(shown):
        top, left, width = y + 22 * row, x + look.start * cell, (look.end - look.start) * cell
        colour = COLOURS["passed" if look.hit else "token"]
        if look.hit:
            canvas.rect(left, top + 3, width, 16, colour.fill, colour.line, radius=3, line=1.5)
        else:
            canvas.rect(left, top + 3, width, 16, "none", colour.line, radius=3, dash="3 3")
        said = f"✓ {look.piece}" if look.hit else f"✗ {look.piece}"
        canvas.text(left + width + 8, top + 11, said, 12, colour.ink, mono=True, bold=look.hit)


def _outcome(letters: str, looks: list[Try], now: int) -> str:
    """ "" as long as tries remain; then "done", or "unknown" where the last window has shrunk to nothing."""
    if now < len(looks):
        return ""
    return "done" if looks[-1].hit and looks[-1].end == len(letters) else "unknown"


def _pieces(canvas: Canvas, x: float, y: float, done: list[Try], vocab: Mapping[str, int], outcome: str) -> None:
    """The pieces found so far with their ids, or the one [UNK] that is left of the word."""
    canvas.text(
        x - 4, y + 14, {"": "pieces so far", "done": "pieces", "unknown": "the whole word"}[outcome], 13, bold=True
    )
    pieces = ["[UNK]"] if outcome == "unknown" else [look.piece for look in done if look.hit]
    left = x + 118
    for piece in pieces:
        width = max(52.0, 9.0 * len(piece) + 10)
        if left + width > WIDTH - 30:
            canvas.text(left + 4, y + 14, "…", 13)
            break
        colour = COLOURS["failed" if outcome == "unknown" else "passed"]
        canvas.rect(left, y, width, 28, colour.fill, colour.line, radius=4, line=1.5)
        canvas.text(left + width / 2, y + 14, piece, 13, anchor="middle", mono=True, width=width - 4)
        canvas.text(left + width / 2, y + 42, vocab.get(piece, ""), 12, MUTED, anchor="middle", mono=True)
        left += width + 6


def _caption(words: list[str], looks: list[Try], now: int, outcome: str) -> str:
    hits = [look.piece for look in looks[:now] if look.hit]
    if outcome == "unknown":
        given_up = f"{' '.join(hits)} is dropped, and the" if hits else "the"
        said = (
            f"{_count(now)} on “{words[0]}” end{'s' if now == 1 else ''} at “{looks[-1].piece}”: not even one character fits, so {given_up} whole "
            "word becomes [UNK]."
        )
    elif outcome == "done":
        pieces = "piece" if len(hits) == 1 else "pieces"
        said = f"{_count(now)} cut{'s' if now == 1 else ''} “{words[0]}” into {len(hits)} {pieces}: {' '.join(hits)}."
    else:
        after = "a hit: the next window begins after it" if looks[now - 1].hit else "a miss: the window loses a letter"
        said = f"Try {now} of {len(looks)} on “{words[0]}” is {after}. Pieces so far: {' '.join(hits) or 'none'}."
    if len(words) > 1:
        said += f" (Of your {len(words)} words the first is shown.)"
    return said


def _count(tries: int) -> str:
    return "1 try" if tries == 1 else f"{tries} tries"


def explore_wordpiece(vocab: Mapping[str, int]) -> None:
    """The sliding window: type a word and step through the tries. `vocab`: the tokenizer's, from token to id."""
    last = len(tries(WORD, vocab))

    def draw(word: str, step: int) -> Picture:
        return draw_window(vocab, word, step)

    def high(values: dict) -> int:
        words = pre_tokenize(normalize(values["word"]))
        return max(1, len(tries(words[0][: LONGEST + 1], vocab))) if words else 1

    explore(draw, word=text("word", WORD, examples=EXAMPLES), step=slider("try", 1, last, last, follow=high))

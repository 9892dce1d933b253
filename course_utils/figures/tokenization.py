"""Lesson 01's pictures: a text at each stage on its way to ids, and which texts give a wrong tokenizer away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from course_utils.reference.tokenization import encode, normalize, pre_tokenize, wordpiece

from .charts import bar_chart
from .style import COLOURS, HAIRLINE, INK, MUTED, PAPER, WIDTH, Picture, mix
from .svg import Canvas, text_width

if TYPE_CHECKING:
    from transformers import BertTokenizer

_LEFT, _RIGHT = 104, 20  # room for the rows' names
_ROWS = ("characters", "normalised", "words", "pieces", "ids")
_VISIBLE = {" ": "␣", "\t": "⇥", "\n": "⏎", "\r": "⏎"}


@dataclass
class _Column:
    """One normalised character ("" if it was dropped), and the character of the text that it comes from.

    Where one character of the text gives several (a Hangul syllable), the first column has it and spans them all.
    """

    raw: str
    normal: str
    span: int = 1
    width: float = 13
    x: float = 0
    line: int = 0


@dataclass
class _Word:
    text: str
    columns: list[_Column]
    pieces: list[tuple[str, list[_Column]]] = field(default_factory=list)

    @property
    def unknown(self) -> bool:
        return self.pieces[0][0] == "[UNK]"


def draw_stages(tokenizer: "BertTokenizer", text: str) -> Picture:
    """A text as characters, normalised, as words, as pieces and as ids, one below the other.

    ValueError without a text, or with more than 200 characters.
    """
    if not text.strip():
        raise ValueError("there is no text; type at least one word.")
    if len(text) > 200:
        raise ValueError(f"the text has {len(text)} characters; at most 200 can be drawn.")
    vocab = tokenizer.get_vocab()
    columns, words = _columns_and_words(text, vocab)
    lines = _place(columns, words, vocab)
    band, top = len(_ROWS) * 36 + 26, 56
    canvas = Canvas(WIDTH, top + lines * band)
    canvas.text(20, 26, "From text to ids", 15, bold=True)
    for line in range(lines):
        for row, name in enumerate(_ROWS):
            canvas.text(20, top + line * band + row * 36 + 13, name, 13, MUTED)
    for column in columns:
        _characters(canvas, column, top + column.line * band)
    for word in words:
        _cells(canvas, word, top + word.columns[0].line * band, vocab)
    _ends(canvas, columns, words, top, band, vocab)
    return canvas.picture(_caption(text, words, sum(not column.normal for column in columns)))


def _columns_and_words(text: str, vocab: dict[str, int]) -> tuple[list[_Column], list[_Word]]:
    """A column for every character, and the words with their columns, and their pieces with theirs."""
    columns, owners, normal = [], [], ""
    for character in text:
        became = normalize(character)
        core = became.strip() or became[:1]  # a CJK character is put between two spaces
        mine = [_Column(character if i == 0 else "", one, len(core)) for i, one in enumerate(core)]
        columns += mine or [_Column(character, "")]
        spaces = became.find(core)
        owners += [None] * spaces + mine + [None] * (len(became) - spaces - len(core))
        normal += became
    words, at = [], 0
    for word_text in pre_tokenize(normal):
        at = normal.index(word_text, at)
        word = _Word(word_text, owners[at : at + len(word_text)])
        at, begin = at + len(word_text), 0
        for piece in wordpiece(word_text, vocab):
            length = len(word_text) if piece == "[UNK]" else len(piece) - 2 * (begin > 0)
            word.pieces.append((piece, word.columns[begin : begin + length]))
            begin += length
        words.append(word)
    return columns, words


def _place(columns: list[_Column], words: list[_Word], vocab: Mapping[str, int]) -> int:
    """Give each column its width, place and line, without breaking a word. Returns the number of lines."""
    for word in words:
        for piece, owned in word.pieces:
            need = max(text_width(piece, 13, True), text_width(str(vocab[piece]), 12, True)) + 8
            for column in owned:
                column.width = max(17, round(need / len(owned), 1))
    ends = _special_width()
    x, line, starts = _LEFT + ends, 0, {id(word.columns[0]): word for word in words}
    for index, column in enumerate(columns):
        word = starts.get(id(column))
        last = ends if word is words[-1] else 0
        if word and x + sum(c.width for c in word.columns) + last > WIDTH - _RIGHT and x > _LEFT + ends:
            x, line = float(_LEFT), line + 1
        column.x, column.line = x, line
        x += column.width
        if index + 1 < len(columns) and _cut_between(column, columns[index + 1], words):
            x += 5
    return line + 1


def _cut_between(left: _Column, right: _Column, words: list[_Word]) -> bool:
    """Whether two words meet here with no space between them."""
    return any(word.columns[-1] is left for word in words) and any(word.columns[0] is right for word in words)


def _special_width() -> float:
    return text_width("[CLS]", 13, True) + 14


def _characters(canvas: Canvas, column: _Column, y: float) -> None:
    """One character, and below it what became of it."""
    if column.raw:
        width = column.width * column.span
        canvas.rect(column.x, y, width, 26, PAPER, HAIRLINE)
        if column.normal:
            _character(canvas, column.x + width / 2, y + 13, column.raw)
        else:
            canvas.hatch(column.x, y, width, 26, COLOURS["failed"].line, 5)
    if column.normal:
        changed = column.raw != column.normal
        fill = mix(COLOURS["norm"].fill, PAPER, 0.2) if changed else PAPER
        canvas.rect(column.x, y + 36, column.width, 26, fill, HAIRLINE)
        _character(canvas, column.x + column.width / 2, y + 49, column.normal)
        if changed:
            canvas.line([(column.x + column.width / 2, y + 28), (column.x + column.width / 2, y + 34)], INK, 1.5)


def _character(canvas: Canvas, x: float, y: float, character: str) -> None:
    shown = _VISIBLE.get(character, character if character.isprintable() else "␣")
    canvas.text(x, y, shown, 13, MUTED if character.isspace() else INK, anchor="middle", mono=True)


def _cells(canvas: Canvas, word: _Word, y: float, vocab: Mapping[str, int]) -> None:
    """A word, its pieces and their ids."""
    left = word.columns[0].x
    right = word.columns[-1].x + word.columns[-1].width
    _box(canvas, left, y + 72, right - left, word.text, "token", 13)
    for piece, columns in word.pieces:
        x, width = columns[0].x, columns[-1].x + columns[-1].width - columns[0].x
        role = "failed" if piece == "[UNK]" else "embedding"
        _box(canvas, x, y + 108, width, piece, role, 13)
        canvas.text(x + width / 2, y + 157, vocab[piece], 12, anchor="middle", mono=True)


def _box(canvas: Canvas, x: float, y: float, width: float, label: str, role: str, size: float) -> None:
    canvas.rect(x + 1, y, width - 2, 26, COLOURS[role].fill, COLOURS[role].line, radius=3)
    canvas.text(x + width / 2, y + 13, label, size, anchor="middle", mono=True, width=width - 2)


def _ends(
    canvas: Canvas, columns: list[_Column], words: list[_Word], top: float, band: float, vocab: Mapping[str, int]
) -> None:
    """[CLS] before the first piece and [SEP] after the last."""
    width = _special_width()
    last = words[-1].columns[-1] if words else columns[-1]
    for token, x, line in (("[CLS]", _LEFT, 0), ("[SEP]", last.x + last.width + 4, last.line)):
        y = top + line * band
        _box(canvas, x, y + 108, width - 8, token, "token", 13)
        canvas.text(x + (width - 8) / 2, y + 157, vocab[token], 12, anchor="middle", mono=True)


def _caption(text: str, words: list[_Word], dropped: int) -> str:
    pieces = sum(len(word.pieces) for word in words)
    said = (
        f"{len(text)} characters become {len(words)} {'word' if len(words) == 1 else 'words'}, {pieces} "
        f"{'piece' if pieces == 1 else 'pieces'} and, with [CLS] and [SEP], {pieces + 2} ids."
    )
    cut = max(words, key=lambda word: len(word.pieces), default=None)
    if cut and len(cut.pieces) > 1:
        said += f" “{cut.text}” is cut into {' '.join(piece for piece, _ in cut.pieces)}."
    if dropped:
        said += f" {dropped} {'character is' if dropped == 1 else 'characters are'} dropped (hatched)."
    unknown = [f"“{word.text}”" for word in words if word.unknown]
    if unknown:
        said += f" Of {' and of '.join(unknown)} nothing is left but [UNK]."
    return said


def draw_telltales(texts: Sequence[str], wrong: Sequence[Callable], vocab: dict[str, int]) -> Picture:
    """How many wrong `encode` functions each text gives away, as bars: by another result than the right one, or an error.

    texts: one text each, or two with " | " between them for a pair.
    """
    found = {text: {i for i, function in enumerate(wrong) if _differs(function, text, vocab)} for text in texts}
    together = set().union(*found.values())
    best = max(found, key=lambda text: len(found[text]))
    caption = (
        f"Of {len(wrong)} known ways to write a wrong tokenizer, “{_short(texts[0])}” gives away {len(found[texts[0]])}, "
        f"the best single text, “{_short(best)}”, {len(found[best])}, and all {len(texts)} texts together {len(together)}."
    )
    labels = [*map(_short, texts), "all of them together"]
    values = [*(len(found[text]) for text in texts), len(together)]
    return bar_chart(
        labels,
        values,
        caption=caption,
        title=f"How many of {len(wrong)} wrong tokenizers does a text give away?",
        role="failed",
        decimals=0,
        high=len(wrong),
        mark=len(texts),
    )


def _differs(function: Callable, text: str, vocab: dict[str, int]) -> bool:
    first, _, second = text.partition(" | ")
    try:
        return function(first, second or None, vocab) != encode(first, second or None, vocab)
    except Exception:
        return True


def _short(text: str) -> str:
    """A text as a label: what cannot be seen is written out, what is too long is cut."""
    shown = "".join(c if c.isprintable() else "\\t" if c == "\t" else f"<{ord(c):04X}>" for c in text)
    return (shown if len(shown) <= 30 else shown[:20] + f"… ({len(text)})") or "(no text)"

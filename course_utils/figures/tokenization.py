"""Lesson 01's pictures: a text at each stage on its way to ids, and which texts give a wrong tokenizer away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from course_utils.reference.tokenization import encode, normalize, pre_tokenize, wordpiece

from .charts import bar_chart
from .style import COLOURS, HAIRLINE, INK, MUTED, PAPER, WIDTH, Picture
from .svg import Canvas, text_width

if TYPE_CHECKING:
    from transformers import BertTokenizer

_LEFT, _RIGHT = 104, 20  # room for the rows' names
_ROWS = ("characters", "normalised", "words", "pieces", "ids")
_CELL, _PITCH, _HIGH = 17, 41, 26  # a character's cell; from row to row, and a row's height
_BAND, _TOP = _PITCH * 4 + 46, 56  # from line to line of the text, and where the first begins
_VISIBLE = {" ": "␣", "\t": "⇥", "\n": "⏎", "\r": "⏎"}


@dataclass
class _Column:
    """One normalised character ("" if it was dropped), and the character of the text that it comes from.

    Where one character of the text gives several (a Hangul syllable), the first column has it and spans them all.
    """

    raw: str
    normal: str
    span: int = 1
    before: float = 0  # room on its left and right, where its piece's label needs more than its letters do
    after: float = 0
    x: float = 0
    line: int = 0

    @property
    def left(self) -> float:
        return self.x - self.before

    @property
    def right(self) -> float:
        return self.x + _CELL + self.after


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
    canvas = Canvas(WIDTH, _TOP + lines * _BAND - 16)
    canvas.text(20, 26, "From text to ids", 15, bold=True)
    for line in range(lines):
        for row, name in enumerate(_ROWS):
            canvas.text(20, _TOP + line * _BAND + row * _PITCH + (6 if name == "ids" else 13), name, 13, MUTED)
    for index, column in enumerate(columns):
        _characters(canvas, columns[index : index + column.span])
    for word in words:
        _cells(canvas, word, vocab)
    _ends(canvas, columns, words, vocab)
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
    """Give each column its place and line, without breaking a word. Returns the number of lines."""
    for word in words:
        for piece, owned in word.pieces:
            need = max(text_width(piece, 13, True), text_width(str(vocab[piece]), 12, True)) + 10
            owned[0].before = owned[-1].after = round(max(need - _CELL * len(owned), 0) / 2, 1)
    ends = _special_width()
    x, line, starts = _LEFT + ends, 0, {id(word.columns[0]): word for word in words}
    for index, column in enumerate(columns):
        word = starts.get(id(column))
        last = ends if word is words[-1] else 0
        if word and x + sum(map(_width, word.columns)) + last > WIDTH - _RIGHT and x > _LEFT + ends:
            x, line = float(_LEFT), line + 1
        column.x, column.line = x + column.before, line
        x += _width(column)
        if index + 1 < len(columns) and _cut_between(column, columns[index + 1], words):
            x += 5
    return line + 1


def _width(column: _Column) -> float:
    return column.before + _CELL + column.after


def _cut_between(left: _Column, right: _Column, words: list[_Word]) -> bool:
    """Whether two words meet here with no space between them."""
    return any(word.columns[-1] is left for word in words) and any(word.columns[0] is right for word in words)


def _special_width() -> float:
    return text_width("[CLS]", 13, True) + 14


def _characters(canvas: Canvas, spanned: list[_Column]) -> None:
    """What became of one character, and above the first column that it gave the character itself."""
    column, y = spanned[0], _TOP + spanned[0].line * _BAND
    if column.raw:
        width = spanned[-1].x + _CELL - column.x
        canvas.rect(column.x, y, width, _HIGH, PAPER, HAIRLINE)
        if column.normal:
            _character(canvas, column.x + width / 2, y + 13, column.raw)
        else:
            canvas.hatch(column.x, y, width, _HIGH, COLOURS["failed"].line, 5)
    if column.normal:
        changed, middle = column.raw != column.normal, column.x + _CELL / 2
        colour = COLOURS["norm"]
        canvas.rect(column.x, y + _PITCH, _CELL, _HIGH, colour.fill if changed else PAPER, HAIRLINE)
        _character(canvas, middle, y + _PITCH + 13, column.normal)
        if changed:
            canvas.arrow([(middle, y + _HIGH + 2), (middle, y + _PITCH - 1)], colour.ink, 2, head=7)


def _character(canvas: Canvas, x: float, y: float, character: str) -> None:
    shown = _VISIBLE.get(character, character if character.isprintable() else "␣")
    canvas.text(x, y, shown, 13, MUTED if character.isspace() else INK, anchor="middle", mono=True)


def _cells(canvas: Canvas, word: _Word, vocab: Mapping[str, int]) -> None:
    """A word, its pieces and their ids."""
    y, left = _TOP + word.columns[0].line * _BAND, word.columns[0].left
    _box(canvas, left, y + 2 * _PITCH, word.columns[-1].right - left, word.text, "token", 13)
    for piece, columns in word.pieces:
        x, width = columns[0].left, columns[-1].right - columns[0].left
        _piece(canvas, x, y, width, piece, "failed" if piece == "[UNK]" else "embedding", vocab)


def _piece(canvas: Canvas, x: float, y: float, width: float, piece: str, role: str, vocab: Mapping[str, int]) -> None:
    """A piece, and below it its id."""
    _box(canvas, x, y + 3 * _PITCH, width, piece, role, 13)
    canvas.text(x + width / 2, y + 4 * _PITCH + 6, vocab[piece], 12, anchor="middle", mono=True)


def _box(canvas: Canvas, x: float, y: float, width: float, label: str, role: str, size: float) -> None:
    canvas.rect(x + 1, y, width - 2, _HIGH, COLOURS[role].fill, COLOURS[role].line, radius=3)
    canvas.text(x + width / 2, y + 13, label, size, anchor="middle", mono=True, width=width - 2)


def _ends(canvas: Canvas, columns: list[_Column], words: list[_Word], vocab: Mapping[str, int]) -> None:
    """[CLS] before the first piece and [SEP] after the last."""
    width = _special_width() - 8
    last = words[-1].columns[-1] if words else columns[-1]
    for token, x, line in (("[CLS]", _LEFT, 0), ("[SEP]", last.right + 4, last.line)):
        _piece(canvas, x, _TOP + line * _BAND, width, token, "token", vocab)


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

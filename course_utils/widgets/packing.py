"""Packs the many drawings of a widget into little, and unpacks one again, as `widgets.js` does on the page.

The drawings of a widget's states have most of their lines in common, but for colours and numbers. So a line is kept once,
with a gap for each of these; neighbouring lines that are together in several drawings make a layout; a layout with what
fills its gaps makes a chunk; and a drawing is a list of chunks. Captions are cut into phrases. Each list of numbers is
written in base 36, `4-9` for 4 to 9, `7*5` for five times 7.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

GAP = "¤"  # in no drawing of ours
_VARIES = re.compile(r"#[0-9a-f]{6}|-?[\d.]+%?(?=</t)")  # a colour; a number at the end of a text or of a title
_PHRASE = re.compile(r"(?<=[.,:;] )")
_CUT = 8  # a chunk has about so many lines
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Pack:
    """Drawings that are being packed: `add` each, then take `as_dict`."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.values: dict[str, int] = {}
        self.words: dict[str, int] = {}
        self.layouts: dict[tuple[int, ...], int] = {}
        self.chunks: dict[tuple[int, tuple[int, ...]], int] = {}
        self.states: dict[str, str] = {}
        self._known: dict[str, tuple[int, list[int], bool]] = {}

    def add(self, key: str, drawing: str) -> None:
        """Keep a drawing, which is HTML, by its key."""
        drawing, caption = without_caption(drawing)
        chunks, layout, filling = [], [], []
        for line in drawing.split("\n"):
            number, values, last = self._known.get(line) or self._line(line)
            layout.append(number)
            filling += values
            if last:
                chunks.append(self._chunk(layout, filling))
                layout, filling = [], []
        if layout:
            chunks.append(self._chunk(layout, filling))
        words = [_number(self.words, word) for word in _PHRASE.split(caption)] if caption else []
        self.states[key] = f"{packed(chunks)};{packed(words)}"

    def _line(self, line: str) -> tuple[int, list[int], bool]:
        """A line's number, those of what fills its gaps, and whether a chunk ends with it.

        That depends on the line alone, so that drawings which differ in one place have the other chunks in common.
        """
        if GAP in line:
            raise ValueError(f"A drawing of a widget contains {GAP!r}, which packing.py needs: take another sign.")
        bare = _VARIES.sub(GAP, line)
        values = [_number(self.values, value) for value in _VARIES.findall(line)]
        self._known[line] = (_number(self.lines, bare), values, zlib.crc32(bare.encode()) % _CUT == 0)
        return self._known[line]

    def _chunk(self, layout: list[int], filling: list[int]) -> int:
        return _number(self.chunks, (_number(self.layouts, tuple(layout)), tuple(filling)))

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "lines": list(self.lines),
            "values": list(self.values),
            "words": list(self.words),
            "layouts": [packed(layout) for layout in self.layouts],
            "chunks": [f"{packed([layout])};{packed(filling)}" for layout, filling in self.chunks],
            "states": self.states,
        }


def _number(known: dict, item: object) -> int:
    return known.setdefault(item, len(known))


def without_caption(drawing: str) -> tuple[str, str]:
    """A drawing with neither style sheet nor description, and its caption, as HTML; "" where an SVG has no label.

    The caption may say more than the label: the one that is printed counts.
    """
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.DOTALL)
    label = re.search(r'(?<=<svg )[^>]* aria-label="([^"]*)"', drawing)
    if not label:
        return drawing, ""
    drawing = drawing[: label.start(1)] + drawing[label.end(1) :]
    drawing = re.sub(r"<desc>.*?</desc>", "", drawing, count=1, flags=re.DOTALL)
    printed = re.search(r'<p class="inside-bert-caption"[^>]*>(.*?)</p>', drawing, flags=re.DOTALL)
    if not printed:
        return drawing, label[1]
    return drawing[: printed.start()] + drawing[printed.end() :], printed[1].replace("&#x27;", "'")


def unpacked(widget: dict[str, Any], key: str) -> tuple[str, str]:
    """The drawing of a state, and its caption, both as HTML."""
    chunks, words = (numbers(part) for part in widget["states"][key].split(";"))
    caption = "".join(widget["words"][number] for number in words)
    lines = []
    for chunk in chunks:
        (layout,), filling = (numbers(part) for part in widget["chunks"][chunk].split(";"))
        values = iter(filling)
        for number in numbers(widget["layouts"][layout]):
            first, *others = widget["lines"][number].split(GAP)
            lines.append(first + "".join(widget["values"][next(values)] + other for other in others))
    return "\n".join(lines).replace('aria-label=""', f'aria-label="{caption}"', 1), caption


def packed(many: Sequence[int]) -> str:
    """Whole numbers as a text: `1,4-9,7*5`, in base 36."""
    parts, at = [], 0
    while at < len(many):
        up = same = 1
        while at + up < len(many) and many[at + up] == many[at] + up:
            up += 1
        while at + same < len(many) and many[at + same] == many[at]:
            same += 1
        more = f"-{_base_36(many[at] + up - 1)}" if up > 1 else f"*{_base_36(same)}" if same > 1 else ""
        parts.append(_base_36(many[at]) + more)
        at += max(up, same)
    return ",".join(parts)


def numbers(text: str) -> list[int]:
    """What `packed` has made a text of."""
    return [number for part in text.split(",") if part for number in _numbers(part)]


def _numbers(part: str) -> Iterable[int]:
    first, sign, second = re.fullmatch(r"(\w+)([-*]?)(\w*)", part).groups()
    if sign == "*":
        return [int(first, 36)] * int(second, 36)
    return range(int(first, 36), int(second or first, 36) + 1)


def _base_36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits

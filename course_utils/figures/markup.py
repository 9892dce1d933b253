"""How the canvas writes SVG: numbers, attributes, paths, and how wide a text is."""

import functools
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]

SMALLEST = 11  # pixels: no text is smaller
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]{}/ "), frozenset("mwMW@%&→·×√")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def number(value: float) -> str:
    """A coordinate with at most two decimals: 3, 3.5, 3.25."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@functools.lru_cache(4096)
def text_width(text: str, size: float, mono: bool = False) -> float:
    """The width of a text in pixels, estimated without a font (DejaVu Sans, the widest of the list).

    Added up in whole thousandths of the size: of fractions, the last digit of a sum depends on the version of Python.
    """
    if mono:
        each = (1000 if ord(c) > 0x2E7F else 605 for c in text)
    else:
        each = (
            390 if c in _NARROW else 950 if c in _WIDE else 1000 if ord(c) > 0x2E7F else 720 if c.isupper() else 620
            for c in text
        )
    return sum(each) * size / 1000


def shorten(text: str, width: float, size: float, mono: bool = False) -> str:
    """`text`, or as much of it as fits into `width` with an ellipsis at the end."""
    if text_width(text, size, mono) <= width:
        return text
    while text and text_width(text + "…", size, mono) > width:
        text = text[:-1]
    return text + "…"


@functools.lru_cache(8192)
def attribute(name: str, value: str | float) -> str:
    """` stroke-width="2"` for the name `stroke_width` and the value 2."""
    return f" {name.replace('_', '-')}={quoted(value if isinstance(value, str) else number(value))}"


def quoted(text: str) -> str:
    """Text as an attribute's value: in quotes, escaped, without the control characters that would break the picture."""
    return quoteattr(_NOT_XML.sub("�", text))


def clean(text: str) -> str:
    """Text as an element's content: escaped, and without control characters, too."""
    return escape(_NOT_XML.sub("�", text))


def path_of(points: Sequence[Point], radius: float = 0) -> str:
    """The `d` of a path through the points, its inner corners rounded by a quadratic curve."""
    parts = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for i in range(1, len(points) - 1):
        (x0, y0), (x1, y1), (x2, y2) = points[i - 1 : i + 2]
        before, after = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        r = min(radius, before / 2, after / 2)
        if r <= 0:
            parts.append(f"L{number(x1)} {number(y1)}")
            continue
        xa, ya = x1 - (x1 - x0) / before * r, y1 - (y1 - y0) / before * r
        xb, yb = x1 + (x2 - x1) / after * r, y1 + (y2 - y1) / after * r
        parts.append(f"L{number(xa)} {number(ya)}Q{number(x1)} {number(y1)} {number(xb)} {number(yb)}")
    return "".join(parts) + f"L{number(points[-1][0])} {number(points[-1][1])}"

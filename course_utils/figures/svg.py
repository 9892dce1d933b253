"""A small SVG canvas: the few shapes that the course's figures are made of.

    canvas = Canvas(850, 200)
    canvas.strip(40, 60, ["[CLS]", "a", "test", "[SEP]"], "token", below=[101, 1037, 3231, 102])
    canvas.box(40, 110, 160, 40, "query", "query", note="(11, 384)")
    canvas.arrow([(200, 130), (260, 130)], COLOURS["query"].line)
    canvas.picture("4 tokens become 4 ids.").show()

x runs to the right, y down, in pixels. The same calls give the same text on every machine: fixed decimals, no ids,
no fonts measured (`text_width` is an estimate on the wide side; `width=` makes a text smaller until it fits).
"""

from collections.abc import Sequence

from .markup import SMALLEST, Point, attribute, clean, number, path_of, quoted, shorten, text_width
from .style import COLOURS, HAIRLINE, INK, MONO, MUTED, PAPER, SANS, WIDTH, Picture, ramp, text_on


class Canvas:
    """A drawing in the making. Every method adds a shape on top of the earlier ones and returns nothing."""

    def __init__(self, width: float = WIDTH, height: float = 300, panel: bool = True):
        self.width, self.height = width, height
        self._parts: list[str] = []
        if panel:
            self.rect(0.5, 0.5, width - 1, height - 1, PAPER, HAIRLINE, radius=8)

    def _add(self, tag: str, content: str | None = None, **attributes: object) -> None:
        text = "".join(attribute(name, value) for name, value in attributes.items() if value not in (None, ""))
        self._parts.append(f"<{tag}{text}/>" if content is None else f"<{tag}{text}>{content}</{tag}>")

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        stroke: str = "none",
        *,
        radius: float = 0,
        line: float = 1,
        dash: str = "",
        title: str = "",
    ) -> None:
        """A rectangle. `title` is the text that a pointer resting on it shows (in widgets)."""
        about = f"<title>{clean(title)}</title>" if title else None
        self._add(
            "rect",
            about,
            x=x,
            y=y,
            width=width,
            height=height,
            rx=radius or None,
            fill=fill,
            stroke=stroke,
            stroke_width=line if stroke != "none" else None,
            stroke_dasharray=dash,
        )

    def circle(
        self, x: float, y: float, radius: float, fill: str = "none", stroke: str = "none", *, line: float = 1
    ) -> None:
        """A circle around (x, y)."""
        self._add(
            "circle", cx=x, cy=y, r=radius, fill=fill, stroke=stroke, stroke_width=line if stroke != "none" else None
        )

    def hatch(
        self, x: float, y: float, width: float, height: float, colour: str = COLOURS["padding"].line, step: float = 7
    ) -> None:
        """Diagonal lines inside a rectangle: the pattern of padding and of what is switched off."""
        pieces, at = [], step
        while at < width + height:  # the line u + v = at, cut at the rectangle's edges
            left, right = max(0.0, at - height), min(width, at)
            pieces.append(f"M{number(x + left)} {number(y + at - left)}L{number(x + right)} {number(y + at - right)}")
            at += step
        if pieces:
            self._add("path", d="".join(pieces), stroke=colour, stroke_width=1, fill="none")

    def line(
        self, points: Sequence[Point], colour: str = INK, width: float = 1.5, *, dash: str = "", radius: float = 0
    ) -> None:
        """A line through the points; `radius` rounds its corners."""
        self._add(
            "path",
            d=path_of(points, radius),
            fill="none",
            stroke=colour,
            stroke_width=width,
            stroke_dasharray=dash,
            stroke_linejoin="round",
        )

    def arrow(
        self,
        points: Sequence[Point],
        colour: str = INK,
        width: float = 1.5,
        *,
        dash: str = "",
        radius: float = 6,
        head: float = 8,
    ) -> None:
        """A line through the points with a head at the last one."""
        (x1, y1), (x2, y2) = points[-2:]
        length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1e-9)
        dx, dy = (x2 - x1) / length * head, (y2 - y1) / length * head
        self.line([*points[:-1], (x2 - dx * 0.8, y2 - dy * 0.8)], colour, width, dash=dash, radius=radius)
        corners = ((x2, y2), (x2 - dx - dy * 0.45, y2 - dy + dx * 0.45), (x2 - dx + dy * 0.45, y2 - dy - dx * 0.45))
        self._add("path", d=path_of(corners) + "Z", fill=colour)

    def text(
        self,
        x: float,
        y: float,
        text: object,
        size: float = 13,
        colour: str = INK,
        *,
        anchor: str = "start",
        bold: bool = False,
        mono: bool = False,
        width: float | None = None,
        turn: float = 0,
    ) -> None:
        """One line of text, its middle at height y. `anchor`: start, middle or end. `turn`: degrees, clockwise.

        With `width` a longer text first gets smaller, down to 11 pixels, and is then cut with an ellipsis.
        """
        if size < SMALLEST:
            raise ValueError(f"{size} pixels is too small to read; the course's smallest text is {SMALLEST}.")
        words = str(text)
        if not words:
            return
        if width is not None:
            size = max(SMALLEST, min(size, int(size * width / max(text_width(words, size, mono), 1e-9) * 2) / 2))
            words = shorten(words, width, size, mono)
        self._add(
            "text",
            clean(words),
            x=x,
            y=y + size * 0.35,
            font_size=size,
            fill=colour,
            text_anchor=anchor if anchor != "start" else None,
            font_weight="bold" if bold else None,
            font_family=MONO if mono else None,
            transform=f"rotate({number(turn)} {number(x)} {number(y)})" if turn else None,
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        label: str,
        role: str,
        *,
        note: str = "",
        size: float = 14,
        radius: float = 6,
    ) -> None:
        """A part of the model: a rounded box in its role's colour, with a label and below it a note (a shape)."""
        colour = COLOURS[role]
        self.rect(x, y, width, height, colour.fill, colour.line, radius=radius, line=1.5)
        middle = x + width / 2
        self.text(
            middle, y + height / 2 - (8 if note else 0), label, size, anchor="middle", bold=True, width=width - 10
        )
        if note:
            self.text(middle, y + height / 2 + 10, note, 12, colour.ink, anchor="middle", width=width - 10)

    def strip(
        self,
        x: float,
        y: float,
        labels: Sequence[object],
        role: str = "token",
        *,
        cell: Point = (66, 26),
        below: Sequence[object] = (),
        padded: Sequence[bool] = (),
        mono: bool = True,
    ) -> None:
        """A row of labelled cells (tokens, ids); padded ones are hatched, `below` is a second line of text."""
        width, height = cell
        for i, label in enumerate(labels):
            left, is_pad = x + i * width, bool(i < len(padded) and padded[i])
            colour = COLOURS["padding" if is_pad else role]
            self.rect(left, y, width, height, colour.fill, colour.line)
            if is_pad:
                self.hatch(left, y, width, height)
            self.text(left + width / 2, y + height / 2, label, 13, anchor="middle", mono=mono, width=width - 3)
            if i < len(below):
                self.text(
                    left + width / 2, y + height + 11, below[i], 12, MUTED, anchor="middle", mono=mono, width=width - 2
                )

    def grid(
        self,
        x: float,
        y: float,
        rows: int,
        columns: int,
        role: str,
        *,
        cell: Point = (16, 16),
        row_axis: str = "",
        column_axis: str = "",
        values: Sequence[Sequence[float]] | None = None,
        colours: Sequence[str] | None = None,
    ) -> None:
        """A tensor as a grid with named axes. `values` from 0 to 1 shade the cells, by `colours` or the role's."""
        width, height = cell
        colour = COLOURS[role]
        tints = colours or (PAPER, colour.fill, colour.line)
        if values is None:  # one rectangle and one path, since a map may hold many grids
            right, bottom = x + columns * width, y + rows * height
            self.rect(x, y, right - x, bottom - y, colour.fill, colour.line, line=0.75)
            lines = [[(x, y + i * height), (right, y + i * height)] for i in range(1, rows)]
            lines += [[(x + j * width, y), (x + j * width, bottom)] for j in range(1, columns)]
            self._add("path", d="".join(map(path_of, lines)), stroke=colour.line, stroke_width=0.75)
        else:
            for i in range(rows):
                for j in range(columns):
                    fill = ramp(values[i][j], tints)
                    self.rect(x + j * width, y + i * height, width, height, fill, colour.line, line=0.75)
        if column_axis:
            self.text(x + columns * width / 2, y - 10, column_axis, 12, colour.ink, anchor="middle")
        if row_axis:
            self.text(x - 10, y + rows * height / 2, row_axis, 12, colour.ink, anchor="middle", turn=-90)

    def cell(
        self, x: float, y: float, width: float, height: float, fill: str, label: str = "", *, title: str = ""
    ) -> None:
        """One cell of a map: filled, with a label in whichever of black and white reads better on it."""
        self.rect(x, y, width, height, fill, PAPER, line=0.75, title=title)
        if label:
            self.text(x + width / 2, y + height / 2, label, 12, text_on(fill), anchor="middle", width=width - 2)

    def svg(self, caption: str) -> str:
        """The drawing as SVG text; the caption is its accessible name."""
        width, height = number(self.width), number(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}"'
            f' role="img" aria-label={quoted(caption)} font-family="{SANS}"'
            ' style="max-width:100%;height:auto">\n'
            f"<desc>{clean(caption)}</desc>\n" + "\n".join(self._parts) + "\n</svg>"
        )

    def path(self, d: str, fill: str, x: float, y: float, scale: float) -> None:
        """A filled path in SVG's own words, `scale` pixels to its unit, its origin at (x, y)."""
        self._add("path", d=d, fill=fill, transform=f"translate({x:g} {y:g}) scale({scale:.4g})")

    def put(self, svg: str, y: float) -> None:
        """A finished drawing inside this one, its top edge at y."""
        self._parts.append(f'<g transform="translate(0 {number(y)})">{svg}</g>')

    def picture(self, caption: str) -> Picture:
        """The finished picture with its caption."""
        return Picture(caption, svg=self.svg(" ".join(caption.split())))

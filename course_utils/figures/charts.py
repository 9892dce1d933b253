"""Maps and bars on the SVG canvas: quick enough to be drawn again at every move of a slider.

    heat_map(probabilities, tokens, tokens, title="head 0-2", caption="...").show()  # a picture of its own
    heat(canvas, 80, 120, matrix, tokens, tokens, cell=30)                            # a map on a larger drawing
    bars(canvas, 40, 40, 300, ["a", "b"], [0.2, 0.8], role="attention")               # bars on a larger drawing

Matrices and values may be tensors, arrays or nested lists. Colours, lengths and numbers are rounded coarsely: what is
stored in a notebook has to be the same on another processor.
"""

from collections.abc import Sequence

from .style import COLOURS, DIVERGING, HAIRLINE, INK, MUTED, SEQUENTIAL, WIDTH, Picture, ramp
from .svg import Canvas, shorten, text_width


def as_rows(matrix: object) -> list[list[float]]:
    """A two-dimensional tensor, array or nested list as lists of floats."""
    rows = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    return [[float(value) for value in row] for row in rows]


def bounds(
    rows: Sequence[Sequence[float]], diverging: bool, low: float | None, high: float | None
) -> tuple[float, float]:
    """The two ends of the colour scale: 0 and the largest value, or the same distance on both sides of zero."""
    finite = [v for row in rows for v in row if abs(v) != float("inf") and v == v] or [0.0]
    if diverging:
        far = (
            max(abs(v) for v in (*finite, low or 0.0, high or 0.0))
            if low is None or high is None
            else max(abs(low), abs(high))
        )
        return -(far or 1.0), far or 1.0
    bottom = min(0.0, *finite) if low is None else low
    top = max(finite) if high is None else high
    return bottom, top if top > bottom else bottom + 1.0


def heat(
    canvas: Canvas,
    x: float,
    y: float,
    matrix: object,
    rows: Sequence[object],
    columns: Sequence[object],
    *,
    cell: float = 30,
    decimals: int | None = 2,
    diverging: bool = False,
    low: float | None = None,
    high: float | None = None,
    padded_rows: Sequence[bool] = (),
    padded_columns: Sequence[bool] = (),
    mark_row: int | None = None,
) -> None:
    """A heat map whose top left cell is at (x, y): row labels to the left of it, column labels above.

    A cell holds its number where it fits; `decimals=None` leaves them out. `mark_row` frames one row.
    """
    values = as_rows(matrix)
    bottom, top = bounds(values, diverging, low, high)
    colours = DIVERGING if diverging else SEQUENTIAL
    numbers = _numbers(values, decimals, cell)
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            left, upper = x + j * cell, y + i * cell
            about = f"{rows[i]} → {columns[j]}: {value:.{2 if decimals is None else decimals}f}"
            arbitrary = i < len(padded_rows) and padded_rows[i]  # a padded row's numbers mean nothing
            fill = ramp((value - bottom) / (top - bottom), colours)
            canvas.cell(left, upper, cell, cell, fill, "" if arbitrary else numbers[i][j], title=about)
            if arbitrary or (j < len(padded_columns) and padded_columns[j]):
                canvas.hatch(left, upper, cell, cell, MUTED)
    for i, label in enumerate(rows):
        name, strong = shorten(str(label), 110, 12, mono=True), i == mark_row
        canvas.text(x - 6, y + (i + 0.5) * cell, name, 12, INK, anchor="end", mono=True, bold=strong)
    upright = all(text_width(str(label), 12, mono=True) < cell - 2 for label in columns)
    for j, label in enumerate(columns):
        middle, name = x + (j + 0.5) * cell, shorten(str(label), 110, 12, mono=True)
        if upright:
            canvas.text(middle, y - 11, name, 12, INK, anchor="middle", mono=True)
        else:
            canvas.text(middle, y - 7, name, 12, INK, mono=True, turn=-55 if cell >= 18 else -90)
    canvas.rect(x, y, len(columns) * cell, len(values) * cell, stroke=HAIRLINE)
    if mark_row is not None:
        canvas.rect(x, y + mark_row * cell, len(columns) * cell, cell, stroke=INK, line=2)


def _numbers(values: list[list[float]], decimals: int | None, cell: float) -> list[list[str]]:
    """The cells' numbers as text, or nothing in any cell where one does not fit. Zeros are a single digit."""
    shown = [[f"{value:.{decimals or 0}f}" for value in row] for row in values]
    if decimals and max(text_width(text, 11) for row in shown for text in row) + 3 > cell:
        shown = [
            [text.replace("0.", ".", 1) if text.lstrip("-").startswith("0") else text for text in row] for row in shown
        ]  # .12 for 0.12
    if decimals is None or max(text_width(text, 11) for row in shown for text in row) + 3 > cell:
        return [[""] * len(row) for row in shown]
    return [[text if text.strip("-0.") else "0" for text in row] for row in shown]


def scale(
    canvas: Canvas, x: float, y: float, low: float, high: float, *, diverging: bool = False, decimals: int = 2
) -> None:
    """The key to a map's colours: a bar of 120 pixels with the values at its two ends."""
    canvas.text(x - 6, y + 6, f"{low:.{decimals}f}", 11, MUTED, anchor="end")
    for i in range(24):
        canvas.rect(x + i * 5, y, 5.3, 12, ramp(i / 23, DIVERGING if diverging else SEQUENTIAL))
    canvas.rect(x, y, 120, 12, stroke=HAIRLINE)
    canvas.text(x + 126, y + 6, f"{high:.{decimals}f}", 11, MUTED)


def heat_map(
    matrix: object,
    rows: Sequence[object],
    columns: Sequence[object],
    *,
    caption: str,
    title: str = "",
    row_axis: str = "query",
    column_axis: str = "key",
    decimals: int | None = 2,
    diverging: bool = False,
    low: float | None = None,
    high: float | None = None,
    padded_rows: Sequence[bool] = (),
    padded_columns: Sequence[bool] = (),
    mark_row: int | None = None,
) -> Picture:
    """A heat map as a picture of its own: tokens (or other labels) on both axes, a key to its colours."""
    values = as_rows(matrix)
    label = min(116.0, max(text_width(str(name), 12, mono=True) for name in rows)) + 6
    side = label + 46  # the axis' name is to the left of the labels
    cell = max(11, min(44, (WIDTH - side - 90) // len(columns)))
    upper = min(116.0, max(text_width(str(name), 12, mono=True) for name in columns)) * (0.85 if cell >= 18 else 1) + 74
    canvas = Canvas(WIDTH, upper + cell * len(values) + 46)
    canvas.text(20, 24, title, 15, bold=True, width=WIDTH - 40)
    x = max(side, (WIDTH - cell * len(columns) + label) / 2)
    heat(
        canvas,
        x,
        upper,
        values,
        rows,
        columns,
        cell=cell,
        decimals=decimals,
        diverging=diverging,
        low=low,
        high=high,
        padded_rows=padded_rows,
        padded_columns=padded_columns,
        mark_row=mark_row,
    )
    canvas.text(x + cell * len(columns) / 2, 50, column_axis, 13, _ink(column_axis), anchor="middle", bold=True)
    canvas.text(
        x - label - 16,
        upper + cell * len(values) / 2,
        row_axis,
        13,
        _ink(row_axis),
        anchor="middle",
        bold=True,
        turn=-90,
    )
    bottom, top = bounds(values, diverging, low, high)
    scale(
        canvas,
        x + 40,
        canvas.height - 28,
        bottom,
        top,
        diverging=diverging,
        decimals=2 if decimals is None else decimals,
    )
    return canvas.picture(caption)


def _ink(axis: str) -> str:
    """The colour of an axis' name: its role's, where its first word is a role (query, key)."""
    role = axis.split()[0] if axis else ""
    return COLOURS[role].ink if role in COLOURS else INK


def bars(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    labels: Sequence[object],
    values: Sequence[float],
    *,
    role: str = "attention",
    height: float = 24,
    label_width: float = 90,
    decimals: int = 2,
    high: float | None = None,
    unit: str = "",
    mark: int | None = None,
) -> None:
    """Horizontal bars, each on a line of `height` pixels, with label and number; negative ones run to the left."""
    numbers = [float(v) for v in values]
    finite = [abs(v) for v in numbers if v == v and abs(v) != float("inf")]
    far = high if high is not None else max(finite, default=0.0) or 1.0
    negative = any(v < 0 for v in numbers)
    room = width - label_width - 64 - (64 if negative else 0)
    zero = x + label_width + 8 + (64 + room / 2 if negative else 0)
    for i, (label, value) in enumerate(zip(labels, numbers, strict=True)):
        middle, strong = y + (i + 0.5) * height, i == mark
        canvas.text(x + label_width, middle, label, 13, anchor="end", mono=True, width=label_width, bold=strong)
        length = min(abs(value) / far, 1.0) * (room / 2 if negative else room) if value == value else 0.0
        length = round(length * 2) / 2  # half pixels: a float's last digit must not move a stored picture
        left = zero - length if value < 0 else zero
        fill = COLOURS[role].line if i == mark or mark is None else COLOURS[role].fill
        canvas.rect(left, middle - height * 0.34, max(length, 1), height * 0.68, fill, COLOURS[role].line)
        shown, end = f"{value:.{decimals}f}{unit}", left - 5 if value < 0 else zero + length + 5
        canvas.text(end, middle, shown, 12, MUTED, anchor="end" if value < 0 else "start", bold=strong)
    canvas.line([(zero, y), (zero, y + height * len(numbers))], MUTED, 1)


def bar_chart(
    labels: Sequence[object],
    values: Sequence[float],
    *,
    caption: str,
    title: str = "",
    role: str = "attention",
    decimals: int = 2,
    high: float | None = None,
    unit: str = "",
    mark: int | None = None,
) -> Picture:
    """Horizontal bars as a picture of their own."""
    canvas = Canvas(WIDTH, 44 + 26 * len(labels) + 16)
    canvas.text(20, 24, title, 15, bold=True, width=WIDTH - 40)
    longest = min(240.0, max(text_width(str(label), 13, mono=True) for label in labels) + 4)
    bars(
        canvas,
        20,
        44,
        WIDTH - 40,
        labels,
        values,
        role=role,
        height=26,
        label_width=longest,
        decimals=decimals,
        high=high,
        unit=unit,
        mark=mark,
    )
    return canvas.picture(caption)

"""A CSV file whose fields can be filled in while every other byte stays: the csv module reads quotes, but cannot keep them.

The fields are those that `csv.reader` finds; in addition, it is known where each of them lies in the text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.grade.errors import RosterError

_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Field:
    """A field's value, and where its text, with the quotes, begins and ends."""

    value: str
    start: int
    end: int


def rows_of(text: str, delimiter: str, start: int = 0) -> list[list[Field]]:
    """The rows from `start` on; an empty line is a row without fields, as for `csv.reader`."""
    quoted, plain = r'"(?P<inside>(?:[^"]|"")*)(?:"|\Z)', rf"[^{delimiter}\r\n]*"
    field = re.compile(rf"(?:{quoted})?(?P<rest>{plain})")  # what comes after a closing quote belongs to the field
    line_end = re.compile(r"\r\n|\r|\n")
    rows: list[list[Field]] = []
    row: list[Field] = []
    while start < len(text):
        match = field.match(text, start)
        inside = match["inside"]
        value = (inside.replace('""', '"') if inside is not None else "") + match["rest"]
        end = match.end()
        newline = line_end.match(text, end)
        if row or end > start or not newline:
            row.append(Field(value, start, end))
        start = newline.end() if newline else end + 1
        if newline:
            rows.append(row)
            row = []
        elif end < len(text) and start == len(text):  # the text ends with a delimiter: an empty field follows
            row.append(Field("", start, start))
    return [*rows, row] if row else rows


def filled(text: str, rows: list[list[Field]], values: Mapping[tuple[int, int], str], delimiter: str) -> str:
    """The text with other values at some (row, column). A field keeps its quotes; a row that is too short is made longer."""
    pieces, position = [], 0
    for (row, column), value in sorted(values.items()):
        fields = rows[row]
        if column < len(fields):
            start, end = fields[column].start, fields[column].end
            new = _quoted(value, delimiter, text[start : start + 1] == '"')
        else:
            start = end = fields[-1].end
            new = delimiter * (column - len(fields) + 1) + _quoted(value, delimiter, False)
        pieces += [text[position:start], new]
        position = end
    return "".join([*pieces, text[position:]])


def _quoted(value: str, delimiter: str, always: bool) -> str:
    needed = always or any(sign in value for sign in (delimiter, '"', "\r", "\n"))
    return '"' + value.replace('"', '""') + '"' if needed else value


def decoded(data: bytes, name: str) -> tuple[str, str]:
    """The text of a file and its encoding, which gives the same bytes again. Raises RosterError."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise RosterError(
            f"{name} is UTF-16, or not text at all: save it as CSV UTF-8, or export it from your LMS again"
        )
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1"), "latin-1"


def delimiter_of(text: str) -> tuple[str, int]:
    """What separates the fields, and where the table begins: after a BOM, and after Excel's line `sep=;`."""
    start = 1 if text.startswith("\ufeff") else 0
    if said := re.compile(r"sep=(.)(\r\n|\r|\n)", re.IGNORECASE).match(text, start):
        return said[1], said.end()
    beginning = text[start : start + 20_000]
    widths = {each: max((len(row) for row in rows_of(beginning, each)[:3]), default=0) for each in _DELIMITERS}
    return max(_DELIMITERS, key=widths.__getitem__), start

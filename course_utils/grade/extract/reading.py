"""A notebook's bytes to its cells. Lenient: whatever a Jupyter of any year, Colab or a text editor has left is read."""

import json
from dataclasses import dataclass

from ..records import Notebook

LARGEST = 50_000_000  # bytes of a file
MOST = 500_000  # characters of code in all; a lesson's notebook has 10,000


class Unreadable(Exception):
    """Why a file cannot be read as a notebook, in a sentence."""


@dataclass(frozen=True)
class Raw:
    """A cell as it was stored. number: that of a code cell, as a reader counts them from 1; else 0."""

    kind: str
    source: str
    number: int = 0


def cells_of(notebook: Notebook) -> list[Raw]:
    """The cells of a notebook, formats 2 to 4. Raises `Unreadable`."""
    content = _parsed(notebook.content)
    sheets = content.get("worksheets")
    stored = content.get("cells")
    if stored is None and isinstance(sheets, list):  # formats 2 and 3
        stored = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    if not _list(stored):
        raise Unreadable("The notebook has no cells: was it saved before it was handed in?")
    cells, number = [], 0
    for each in stored:
        if not isinstance(each, dict):
            continue
        kind = str(each.get("cell_type", "raw"))
        number += kind == "code"
        text = each.get("source", each.get("input", ""))
        text = text if isinstance(text, str) else "".join(part for part in _list(text) if isinstance(part, str))
        cells.append(Raw(kind, _plain(text), number if kind == "code" else 0))
    if sum(len(cell.source) for cell in cells if cell.kind == "code") > MOST:
        raise Unreadable(f"The notebook holds more than {MOST:,} characters of code, so it was not graded.")
    return cells


def _parsed(content: bytes) -> dict:
    if len(content) > LARGEST:
        size = len(content) // 1_000_000
        raise Unreadable(f"The file has {size} MB, so it was not read: ask for it without its outputs.")
    if not content.strip():
        raise Unreadable("The file is empty.")
    try:
        parsed = json.loads(content)
    except UnicodeDecodeError:
        raise Unreadable("The file is not text in UTF-8, as every notebook is: it may be damaged.") from None
    except RecursionError:
        raise Unreadable("The file is nested too deeply to be a notebook.") from None
    except ValueError as error:
        why = "it holds the marks of a Git conflict" if b"\n<<<<<<<" in content else f"no valid JSON ({error})"
        raise Unreadable(f"The file is not a notebook: {why}.") from None
    if not isinstance(parsed, dict):
        raise Unreadable("The file is JSON, but not a notebook.")
    return parsed


def _list(value: object) -> list:
    return value if isinstance(value, list) else []


def _plain(text: str) -> str:
    """One kind of line end, and no half characters, which no parser takes."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()

"""From a committed notebook to the Markdown of its page. Nothing is run: what is stored is shown."""

import json
import re
from pathlib import Path

from .addresses import ROOT, on_site
from .outputs import Pictures, as_html, joined

INSTALL = "install"  # the tag of the cell with which Colab installs the course
_QUESTION = re.compile(r'(?:from course_utils import predict\n\n)?predict\("[\d.]+"\)')
_WIDGET = re.compile(r"^explore_\w+\(", re.MULTILINE)
_FOR_GITHUB = re.compile(r"\n*^\*Choose before you look.*?\*$", re.DOTALL | re.MULTILINE)
_BACKTICKS = re.compile("`+")


def cells_of(path: str) -> list[dict]:
    """The cells of a notebook of the repository, without the one that installs the course."""
    cells = json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if INSTALL not in cell["metadata"].get("tags", [])]


def text_of(cell: dict, path: str) -> str:
    """A Markdown cell of the notebook `path`, its links leading to pages."""
    return on_site(_FOR_GITHUB.sub("", joined(cell["source"])), path)


def source_of(cell: dict) -> str:
    """The text of a cell."""
    return joined(cell["source"])


def code(text: str) -> str:
    """Python as a code block."""
    return fenced(text, "python")


def markup(text: str) -> str:
    """HTML as Markdown leaves it alone, whatever is in it."""
    return fenced(text, "{raw} html")


def fenced(text: str, kind: str) -> str:
    """A block in a fence that is longer than any in the text."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"


def shown(cell: dict, pictures: Pictures) -> str:
    """A code cell with its outputs, folded where JupyterLab folds them."""
    source, drawn = source_of(cell), as_html(cell.get("outputs", []), pictures)
    if _QUESTION.fullmatch(source.strip()):
        return markup(f'<div class="choices" role="group" aria-label="Choices">\n{drawn}\n</div>')
    if not drawn:
        return code(source)
    drawn = f'<div class="output">\n{drawn}\n</div>'
    if cell["metadata"].get("jupyter", {}).get("outputs_hidden"):
        drawn = f'<details class="folded"><summary>Show the output</summary>\n{drawn}\n</details>'
    return f"{code(source)}\n\n{markup(drawn)}"


def is_widget(cell: dict) -> bool:
    """Whether a code cell shows an interactive picture."""
    return cell["cell_type"] == "code" and bool(_WIDGET.search(source_of(cell)))


def level(text: str, under: int) -> str:
    """Markdown whose headings below `under` + 1 are raised to it, so that no level is left out."""
    return re.sub(rf"^#{{{under + 2},}}(?= )", "#" * (under + 1), text, flags=re.MULTILINE)


def name_of(path: str) -> str:
    """`03_self_attention` of its notebook's path."""
    return Path(path).stem

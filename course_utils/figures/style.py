"""The visual language: what each colour means, the two colour maps, and the `Picture` with its caption.

The hues are those of Okabe and Ito (2008), which colour-blind readers can tell apart. Every picture brings its own
panel (`PAPER`); in JupyterLab's dark theme a style sheet turns light and dark round and keeps the hues.
"""

import base64
import functools
import html
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

PAPER = "#fbfaf6"  # the panel behind every picture
INK = "#1f2430"  # text and outlines
MUTED = "#565d6d"  # secondary text, still 4.5 to 1 on the paper
HAIRLINE = "#cfccc2"  # grid lines and frames

WIDTH = 850  # the width of a picture in a notebook, in pixels
SANS = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
MONO = "Menlo, Consolas, 'DejaVu Sans Mono', monospace"


class Colour(NamedTuple):
    """A role's three shades, each `#rrggbb`."""

    line: str  # outlines, arrows, bars
    fill: str  # the inside of a box, light enough for INK on it
    ink: str  # text in this colour, dark enough to be read on PAPER and on `fill`


def mix(first: str, second: str, share: float) -> str:
    """The colour `#rrggbb` that is `first` with `share` (0 to 1) of `second` mixed in."""
    channels = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def _role(line: str, darken: float, lighten: float = 0.78) -> Colour:
    return Colour(line, mix(line, PAPER, lighten), mix(line, "#000000", darken))


COLOURS = {
    "query": _role("#0072b2", 0.2),
    "key": _role("#e69f00", 0.5),
    "value": _role("#009e73", 0.4),
    "attention": _role("#b3609a", 0.3),  # scores and probabilities; Okabe-Ito's purple, a shade darker
    "residual": _role("#3d4451", 0.0, 0.82),
    "norm": _role("#d6c400", 0.6, 0.7),  # Okabe-Ito's yellow, darkened to be seen on paper
    "feed_forward": _role("#d55e00", 0.35),
    "embedding": _role("#56b4e9", 0.5, 0.72),
    "token": _role("#7a8391", 0.4),
    "padding": _role("#b4b8bf", 0.55, 0.6),
    # the verdict on a learner's work
    "passed": _role("#009e73", 0.4),
    "failed": _role("#d55e00", 0.35),
}

# Light to dark, monotone in lightness, in the hue of attention: more ink is more.
SEQUENTIAL = ("#fbfaf6", "#f0dbe6", "#dca9c8", "#bd74a6", "#914883", "#5f2a63", "#2b1238")
# Blue below zero, paper at zero, vermillion above.
DIVERGING = ("#00385c", "#0072b2", "#7fb5d6", "#fbfaf6", "#eeab76", "#d55e00", "#6e2c00")
_STEPS = 64  # colours are rounded to this many, so that the last digit of a float rarely changes a stored picture


def ramp(share: float, colours: Sequence[str] = SEQUENTIAL) -> str:
    """The colour at `share` (0 to 1, clipped; nan is grey) of a colour map."""
    if share != share:
        return HAIRLINE
    return _ramp(round(min(max(share, 0.0), 1.0) * _STEPS), tuple(colours))


@functools.cache
def _ramp(step: int, colours: tuple[str, ...]) -> str:
    place = step / _STEPS * (len(colours) - 1)
    left = min(int(place), len(colours) - 2)
    return mix(colours[left], colours[left + 1], place - left)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 (black) to 1 (white), as WCAG defines it."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """WCAG's contrast of two colours, 1 to 21; text wants 4.5."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@functools.cache
def text_on(fill: str) -> str:
    """Black or white, whichever reads better on `fill`: its contrast is at least 4.5, whatever the colour."""
    return max("#000000", "#ffffff", key=lambda colour: contrast(colour, fill))


# JupyterLab shows a picture of a cell as an <img>, which only a style sheet of the page can reach: those of ours are
# followed by their caption. In the dark theme the sheet gets dark: colours keep their hue, light and dark change places.
# A picture may shrink until its smallest text, of 11 pixels, has 10; in a narrower window it scrolls.
_NARROWEST = 780
_OURS = ".jp-OutputArea-child:has(+ .jp-OutputArea-child .inside-bert-caption)"
_SHEET = f"""<style>
{_OURS} :is(.jp-RenderedSVG, .jp-RenderedImage) {{ overflow-x: auto }}
{_OURS} :is(.jp-RenderedSVG, .jp-RenderedImage) img {{ max-width: max(100%, {_NARROWEST}px); height: auto }}
.inside-bert-picture {{ overflow-x: auto }}
.inside-bert-picture :is(svg, img) {{ max-width: max(100%, {_NARROWEST}px) !important; height: auto }}
[data-jp-theme-light="false"] :is({_OURS} img, .inside-bert-picture > :is(svg, img)) {{ filter: invert(0.9) hue-rotate(180deg) }}
</style>"""


class Picture:
    """A drawing and the sentence that says what it shows.

    `svg` for diagrams (compared by nbval letter by letter), `png` for curves (not compared). `show()` displays the
    drawing and the caption below it, and so does a `Picture` as a cell's last value. `to_html()` is both as HTML.
    """

    def __init__(
        self,
        caption: str,
        svg: str | None = None,
        png: bytes | None = None,
        size: tuple[int, int] | None = None,
    ):
        if (svg is None) == (png is None):
            raise ValueError("A Picture takes either svg or png.")
        if not caption.strip():
            raise ValueError("A Picture needs a caption: the sentence that says, with numbers, what it shows.")
        self.caption, self.svg, self.png = " ".join(caption.split()), svg, png
        self.size = size  # width and height in the notebook, in pixels; an SVG brings its own

    def __repr__(self) -> str:
        return self.caption

    def _caption_html(self) -> str:
        look = f"max-width:{WIDTH}px;margin:4px 0 12px 2px;font-size:0.95em;line-height:1.45"
        return f'<p class="inside-bert-caption" style="{look}">{html.escape(self.caption)}</p>{_SHEET}'

    def to_html(self) -> str:
        """The picture and its caption as one piece of HTML, for widgets."""
        if self.svg is not None:
            return f'<div class="inside-bert-picture">{self.svg}</div>{self._caption_html()}'
        width = f' width="{self.size[0]}"' if self.size else ""
        data = base64.b64encode(self.png).decode()
        alt = html.escape(self.caption)
        image = f'<img src="data:image/png;base64,{data}" alt="{alt}"{width} style="max-width:100%">'
        return f'<div class="inside-bert-picture">{image}</div>{self._caption_html()}'

    def show(self) -> None:
        """Display the drawing, then the caption: two outputs, since JupyterLab never shows a picture's alt text."""
        from IPython.display import display

        kind, data = ("image/svg+xml", self.svg) if self.svg is not None else ("image/png", self.png)
        about: dict[str, str | int] = {"alt": self.caption}
        if self.size:
            about |= {"width": self.size[0], "height": self.size[1]}
        picture = base64.b64encode(data).decode() if isinstance(data, bytes) else data
        display({kind: picture, "text/plain": self.caption}, metadata={kind: about}, raw=True)
        display({"text/html": self._caption_html(), "text/plain": self.caption}, raw=True)

    def _ipython_display_(self) -> None:
        self.show()

    def save(self, path: str | Path) -> None:
        """Write the drawing, without its caption, to a file."""
        Path(path).write_bytes(self.svg.encode() if self.svg is not None else self.png)

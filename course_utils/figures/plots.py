"""Curves and scatter plots: matplotlib in the course's style, as PNG.

    @styled()
    def draw_gelu() -> Picture:
        figure, axes = sheet(850, 320)
        axes.plot(x, y, color=COLOURS["feed_forward"].line, label="GELU")
        axes.legend()
        return finish(figure, f"GELU's smallest value is {low:.3f}.")

Sizes are in pixels of the notebook, and so are font sizes. No pyplot: no figure is left open
or prints itself.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .style import COLOURS, DIVERGING, HAIRLINE, INK, MUTED, PAPER, SEQUENTIAL, Picture

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_SHARPNESS = 2  # pixels in the file for each one in the notebook


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the course's style: `with styled():`, or `@styled()` above a function."""
    import matplotlib

    cycle = [COLOURS[role].line for role in ("query", "key", "value", "attention", "feed_forward", "residual")]
    style: dict[str, Any] = {
        "font.family": "DejaVu Sans",
        "font.size": 13,
        "axes.titlesize": 14,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 13,
        "xtick.labelsize": 12,
        "ytick.labelsize": 12,
        "legend.fontsize": 12,
        "legend.frameon": False,
        "axes.facecolor": PAPER,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "axes.edgecolor": MUTED,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": HAIRLINE,
        "grid.linewidth": 0.8,
        "axes.axisbelow": True,
        "lines.linewidth": 2.2,
        "figure.dpi": 72,
        "axes.prop_cycle": matplotlib.cycler(color=cycle, linestyle=["-", "--", "-.", ":", "-", "--"]),
    }
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, "backend": matplotlib.rcParams["backend"], **style}):
        yield


def sheet(width: int = 850, height: int = 320, rows: int = 1, columns: int = 1, **options: Any) -> tuple["Figure", Any]:
    """A figure of `width` x `height` pixels on the course's panel, and its axes (an array of them, if several)."""
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.16, h_pad=0.16)
    figure.patch.set_alpha(0)
    panel = FancyBboxPatch(
        (9 / 72, 9 / 72),
        (width - 18) / 72,
        (height - 18) / 72,
        boxstyle=f"round,pad={8 / 72}",
        transform=figure.dpi_scale_trans,
        facecolor=PAPER,
        edgecolor=HAIRLINE,
        zorder=-10,
    )
    figure.add_artist(panel)
    panel.set_in_layout(False)
    return figure, figure.subplots(rows, columns, **options)


def colour_map(diverging: bool = False) -> "Colormap":
    """The course's colour maps for matplotlib: light to dark, or blue to vermillion."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("course", DIVERGING if diverging else SEQUENTIAL)


def finish(figure: "Figure", caption: str) -> Picture:
    """The figure as a picture with its caption."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=72 * _SHARPNESS, metadata={"Software": None})
    width, height = (round(inches * 72) for inches in figure.get_size_inches())
    return Picture(caption, png=data.getvalue(), size=(width, height))

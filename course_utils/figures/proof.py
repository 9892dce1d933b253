"""The proof at the end of a lesson: the learner's part against the real one, and the wrong parts that look right."""

from collections.abc import Mapping
from html import escape
from math import inf, log10

import torch.nn.functional as F
from torch import Tensor

from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas

TOLERANCE = 1e-5
LOOKS_RIGHT = 0.99  # a cosine above this passes for right


def largest_difference(mine: Tensor, real: Tensor) -> float:
    """The largest absolute difference of two tensors of one shape; inf if anything is NaN or the shapes differ."""
    if mine.shape != real.shape:
        return inf
    gap = (mine.detach() - real.detach()).abs()
    return inf if bool(gap.isnan().any()) else float(gap.max())


def show_proof(compared: Mapping[str, tuple[Tensor, Tensor]], tolerance: float = TOLERANCE) -> None:
    """Display a table with one row per input: `{"seed sentence": (mine, real), ...}`.

    The last digits of a float32 difference change from machine to machine, so the table says on which side of the
    tolerance it lies, and "exactly 0" where the two are equal bit for bit.
    """
    from IPython.display import display

    rows = []
    for name, (mine, real) in compared.items():
        gap = largest_difference(mine, real)
        said = "exactly 0" if gap == 0 else f"below {power(tolerance)}" if gap < tolerance else f"{gap:.2g}"
        rows.append((name, " × ".join(map(str, real.shape)), said, "✓ equal" if gap < tolerance else "✗ different"))
    heads = ("input", "shape", "largest difference", "verdict")
    display({"text/plain": as_plain(heads, rows), "text/html": as_html(heads, rows)}, raw=True)


def power(number: float) -> str:
    """A small number as one writes it: 1e-5 and not 1e-05."""
    return f"{number:g}".replace("e-0", "e-")


def as_plain(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table as text, its columns aligned."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    return "\n".join(
        "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in [heads, *rows]
    )


def as_html(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table as HTML."""

    def line(cells: tuple[str, ...], tag: str) -> str:
        opened = f'<{tag} style="text-align:left;padding:3px 18px 3px 4px">'
        return "<tr>" + "".join(f"{opened}{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = line(heads, "th") + "".join(line(row, "td") for row in rows)
    return f'<table style="border-collapse:collapse;margin:6px 0">{body}</table>'


def draw_lookalikes(real: Tensor, variants: Mapping[str, Tensor], tolerance: float = TOLERANCE) -> Picture:
    """Wrong variants of a part against the real one: how far off they are, and how alike they still look.

    real and each variant: (..., hidden_size). Drawn on a logarithmic scale, from half the tolerance to the worst.
    """
    # one digit of the difference, for label and bar alike: the others may be noise, and stored bars are compared
    found = {
        name: (float(f"{largest_difference(one, real):.1g}"), _cosine(one, real)) for name, one in variants.items()
    }
    low, high = log10(tolerance) - 0.5, max(log10(gap) for gap, _ in found.values()) + 0.2
    left, right, row = 250, WIDTH - 210, 30

    def place(gap: float) -> float:
        share = (log10(max(gap, 1e-30)) - low) / (high - low)
        return left + round(min(max(share, 0), 1) * (right - left))

    canvas = Canvas(WIDTH, 78 + row * len(found))
    canvas.text(20, 24, "Wrong, and how far off it is", 15, bold=True)
    canvas.text(right + 74, 46, "cosine similarity", 12, MUTED, anchor="start")
    bottom = 58 + row * len(found)
    canvas.line([(place(tolerance), 52), (place(tolerance), bottom)], INK, 2)
    canvas.text(place(tolerance) + 4, 46, f"allowed: {power(tolerance)}", 12, INK)
    for index, (name, (gap, cosine)) in enumerate(found.items()):
        middle = 58 + row * (index + 0.5)
        canvas.text(left - 10, middle, name, 13, anchor="end", width=left - 24)
        colour = COLOURS["failed"]
        canvas.rect(left, middle - 9, max(place(gap) - left, 1), 18, colour.fill, colour.line)
        canvas.text(place(gap) + 6, middle, f"{gap:.1g}" if gap < 9.5 else f"{gap:.0f}", 12, MUTED)
        canvas.text(right + 74, middle, f"{cosine:.4f}", 13, mono=True)
    return canvas.picture(_caption(found, tolerance))


def _caption(found: Mapping[str, tuple[float, float]], tolerance: float) -> str:
    """What the picture shows of each variant's difference and cosine: the one that is hardest to see."""
    # cosines as printed, the rest is noise; of several that look alike, the one that is least off
    closest = max(found, key=lambda name: (round(found[name][1], 4), -found[name][0]))
    gap, cosine = found[closest]
    if cosine < LOOKS_RIGHT:
        return (
            f"All {len(found)} are far off, on a logarithmic scale. Even the most alike, “{closest}”, has a cosine of only "
            f"{cosine:.2f} with the real output."
        )
    return (
        f"“{closest}” is the hardest to see: its cosine with the real output is {cosine:.4f}, and it is {gap:.1g} off, "
        f"where the proof allows {power(tolerance)}. The scale is logarithmic."
    )


def _cosine(one: Tensor, other: Tensor) -> float:
    """The mean cosine similarity over all vectors of the last axis."""
    return float(F.cosine_similarity(one.detach().flatten(0, -2), other.detach().flatten(0, -2), dim=-1).mean())

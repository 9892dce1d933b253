"""More of lesson 02's pictures: the positions, learned and computed, and where the model notices the order."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .plots import colour_map, finish, sheet, styled
from .style import COLOURS, HAIRLINE, MUTED, PAPER, WIDTH, Picture
from .svg import Canvas


def sinusoids(positions: int, hidden: int) -> Tensor:
    """The positions of Vaswani et al. 2017, section 3.5: sines at even features, cosines at odd ones. (positions, hidden)"""
    place = torch.arange(positions)[:, None]
    angles = place / 10000 ** (torch.arange(0, hidden, 2) / hidden)  # (positions, hidden / 2)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :hidden]


@styled()
def draw_position_map(table: Tensor) -> Picture:
    """The cosine of every position with every other: in a learned table, (positions, hidden), and in that of sinusoids."""
    learned = table.detach()[:512]
    tables = {"learned": learned, "sines and cosines": sinusoids(*learned.shape).to(learned.dtype)}
    figure, (*maps, curves) = sheet(850, 330, columns=3, width_ratios=(1, 1, 1.1))
    looks = {"cmap": colour_map(diverging=True), "vmin": -1, "vmax": 1, "origin": "upper", "interpolation": "nearest"}
    found = {}
    for axes, (name, rows), role in zip(maps, tables.items(), ("embedding", "feed_forward"), strict=True):
        unit = F.normalize(rows, dim=-1)
        cosines = (unit @ unit.T).numpy()  # (positions, positions)
        image = axes.imshow(cosines, **looks)
        axes.grid(False)
        axes.set(title=name, xlabel="position")
        far = min(65, len(rows))
        diagonals = [cosines.diagonal(distance) for distance in range(far)]
        mean = [float(each.mean()) for each in diagonals]
        curves.plot(mean, label=name, color=COLOURS[role].line, linestyle="-" if axes is maps[0] else "--")
        lengths = rows.norm(dim=-1)
        found[name] = mean, float(diagonals[-1].std()), float(cosines.min()), lengths
    figure.colorbar(image, ax=list(maps), location="bottom", shrink=0.5, label="cosine")
    maps[0].set(ylabel="position")
    curves.set(title="mean, by distance", xlabel="distance of two positions", ylim=(min(0, curves.get_ylim()[0]), 1.02))
    curves.legend(loc="upper right")
    (one, spread, low, lengths), (other, none, least, sizes) = found.values()
    far = len(one) - 1
    return finish(
        figure,
        f"The mean cosine of neighbours is {one[1]:.2f} in the learned table and {other[1]:.2f} in the computed one; at distance "
        f"{far} it is {one[far]:.2f} and {other[far]:.2f}. The computed one depends on the distance alone: its standard "
        f"deviation at distance {far} is {none:.2f}, that of the learned one {spread:.2f}. "
        f"The computed rows all have the length {float(sizes.mean()):.1f}, the learned ones from {float(lengths.min()):.1f} to "
        f"{float(lengths.max()):.1f}, and their cosines go down to {low:.2f} instead of {least:.2f}. Position 0 of the learned "
        f"table is an exception: its cosine with position 1 is {float(F.cosine_similarity(*learned[:2], dim=0)):.2f}.",
    )


def draw_order(with_positions: Sequence[float], without: Sequence[float], about: str) -> Picture:
    """How alike two orders of the same words are on each floor of the model, with and without positions.

    with_positions, without: a cosine for each hidden state.
    """
    row, left, right = 30, 150, WIDTH - 190
    canvas = Canvas(WIDTH, 76 + row * len(with_positions) + 34)
    canvas.text(20, 24, about, 15, bold=True, width=WIDTH - 40)
    low = int(min(0.85, *with_positions, *without) * 20) / 20
    bottom = 62 + row * len(with_positions)

    def place(cosine: float) -> float:
        return left + round((cosine - low) / (1 - low) * (right - left) * 2) / 2

    for tick in range(round(low * 100), 101, 5 if low > 0.6 else 20):
        canvas.line([(place(tick / 100), 60), (place(tick / 100), bottom)], HAIRLINE, 1)
        canvas.text(place(tick / 100), bottom + 12, f"{tick / 100:.2f}", 12, MUTED, anchor="middle")
    canvas.text(right + 24, 48, "● with", 12, COLOURS["embedding"].ink, bold=True)
    canvas.text(right + 100, 48, "□ without", 12, COLOURS["padding"].ink, bold=True)
    for i, (cosine, other) in enumerate(zip(with_positions, without, strict=True)):
        middle = 62 + row * (i + 0.5)
        canvas.text(left - 12, middle, f"hidden_states[{i}]", 12, anchor="end", mono=True)
        canvas.rect(place(other) - 8, middle - 8, 16, 16, PAPER, COLOURS["padding"].ink, line=2)
        canvas.circle(place(cosine), middle, 5, COLOURS["embedding"].line, COLOURS["embedding"].ink)
        canvas.text(right + 24, middle, f"{cosine:.3f}", 13, mono=True)
        canvas.text(right + 100, middle, f"{other:.3f}", 13, mono=True)
    return canvas.picture(
        f"The cosine of the two sentences' mean vectors in each of the {len(without)} hidden states. With positions it goes "
        f"from {with_positions[0]:.3f} to {with_positions[-1]:.3f}, as attention makes use of them. Without, it is never "
        f"below {min(without):.3f}."
    )

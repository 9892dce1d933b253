"""Lesson 05's pictures: the network, GELU and its relatives, and what a token loses when it is taken out of its sentence."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .charts import bars
from .plots import finish, sheet, styled
from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import BertConfig


def draw_feed_forward(config: "BertConfig", tokens: Sequence[str]) -> Picture:
    """The feed-forward network of one token with its sizes, and the same small network under every token of a sentence."""
    size, wide = config.hidden_size, config.intermediate_size
    canvas = Canvas(WIDTH, 322)
    canvas.text(24, 26, "One token's way", 15, bold=True)
    road, ink = 112, COLOURS["residual"].line
    tall, short = 132, max(24.0, round(132 * size / wide))  # as high as the vector has features
    for x, height, role, words in (
        (40, short, "residual", f"{size:,}"),
        (250, tall, "feed_forward", f"{wide:,}"),
        (400, tall, "feed_forward", f"{wide:,}"),
        (600, short, "residual", f"{size:,}"),
    ):
        canvas.rect(x, road - height / 2, 26, height, COLOURS[role].fill, COLOURS[role].line, line=1.5)
        canvas.text(x + 13, road + tall / 2 + 14, words, 13, anchor="middle", bold=True)
    for x, end, words in ((66, 250, "dense, and a bias"), (276, 400, "GELU"), (426, 600, "dense, and a bias")):
        canvas.arrow([(x + 4, road), (end - 3, road)], COLOURS["feed_forward"].line, 2)
        canvas.text((x + end) / 2, road - 14, words, 13, anchor="middle", width=end - x - 12)
    canvas.circle(680, road, 14, COLOURS["residual"].fill, ink, line=2)
    canvas.text(680, road, "+", 18, bold=True, anchor="middle")
    canvas.arrow([(626, road), (664, road)], COLOURS["feed_forward"].line, 2)
    canvas.arrow([(53, road - short / 2), (53, 40), (680, 40), (680, road - 15)], ink, 3)
    canvas.text(480, 52, "the residual", 12, MUTED)
    canvas.arrow([(694, road), (722, road)], ink, 3)
    canvas.box(724, road - 20, 70, 40, "norm", "norm")
    canvas.arrow([(794, road), (840, road)], ink, 3)
    canvas.text(24, 222, "The same network under every token, with the same weights", 15, bold=True)
    shown = list(tokens[:11])
    step = (WIDTH - 48) / len(shown)
    for index, token in enumerate(shown):
        x = 24 + step * index
        canvas.text(x + step / 2, 250, token, 13, anchor="middle", mono=True, width=step - 6)
        _small_network(canvas, x + step / 2, 286)
    cut = f" (the first {len(shown)} of {len(tokens)})" if len(tokens) > len(shown) else ""
    return canvas.picture(
        f"A token's {size:,} numbers become {wide:,}, {wide / size:g} times as many, pass through GELU and become {size:,} "
        f"again; then the residual is added and the sum is normalised. Each of the {len(tokens)} tokens{cut} goes through the "
        f"same network by itself: no line leads from one token to another."
    )


def _small_network(canvas: Canvas, x: float, y: float) -> None:
    """Narrow, wide, narrow: three upright bars."""
    for left, height, role in ((-20, 10, "residual"), (-4, 40, "feed_forward"), (12, 10, "residual")):
        colour = COLOURS[role]
        canvas.rect(x + left, y - height / 2, 8, height, colour.fill, colour.line)
    for left in (-12, 4):
        canvas.line([(x + left, y), (x + left + 8, y)], COLOURS["feed_forward"].line, 1.5)


@styled()
def draw_gelu() -> Picture:
    """GELU in its exact form, with tanh, and ReLU; beside it how far tanh is off, times 1000."""
    import torch

    from course_utils.reference.feed_forward import gelu, gelu_tanh

    x = torch.linspace(-5, 5, 100_001, dtype=torch.float64)
    exact, approximate = gelu(x), gelu_tanh(x)
    lowest, gap = int(exact.argmin()), approximate - exact
    furthest = int(gap.abs().argmax())
    figure, (left_axes, right_axes) = sheet(WIDTH, 360, columns=2)
    middle = (x > -3.2) & (x < 2.2)
    ink, other = COLOURS["feed_forward"], COLOURS["query"]
    left_axes.plot(x[middle], x[middle].clamp(min=0), color=MUTED, linestyle=":", label="ReLU")
    left_axes.plot(x[middle], exact[middle], color=ink.line, linestyle="-", label="GELU, exact (erf)", linewidth=4)
    left_axes.plot(
        x[middle],
        approximate[middle],
        color=other.line,
        linestyle="--",
        label="GELU, tanh (on top of it)",
        linewidth=1.8,
    )
    left_axes.plot(x[lowest], exact[lowest], "o", color=INK)
    note = f"lowest: {exact[lowest]:.2f}\nat x = {x[lowest]:.2f}"
    left_axes.annotate(note, (x[lowest], exact[lowest]), (-3.1, 0.42), fontsize=12, arrowprops={"arrowstyle": "-"})
    left_axes.set_title("Three activation functions")
    left_axes.set_xlabel("x")
    left_axes.legend(loc="upper left")
    right_axes.plot(x, 1000 * gap, color=other.line)
    right_axes.plot(x[furthest], 1000 * gap[furthest], "o", color=INK)
    note = f"{1000 * gap[furthest]:.2f} at x = {x[furthest]:.1f}"
    right_axes.annotate(note, (x[furthest], 1000 * gap[furthest]), (8, 4), textcoords="offset points", fontsize=12)
    right_axes.axhline(0, color=MUTED, linewidth=1)
    right_axes.set_title("(tanh form - exact form) × 1000")
    right_axes.set_xlabel("x")
    return finish(
        figure,
        f"Far from 0 GELU is nearly ReLU; near 0 it is a soft curve that dips below 0. The tanh form cannot be told from "
        f"the exact one by eye: they differ by at most {gap.abs().max():.1e}.",
    )


def draw_alone(
    tokens: Sequence[str],
    x: "Tensor",
    attention: "Callable[[Tensor], Tensor]",
    feed_forward: "Callable[[Tensor], Tensor]",
) -> Picture:
    """How far each token's result moves when the token is taken out of its sentence, for both sublayers.

    x: (1, tokens, hidden), what both are given. Each is a function of such a tensor.
    """
    attention, feed_forward = (_moves(part, x) for part in (attention, feed_forward))
    shown = min(len(tokens), 16)
    canvas = Canvas(WIDTH, 78 + 22 * shown)
    half, high = WIDTH / 2 - 30, max(*attention, *feed_forward)
    for x, title, role, values in (
        (24, "attention", "attention", attention),
        (WIDTH / 2 + 6, "feed-forward network", "feed_forward", feed_forward),
    ):
        canvas.text(x, 26, f"{title}: the token alone", 15, COLOURS[role].ink, bold=True)
        canvas.text(x, 46, "change of its result, as a share of its length", 12, MUTED)
        bars(canvas, x, 60, half, tokens[:shown], values[:shown], role=role, height=22, high=high)
    return canvas.picture(
        f"Each of {len(tokens)} tokens is taken out of its sentence and run alone. Attention's result changes by "
        f"{min(attention):.0%} to {max(attention):.0%} of its length, the feed-forward network's by "
        f"{'at most ' if max(feed_forward) >= 0.005 else ''}{max(feed_forward):.0%}."
    )


def _moves(part: "Callable[[Tensor], Tensor]", x: "Tensor") -> list[float]:
    """For each token ‖alone - in the sentence‖ / ‖in the sentence‖."""
    together, moved = part(x)[0], []
    for token, result in enumerate(together):
        alone = part(x[:, token : token + 1])[0, 0]
        moved.append(float((alone - result).norm() / result.norm()))
    return moved

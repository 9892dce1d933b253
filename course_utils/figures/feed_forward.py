"""Lesson 05's pictures: GELU and its relatives, and what a token loses when it is taken out of its sentence."""

from collections.abc import Sequence

from .charts import bars
from .plots import finish, sheet, styled
from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas


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


def draw_alone(tokens: Sequence[str], attention: Sequence[float], feed_forward: Sequence[float]) -> Picture:
    """How far each token's result moves when the token is taken out of its sentence, for both sublayers.

    attention, feed_forward: for each token ‖alone - in the sentence‖ / ‖in the sentence‖.
    """
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

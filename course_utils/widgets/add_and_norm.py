"""Lesson 04's widget: eight numbers of one token, and what layer norm makes of them."""

import math

from course_utils.figures.style import COLOURS, HAIRLINE, INK, MUTED, WIDTH, Picture
from course_utils.figures.svg import Canvas

from .base import choice, decimal, explore

START = (1.0, -0.5, 2.0, 0.5, -1.5, 0.0, 1.5, 0.0)
_EPS = {"1e-12 (BERT)": 1e-12, "1e-5 (torch)": 1e-5, "0.1": 0.1, "1": 1.0}
_TO_ALL = {
    "nothing": (1.0, 0.0),
    "add 3": (1.0, 3.0),
    "times 2": (2.0, 0.0),
    "times -1": (-1.0, 0.0),
    "make equal": (0.0, 1.0),
}
_DIVISORS = {"d = 8": 0, "d - 1 = 7": 1}
_MOST = math.sqrt(len(START) - 1)  # no result is larger: one number differs, and all others are equal


def normalized(x: list[float], eps: float, correction: int = 0) -> tuple[float, float, list[float]]:
    """Mean, variance (divided by d - correction) and (x - mean) / √(variance + eps); eps is above 0."""
    mean = sum(x) / len(x)
    variance = sum((value - mean) ** 2 for value in x) / (len(x) - correction)
    return mean, variance, [(value - mean) / math.sqrt(variance + eps) for value in x]


def draw_norm(eps: float, correction: int, to_all: tuple[float, float], **numbers: float) -> Picture:
    """The eight numbers, their mean and spread, and the normalised ones.

    numbers: x0 to x7. correction: 0 divides the variance by d, 1 by d - 1. to_all: a factor and then a shift for all.
    """
    x = [round(value * to_all[0] + to_all[1], 4) for value in numbers.values()]
    mean, variance, result = normalized(x, eps, correction)
    canvas = Canvas(WIDTH, 356)
    # both scales are fixed, so that a bar which does not move means a number that has not changed
    far = 5.0 if max(map(abs, x)) <= 5 else 10.0
    band = "dashed: the mean; band: ± √variance"
    _columns(canvas, 24, "x: the input", band, x, "residual", far, mean, math.sqrt(variance))
    _columns(canvas, 508, "the result", "dashed: 0; band: -1 to 1", result, "norm", _MOST, 0.0, 1.0)
    canvas.text(425, 118, "mean", 12, MUTED, anchor="middle")
    canvas.text(425, 137, f"{mean:.3f}", 15, bold=True, anchor="middle")
    canvas.text(425, 163, f"variance (÷ {len(x) - correction})", 12, MUTED, anchor="middle")
    canvas.text(425, 182, f"{variance:.3f}", 15, bold=True, anchor="middle")
    canvas.text(425, 208, "√(variance + eps)", 12, MUTED, anchor="middle")
    canvas.text(425, 227, f"{math.sqrt(variance + eps):.3g}", 15, bold=True, anchor="middle")
    canvas.arrow([(378, 256), (472, 256)], COLOURS["norm"].ink, 2.5)
    canvas.text(425, 278, "subtract the mean,", 12, MUTED, anchor="middle")
    canvas.text(425, 295, "divide by the root", 12, MUTED, anchor="middle")
    return canvas.picture(_says(x, mean, variance, result, eps, correction))


def _says(x: list[float], mean: float, variance: float, result: list[float], eps: float, correction: int) -> str:
    size = len(x)
    spread = math.sqrt(sum(value**2 for value in result) / size)
    said = f"Mean {mean:.2f}, variance {variance:.2f}; the result has mean 0 and standard deviation {spread:.2f}."
    if variance == 0:
        return said + " All numbers are the same: without eps this would be 0 / 0, with it the result is 0."
    flattened = eps >= 0.01 * variance
    if correction:
        small = "" if flattened else f" and the result too small by √({size - 1}/{size})"
        said += f" Divided by {size - 1}, the variance is too large{small}."
    if flattened:
        said += f" eps is {eps / variance:.2g} times the variance: it flattens the token."
    return said


def _columns(
    canvas: Canvas,
    x: float,
    title: str,
    note: str,
    values: list[float],
    role: str,
    far: float,
    mean: float,
    spread: float,
) -> None:
    """Eight upright bars on a scale from -far to far, with the mean dashed and a band of one standard deviation."""
    top, height, step, colour = 62, 236, 37, COLOURS[role]
    zero, scale, width = top + height / 2, (height / 2 - 14) / far, 8 * 37
    canvas.text(x, 28, title, 15, bold=True)
    right, x = x + width + 24, x + 24  # room for the scale
    band = min(mean + spread, far) * scale, max(mean - spread, -far) * scale
    canvas.rect(x, zero - band[0], width, band[0] - band[1], COLOURS["norm"].fill)
    for tick in (-int(far), 0, int(far)):
        canvas.line([(x - 4, zero - tick * scale), (x + width, zero - tick * scale)], HAIRLINE, 1)
        canvas.text(x - 7, zero - tick * scale, tick, 11, MUTED, anchor="end")
    for i, value in enumerate(values):
        length = value * scale
        left = x + i * step + 6
        canvas.rect(left, zero - max(length, 0), step - 12, max(abs(length), 1), colour.line, colour.ink)
        canvas.text(left + step / 2 - 6, top + height + 14, f"x{i}", 12, MUTED, anchor="middle", mono=True)
        canvas.text(left + step / 2 - 6, top + height + 34, f"{value:.2f}", 12, INK, anchor="middle", width=step)
    canvas.line([(x, zero - mean * scale), (x + width, zero - mean * scale)], colour.ink, 1.5, dash="6 4")
    canvas.text(right, 46, note, 12, MUTED, anchor="end")


def explore_norm() -> None:
    """The norm playground: move eight numbers (or click a slider's number and type), eps and the divisor."""
    # Four sliders to a row, in wide and in narrow windows.
    numbers = {f"x{i}": decimal(f"x{i}", -5, 5, value, width="22%") for i, value in enumerate(START)}
    explore(
        draw_norm,
        **numbers,
        eps=choice("eps", _EPS),
        correction=choice("variance divided by", _DIVISORS),
        to_all=choice("do to all", _TO_ALL),
    )

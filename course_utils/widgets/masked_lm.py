"""Lesson 11's widgets: a training that one can watch, and a playground for the model that came out of it."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from course_utils.figures.masked_lm import History, draw_guesses, draw_training, smooth
from course_utils.figures.style import COLOURS, HAIRLINE, INK, MUTED, WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.given.tiny_model import MaskedLM
from course_utils.modes import one_thread

from . import base

if TYPE_CHECKING:
    from transformers import BertTokenizer

EXAMPLES = (
    "the old [MASK] near the dogs sings .",
    "the [MASK] [MASK] [MASK] .",
    "[MASK] [MASK] [MASK] .",
)
_TOP = 4.4  # nats: the upper end of the live curve
_PAUSE = 0.25  # seconds between two pictures


def watch_training(
    training: Iterable[float],
    steps: int,
    levels: Mapping[str, float] | None = None,
    ask: Callable[[], float] | None = None,
    every: int = 25,
    picture: bool = True,
    chance: float = 0.5,
) -> History:
    """Run a training to its end and show how it goes: a bar, the loss, the share of right answers.

    training: gives the loss of each step, as `training_losses` does. levels: lines to compare the loss with. ask: called
    every `every` steps and at both ends, gives a share between 0 and 1, which would be `chance` by guessing. Without a front end,
    and at the end, there is one picture of the whole, or none where `picture` is False. Returns the losses and the answers.
    """
    history, levels = History([], []), levels or {}
    live = _Live(steps, levels) if base.is_live() else None
    with one_thread():
        if ask:
            history.asked.append((0, ask()))
        for step, loss in enumerate(training, start=1):
            history.losses.append(loss)
            if ask and (step % every == 0 or step == steps):
                history.asked.append((step, ask()))
            if live:
                live.update(history)
    if live:
        live.finish(history)
    if picture:
        draw_training(history, levels, chance).show()
    return history


class _Live:
    """The bar and the curve while a training goes on. The curve goes when it is over: the picture below it stays."""

    def __init__(self, steps: int, levels: Mapping[str, float]) -> None:
        import ipywidgets
        from IPython.display import display

        self.steps, self.levels, self.began, self.drawn = steps, levels, time.monotonic(), 0.0
        self.bar = ipywidgets.FloatProgress(value=0, min=0, max=steps, layout={"width": "420px"})
        self.words, self.curve = ipywidgets.Label("step 0"), ipywidgets.HTML(layout={"width": "100%"})
        display(ipywidgets.VBox([ipywidgets.HBox([self.bar, self.words]), self.curve]))

    def update(self, history: History) -> None:
        """Draw again, but not at every step."""
        now = time.monotonic()
        if now - self.drawn > _PAUSE:
            self.drawn = now
            self._tell(history)
            self.curve.value = draw_live(history, self.steps, self.levels).to_html()

    def finish(self, history: History) -> None:
        """The end: a full bar, and no curve of its own."""
        self._tell(history)
        self.bar.bar_style = "success"
        self.words.value += f", {time.monotonic() - self.began:.0f} seconds"
        self.curve.value = ""

    def _tell(self, history: History) -> None:
        done = len(history.losses)
        self.bar.value = done
        right = f", right answers {history.asked[-1][1]:.0%}" if history.asked else ""
        loss = f", loss {smooth(history.losses)[-1]:.2f}" if done else ""
        self.words.value = f"step {done} of {self.steps}{loss}{right}"


def draw_live(history: History, steps: int, levels: Mapping[str, float]) -> Picture:
    """The curves so far: the loss on the left, the right answers on the right."""
    left, right = (60, 430 if levels else 540), (620, WIDTH - 30)
    canvas = Canvas(WIDTH if history.asked else 570, 230)

    def across(step: float, ends: tuple[int, int]) -> float:
        return ends[0] + (ends[1] - ends[0]) * step / max(steps, len(history.losses), 1)

    def height(value: float, top: float) -> float:
        return 200 - 160 * min(max(value / top, 0), 1)

    canvas.text(left[0], 22, "loss, in nats", 13, bold=True)
    for name, level in levels.items():
        canvas.line([(left[0], height(level, _TOP)), (left[1], height(level, _TOP))], INK, 1, dash="4 3")
        # beside the plot, where no line crosses the words
        canvas.text(left[1] + 6, height(level, _TOP), f"{name}: {level:.2f}", 12, anchor="start")
    losses = smooth(history.losses)
    points = [(across(i + 1, left), height(loss, _TOP)) for i, loss in enumerate(losses)]
    _axes(canvas, left, [(value, height(value, _TOP)) for value in range(5)])
    if len(points) > 1:
        canvas.line(points, COLOURS["attention"].line, 2)
    if history.asked:
        canvas.text(right[0], 22, "right answers, %", 13, bold=True)
        _axes(canvas, right, [(value, height(value, 100)) for value in (0, 50, 100)])
        asked = [(across(step, right), height(100 * share, 100)) for step, share in history.asked]
        if len(asked) > 1:
            canvas.line(asked, COLOURS["feed_forward"].line, 2)
        for x, y in asked:
            canvas.circle(x, y, 2.5, COLOURS["feed_forward"].line)
    now = f"{losses[-1]:.2f}" if losses else "not yet known"
    return canvas.picture(f"After {len(losses)} of {steps} steps the loss is {now}.")


def _axes(canvas: Canvas, ends: tuple[int, int], marks: list[tuple[int, float]]) -> None:
    for value, y in marks:
        canvas.line([(ends[0], y), (ends[1], y)], HAIRLINE, 1)
        canvas.text(ends[0] - 6, y, value, 12, MUTED, anchor="end")


def explore_masks(
    tokenizer: "BertTokenizer", models: Mapping[str, MaskedLM], sentence: str = "the old birds by the river [MASK] ."
) -> None:
    """The fill-mask playground: type a sentence with one [MASK] or more, choose a model, see what it guesses."""
    digits = 0.01 if base.is_live() else 0.25  # a stored picture has to be the same on every processor

    def draw(words: str, model: str) -> Picture:
        return draw_guesses(tokenizer, models[model], words, digits)

    base.explore(
        draw, words=base.text("sentence", sentence, examples=EXAMPLES), model=base.choice("model", list(models))
    )

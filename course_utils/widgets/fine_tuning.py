"""Lesson 12's widget: type a message and see what each model takes it for, before the training and after."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from course_utils.figures.charts import bars
from course_utils.figures.style import MUTED, WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.given.intents import IntentModel, predict_intents
from course_utils.given.messages import INTENTS
from course_utils.modes import one_thread

from . import base

if TYPE_CHECKING:
    from transformers import BertTokenizer

MESSAGE = "could i keep the gardening book for another week"
EXAMPLES = (
    "I lost my card and want to renew three books.",
    "Is the reading room open on Sunday?",
    "My dog ate the last chapter.",
    "What is the capital of France?",
    "asdf jkl",
)
_LONGEST = 256  # tokens: as many as `predict_intents` reads


def explore_intents(
    tokenizer: "BertTokenizer",
    models: Mapping[str, IntentModel],
    message: str = MESSAGE,
    names: Sequence[str] = INTENTS,
) -> None:
    """A message to type, and side by side each model's probabilities for the intents; at most three models fit."""
    digits = 0.01 if base.is_live() else 0.05  # a stored picture has to be the same on every processor

    def draw(words: str) -> Picture:
        if not tokenizer.tokenize(words):
            raise ValueError("there is no message yet; type some words.")
        if len(tokenizer(words)["input_ids"]) > _LONGEST:
            raise ValueError(f"this is longer than {_LONGEST} tokens; a message to a desk is shorter.")
        with one_thread():
            found = {name: predict_intents(model, tokenizer, [words])[0] for name, model in models.items()}
        return draw_intents(words, found, names, digits)

    base.explore(draw, words=base.text("message", message, examples=EXAMPLES))


def draw_intents(message: str, found: Mapping[str, Tensor], names: Sequence[str], digits: float = 0.01) -> Picture:
    """Bars of each model's probabilities (classes,), the models side by side, rounded to multiples of `digits`."""
    left, row = 130, 24
    width = (WIDTH - left - 20) / len(found)
    canvas = Canvas(WIDTH, 84 + row * len(names) + 12)
    canvas.text(20, 24, f"“{' '.join(message.split())}”", 15, bold=True, width=WIDTH - 60)
    told = []
    for column, (model, probabilities) in enumerate(found.items()):
        x, label_width = (20, left - 20) if not column else (left + 20 + width * column, 0)
        exact = probabilities.tolist()
        rounded = [round(round(p / digits) * digits, 4) for p in exact]
        best = max(range(len(names)), key=lambda place: (rounded[place], exact[place] if digits <= 0.01 else 0))
        sure = rounded[best] > 0
        canvas.text(x + label_width + 8, 56, model, 14, bold=True, width=width - 30)
        bars(
            canvas, x, 76, width + label_width - 20, names if not column else [""] * len(names), rounded,
            height=row, high=1.0, label_width=label_width, mark=best if sure else None,
        )  # fmt: skip
        told.append(
            f"{model}, {names[best]} {rounded[best]:.2f}" if sure else f"{model}, no intent above {digits / 2:g}"
        )
    canvas.text(WIDTH - 20, 56, "" if digits <= 0.01 else f"to the nearest {digits:g}", 12, MUTED, anchor="end")
    return canvas.picture(f"What “{' '.join(message.split())[:80]}” is taken for: {'; '.join(told)}.")

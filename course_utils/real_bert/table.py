"""The last cell of an exercise notebook: which functions are yours, and whether they compute what the real BERT does."""

import importlib
from collections.abc import Callable, Iterator
from html import escape
from typing import NamedTuple

import torch
from torch import Tensor

from course_utils import my_bert
from course_utils.figures.proof import TOLERANCE, as_html, as_plain, largest_difference, power
from course_utils.figures.style import COLOURS, INK, MUTED, PAPER, WIDTH, Picture
from course_utils.figures.svg import Canvas, text_width
from course_utils.judge.running.session import known_state
from course_utils.lessons import LESSONS
from course_utils.model import load_model
from course_utils.reference import exercises

REAL = "the real BERT"  # whose results the learner's are compared with; a lesson's module may say otherwise, in THEIRS


class Step(NamedTuple):
    """One comparison of a learner's functions with the real thing.

    uses: the exercises that it is about, "split_heads merge_heads"; what: what is compared, in words; yours: computes it
    with the learner's functions; real: what transformers, its tokenizer or torch gives: a tensor of the same shape, compared
    within the tolerance, or any other value, compared by ==.
    """

    uses: str
    what: str
    yours: Callable[[], object]
    real: object
    tolerance: float = TOLERANCE


class Outcome(NamedTuple):
    """How a step ended: its functions, what was compared, the difference in words, and whether it is small enough."""

    uses: tuple[str, ...]
    what: str
    difference: str
    equal: bool


class Mine:
    """The functions that a step calls: the learner's where they passed, else the reference's."""

    def __init__(self) -> None:
        self.whose: dict[str, str] = {}  # a function's name: "yours", or why it is the reference's
        self._found: dict[str, object] = {}

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._found:
            self._found[name], said = my_bert.look_up(name)
            self.whose[name] = said.removeprefix(f"{name}: ")
        return self._found[name]

    def is_yours(self, name: str) -> bool:
        """Whether the function of this name is the learner's own."""
        return self.whose[name].startswith("yours")


def against_bert(topic: str) -> None:
    """Run your own functions of a lesson on the real weights, and show where they equal the real BERT's.

    topic: "embeddings", as in the exercise notebook's name. What you have not solved yet is the reference's; the picture says
    which. Raises ValueError if there is no such lesson.
    """
    from IPython.display import display

    names = [lesson.topic for lesson in LESSONS[1:]]
    if topic not in names:
        raise ValueError(f"There is no lesson {topic!r} with functions to compare; the lessons are {', '.join(names)}.")
    mine = Mine()
    for name in exercises(topic):
        getattr(mine, name)
    module = importlib.import_module(f"course_utils.real_bert.{topic}")
    with known_state(), torch.no_grad():  # as in a check, no switch of the session's makes a right function wrong
        tokenizer, model = load_model()
        outcomes = list(run(module.steps(mine, tokenizer, model)))
    theirs = getattr(module, "THEIRS", REAL)
    draw_whose(mine, exercises(topic), outcomes, theirs).show()
    heads = ("functions", f"compared with {theirs}'s", "largest difference", "verdict")
    rows = [(", ".join(one.uses), one.what.replace("`", ""), one.difference, _verdict(one)) for one in outcomes]
    open_ones = _open(mine, exercises(topic))
    display(
        {
            "text/plain": "\n\n".join(filter(None, [as_plain(heads, rows), open_ones])),
            "text/html": as_html(heads, rows) + (f"<p>{escape(open_ones)}</p>" if open_ones else ""),
        },
        raw=True,
    )


def run(steps: Iterator[Step]) -> Iterator[Outcome]:
    """The outcome of each step; one that raises is told, and the next is tried."""
    while True:
        try:
            step = next(steps, None)
        except Exception as error:  # a learner's function between two steps
            yield Outcome((), "the steps that follow", f"stopped: {_said(error)}", False)
            return
        if step is None:
            return
        uses = tuple(step.uses.split())
        try:
            yield Outcome(uses, step.what, *_compared(step.yours(), step.real, step.tolerance))
        except Exception as error:
            yield Outcome(uses, step.what, f"stopped: {_said(error)}", False)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _compared(yours: object, real: object, tolerance: float) -> tuple[str, bool]:
    """The difference in words, and whether it is within the tolerance.

    The last digits of a float32 differ from machine to machine: a small difference is only said to be small.
    """
    if not isinstance(real, Tensor):
        return ("none", True) if yours == real else (f"{_short(yours)} is not {_short(real)}", False)
    if not isinstance(yours, Tensor):
        return f"a {type(yours).__name__}, and no tensor", False
    if yours.shape != real.shape:
        return f"shape {tuple(yours.shape)} is not {tuple(real.shape)}", False
    if not real.is_floating_point():
        count = int((yours != real).sum())
        return (f"{count} of {real.numel()} differ", False) if count else ("none", True)
    gap = largest_difference(yours, real)
    return (f"below {power(tolerance)}", True) if gap < tolerance else (f"{gap:.1g}", False)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _verdict(outcome: Outcome) -> str:
    return "✓ equal" if outcome.equal else "✗ stopped" if outcome.difference.startswith("stopped") else "✗ different"


def _open(mine: Mine, names: list[str]) -> str:
    """Which functions are not the learner's, and why."""
    why: dict[str, list[str]] = {}
    for name in names:
        if not mine.is_yours(name):
            reason = mine.whose[name].partition(", ")[2]
            why.setdefault("not passed yet" if "have not passed" in reason else reason, []).append(name)
    return "\n".join(
        f"The reference's instead of yours: {', '.join(found)} ({reason})." for reason, found in why.items()
    )


def draw_whose(mine: Mine, names: list[str], outcomes: list[Outcome], theirs: str = REAL) -> Picture:
    """A box for each exercise: green and whole if it is the learner's, grey and dashed if the reference's stands in for it."""
    wrong = {name for one in outcomes if not one.equal for name in one.uses}
    places, x, y = [], 20.0, 44.0
    for name in names:
        width = text_width(name, 13, mono=True) + 44
        if x + width > WIDTH - 20:
            x, y = 20.0, y + 40
        places.append((name, x, y, width))
        x += width + 10
    canvas = Canvas(WIDTH, y + 46)
    canvas.text(20, 22, f"Yours against {theirs}", 15, bold=True)
    legend = ["✓ yours, equal", "✗ yours, different", "○ not solved yet: the reference's"]
    for index, words in enumerate(legend):
        canvas.text((300, 420, 566)[index], 22, words, 12, MUTED)
    for name, left, top, width in places:
        sign, role = (
            ("○", "padding") if not mine.is_yours(name) else ("✗", "failed") if name in wrong else ("✓", "passed")
        )
        colour = COLOURS[role]
        fill = PAPER if sign == "○" else colour.fill
        dash = "4 3" if sign == "○" else ""
        canvas.rect(left, top, width, 30, fill, colour.line, radius=6, line=2, dash=dash)
        canvas.text(left + 12, top + 15, sign, 13, colour.ink, bold=True)
        canvas.text(left + 32, top + 15, name, 13, INK if sign != "○" else MUTED, mono=True)
    return canvas.picture(_caption(mine, names, outcomes, theirs))


def _caption(mine: Mine, names: list[str], outcomes: list[Outcome], theirs: str) -> str:
    yours, equal = sum(map(mine.is_yours, names)), sum(one.equal for one in outcomes)
    whose = "None of these functions is yours yet" if not yours else f"{yours} of {len(names)} functions are yours"
    whose = "All of these functions are yours" if yours == len(names) else whose
    if equal == len(outcomes):
        joined = ", and" if yours else "; with the reference's,"
        return f"{whose}{joined} all {equal} results equal {theirs}'s."
    return f"{whose}; {equal} of {len(outcomes)} results equal {theirs}'s."

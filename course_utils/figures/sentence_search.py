"""Lesson 08's pictures: the forgotten mask, the map of similarities, similarity by layer, same words misread."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import NamedTuple

from torch import Tensor

from .charts import as_rows, heat, scale
from .plots import finish, sheet, styled
from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas, text_width


@styled()
def draw_forgotten_mask(lengths: Sequence[int], with_mask: Sequence[float], without: Sequence[float]) -> Picture:
    """How similar a sentence alone is to itself in longer and longer batches: with the mask and without.

    lengths: the batches' lengths in tokens; the first is the sentence's own.
    """
    figure, axes = sheet(WIDTH, 330)
    axes.plot(lengths, with_mask, "o-", color=COLOURS["passed"].line, label="mean with the mask")
    axes.plot(lengths, without, "s--", color=COLOURS["failed"].line, label="mean without the mask")
    axes.set(xlabel="tokens in a row of the batch", ylabel="cosine with itself, alone", ylim=(0, 1.08))
    axes.set_title("One sentence in longer and longer batches")
    axes.legend(loc="lower left")
    worst = min(range(len(lengths)), key=without.__getitem__)
    return finish(
        figure,
        f"Without the mask a sentence loses itself the more padding it gets, down to a cosine of {without[worst]:.2f}; with "
        f"the mask padding {'changes nothing' if min(with_mask) > 1 - 1e-4 else 'changes it, too'}.",
    )


def draw_similarity(texts: Sequence[str], cosines: Tensor, groups: Sequence[int] | None = None) -> Picture:
    """The cosine of every sentence with every other as a map. cosines: (texts, texts).

    groups: for each text the number of its group; neighbours of one group are framed.
    """
    values, count = as_rows(cosines), len(texts)
    low = min(0.0, floor(10 * min(map(min, values))) / 10)  # cosines may be negative
    groups = list(groups) if groups is not None else [0] * count
    left, top = 388, 78
    cell = min(38.0, (WIDTH - left - 24) // count)
    canvas = Canvas(WIDTH, top + cell * count + 50)
    canvas.text(20, 24, "Cosine of every sentence with every other", 15, bold=True)
    numbers = [str(number) for number in range(1, count + 1)]
    heat(canvas, left, top, values, numbers, numbers, cell=cell, low=low, high=1.0)
    for i, text in enumerate(texts):
        lines = _two_lines(text, left - 52)
        for line, words in enumerate(lines):
            middle = top + (i + 0.5) * cell + (line - (len(lines) - 1) / 2) * 14
            canvas.text(20, middle, words, 12, INK, width=left - 52)
    for group in dict.fromkeys(groups):
        places = [i for i in range(count) if groups[i] == group]
        side = cell * len(places)
        canvas.rect(left + places[0] * cell, top + places[0] * cell, side, side, stroke=INK, line=2)
    scale(canvas, left + 40, canvas.height - 30, low, 1.0)
    pairs = [(i, j) for i in range(count) for j in range(i)]
    inside = [values[i][j] for i, j in pairs if groups[i] == groups[j]]
    outside = [values[i][j] for i, j in pairs if groups[i] != groups[j]]
    if inside and outside:
        caption = f"The mean cosine is {_mean(inside):.2f} within the frames and {_mean(outside):.2f} outside."
    else:
        caption = f"The mean cosine of two different sentences is {_mean(inside + outside):.2f}."
    return canvas.picture(caption)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _two_lines(text: str, width: float) -> list[str]:
    """A text on one line, or on two if it is too long: the first holds as many words as fit."""
    words = text.split(" ")
    fitting = next((n for n in range(len(words), 1, -1) if text_width(" ".join(words[:n]), 12) <= width), 1)
    return [" ".join(part) for part in (words[:fitting], words[fitting:]) if part]


@styled()
def draw_similarity_by_layer(lines: Mapping[str, Sequence[float]]) -> Picture:
    """Cosines at each hidden state of the model, one line for each kind of pair: `{"weather, weather": [.61, ...], ...}`."""
    figure, axes = sheet(WIDTH, 340)
    states = len(next(iter(lines.values())))
    looks = zip(("o-", "s--", "^:", "D-."), ("passed", "failed", "token", "query"), strict=True)
    for (name, cosines), (line, role) in zip(lines.items(), looks, strict=False):
        axes.plot(range(states), cosines, line, color=COLOURS[role].line, label=name)
    axes.set(xlabel="hidden_states[...]", ylabel="cosine of the means", xticks=range(states))
    axes.set_ylim(min(0.0, *(min(values) for values in lines.values())) - 0.02, 1.02)
    axes.set_title("How alike two sentences are, layer by layer")
    axes.legend(loc="lower left")
    falls = {name: cosines[-2] - cosines[-1] for name, cosines in lines.items()}
    most = max(falls, key=falls.__getitem__)
    return finish(
        figure,
        f"The last layer changes most: there the cosine of “{most}” falls from {lines[most][-2]:.2f} to {lines[most][-1]:.2f}.",
    )


def draw_pairs(maps: Mapping[str, Tensor], names: Sequence[str]) -> Picture:
    """Cosines of n sentences with n paraphrases, the n right pairs framed; two maps side by side, (n, n) each."""
    count, top, left = len(names), 92, 116
    cell = (WIDTH - left - 72) // (2 * count)
    canvas = Canvas(WIDTH, top + cell * count + 46)
    canvas.text(20, 24, "Which paraphrase is mine? Framed: the right one", 15, bold=True)
    numbers, told = [str(number) for number in range(1, count + 1)], []
    for column, (name, cosines) in enumerate(maps.items()):
        values, x = as_rows(cosines), left + column * (cell * count + 44)
        labels = [f"{theme} {number}" for theme, number in zip(names, numbers, strict=True)]
        heat(
            canvas,
            x,
            top,
            values,
            [""] * count if column else labels,
            numbers,
            cell=cell,
            decimals=None,
            low=0.0,
            high=1.0,
        )
        canvas.text(x, 56, name, 13, bold=True)
        for i in range(count):
            canvas.rect(x + i * cell, top + i * cell, cell, cell, stroke=COLOURS["feed_forward"].line, line=2)
        right = _mean([values[i][i] for i in range(count)])
        wrong = _mean([values[i][j] for i in range(count) for j in range(count) if i != j])
        told.append(f"{right - wrong:.2f} ({name})")
    scale(canvas, left, canvas.height - 28, 0.0, 1.0)
    return canvas.picture(f"The right pairs are nearer than the wrong ones, in the mean by {' and by '.join(told)}.")


class Trial(NamedTuple):
    """A sentence, one of the same sense, one of another sense in nearly the same words, and both cosines."""

    kind: str
    sentence: str
    same: str
    other: str
    same_cosine: float
    other_cosine: float

    @property
    def is_right(self) -> bool:
        """Whether the sentence that means the same is the more similar one."""
        return self.same_cosine > self.other_cosine


def draw_trials(trials: Sequence[tuple[str, str, str, str, float, float]]) -> Picture:
    """For each trial two bars: the cosine with what means the same, and with what only sounds the same.

    trials: (kind, sentence, same sense, other sense, cosine with the one, cosine with the other) each.
    """
    trials = [Trial(*trial) for trial in trials]
    row, left, room = 80, 446, 288
    canvas = Canvas(WIDTH, 54 + row * len(trials) + 8)
    canvas.text(20, 24, "Same sense or same words: which is nearer?", 15, bold=True)
    canvas.text(WIDTH - 20, 24, "cosine with the sentence in bold: = same sense, ≠ another", 12, MUTED, anchor="end")
    for number, trial in enumerate(trials):
        y = 50 + row * number
        verdict, role = ("✓ sense wins", "passed") if trial.is_right else ("✗ words win", "failed")
        canvas.line([(20, y), (WIDTH - 20, y)], MUTED, 0.5)
        canvas.text(20, y + 16, trial.sentence, 13, bold=True, width=WIDTH - 320)
        canvas.text(WIDTH - 20, y + 16, f"{trial.kind}: {verdict}", 13, COLOURS[role].ink, anchor="end", bold=True)
        for line, (sign, text, cosine, colour) in enumerate(
            (("=", trial.same, trial.same_cosine, "passed"), ("≠", trial.other, trial.other_cosine, "failed"))
        ):
            middle = y + 38 + 22 * line
            canvas.text(24, middle, sign, 13, COLOURS[colour].ink, bold=True)
            canvas.text(40, middle, text, 12, width=left - 54)
            length = round(max(cosine, 0.0) * room)
            canvas.rect(left, middle - 7, max(length, 1), 14, COLOURS[colour].fill, COLOURS[colour].line)
            canvas.text(left + length + 6, middle, f"{cosine:.2f}", 12, MUTED)
    wins = sum(trial.is_right for trial in trials)
    return canvas.picture(
        f"In {wins} of {len(trials)} trials the sentence of the same sense is nearer than the one of nearly the same words."
    )

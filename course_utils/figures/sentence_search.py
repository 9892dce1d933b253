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
        f"A sentence of {lengths[0]} tokens, padded to up to {lengths[-1]}: how similar is its vector to the one it has "
        f"alone? With the mask it never falls below {min(with_mask):.2f}. Without, it falls to "
        f"{without[worst]:.2f} at {lengths[worst]} tokens.",
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
    i, j = max(pairs, key=lambda pair: round(values[pair[0]][pair[1]], 4))
    means = f"The mean over pairs within a frame is {sum(inside) / len(inside):.2f}" if inside else ""
    means += f", over pairs of different frames {sum(outside) / len(outside):.2f}. " if inside and outside else ". "
    return canvas.picture(
        f"{count} sentences, compared with each other. {means if inside else ''}The highest cosine of two different ones is "
        f"{values[i][j]:.2f}: “{texts[j]}” and “{texts[i]}”."
    )


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
    told = "; ".join(
        f"{name} {values[0]:.2f} at the embeddings, {values[-2]:.2f} before the last layer, {values[-1]:.2f} after it"
        for name, values in lines.items()
    )
    return finish(figure, f"The cosine of two sentences' mean vectors at each of the {states} hidden states: {told}.")


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
        right = sum(values[i][i] for i in range(count)) / count
        wrong = (sum(map(sum, values)) - right * count) / (count * count - count)
        told.append(f"{name}: right pairs {right:.2f}, wrong pairs {wrong:.2f}")
    scale(canvas, left, canvas.height - 28, 0.0, 1.0)
    return canvas.picture(
        f"Cosines of {count} sentences with {count} paraphrases, mean of the right and the wrong pairs. {'; '.join(told)}."
    )


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
    worst = max(trials, key=lambda trial: round(trial.other_cosine - trial.same_cosine, 4))
    lost = (
        f" The widest miss: “{worst.sentence}” has a cosine of {worst.other_cosine:.2f} with “{worst.other}” and "
        f"{worst.same_cosine:.2f} with “{worst.same}”."
    )
    return canvas.picture(
        f"In {wins} of {len(trials)} trials the sentence of the same sense is nearer than the one of nearly the same words."
        + (lost if not worst.is_right else "")
    )

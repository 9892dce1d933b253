"""Lesson 12's pictures: an error and its gradient, what LoRA adds, what is taken for what, how sure, how many examples.

The last digits of a training's results differ from processor to processor. So what was trained is drawn by matplotlib,
whose pixels are not compared, and captions of it say only what holds everywhere.
"""

import datetime
from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

from torch import Tensor

from course_utils.given.fine_tune import accuracy_interval

from .charts import bars
from .plots import colour_map, finish, sheet, styled
from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas

_LOOKS = (("query", "o-"), ("value", "s-"), ("attention", "^-"), ("feed_forward", "D-"))  # a line per way of training


def draw_logit_gradient(names: Sequence[str], probabilities: Tensor, gradient: Tensor, right: int) -> Picture:
    """One text's probabilities, and the gradient of its loss with respect to the logits: (classes,) each. right: its class."""
    p, slopes = ([round(value, 3) for value in one.tolist()] for one in (probabilities, gradient))
    canvas = Canvas(WIDTH, 66 + 24 * len(names) + 14)
    for x, words in ((158, "probability"), (528, "gradient with respect to the logit")):
        canvas.text(x, 24, words, 14, bold=True)
    canvas.text(158, 46, f"the right class: {names[right]}", 12, MUTED)
    canvas.text(528, 46, "left of the line: raise this logit; right: lower it", 12, MUTED)
    bars(canvas, 20, 60, 400, names, p, high=1.0, label_width=130, mark=right)
    bars(canvas, 430, 60, 400, [""] * len(names), slopes, role="feed_forward", high=1.0, label_width=0, mark=right)
    others = [slope for number, slope in enumerate(slopes) if number != right]
    return canvas.picture(
        f"The right class, {names[right]}, has a probability of {p[right]:.2f} and a gradient of {slopes[right]:.2f}. The "
        f"others' gradients are from {min(others):.2f} to {max(others):.2f}; all {len(names)} sum to {abs(sum(slopes)):.2f}."
    )


def draw_lora(size: tuple[int, int], rank: int) -> Picture:
    """What LoRA adds to a weight of `size` (out, in), to scale, and what is left of it after merging."""
    out, into = size
    scale = 170 / max(out, into)
    high, wide, thin = out * scale, into * scale, max(rank * scale, 2)
    frozen, trained = COLOURS["token"], COLOURS["feed_forward"]
    canvas = Canvas(WIDTH, high + 140)
    top, middle = 62, 62 + high / 2
    canvas.text(20, 24, f"A dense layer and its correction of rank {rank}, to scale", 15, bold=True)

    def block(x: float, y: float, width: float, height: float, colour, name: str, rows: int, columns: int) -> None:
        canvas.rect(x, y, width, height, colour.fill, colour.line, line=1.5)
        canvas.text(x + width / 2, top + high + 20, name, 14, colour.ink, anchor="middle", bold=True)
        canvas.text(x + width / 2, top + high + 40, f"{rows} × {columns}", 12, MUTED, anchor="middle")
        canvas.text(x + width / 2, top + high + 58, f"{rows * columns:,} numbers", 12, MUTED, anchor="middle")

    block(40, top, wide, high, frozen, "W, frozen", out, into)
    canvas.text(40 + wide + 44, middle, "+   α/r  ·", 17, anchor="middle")
    left = 40 + wide + 120
    block(left, top, thin, high, trained, "B, trained", out, rank)
    canvas.text(left + thin + 26, middle, "·", 17, anchor="middle")
    block(left + thin + 52, middle - thin / 2, wide, thin, trained, "A, trained", rank, into)
    canvas.text(left + thin + 52 + wide + 32, middle, "=", 17, anchor="middle")
    block(left + thin + 52 + wide + 64, top, wide, high, frozen, "merged", out, into)
    added = rank * (out + into)
    return canvas.picture(
        f"W has {out * into:,} numbers, which stay. B and A together have {added:,}, {added / (out * into):.1%} of that; their "
        f"product has the size of W again, and can be added to it."
    )


@styled()
def draw_confusion(counts: Tensor, names: Sequence[str]) -> Picture:
    """What was taken for what: counts (classes, classes), rows are the right classes, columns the chosen ones."""
    from matplotlib.patches import Rectangle

    rows = counts.tolist()
    figure, axes = sheet(WIDTH, 200 + 30 * len(names))
    axes.imshow(counts.numpy(), cmap=colour_map(), vmin=0, aspect="auto")
    highest = max(map(max, rows))
    for i, row in enumerate(rows):
        for j, count in enumerate(row):
            if count:
                ink = "white" if count > highest / 2 else INK
                axes.text(
                    j, i, count, ha="center", va="center", fontsize=12, color=ink, weight="bold" if i != j else None
                )
        axes.add_patch(Rectangle((i - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=COLOURS["passed"].line, linewidth=1.5))
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="chosen", ylabel="right")
    axes.set_title("What was taken for what; framed: right answers")
    axes.grid(False)
    right, total = int(counts.trace()), int(counts.sum())
    return finish(
        figure,
        f"Of {total} messages {coarse(right / total)} are on the diagonal, where the chosen intent is the right one.",
    )


def coarse(share: float) -> str:
    """A share in words that every processor agrees on."""
    for least, words in ((1.0, "all"), (0.75, "more than 3 of 4"), (0.5, "at least half")):
        if share >= least:
            return words
    return "less than half"


@styled()
def draw_confidence(highest: Mapping[str, tuple[Tensor, Tensor]], names: tuple[str, str]) -> Picture:
    """How sure models are: for each the highest probability of known messages and of strangers. names: of the two."""
    figure, all_axes = sheet(WIDTH, 320, 1, len(highest), squeeze=False, sharey=True)
    edges = [number / 10 for number in range(11)]
    for axes, (title, both) in zip(all_axes[0], highest.items(), strict=True):
        for values, name, role, hatch in zip(both, names, ("value", "feed_forward"), ("", "///"), strict=True):
            weights = [100 / len(values)] * len(values)
            colour = COLOURS[role]
            axes.hist(
                values.tolist(), edges, weights=weights, label=name, facecolor=colour.fill + "b0", edgecolor=colour.line,
                hatch=hatch, linewidth=1.2, histtype="stepfilled",
            )  # fmt: skip
        axes.set(title=title, xlabel="highest probability", xlim=(0, 1))
    all_axes[0, 0].set_ylabel("messages, %")
    all_axes[0, 0].set_ylim(top=1.35 * all_axes[0, 0].get_ylim()[1])  # room for the legend
    all_axes[0, 0].legend(loc="upper left")
    told = "; ".join(
        f"{title}, " + " and ".join(f"{name} {_half(values)}" for name, values in zip(names, both, strict=True))
        for title, both in highest.items()
    )
    return finish(
        figure, f"How sure the models are of what they choose, the median of the highest probability: {told}."
    )


def _half(values: Tensor) -> str:
    """On which side of one half the median is: finer digits differ between processors."""
    return "above 0.5" if float(values.median()) > 0.5 else "below 0.5"


@styled()
def draw_learning_curve(curve: Mapping[str, Any]) -> Picture:
    """Accuracy against messages per intent, a line per way, from the lowest seed to the highest one.

    curve: the result of `load_learning_curve`.
    """
    sizes, ways = curve["sizes"], curve["ways"]
    figure, axes = sheet(WIDTH, 430)
    for number, (way, (role, look)) in enumerate(zip(ways, _LOOKS, strict=False)):
        rows = [[100 * share for share in row] for row in way["accuracy"]]
        means, colour = [sum(row) / len(row) for row in rows], COLOURS[role].line
        reach = [[mean - min(row), max(row) - mean] for mean, row in zip(means, rows, strict=True)]
        places = [size * 2 ** (0.06 * (number - (len(ways) - 1) / 2)) for size in sizes]  # side by side
        axes.errorbar(places, means, list(zip(*reach, strict=True)), fmt=look, color=colour, capsize=3, elinewidth=1.4)
    _name_the_ends(axes, ways)
    low, high = accuracy_interval(round(_mean(ways[-1]["accuracy"][-1]) * curve["held_out"]), curve["held_out"])
    axes.plot([sizes[0]] * 2, [100 * low, 100 * high], color=INK, linewidth=6, alpha=0.35)
    axes.annotate(
        f"so far apart are the ends of a 95 % interval\nfor one accuracy on {curve['held_out']} messages",
        (sizes[0], 100 * (low + high) / 2), (10, 0), textcoords="offset points", va="center", fontsize=12, color=MUTED,
    )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, sizes)
    axes.minorticks_off()
    axes.set_xlim(sizes[0] / 1.2, sizes[-1] * 1.15)
    axes.set(xlabel="messages per intent to learn from", ylabel="right, %")
    axes.set_title(f"{len(curve['seeds'])} seeds each: mean, lowest and highest")
    told = "; ".join(
        f"{way['name']} {_mean(way['accuracy'][0]):.0%} and {_mean(way['accuracy'][-1]):.0%}" for way in ways
    )
    return finish(
        figure,
        f"Right answers with {sizes[0]} and with {sizes[-1]} messages per intent, means over {len(curve['seeds'])} seeds: "
        f"{told}. Measured on {_day(curve['date'])}, {curve['processor']}, torch {curve['torch']}.",
    )


def _name_the_ends(axes, ways: Sequence[Mapping[str, Any]]) -> None:
    """Each line's name at its right end, at least as far apart as a line of text is high."""
    ends = sorted((100 * _mean(way["accuracy"][-1]), number) for number, way in enumerate(ways))
    heights: list[float] = []
    for mean, _ in ends:
        heights.append(max([mean, *(height + 2.6 for height in heights[-1:])]))
    for height, (mean, number) in zip(heights, ends, strict=True):
        ink = COLOURS[_LOOKS[number][0]].ink
        words, across = f"{ways[number]['name']}: {mean:.0f} %", ("axes fraction", "data")
        axes.annotate(words, (1, height), (8, 0), across, "offset points", va="center", color=ink, weight="bold")


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _day(date: str) -> str:
    day = datetime.date.fromisoformat(date)
    return f"{day.day} {day:%B %Y}"


@styled()
def draw_forgetting(curve: Mapping[str, Any], measure: str = "same theme") -> Picture:
    """What a model finds in lesson 08's search before any fine-tuning and after it: one row per way, a point per seed.

    curve: the result of `load_learning_curve`. measure: which of its measures of the search.
    """
    tuned = [way for way in curve["ways"] if "search" in way]
    before = 100 * curve["search"][measure]
    figure, axes = sheet(WIDTH, 130 + 44 * len(tuned))
    for row, way in enumerate(tuned):
        shares = [100 * share for share in way["search"][measure]]
        role = _LOOKS[curve["ways"].index(way)][0]
        axes.plot([before, _mean(shares)], [row, row], color=COLOURS[role].line, linestyle="-", linewidth=2)
        axes.plot(shares, [row] * len(shares), "o", color=COLOURS[role].line, markersize=8, alpha=0.6)
    axes.axvline(before, color=INK, linewidth=1.2, linestyle="--")
    axes.annotate(
        f"before: {before:.0f} %", (before, 1), (0, 4), ("data", "axes fraction"), "offset points", ha="center"
    )
    axes.set_yticks(range(len(tuned)), [way["name"] for way in tuned])
    axes.set_ylim(len(tuned) - 0.5, -0.5)
    axes.set_xlim(0, 105)
    axes.set_xlabel(f"{measure}, %")
    told = "; ".join(f"{way['name']} {_mean(way['search'][measure]):.0%}" for way in tuned)
    return finish(figure, f"Lesson 08's search, {measure}: before {before / 100:.0%}; after the training, {told}.")


@styled()
def draw_accuracies(right: Mapping[str, Sequence[float]], sizes: Sequence[int], total: int) -> Picture:
    """Each way's share of right answers, of `total` messages, with its 95 % interval; one panel per size.

    right: one share per size for each way.
    """
    figure, all_axes = sheet(WIDTH, 120 + 40 * len(right), 1, len(sizes), squeeze=False, sharex=True, sharey=True)
    names, widths = list(right), []
    for column, (axes, size) in enumerate(zip(all_axes[0], sizes, strict=True)):
        for row, (role, look) in enumerate(_LOOKS[: len(names)]):
            share = right[names[row]][column]
            low, high = accuracy_interval(round(share * total), total)
            reach = [[100 * (share - low)], [100 * (high - share)]]
            axes.errorbar(100 * share, row, xerr=reach, fmt=look[0], color=COLOURS[role].line, capsize=4, markersize=8)
            widths.append(100 * (high - low))
            axes.annotate(
                f"{share:.0%}", (100 * share, row), (0, 9), textcoords="offset points", ha="center", fontsize=12
            )
        axes.set(title=f"{size} messages per intent", xlabel="right, %")
    all_axes[0, 0].set_yticks(range(len(names)), names)
    all_axes[0, 0].set_ylim(len(names) - 0.5, -0.7)
    return finish(
        figure,
        f"Shares of {total} held-out messages that were given the right intent, for {' and for '.join(map(str, sizes))} messages "
        f"per intent to learn from, with 95 % intervals that are {floor(min(widths))} to {ceil(max(widths))} points wide.",
    )

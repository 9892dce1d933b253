"""Lesson 10's pictures: padding as grey area, a padded batch beside a packed row, the race, and time by part."""

import datetime
from collections.abc import Mapping, Sequence

from torch import Tensor

from course_utils.reference.speed import length_sorted_batches

from .charts import bars
from .plots import finish, sheet, styled
from .style import COLOURS, HAIRLINE, INK, MUTED, WIDTH, Picture
from .svg import Canvas


def in_batches(indices: Sequence[int], batch_size: int) -> list[list[int]]:
    """A list of indices cut into batches, in their order."""
    return [list(indices[start : start + batch_size]) for start in range(0, len(indices), batch_size)]


def computed_tokens(lengths: Sequence[int], batches: Sequence[Sequence[int]]) -> int:
    """How many tokens a model computes for batches of indices, each padded to its longest text."""
    return sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)


# Padding as area --------------------------------------------------------------------------------


@styled()
def draw_padding(lengths: Sequence[int], batch_size: int = 32) -> Picture:
    """Every text as a column as high as it is long, with its padding: unsorted, sorted by length, packed."""
    by_length = length_sorted_batches(list(lengths), batch_size)
    ways = {
        "unsorted": in_batches(range(len(lengths)), batch_size),
        "sorted by length": by_length,
        "packed": [[index] for batch in by_length for index in batch],
    }
    needed = sum(lengths)
    figure, all_axes = sheet(WIDTH, 330, columns=3, sharey=True)
    padding, token = COLOURS["padding"], COLOURS["token"]
    wasted = {}
    for axes, (name, batches) in zip(all_axes, ways.items(), strict=True):
        own = [lengths[index] for batch in batches for index in batch]
        padded = [max(lengths[index] for index in batch) for batch in batches for _ in batch]
        places = range(len(own) + 1)
        axes.fill_between(
            places,
            [*padded, padded[-1]],
            step="post",
            facecolor=padding.fill,
            edgecolor=padding.line,
            hatch="////",
            linewidth=0,
            label="padding",
        )
        axes.fill_between(
            places, [*own, own[-1]], step="post", facecolor=token.line, edgecolor="none", label="real tokens"
        )
        wasted[name] = 1 - needed / sum(padded)
        axes.set_title(f"{name}: {wasted[name]:.0%} padding")
        axes.set_xlabel("text")
        axes.set_xlim(0, len(own))
        axes.grid(False)
    all_axes[0].set_ylabel("tokens")
    all_axes[0].set_ylim(0, max(lengths) * 1.22)
    all_axes[0].legend(loc="upper right", ncols=2, handlelength=1.2, columnspacing=0.9)
    return finish(
        figure,
        f"{len(lengths):,} texts with {needed:,} tokens, in batches of {batch_size} padded to the longest text. Unsorted, "
        f"{wasted['unsorted']:.0%} of what the model computes is padding, the hatched grey area; with texts of similar "
        f"length in a batch {wasted['sorted by length']:.0%}; packed none.",
    )


# A padded batch and a packed row ----------------------------------------------------------------


def draw_packing(rows: Sequence[Sequence[str]], position_ids: Tensor, cu_seqlens: Tensor, mask: Tensor) -> Picture:
    """The same sequences as a padded batch and as one row with its positions and boundaries, and the row's mask.

    rows: the tokens of each sequence. position_ids: (1, N). cu_seqlens: (n + 1,). mask: (1, 1, N, N), additive.
    """
    bounds, positions, allowed = cu_seqlens.tolist(), position_ids[0].tolist(), (mask[0, 0] == 0).tolist()
    count, longest = bounds[-1], max(map(len, rows))
    roles = ("query", "key", "value", "attention", "feed_forward")
    wide = min(60.0, (WIDTH - 320) / longest)  # a cell of the padded batch
    cell = min(46.0, (WIDTH - 118) / count)  # of the row
    small = min(17.0, 310 / count)  # of the mask
    top = 40 + 26 * len(rows)
    canvas = Canvas(WIDTH, top + 134 + small * count + 34)
    canvas.text(24, 24, f"Padded: {len(rows)} rows of {longest}", 15, bold=True)
    for number, row in enumerate(rows):
        padded = [place >= len(row) for place in range(longest)]
        labels = [*row, *["[PAD]"] * (longest - len(row))]
        canvas.strip(24, 42 + 26 * number, labels, roles[number % 5], cell=(wide, 24), padded=padded)
    canvas.text(24, top + 26, f"Packed: one row of {count}", 15, bold=True)
    x, y = 94, top + 46
    for number, row in enumerate(rows):
        start = bounds[number]
        canvas.strip(x + start * cell, y, row, roles[number % 5], cell=(cell, 26))
        canvas.line([(x + start * cell, y - 6), (x + start * cell, y + 54)], INK, 1.5)
        canvas.text(x + start * cell + 3, y + 56, start, 12, INK, bold=True)
    canvas.line([(x + count * cell, y - 6), (x + count * cell, y + 54)], INK, 1.5)
    canvas.text(x + count * cell - 3, y + 56, count, 12, INK, anchor="end", bold=True)
    for place, position in enumerate(positions):
        canvas.text(x + (place + 0.5) * cell, y + 38, position, 12, MUTED, anchor="middle")
    canvas.text(x - 8, y + 13, "tokens", 12, MUTED, anchor="end")
    canvas.text(x - 8, y + 38, "positions", 12, MUTED, anchor="end")
    canvas.text(x - 8, y + 56, "boundaries", 12, MUTED, anchor="end")
    top, x = y + 88, x + 56
    canvas.text(24, top + 10, "The mask", 15, bold=True)
    words = [word for row in rows for word in row]
    for i in range(count):
        owner = sum(bound <= i for bound in bounds) - 1
        if small >= 13:
            canvas.text(x + 34, top + (i + 0.5) * small, words[i], 11, anchor="end")
        for j in range(count):
            fill = COLOURS[roles[owner % 5]].line if allowed[i][j] else COLOURS["padding"].fill
            canvas.rect(x + 40 + j * small, top + i * small, small, small, fill, HAIRLINE, line=0.5)
    seen = sum(map(sum, allowed))
    right = x + 40 + count * small + 24
    legend = (
        "row: who looks; column: who is looked at",
        f"coloured: {seen} pairs that may meet",
        f"grey: {count * count - seen} pairs kept apart by the mask",
    )
    for line, words in enumerate(legend):
        canvas.text(right, top + 12 + 24 * line, words, 13, width=WIDTH - right - 16)
    padded_tokens = len(rows) * longest
    return canvas.picture(
        f"{len(rows)} sequences with {count} tokens. As a padded batch they take {padded_tokens} places, "
        f"{padded_tokens - count} of them padding; packed they take {count}. Positions start at 0 again at the boundaries "
        f"{', '.join(map(str, bounds))}, and the mask lets {seen} of {count * count} pairs of tokens meet."
    )


# Times ------------------------------------------------------------------------------------------


def draw_race(seconds: Mapping[str, float], one: str, texts: int) -> Picture:
    """Each way's time as a bar, in multiples of the time that the way `one` takes."""
    ratios = {name: taken / seconds[one] for name, taken in seconds.items()}
    names = list(ratios)
    canvas = Canvas(WIDTH, 76 + 30 * len(names))
    canvas.text(
        24, 26, f"Time for {texts:,} texts, in multiples of the time of “{one}”", 15, bold=True, width=WIDTH - 48
    )
    look = {"role": "feed_forward", "height": 30, "label_width": 230, "decimals": 1, "unit": " ×"}
    bars(canvas, 24, 52, WIDTH - 60, names, list(ratios.values()), **look, mark=names.index(one))
    slowest = max(ratios, key=ratios.__getitem__)
    return canvas.picture(
        f"Time for {texts:,} texts, measured side by side: “{slowest}” takes {ratios[slowest]:.1f} times as long as “{one}”."
    )


def draw_full_race(race: Mapping) -> Picture:
    """The stored race, one group of bars per set of texts, in multiples of the time of the fastest way.

    race: the result of `full_race`.
    """
    names = list(race["races"][0]["seconds"])
    label, line, bottom = 200, 28, 86 + 28 * len(names)
    room = (WIDTH - 48 - label) / len(race["races"])
    canvas = Canvas(WIDTH, bottom + 18)
    canvas.text(24, 24, "Time of each way, in multiples of the shortest", 15, bold=True)
    slowest = max(max(one["seconds"].values()) / min(one["seconds"].values()) for one in race["races"])
    look = {"role": "feed_forward", "height": line, "decimals": 1, "unit": " ×", "high": round(slowest, 1)}
    for number, one in enumerate(race["races"]):
        ratios = [round(taken / min(one["seconds"].values()), 1) for taken in one["seconds"].values()]
        fastest = min(range(len(names)), key=lambda place: one["seconds"][names[place]])
        left = 24 + label + number * room
        title = f"{one['texts']:,} {one['what']}, {one['padding']:.0%} padding"
        canvas.text(left + 8, 54, title, 13, MUTED, width=room - 12)
        if number:
            bars(canvas, left, 70, room, [""] * len(names), ratios, **look, label_width=0, mark=fastest)
        else:
            bars(canvas, 24, 70, label + room, names, ratios, **look, label_width=label, mark=fastest)
    day = datetime.date.fromisoformat(race["date"])
    cores = f"{race['cores']} cores" if race["cores"] > 1 else "one core"
    where = f"{race['processor']}, {cores}, torch {race['torch']}, {day.day} {day:%B %Y}"
    canvas.text(24, bottom, where, 12, MUTED)
    return canvas.picture(f"{_what_sorting_saves(race)} {_how_it_was_measured(race)}")


def _what_sorting_saves(race: Mapping) -> str:
    """How many times as fast the second way, sorting, makes the first."""
    gains = []
    for one in race["races"]:
        plain, by_length, *_ = one["seconds"].values()
        gains.append(f"{plain / by_length:.1f} times as fast where {one['padding']:.0%} was padding")
    return f"Sorting by length makes plain batches {', and '.join(gains)}."


def _how_it_was_measured(race: Mapping) -> str:
    """On one core `python -m bench race` takes the processor's time, else the time on the wall."""
    what = "" if race["cores"] > 1 else "is the processor's and "
    others = (
        f"while other programs used {race['others']:.0%} of the machine" if race["others"] >= 0.1 else "undisturbed"
    )
    alone = "" if race["cores"] > 1 else " On one core, one pack per core saves nothing."
    return f"The time {what}was measured {others}, all ways in turn; of {race['rounds']} rounds the best of each way counts.{alone}"


_PART_ROLES = ("feed_forward", "attention", "key", "norm", "query", "padding")  # in the order of the parts


def draw_parts(seconds: Mapping[str, Mapping[str, float]]) -> Picture:
    """For each way one bar, as long as its time, divided by the parts of the model; the longest fills the width."""
    longest = max(sum(parts.values()) for parts in seconds.values())
    roles = dict(zip(next(iter(seconds.values())), _PART_ROLES, strict=True))
    left, room = 220, WIDTH - 220 - 40
    canvas = Canvas(WIDTH, 134 + 46 * len(seconds))
    canvas.text(24, 26, "Where the time goes (below: the share of each part, bar by bar)", 15, bold=True)
    for row, (name, parts) in enumerate(seconds.items()):
        middle, x = 62 + 46 * row, float(left)
        canvas.text(left - 12, middle, name, 13, anchor="end", width=left - 30)
        whole = sum(parts.values())
        for part, taken in parts.items():
            width, colour = taken / longest * room, COLOURS[roles[part]]
            canvas.rect(x, middle - 15, width, 30, colour.fill, colour.line, title=f"{part}: {taken / whole:.0%}")
            if width > 40:
                canvas.text(x + width / 2, middle, f"{taken / whole:.0%}", 12, colour.ink, anchor="middle")
            x += width
    for number, (part, role) in enumerate(roles.items()):  # also the parts too narrow for a number in the bar
        x, y = 24 + (WIDTH - 48) / 3 * (number % 3), 62 + 46 * len(seconds) + 8 + 24 * (number // 3)
        canvas.rect(x, y - 8, 16, 16, COLOURS[role].fill, COLOURS[role].line)
        shares = [f"{parts[part] / sum(parts.values()):.0%}" for parts in seconds.values()]
        canvas.text(x + 22, y, f"{part}: {', '.join(shares)}", 12)
    first = next(iter(roles))
    told = " and ".join(f"{parts[first] / sum(parts.values()):.0%} of “{name}”" for name, parts in seconds.items())
    return canvas.picture(f"Each bar is as long as the time that its way took. The {first} are {told}.")

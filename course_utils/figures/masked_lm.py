"""Lesson 11's pictures: what masking does, how a training went, what attention learned, what the model guesses.

The last digits of a training's results differ from processor to processor. So curves and maps are drawn by matplotlib,
whose pixels are not compared, and captions say only what holds everywhere.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from course_utils.given.tiny_model import MaskedLM, attention_maps
from course_utils.modes import in_eval_mode

from .charts import bars
from .plots import colour_map, finish, sheet, styled
from .style import COLOURS, INK, MUTED, WIDTH, Picture
from .svg import Canvas

if TYPE_CHECKING:
    from transformers import BertTokenizer

_WINDOW = 20  # each point of a loss curve is the mean over at most so many steps; one batch of 32 sentences is noisy
_LONG = 24  # letters of an unknown word that a message repeats
COIN = 0.75  # with a smaller share of right answers a model is said to be hardly better than a coin


class History(NamedTuple):
    """A training: the loss of each step, and (step, share of right answers) of the questions asked on the way."""

    losses: list[float]
    asked: list[tuple[int, float]]


def smooth(losses: Sequence[float], window: int = _WINDOW) -> list[float]:
    """Each loss as the mean of itself and those just before it."""
    return [sum(losses[max(0, i + 1 - window) : i + 1]) / min(i + 1, window) for i in range(len(losses))]


def readable(losses: Sequence[float]) -> list[float]:
    """A curve smooth enough to be read: the mean over fewer steps where there are few."""
    return smooth(losses, min(_WINDOW, max(1, len(losses) // 12)))


def at_the_end(losses: Sequence[float]) -> float:
    """The mean over the last sixth of the steps, at most 100."""
    return smooth(losses, min(100, max(1, len(losses) // 6)))[-1]


def about(loss: float) -> str:
    """A loss to the nearest quarter: finer digits differ between processors."""
    return f"{round(4 * loss) / 4:.2f}"


def draw_masking(tokenizer: "BertTokenizer", input_ids: Tensor, inputs: Tensor, labels: Tensor) -> Picture:
    """One sentence before the masking, as the model sees it, and its labels: ids (tokens,) each."""
    rows = [tokenizer.convert_ids_to_tokens(ids.tolist()) for ids in (input_ids, inputs)]
    answers = ["·" if label == -100 else tokenizer.convert_ids_to_tokens(int(label)) for label in labels]
    chosen = (labels != -100).tolist()
    width = min(76, (WIDTH - 150) // len(chosen))
    canvas = Canvas(WIDTH, 150)
    for line, (name, words) in enumerate((("sentence", rows[0]), ("inputs", rows[1]), ("labels", answers))):
        y = 22 + 40 * line
        canvas.text(116, y + 13, name, 13, anchor="end", bold=True)
        for i, word in enumerate(words):
            role = "attention" if chosen[i] else "token"
            if name == "labels" and not chosen[i]:
                canvas.text(130 + width * (i + 0.5), y + 13, word, 13, MUTED, anchor="middle")
                continue
            fill, line_width = COLOURS[role].fill, 2 if chosen[i] else 1
            canvas.rect(130 + width * i, y, width - 4, 26, fill, COLOURS[role].line, line=line_width)
            canvas.text(130 + width * (i + 0.5) - 2, y + 13, word, 13, anchor="middle", mono=True, width=width - 8)
    fates = [
        f"{old} became {new}" if old != new else f"{old} stayed"
        for old, new, is_chosen in zip(*rows, chosen, strict=True)
        if is_chosen
    ]
    told = "; ".join(fates) if fates else "nothing"
    return canvas.picture(
        f"{sum(chosen)} of {len(chosen)} tokens are chosen: {told}. Labels are the original words there, and -100, shown as a "
        "dot, everywhere else."
    )


@styled()
def draw_training(history: History, levels: Mapping[str, float], chance: float = 0.5) -> Picture:
    """The loss of a training step by step, with named levels as lines; below it the right answers, if any.

    chance: the share of right answers by guessing.
    """
    parts = 2 if history.asked else 1
    figure, axes = sheet(
        WIDTH, 300 + 190 * (parts - 1), parts, 1, squeeze=False, sharex=True, height_ratios=[3, 2][:parts]
    )
    _curve(axes[0, 0], history, levels)
    caption = f"The loss of {len(history.losses)} steps ends at about {about(at_the_end(history.losses))}."
    if levels:
        caption += " Lines: " + ", ".join(f"{name} {level:.2f}" for name, level in levels.items()) + "."
    if history.asked:
        _answers(axes[1, 0], history, chance)
        first, last = (_word(history.asked[place][1], chance) for place in (0, -1))
        caption += f" Right answers: {first} at first, {last} at the end."
    axes[-1, 0].set_xlabel("step")
    return finish(figure, caption)


def _curve(axes, history: History, levels: Mapping[str, float]) -> None:
    axes.plot(history.losses, color=COLOURS["attention"].fill, linewidth=1, linestyle="-")
    axes.plot(readable(history.losses), color=COLOURS["attention"].line, linestyle="-")
    _levels(axes, levels)
    axes.set_ylim(0, max([_top(levels), *history.losses[:1]]))
    axes.set_ylabel("loss, nats")


def _top(levels: Mapping[str, float]) -> float:
    """The upper end of an axis for losses: some way above the highest level."""
    return 1.2 * max(levels.values(), default=3.5)


def _levels(axes, levels: Mapping[str, float]) -> None:
    """Lines with their names in the right margin, where neither the grid nor a curve crosses them."""
    for name, level in levels.items():
        axes.axhline(level, color=INK, linewidth=1.2, linestyle="--")
        _beside(axes, level, f"{name}: {level:.2f}")


def _beside(axes, height: float, words: str) -> None:
    """Words in the right margin, `height` up the axis."""
    place, across = (1, height), ("axes fraction", "data")
    axes.annotate(words, place, (6, 0), across, "offset points", ha="left", va="center", fontsize=12)


def _answers(axes, history: History, chance: float) -> None:
    steps, shares = zip(*history.asked, strict=True)
    percent, colour = [100 * share for share in shares], COLOURS["feed_forward"].line
    axes.plot(steps, percent, color=colour, linestyle="-", marker="o", markersize=4)
    axes.axhline(100 * chance, color=INK, linewidth=1.2, linestyle="--")
    _beside(axes, 100 * chance, f"{'a coin' if chance == 0.5 else 'guessing'}: {100 * chance:.0f} %")
    axes.set_ylim(0, 108)
    axes.set_ylabel("right, %")


def _word(share: float, chance: float) -> str:
    """A share of right answers as a word."""
    if share == 1:
        return "all"
    if chance == 0.5:
        return "hardly better than a coin's" if share < COIN else "most"
    return "few" if share < 0.4 else "most"


@styled()
def draw_losses(histories: Mapping[str, History], levels: Mapping[str, float]) -> Picture:
    """Several trainings' smoothed losses in one picture."""
    figure, axes = sheet(WIDTH, 320)
    ends = {name: at_the_end(history.losses) for name, history in histories.items()}
    for name, history in histories.items():
        axes.plot(readable(history.losses), label=f"{name}: about {about(ends[name])}")
    _levels(axes, levels)
    axes.set_ylim(0, _top(levels))
    axes.set_ylabel("loss, nats")
    axes.set_xlabel("step")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 0.6))
    return finish(
        figure, "The losses at the end: " + ", ".join(f"{name} about {about(end)}" for name, end in ends.items()) + "."
    )


@styled()
def draw_learned_attention(
    tokenizer: "BertTokenizer", models: Mapping[str, MaskedLM], sentence: str, subject: str
) -> Picture:
    """Where the [MASK] of a sentence looks: one row per head, the models side by side, its best head framed."""
    from matplotlib.patches import Rectangle

    inputs = tokenizer(sentence, return_tensors="pt")["input_ids"]
    tokens = tokenizer.convert_ids_to_tokens(inputs[0].tolist())
    place, wanted = tokens.index(tokenizer.mask_token), tokens.index(subject)
    config = next(iter(models.values())).config
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    figure, axes = sheet(WIDTH, 150 + 26 * layers * heads, 1, len(models), squeeze=False, sharey=True)
    figure.suptitle(
        f"Where {tokenizer.mask_token} looks, head by head; framed: the head that looks at “{subject}” most"
    )
    says = []
    for axis, (name, model) in zip(axes[0], models.items(), strict=True):
        rows = attention_maps(model, inputs)[:, :, place].reshape(layers * heads, -1)  # (heads of all layers, tokens)
        axis.imshow(rows.numpy(), cmap=colour_map(), vmin=0, vmax=1, aspect="auto")
        for i, row in enumerate(rows.tolist()):
            for j, weight in enumerate(row):
                if weight >= 0.1:
                    ink = "white" if weight > 0.5 else INK
                    axis.text(j, i, f"{weight:.1f}", ha="center", va="center", fontsize=11, color=ink)
        best = int(rows[:, wanted].argmax())  # the head that looks at the subject most
        edge = COLOURS["feed_forward"].line
        axis.add_patch(
            Rectangle((-0.5, best - 0.5), len(tokens), 1, fill=False, edgecolor=edge, linewidth=3, clip_on=False)
        )
        axis.set_xticks(range(len(tokens)), tokens, rotation=55, ha="right")
        axis.get_xticklabels()[wanted].set(weight="bold", color=edge)
        axis.set_yticks(range(layers * heads), [f"{layer}-{head}" for layer in range(layers) for head in range(heads)])
        axis.grid(False)
        axis.set_title(name)
        says.append(f"{name}, {_strength(rows, wanted, subject)}")
    axes[0, 0].set_ylabel("layer-head")
    return finish(figure, f"Where the [MASK] of “{sentence}” looks: " + "; ".join(says) + ".")


def _strength(rows: Tensor, wanted: int, subject: str) -> str:
    """How the strongest head treats the subject, in words that every processor agrees on."""
    if float(rows.max()) < 0.4:
        return "every head spreads its attention over many tokens"
    strongest = float(rows[:, wanted].max())
    share = "nearly all" if strongest > 0.85 else "more than half" if strongest > 0.5 else "little"
    return f"the head that looks at “{subject}” most gives it {share} of its attention"


def draw_guesses(
    tokenizer: "BertTokenizer", model: MaskedLM, sentence: str, digits: float = 0.01, most: int = 6
) -> Picture:
    """What a model guesses for each [MASK] of a sentence: bars of probabilities, rounded to multiples of `digits`.

    ValueError where there is nothing to guess, or a word that the model does not know.
    """
    words, places, probabilities = _guesses(tokenizer, model, sentence)
    vocabulary = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    rounded = (probabilities / digits).round() * digits
    tops = []
    for row in rounded.tolist():
        best = sorted(zip(row, vocabulary, strict=True), key=lambda pair: (-pair[0], pair[1]))[:most]
        tops.append([(word, share) for share, word in best if share > 0])
    none = f"no word above {digits / 2:g}"
    width = (WIDTH - 40) // len(tops)
    canvas = Canvas(WIDTH, 116 + 26 * max(1, *map(len, tops)))
    cell = min(84, (WIDTH - 40) // len(words))
    for i, word in enumerate(words):
        role = "attention" if i in places else "token"
        canvas.rect(
            20 + cell * i, 18, cell - 4, 28, COLOURS[role].fill, COLOURS[role].line, line=2 if i in places else 1
        )
        canvas.text(18 + cell * (i + 0.5), 32, word, 13, anchor="middle", mono=True, width=cell - 8)
    for number, top in enumerate(tops):
        title = tokenizer.mask_token if len(tops) == 1 else f"{tokenizer.mask_token} {number + 1}"
        canvas.text(24 + width * number, 72, title, 14, COLOURS["attention"].ink, bold=True)
        if not top:
            canvas.text(24 + width * number, 101, none, 13, MUTED, width=width - 20)
            continue
        bars(canvas, 14 + width * number, 88, width - 20, *zip(*top, strict=True), height=26, high=1.0, label_width=70)
        end = 14 + width * number + width - 20 - 56  # where a probability of 1 would end
        canvas.line([(end, 88), (end, 88 + 26 * len(top))], MUTED, 1, dash="4 3")
        canvas.text(end, 76, "1", 12, MUTED, anchor="middle")
    told = "; ".join(
        f"for [MASK] {i + 1}: " + (", ".join(f"{word} {share:.2f}" for word, share in top[:4]) or none)
        for i, top in enumerate(tops)
    )
    to = "" if digits <= 0.01 else ", to the nearest quarter" if digits == 0.25 else f", in steps of {digits:g}"
    return canvas.picture(f"The likeliest words{to}, {told}.")


def _guesses(tokenizer: "BertTokenizer", model: MaskedLM, sentence: str) -> tuple[list[str], list[int], Tensor]:
    """A sentence's tokens, the places of its [MASK]s, and their probabilities (masks, vocabulary)."""
    ids = tokenizer(sentence, return_tensors="pt")["input_ids"]
    words = tokenizer.convert_ids_to_tokens(ids[0].tolist())
    limit = model.config.max_position_embeddings
    if len(words) > limit:
        raise ValueError(f"this is {len(words)} tokens long; the model has {limit} places.")
    unknown = [word for word in sentence.split() if tokenizer.unk_token in tokenizer.tokenize(word)]
    if unknown:
        known = sorted(set(tokenizer.vocab) - set(tokenizer.all_special_tokens))
        word = unknown[0] if len(unknown[0]) <= _LONG else f"{unknown[0][:_LONG]}…"
        raise ValueError(f"the model has never seen {word!r}. It knows {' '.join(known)}")
    places = [i for i, word in enumerate(words) if word == tokenizer.mask_token]
    if not 1 <= len(places) <= 4:
        raise ValueError("write [MASK] where the model is to guess, at least once and at most four times.")
    with in_eval_mode(model):
        probabilities = torch.softmax(model(ids)[0, places], dim=-1)  # (masks, vocabulary)
    return words, places, probabilities


@styled()
def draw_agreement(shares: Mapping[str, Mapping[str, float]]) -> Picture:
    """Each model's share of right answers, by kind of question: {"whole model": {"by a place": 1.0, ...}, ...}."""
    kinds = list(next(iter(shares.values())))
    figure, axes = sheet(WIDTH, 300)
    height = 0.8 / len(shares)
    colours = [COLOURS[role] for role in ("attention", "query", "feed_forward", "value")]
    for number, (name, found) in enumerate(shares.items()):
        places = [kind + height * (number - (len(shares) - 1) / 2) for kind in range(len(kinds))]
        colour = colours[number % len(colours)]
        drawn = axes.barh(
            places, [100 * found[kind] for kind in kinds], height * 0.9, color=colour.fill, edgecolor=colour.line
        )
        axes.bar_label(drawn, [f"{name}: {found[kind]:.0%}" for kind in kinds], padding=4, fontsize=11)
    axes.axvline(50, color=INK, linewidth=1.2, linestyle="--", zorder=0.5)
    axes.set_yticks(range(len(kinds)), kinds)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, 135)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50: a coin", "75", "100"])
    axes.set_xlabel("right answers, %")
    told = "; ".join(f"{name}: {_where_right(found)}" for name, found in shares.items())
    return finish(figure, f"Where verbs agree with their subjects. {told[0].upper()}{told[1:]}.")


def _where_right(found: Mapping[str, float]) -> str:
    """In which kinds of questions a model beats a coin."""
    tossed = [kind for kind, share in found.items() if share < COIN]
    if len(tossed) == len(found):
        return "hardly better than a coin anywhere"
    return (
        f"right, but hardly better than a coin where the subject is {' or '.join(tossed)}"
        if tossed
        else "right everywhere"
    )

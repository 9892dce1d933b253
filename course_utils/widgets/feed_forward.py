"""Lesson 05's widget: pick a neuron of a layer's feed-forward network and see which tokens of a text fire it."""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from course_utils.figures.charts import bars
from course_utils.figures.style import COLOURS, DIVERGING, HAIRLINE, INK, MUTED, WIDTH, Picture, ramp, text_on
from course_utils.figures.svg import Canvas, text_width
from course_utils.modes import in_eval_mode

from .base import Control, choice, explore, slider, text

if TYPE_CHECKING:
    from ipywidgets import Widget
    from transformers import BertModel, BertTokenizer

TEXTS = """He did not like the film, and she never saw it.
Two dogs and three cats slept on 25 old chairs.
Paris, London and Berlin are cities in Europe.
They were walking, singing and laughing all day.
this is a 12212121 test sentence"""
EXAMPLES = (
    "She didn't go. Nobody came.\nIt is impossible.\nThe winner wore no. 1.\nHe is anything but happy.",
    TEXTS,
)
MOST_TEXTS, MOST_TOP = 8, 8
FIRES = 0.05  # above this a neuron counts as firing


def activations(
    tokenizer: "BertTokenizer", model: "BertModel", texts: list[str]
) -> tuple[list[list[str]], list[Tensor]]:
    """Each text's tokens, and for each layer what its `intermediate` gives for the padded batch, (batch, tokens, I)."""
    limit = model.config.max_position_embeddings
    batch = tokenizer(texts, padding=True, truncation=True, max_length=limit, return_tensors="pt")
    found: list[Tensor] = []
    hooks = [
        layer.intermediate.register_forward_hook(lambda part, args, result: found.append(result.detach()))
        for layer in model.encoder.layer
    ]
    try:
        with in_eval_mode(model):
            model(**batch)
    finally:
        for hook in hooks:
            hook.remove()
    ids = [row[kept.bool()].tolist() for row, kept in zip(batch["input_ids"], batch["attention_mask"], strict=True)]
    return [tokenizer.convert_ids_to_tokens(row) for row in ids], found


def draw_neurons(rows: list[list[str]], wide: Tensor, layer: int, neuron: int) -> Picture:
    """One neuron's activation at every token: the texts with shaded tokens, and the tokens that fire it most.

    rows: the tokens of each text. wide: the layer's activations, (batch, tokens, intermediate). ValueError if there
    is no such neuron.
    """
    if neuron >= wide.shape[-1]:
        raise ValueError(f"this layer has {wide.shape[-1]:,} neurons; the last is {wide.shape[-1] - 1}.")
    values = [wide[i, : len(row), neuron].tolist() for i, row in enumerate(rows)]
    everything = sorted(
        (
            (value, token)
            for row, found in zip(rows, values, strict=True)
            for token, value in zip(row, found, strict=True)
        ),
        reverse=True,
    )
    high, low = everything[0][0], everything[-1][0]
    lines = _lines(rows, values, 572)
    top = [(token, value) for value, token in everything[:MOST_TOP] if value > FIRES]
    canvas = Canvas(WIDTH, max(74 + 28 * len(lines) + 26, 74 + 26 * len(top) + 26))
    canvas.text(24, 26, f"Neuron {neuron} of layer {layer}", 15, COLOURS["feed_forward"].ink, bold=True)
    canvas.text(24, 48, "the darker, the stronger it fires; hollow: it does not", 12, MUTED)
    far = max(high, 1.0)
    for number, line in enumerate(lines):
        x = 24.0
        for token, value in line:
            width = text_width(token, 13, mono=True) + 8
            fill = ramp(0.5 + 0.5 * min(value / far, 1.0), DIVERGING) if value > FIRES else "none"
            canvas.rect(x, 68 + 28 * number, width, 24, fill, HAIRLINE, radius=3, title=f"{token}: {value:.2f}")
            ink = text_on(fill) if fill != "none" else INK
            canvas.text(x + width / 2, 80 + 28 * number, token, 13, ink, anchor="middle", mono=True)
            x += width + 3
    canvas.text(614, 26, "fired most by", 15, bold=True)
    if top:
        names, strengths = zip(*top, strict=True)
        bars(canvas, 606, 60, WIDTH - 622, names, strengths, role="feed_forward", height=26, high=far, label_width=86)
    else:
        canvas.text(614, 73, "no token", 13, MUTED)
    firing = sum(value > FIRES for value, _ in everything)
    says = f"“{everything[0][1]}” fires it most, with {high:.1f}" if high > FIRES else "no token fires it"
    return canvas.picture(
        f"Neuron {neuron} of layer {layer} on {len(everything)} tokens: {says}; it fires at {firing} of them, and its "
        f"lowest value is {low:.2f}."
    )


def _lines(rows: list[list[str]], values: list[list[float]], width: float) -> list[list[tuple[str, float]]]:
    """The tokens with their values, broken into lines that fit; a text begins a new line."""
    lines: list[list[tuple[str, float]]] = []
    for row, found in zip(rows, values, strict=True):
        used = width + 1.0
        for token, value in zip(row, found, strict=True):
            needs = text_width(token, 13, mono=True) + 11
            if used + needs > width:
                lines.append([])
                used = 0.0
            lines[-1].append((token, value))
            used += needs
    return lines


def explore_neurons(
    tokenizer: "BertTokenizer",
    model: "BertModel",
    layer: int = 0,
    neuron: int = 0,
    texts: str = TEXTS,
    detectors: Mapping[str, int] | None = None,
) -> None:
    """The neuron explorer: choose a neuron, type texts (one per line), see where it fires.

    detectors: neurons of that layer that were found, by what they look for; the first is shown first. Without them, or with
    "any neuron", layer and neuron are those of the two controls.
    """

    @functools.lru_cache(maxsize=4)
    def read(words: str) -> tuple[list[list[str]], list[Tensor]]:
        lines = [line for line in words.splitlines() if line.strip()][:MOST_TEXTS]
        if not lines:
            raise ValueError("there is no text; type at least one, one on each line.")
        return activations(tokenizer, model, lines)

    def draw(which: tuple[int, ...], any_layer: int, number: int, words: str) -> Picture:
        rows, found = read(words)
        chosen, one = which or (any_layer, number)
        return draw_neurons(rows, found[chosen], chosen, one)

    config, options = model.config, {}
    for name, found in (detectors or {}).items():
        options[f"layer {layer}, {found}: {name}"] = (layer, found)
    options["any neuron"] = ()

    def any_neuron(moved_to: int) -> dict[str, tuple[int, ...]]:
        return {"which": ()}

    explore(
        draw,
        which=choice("neuron", options),
        any_layer=slider("any neuron: layer", 0, config.num_hidden_layers - 1, layer)._replace(sets=any_neuron),
        number=_number_box("number", config.intermediate_size - 1, neuron)._replace(sets=any_neuron),
        words=text("texts", texts, lines=5, examples=EXAMPLES),
    )


def _number_box(label: str, high: int, value: int) -> Control:
    """A whole number from 0 to `high`, to be typed: a slider with so many steps could not be set to one of them."""

    def make() -> "Widget":
        import ipywidgets

        look = {"style": {"description_width": "initial"}, "layout": {"width": "150px", "margin": "2px 16px 2px 2px"}}
        return ipywidgets.BoundedIntText(value, min=0, max=high, description=label, **look)

    return Control(value, make, label, "slider")

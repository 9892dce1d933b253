"""Lesson 06's widget: plant a bug in a layer of the real model, and see where it shows first and how it grows."""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_utils.checks.course import KEY, planted
from course_utils.figures.charts import bars
from course_utils.figures.encoder_layer import draw_circuit
from course_utils.figures.proof import TOLERANCE, largest_difference
from course_utils.figures.style import WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.given.trace import trace_layer
from course_utils.judge.mistakes import Mistake, replacing
from course_utils.reference.encoder_layer import layer_params, run_encoder
from course_utils.reference.self_attention import extended_attention_mask

from .base import choice, explore, slider

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

# what the learner reads -> a mistake of a part, by its label, or an edit of `trace_layer` itself
BUGS: dict[str, str | tuple[str, str]] = {
    "softmax over the queries": ("dim=-1", "dim=-2"),
    "scores not scaled": "attention_scores: unscaled",
    "scaled by √d, not √dh": "attention_scores: root_of_hidden_size",
    "query bias dropped": (
        "linear(hidden_states, weight, bias)",
        'linear(hidden_states, weight, bias * (name != "query"))',
    ),
    "mask forgotten": ("scores if mask is None else scores + mask", "scores"),
    "heads merged without a transpose": "merge_heads: not_transposed",
    "first residual missing": "self_output: no_residual",
    "unbiased variance in the norms": "layer_norm: unbiased",
    "eps of 1e-5 in the norms": "layer_norm: eps_1e-5",
    "GELU by tanh": "gelu: tanh",
    "second residual from the layer's input": (
        'trace["attention_output"], params, config',
        "hidden_states, params, config",
    ),
    "no bug at all": ("trace = {}", "trace = dict()"),
}
SENTENCES = ("this is a 12212121 test sentence", "a short one")


class Inputs:
    """A padded batch on its way through the real model, computed once for all moves of the widget."""

    def __init__(self, tokenizer: "BertTokenizer", model: "BertModel") -> None:
        batch = tokenizer(list(SENTENCES), padding=True, return_tensors="pt")
        self.config, self.state_dict = model.config, model.state_dict()
        self.real = batch["attention_mask"] == 1  # (batch, tokens)
        self.mask = extended_attention_mask(batch["attention_mask"], torch.float32)
        with torch.no_grad():
            self.start = model.embeddings(batch["input_ids"])
            self.states = run_encoder(self.start, self.state_dict, self.config, self.mask)

    def only_real(self, trace: dict[str, Tensor]) -> dict[str, Tensor]:
        """A trace with 0 in the rows of padding tokens, which are arbitrary: nothing uses them."""
        kept = {}
        for name, tensor in trace.items():
            real = self.real[:, None, :, None] if tensor.dim() == 4 else self.real[:, :, None]
            kept[name] = tensor.masked_fill(~real, 0.0)
        return kept


def buggy_trace(bug: str) -> Callable[..., dict[str, Tensor]]:
    """`trace_layer` with one of the BUGS in it."""
    if isinstance(BUGS[bug], str):
        return planted("trace_layer", BUGS[bug])
    was, now = BUGS[bug]
    edit = replacing(KEY.body_source("trace_layer"), was, now)
    return KEY.plant("trace_layer", (("trace_layer", Mistake(bug, "", (edit,))),))


def draw_bug(inputs: Inputs, bug: str, layer: int) -> Picture:
    """The circuit of one layer with the bug in it, and below it how far off every later layer is."""
    arguments = layer_params(inputs.state_dict, layer), inputs.config, inputs.mask
    with torch.no_grad():
        right = trace_layer(inputs.states[layer], *arguments)
        wrong = buggy_trace(bug)(inputs.states[layer], *arguments)
        gaps = _growth(inputs, layer, wrong["layer_output"])
    circuit = draw_circuit(inputs.only_real(wrong), inputs.only_real(right), title=f"Layer {layer}: {bug}")
    if max(gaps) < TOLERANCE:  # nothing to draw below it
        return Picture(f"{circuit.caption} No later layer is off by {TOLERANCE:g} or more.", svg=circuit.svg)
    canvas = Canvas(WIDTH, 66 + 24 * len(gaps))
    canvas.text(24, 24, "The largest difference after each layer, if this one layer has the bug", 15, bold=True)
    names = [f"layer {number}" for number in range(layer, layer + len(gaps))]
    bars(canvas, 24, 44, WIDTH - 60, names, gaps, role="failed", decimals=_decimals(max(gaps)), label_width=80)
    after = f"After layer {layer} the result is {gaps[0]:.1g} off, after the last layer {gaps[-1]:.1g}."
    return _one_above_the_other(circuit, canvas.picture(after))


def _decimals(largest: float) -> int:
    """As many as show two digits of the largest number."""
    return max(2, 1 - math.floor(math.log10(largest))) if largest > 0 else 2


def _growth(inputs: Inputs, layer: int, wrong: Tensor) -> list[float]:
    """The largest difference over real tokens after the buggy layer and after each right one that follows."""
    gaps = [largest_difference(wrong[inputs.real], inputs.states[layer + 1][inputs.real])]
    for later in range(layer + 1, inputs.config.num_hidden_layers):
        params = layer_params(inputs.state_dict, later)
        wrong = trace_layer(wrong, params, inputs.config, inputs.mask)["layer_output"]
        gaps.append(largest_difference(wrong[inputs.real], inputs.states[later + 1][inputs.real]))
    return gaps


def _one_above_the_other(first: Picture, second: Picture) -> Picture:
    """Two SVG pictures as one, with both captions."""
    sizes = [[float(n) for n in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', p.svg).groups()] for p in (first, second)]
    height = sizes[0][1] + 8 + sizes[1][1]
    canvas = Canvas(WIDTH, height, panel=False)
    canvas.put(first.svg, 0)
    canvas.put(second.svg, sizes[0][1] + 8)
    return canvas.picture(f"{first.caption} {second.caption}")


def explore_bugs(tokenizer: "BertTokenizer", model: "BertModel") -> None:
    """Choose a bug and a layer; see the first node that differs, and how the error grows through later layers."""
    inputs = Inputs(tokenizer, model)

    def draw(bug: str, layer: int) -> Picture:
        return draw_bug(inputs, bug, layer)

    explore(draw, bug=choice("bug", list(BUGS)), layer=slider("layer", 0, inputs.config.num_hidden_layers - 1))

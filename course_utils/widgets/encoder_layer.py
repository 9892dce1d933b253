"""Lesson 06's widget: a hidden bug in a layer of the real model, to be found by where it shows first."""

import math
import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from course_utils.checks.course import KEY, planted
from course_utils.figures.charts import bars
from course_utils.figures.encoder_layer import draw_circuit, one_digit
from course_utils.figures.proof import TOLERANCE, largest_difference
from course_utils.figures.style import WIDTH, Picture
from course_utils.figures.svg import Canvas
from course_utils.given.trace import trace_layer
from course_utils.judge.mistakes import Mistake, replacing
from course_utils.modes import is_live
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
NOT_YET, TELL = "not yet: look first", "tell me"
TWIN = "unbiased variance in the norms"  # what the static twin hides
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


def first_wrong(inputs: Inputs, bug: str, layer: int) -> tuple[str, float] | None:
    """The first node that a bug makes wrong in this layer, and by how much; None if it shows nowhere."""
    wrong, right = _traces(inputs, bug, layer)
    for name in right:
        gap = largest_difference(wrong[name], right[name])
        if not gap < TOLERANCE:
            return name, gap
    return None


def verdict(inputs: Inputs, bug: str, layer: int, guess: str) -> tuple[bool, str]:
    """Whether a guess is right, and a sentence about it: where the guessed bug would show first, computed in this layer."""
    if guess == bug:
        return True, f"Yes: {bug}, in layer {layer}."
    hidden, guessed = first_wrong(inputs, bug, layer), first_wrong(inputs, guess, layer)
    if guessed is None:
        return (
            False,
            f"No: with {guess} every node would be ✓." if hidden else "No: that one does not show in this layer.",
        )
    place, gap = guessed
    if hidden is None:
        return False, f"No: that one shows first at {place}; here nothing is wrong."
    if place != hidden[0]:
        return False, f"No: that one shows first at {place}, not at {hidden[0]}."
    return False, f"No: that one is off by {one_digit(gap)} at {place}, not by {one_digit(hidden[1])}."


def draw_hunt(inputs: Inputs, title: str, bug: str, layer: int, guess: str) -> Picture:
    """The circuit of a layer with a hidden bug; and once a guess is right, or one gives up, how the error grows."""
    wrong, right = _traces(inputs, bug, layer)
    if guess == NOT_YET:
        return draw_circuit(wrong, right, title=f"{title}: which bug is it?")
    found, said = (True, f"It is: {bug}, in layer {layer}.") if guess == TELL else verdict(inputs, bug, layer, guess)
    circuit = draw_circuit(wrong, right, title=f"{'✓' if found else '✗'} {title}. {said}")
    circuit = Picture(f"{said} {circuit.caption}", svg=circuit.svg)
    return _one_above_the_other(circuit, _growth(inputs, layer, bug)) if found else circuit


def _traces(inputs: Inputs, bug: str, layer: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """A layer's nodes with the bug in it, and as they should be, at real tokens."""
    arguments = layer_params(inputs.state_dict, layer), inputs.config, inputs.mask
    with torch.no_grad():
        wrong = buggy_trace(bug)(inputs.states[layer], *arguments)
        right = trace_layer(inputs.states[layer], *arguments)
    return inputs.only_real(wrong), inputs.only_real(right)


def _decimals(largest: float) -> int:
    """As many as show two digits of the largest number."""
    return max(2, 1 - math.floor(math.log10(largest))) if largest > 0 else 2


def _growth(inputs: Inputs, layer: int, bug: str) -> Picture:
    """The largest difference over real tokens after the layer with the bug and after each right one that follows."""
    later = range(layer, inputs.config.num_hidden_layers)
    x, gaps, run = inputs.states[layer], [], buggy_trace(bug)
    with torch.no_grad():
        for number in later:
            x = run(x, layer_params(inputs.state_dict, number), inputs.config, inputs.mask)["layer_output"]
            gaps.append(largest_difference(x[inputs.real], inputs.states[number + 1][inputs.real]))
            run = trace_layer
    if max(gaps) < TOLERANCE:  # bars of length 0 would say less
        canvas = Canvas(WIDTH, 48)
        canvas.text(24, 24, f"No later layer is off by {TOLERANCE:g} or more.", 15, bold=True)
        return canvas.picture(f"No later layer is off by {TOLERANCE:g} or more.")
    canvas = Canvas(WIDTH, 66 + 24 * len(gaps))
    canvas.text(24, 24, "The largest difference after each layer, if this one layer has the bug", 15, bold=True)
    names = [f"layer {number}" for number in later]
    bars(canvas, 24, 44, WIDTH - 60, names, gaps, role="failed", decimals=_decimals(max(gaps)), label_width=80)
    return canvas.picture(f"After layer {layer} the result is {gaps[0]:.1g} off, after the last layer {gaps[-1]:.1g}.")


def _one_above_the_other(first: Picture, second: Picture) -> Picture:
    """Two SVG pictures as one, with both captions."""
    sizes = [[float(n) for n in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', p.svg).groups()] for p in (first, second)]
    height = sizes[0][1] + 8 + sizes[1][1]
    canvas = Canvas(WIDTH, height, panel=False)
    canvas.put(first.svg, 0)
    canvas.put(second.svg, sizes[0][1] + 8)
    return canvas.picture(f"{first.caption} {second.caption}")


def hide_bugs(layers: int, chance: random.Random) -> list[tuple[str, int]]:
    """Every bug once, in a random order, each in a random layer."""
    return [(bug, chance.randrange(layers)) for bug in chance.sample(list(BUGS), len(BUGS))]


def explore_bugs(tokenizer: "BertTokenizer", model: "BertModel") -> None:
    """Look for a hidden bug: see which nodes of a layer are wrong, guess, and be told where that bug would show first.

    With a kernel the bugs are hidden anew each time, on the web always the same. The static twin hides one, and lists the
    guesses with their answers.
    """
    inputs = Inputs(tokenizer, model)
    layers = inputs.config.num_hidden_layers
    hidden = hide_bugs(layers, random.SystemRandom() if is_live() else random.Random(0))

    def draw(number: int, guess: str) -> Picture:
        return draw_hunt(inputs, f"Hidden bug {number}", *hidden[number - 1], guess)

    explore(
        draw,
        twin=lambda: _show_twin(inputs, TWIN, layers // 2),
        number=slider("hidden bug", 1, len(hidden)),
        guess=choice("your guess", [NOT_YET, *BUGS, TELL]),
    )


def _show_twin(inputs: Inputs, bug: str, layer: int) -> None:
    """One hidden bug, and each guess with its answer to open."""
    from IPython.display import display

    draw_hunt(inputs, "A hidden bug", bug, layer, NOT_YET).show()
    answers = {guess: verdict(inputs, bug, layer, guess) for guess in BUGS}
    opened = [
        f"<details><summary>{guess}</summary><p>{'✓' if found else '✗'} {said}</p></details>"
        for guess, (found, said) in answers.items()
    ]
    plain = "Your guess?\n" + "\n".join(f"( ) {guess}" for guess in answers)
    display({"text/html": "\n".join(["<p>Your guess?</p>", *opened]), "text/plain": plain}, raw=True)

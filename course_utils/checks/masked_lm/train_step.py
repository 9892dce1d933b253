"""Steps of a tiny model in either mode, with an optimizer that forgets and two that remember; compared is what they leave."""

from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.checks.masked_lm.inputs import BATCH, TOKENS, VOCABULARY, draw_labels, draw_weights, use_train_step
from course_utils.judge import Case, Check
from course_utils.reference.masked_lm import train_step


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw_weights(draw), _batches(draw, 1), "SGD", "train"), "one step"),
        Case(
            (draw_weights(draw), _batches(draw, 3), "SGD with momentum", "eval"), "three steps, the model in eval mode"
        ),
        Case((draw_weights(draw), _batches(draw, 2), "AdamW", "train"), "two steps of AdamW"),
    ]


def _batches(draw: Draw, steps: int) -> dict[int, dict[str, Tensor]]:
    return {
        step: {
            "input_ids": draw.integers(0, VOCABULARY, BATCH, TOKENS),
            "attention_mask": draw.attention_mask(BATCH, TOKENS),
            "labels": draw_labels(draw, BATCH, TOKENS, VOCABULARY),
        }
        for step in range(steps)
    }


def _left_behind(value, *_args):
    """Without "went on": how a right answer does it is its own affair. Some clear the gradients before a step, some after it."""
    return {name: part for name, part in value.items() if name != "went on"}


check = Check(
    train_step,
    cases,
    axes={"words": ("vocabulary", "hidden"), "mix": ("hidden", "hidden")},
    use=use_train_step,
    words={
        "losses": "the losses",
        "mode afterwards": "the model's mode afterwards",
        "*": "the parameter `{}` afterwards",
    },
    view=_left_behind,
)

"""Meet the model: count it, compare with it, replay one of its layers, and see whether it repeats itself."""

import math

import torch
from torch import Tensor, nn


def count_parameters(module: nn.Module) -> int:
    """Count the numbers that a module has learned, in all its parameters together.

    Frozen parameters count, too (`requires_grad=False`). A parameter that two parts share
    counts once. Buffers, such as a stored row of position numbers, are not parameters.
    """
    total = 0
    for parameter in module.parameters():
        total = total + parameter.numel()
    return total


def max_abs_diff(actual: Tensor, expected: Tensor) -> float:
    """The largest absolute difference between two tensors of one shape, as a Python float.

    Unequal shapes raise ValueError: broadcasting would hide a wrong shape behind a small
    number. So do two tensors without any numbers in them: nothing was compared, and nothing
    is proven. If any difference is NaN the result is `inf`, since NaN compares as neither
    small nor large.
    """
    if actual.shape != expected.shape:
        raise ValueError(f"unequal shapes: {tuple(actual.shape)}, {tuple(expected.shape)}")
    if actual.numel() == 0:
        raise ValueError("there is nothing to compare")
    difference = (actual - expected).abs()
    if difference.isnan().any():
        return math.inf
    return difference.max().item()


def layer_output(hidden_states: tuple[Tensor, ...], layer: int) -> Tensor:
    """Pick what one layer of the encoder gave out of the model's `hidden_states`.

    hidden_states: the L + 1 tensors (batch, tokens, hidden) of a model with L layers; the
    first is the embeddings' output, which no layer has touched.
    layer: counted from 0, as in `model.encoder.layer[layer]`.
    """
    return hidden_states[layer + 1]


def replay_layer(layer: nn.Module, hidden_states: Tensor) -> dict[str, Tensor]:
    """Run one encoder layer of the real model by hand, part by part, for a batch without padding.

    layer: a `BertLayer`, for instance `model.encoder.layer[0]`.
    hidden_states: its input, (batch, tokens, hidden).

    Call the layer's own four parts in order: `layer.attention.self`, which returns a pair
    (context, probabilities), `layer.attention.output`, `layer.intermediate`, `layer.output`.
    The two parts called `output` take two arguments: what the part before them gave, and the
    tensor that goes round that part and is added to it.

    Returns a dict with the keys `context` (batch, tokens, hidden), `attention_output` (batch,
    tokens, hidden), `intermediate` (batch, tokens, intermediate) and `layer_output` (batch,
    tokens, hidden).
    Source: `BertLayer.forward` in transformers.
    """
    context, _probabilities = layer.attention.self(hidden_states)  # (batch, tokens, hidden)
    attention_output = layer.attention.output(context, hidden_states)  # (batch, tokens, hidden)
    intermediate_states = layer.intermediate(attention_output)  # (batch, tokens, intermediate)
    final_states = layer.output(intermediate_states, attention_output)  # (batch, tokens, hidden)
    return {
        "context": context,
        "attention_output": attention_output,
        "intermediate": intermediate_states,
        "layer_output": final_states,
    }


def is_deterministic(model: nn.Module, inputs: dict[str, Tensor], runs: int = 2) -> bool:
    """Whether a model gives the same `last_hidden_state`, bit for bit, in `runs` runs.

    Call it as `model(**inputs)` each time. Leave the model's mode alone: in train mode dropout
    makes every run different, and this function is there to find that out. No gradients are
    needed.
    """
    with torch.no_grad():
        first = model(**inputs).last_hidden_state  # (batch, tokens, hidden)
        for _ in range(runs - 1):
            again = model(**inputs).last_hidden_state
            if not torch.equal(first, again):
                return False
    return True

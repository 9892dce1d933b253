"""Meet the model: count it, measure differences, replay one of its layers, and see whether it repeats itself."""

import math

import torch
from torch import Tensor, nn


def count_parameters(module: nn.Module) -> int:
    """Count the numbers that a module has learned, in all its parameters together.

    module: a whole model or any part of one.

    Frozen parameters count, too (`requires_grad=False`). A parameter that two parts
    share counts once. Buffers, such as a stored row of position numbers, are not
    parameters.

    Returns: the count, as a Python int.
    """
    total = 0
    for parameter in module.parameters():
        total = total + parameter.numel()
    return total


def max_abs_diff(actual: Tensor, expected: Tensor) -> float:
    """Find the largest absolute difference between two tensors of the same shape.

    actual, expected: tensors of one shape, whatever it is.

    Returns: the difference, as a Python float; `inf` if any difference is NaN, since
        NaN compares as neither small nor large.
    Raises: ValueError if the shapes are unequal, since broadcasting could hide a wrong
        shape; also if the tensors hold no numbers, since then nothing is compared and
        nothing is proven.
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
    """Pick the output of one encoder layer from the model's `hidden_states`.

    hidden_states: the L + 1 tensors (batch, tokens, hidden) of a model with L layers;
        the first is the embeddings' output, which no layer has touched.
    layer: counted from 0, as in `model.encoder.layer[layer]`.

    Returns: (batch, tokens, hidden), that layer's output.
    """
    return hidden_states[layer + 1]


def replay_layer(layer: nn.Module, hidden_states: Tensor) -> dict[str, Tensor]:
    """Run one encoder layer of the real model by hand, for a batch without padding.

    layer: a `BertLayer`, for instance `model.encoder.layer[0]`.
    hidden_states: (batch, tokens, hidden), the layer's input.

    Call the layer's own four parts in this order:

    1. `layer.attention.self`, which returns a pair (context, probabilities);
    2. `layer.attention.output`;
    3. `layer.intermediate`;
    4. `layer.output`.

    The two parts called `output` take two arguments: the result of the part before
    them, and the residual: the tensor that bypassed that part and is added to its
    result.

    Returns: a dict with the keys `context`, `attention_output`, `intermediate` and
        `layer_output`; `intermediate` is (batch, tokens, intermediate), the other three
        are (batch, tokens, hidden).
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


def is_deterministic(
    model: nn.Module,
    inputs: dict[str, Tensor],
    runs: int = 2,
) -> bool:
    """Find out whether a model gives the same result, bit for bit, in every run.

    model: a model whose result has a `last_hidden_state`.
    inputs: the model's arguments by name; call it as `model(**inputs)` each time.
    runs: how many times the model is run.

    Leave the model's mode alone: in train mode dropout makes every run different, and
    this function is there to find that out. No gradients are needed.

    Returns: True if `last_hidden_state` is the same, bit for bit, in all runs, else
        False.
    """
    with torch.no_grad():
        first = model(**inputs).last_hidden_state  # (batch, tokens, hidden)
        for _ in range(runs - 1):
            again = model(**inputs).last_hidden_state
            if not torch.equal(first, again):
                return False
    return True

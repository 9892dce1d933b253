"""Three layers with padding, and two without a mask. The rows of padding do not count, in none of the states."""

from types import SimpleNamespace

from torch import Tensor

from course_utils.checks.encoder_layer.inputs import (
    draw_encoder,
    draw_states,
    encoder_config,
    padding_mask,
    real_tokens,
)
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check
from course_utils.reference.encoder_layer import run_encoder


def cases(draw: Draw) -> list[Case]:
    def encoder(layers: int) -> tuple[Tensor, dict[str, Tensor], SimpleNamespace]:
        return draw_states(draw), draw_encoder(draw, layers), encoder_config(num_hidden_layers=layers)

    return [
        Case((*encoder(3), padding_mask(draw)), "three layers, padded"),
        Case(encoder(2), "two layers, no mask"),
    ]


def _real_tokens_of_all(
    value: object, hidden_states: Tensor, state_dict: dict, config: SimpleNamespace, mask: Tensor | None = None
) -> object:
    """Anything but a list or a tuple stays as it is, or a generator would look like one of them."""
    if not isinstance(value, (list, tuple)):
        return value
    return type(value)(real_tokens(states, hidden_states, state_dict, config, mask) for states in value)


check = Check(
    run_encoder,
    cases,
    axes=("batch", "tokens", "hidden"),
    view=_real_tokens_of_all,
)

"""Three layers with padding, two without a mask, and eleven: sorted as text, layer 10 would come before layer 2.

The rows of padding do not count, in any of the states.
"""

from types import SimpleNamespace

from torch import Tensor

from course_utils.checks.encoder_layer.inputs import (
    draw_encoder,
    draw_states,
    encoder_config,
    padding_mask,
    real_tokens,
)
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.encoder_layer import run_encoder


def cases(draw: Draw) -> list[Case]:
    def encoder(layers: int) -> tuple[Tensor, dict[str, Tensor], SimpleNamespace]:
        return draw_states(draw), draw_encoder(draw, layers), encoder_config(num_hidden_layers=layers)

    return [
        Case((*encoder(3), padding_mask(draw)), "three layers, padded"),
        in_float64(Case(encoder(2), "two layers, no mask")),
        Case(_eleven_layers(draw), "eleven layers, no mask"),
    ]


def _eleven_layers(draw: Draw) -> tuple[Tensor, dict[str, Tensor], SimpleNamespace]:
    """As small as can be, with fewer tokens than heads; the eps is so large that no even row magnifies what the layers before it have rounded."""
    sizes = {"hidden_size": 6, "num_attention_heads": 3, "intermediate_size": 4, "num_hidden_layers": 11}
    return draw.normal(1, 2, 6), draw_encoder(draw, 11, 6, 4), encoder_config(0.1, **sizes)


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

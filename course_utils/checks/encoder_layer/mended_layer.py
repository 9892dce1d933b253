"""The layer's output alone is judged: how a mended layer gets there, and what else its dict holds, is its own affair."""

from types import SimpleNamespace

from torch import Tensor

from course_utils.checks.encoder_layer.inputs import (
    HIDDEN,
    draw_layer,
    draw_states,
    encoder_config,
    output_alone,
    padding_mask,
    real_tokens,
)
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check
from course_utils.reference.encoder_layer import mended_layer


def cases(draw: Draw) -> list[Case]:
    padded = (draw_states(draw), draw_layer(draw), encoder_config(), padding_mask(draw))
    return [
        Case(padded, "the second sequence is padded"),
        in_float64(Case((draw_states(draw, 0.1), draw_layer(draw), encoder_config(0.1)), "no mask, and an eps of 0.1")),
        Case((draw.hidden_states(1, 2, HIDDEN), draw_layer(draw), encoder_config()), "fewer tokens than heads"),
    ]


def _real_tokens(value: object, hidden_states: Tensor, params: dict, config: SimpleNamespace, mask=None) -> object:
    """Padding rows of the layer's output do not count."""
    if not isinstance(value, dict) or not isinstance(value.get("layer_output"), Tensor):
        return value
    return {"layer_output": real_tokens(value["layer_output"], hidden_states, params, config, mask)}


check = Check(
    mended_layer,
    cases,
    axes={"layer_output": ("batch", "tokens", "hidden")},
    use=output_alone,
    view=_real_tokens,
)

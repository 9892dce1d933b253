"""The layer's output alone is judged: how a mended layer gets there, and what else its dict holds, is its own affair."""

from types import SimpleNamespace

from torch import Tensor

from course_utils.checks.encoder_layer.inputs import (
    layer_cases,
    output_alone,
    real_tokens,
)
from course_utils.judge import Check
from course_utils.reference.encoder_layer import mended_layer


def _real_tokens(value: object, hidden_states: Tensor, params: dict, config: SimpleNamespace, mask=None) -> object:
    """Padding rows of the layer's output do not count."""
    if not isinstance(value, dict) or not isinstance(value.get("layer_output"), Tensor):
        return value
    return {"layer_output": real_tokens(value["layer_output"], hidden_states, params, config, mask)}


check = Check(
    mended_layer,
    layer_cases,
    axes={"layer_output": ("batch", "tokens", "hidden")},
    use=output_alone,
    view=_real_tokens,
)

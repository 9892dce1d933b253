"""The attention's tensors of a layer, the output's among them; padding in the first sequence alone, no mask, two tokens."""

import torch
from torch import Tensor

from course_utils.checks.inputs import HEADS, Draw, in_float64
from course_utils.checks.self_attention.inputs import real_queries
from course_utils.judge import Case, Check, Property
from course_utils.reference.self_attention import linear, self_attention


def cases(draw: Draw) -> list[Case]:
    hidden_states = draw.hidden_states()
    params = {name: tensor for name, tensor in draw.layer_params().items() if name.startswith("attention.")}
    mask = draw.additive_mask(draw.attention_mask().flip(0))
    return [
        Case((hidden_states, params, HEADS, mask), "2 sequences, the first with 2 places of padding"),
        in_float64(Case((hidden_states, params, HEADS), "without a mask")),
        Case((draw.hidden_states(1, 2), params, HEADS), "fewer tokens than heads"),
    ]


def _within_the_values(
    value: Tensor, hidden_states: Tensor, params: dict, num_heads: int, mask: Tensor | None = None
) -> bool:
    if value.shape != hidden_states.shape:
        return True
    values = linear(hidden_states, params["attention.self.value.weight"], params["attention.self.value.bias"])
    hidden = torch.zeros(values.shape[:2]) if mask is None else mask[:, 0, 0, :]
    hidden = (hidden < 0)[:, :, None]
    low = values.masked_fill(hidden, torch.inf).amin(dim=1, keepdim=True) - 1e-4
    high = values.masked_fill(hidden, -torch.inf).amax(dim=1, keepdim=True) + 1e-4
    return bool(((value >= low) & (value <= high) | hidden).all())


def _not_off_by_one_vector(
    value: Tensor, hidden_states: Tensor, params: dict, num_heads: int, mask: Tensor | None = None
) -> bool:
    gap = value - self_attention(hidden_states, params, num_heads, mask)
    gap = gap.flatten(0, 1) if mask is None else gap[mask[:, 0, 0] == 0]  # (real tokens, hidden)
    return float(gap.abs().max()) < 1e-4 or float((gap - gap[0]).abs().max()) > 1e-4


check = Check(
    self_attention,
    cases,
    axes=("batch", "tokens", "hidden"),
    view=real_queries,
    properties=(
        Property(
            _within_the_values,
            "Some outputs are outside the range of the values that the mask lets through, which no mix of them can be: the "
            "weights do not sum to 1, padding has weight, or the values are wrong.",
        ),
        Property(
            _not_off_by_one_vector,
            "Every token is off by the same vector. The weights sum to 1, so that is how a wrong bias of the values shows.",
        ),
    ),
)

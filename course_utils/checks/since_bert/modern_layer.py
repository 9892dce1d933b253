"""Layer 0, local and global layers, with and without padding, under two configs that differ in all that an answer may fix.

The texts are longer than a window is wide, so that it hides something. The rows of padding do not count.
"""

from torch import Tensor

from course_utils.checks.inputs import Draw, in_float64
from course_utils.checks.since_bert.inputs import ModernConfig, modern_config, modern_params, real_tokens
from course_utils.judge import Case, Check
from course_utils.reference.since_bert import modern_layer

TOKENS, PADDING = 13, 3


def cases(draw: Draw) -> list[Case]:
    usual, other = modern_config(), modern_config(every=2, eps=0.1, thetas=(500.0, 40.0))
    mask = draw.additive_mask(draw.attention_mask(2, TOKENS, PADDING))

    def inputs(config: ModernConfig, layer: int, batch: int = 2, tokens: int = TOKENS, scale: float = 1.0) -> tuple:
        states: Tensor = draw.hidden_states(batch, tokens, config.hidden_size) * scale
        return states, modern_params(draw, config, layer), config, layer

    return [
        Case((*inputs(usual, 0), mask), "layer 0, a global one, and the second text is padded"),
        Case((*inputs(usual, 2), mask.flip(0)), "layer 2, a local one, and the first text is padded"),
        in_float64(Case(inputs(other, 2, scale=0.2), "layer 2, a global one here, an eps of 0.1, no mask")),
        Case(inputs(other, 3, scale=0.2), "layer 3, a local one here, an eps of 0.1, no mask"),
        Case(inputs(usual, 4, batch=1, tokens=2), "layer 4, and fewer tokens than heads"),
    ]


def small(draw: Draw) -> Case:
    """Up to three tokens of four features, in a global or a local layer, with or without a place of padding at the end."""
    layer, tokens, heads, padded = draw.number(0, 2), 2 + draw.number(0, 2), 1 + draw.number(0, 2), draw.number(0, 2)
    sizes = {"hidden_size": 4, "num_attention_heads": heads, "intermediate_size": 2, "num_hidden_layers": 2}
    config = modern_config(thetas=(100.0, 10.0), local_attention=2, **sizes)
    params, states = modern_params(draw, config, layer), draw.normal(1, tokens, 4)
    mask = draw.additive_mask(draw.attention_mask(2, tokens, 1)[1:])
    return Case((states, params, config, layer, *[mask][:padded]))


check = Check(
    modern_layer,
    cases,
    axes=("batch", "tokens", "hidden"),
    view=real_tokens,
    small=small,
)

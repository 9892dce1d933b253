"""A layer is compared by its mode and by what it computes; a wrong option is named even where no known mistake fits."""

from types import SimpleNamespace

import torch
from torch import nn

from course_utils.checks.encoder_layer.inputs import build, computed, draw_layer, encoder_config
from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.encoder_layer import to_torch_layer
from course_utils.reference.feed_forward import gelu

Layer = nn.TransformerEncoderLayer


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw_layer(draw), encoder_config()), "BERT's own eps"),
        Case((draw_layer(draw), encoder_config(0.1)), "an eps of 0.1"),
    ]


def _can_be_called(value: Layer, *_: object) -> bool:
    found = computed(value)
    return not (isinstance(found, dict) and isinstance(found["unmasked"], Exception))


def _is_batch_first(value: Layer, *_: object) -> bool:
    return value.self_attn.batch_first


def _norms_come_last(value: Layer, *_: object) -> bool:
    return not value.norm_first


def _is_gelu(value: Layer, *_: object) -> bool:
    x = torch.linspace(-3, 3, 7)
    return torch.allclose(value.activation(x), gelu(x), atol=1e-6)


def _has_the_eps(value: Layer, params: dict, config: SimpleNamespace) -> bool:
    return value.norm1.eps == value.norm2.eps == config.layer_norm_eps


def _has_the_heads(value: Layer, params: dict, config: SimpleNamespace) -> bool:
    return value.self_attn.num_heads == config.num_attention_heads


check = Check(
    to_torch_layer,
    cases,
    use=build,
    words={"mode": "its mode", "unmasked": "its output without a mask", "masked": "its output with padding"},
    view=computed,
    properties=(
        Property(_can_be_called, "It raises when it is called: do its weights have the shapes that PyTorch gave them?"),
        Property(_is_batch_first, "The layer takes (tokens, batch, hidden): `batch_first=True` is missing."),
        Property(_norms_come_last, "The norms come first: `norm_first=False`."),
        Property(_is_gelu, "The activation is not the exact GELU."),
        Property(_has_the_eps, "The norms' eps is not `config.layer_norm_eps`."),
        Property(_has_the_heads, "The number of heads is not `config.num_attention_heads`."),
    ),
)

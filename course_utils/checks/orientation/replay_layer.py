"""Layers of transformers itself, small, with drawn weights and norms that are not 1 and 0."""

from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import HEADS, HIDDEN, INTERMEDIATE, Draw, filled
from course_utils.checks.orientation.inputs import POSITIONS, VOCABULARY
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.orientation import replay_layer


def cases(draw: Draw) -> list[Case]:
    from transformers.models.bert.modeling_bert import BertLayer

    layers = [filled(draw, lambda: BertLayer(_config())) for _ in range(2)]
    return [
        Case((layers[0], draw.hidden_states()), "two sentences"),
        Case((layers[1], draw.hidden_states(batch=1, tokens=4)), "one sentence"),
    ]


def small(draw: Draw) -> Case:
    """A layer of one head, with few features and tokens."""
    from transformers.models.bert.modeling_bert import BertLayer

    hidden, wide = 1 + draw.number(0, 2), 1 + draw.number(0, 2)
    layer = filled(draw, lambda: BertLayer(_config(hidden, 1, wide)))
    return Case((layer, draw.normal(1, 1 + draw.number(0, 2), hidden)))


def _config(hidden: int = HIDDEN, heads: int = HEADS, wide: int = INTERMEDIATE) -> Any:
    """A BERT of one layer, no two of whose usual sizes are equal."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=hidden,
        num_hidden_layers=1,
        num_attention_heads=heads,
        intermediate_size=wide,
        max_position_embeddings=POSITIONS,
        attn_implementation="eager",
    )


def _holds_all_four(value: object, *_: object) -> bool:
    return not isinstance(value, Tensor)


def _ends_as_the_layer(value: dict, layer: nn.Module, hidden_states: Tensor) -> bool:
    return not isinstance(value, dict) or torch.allclose(value["layer_output"], layer(hidden_states), atol=1e-5)


def _gelu_was_applied(value: dict, *_: object) -> bool:
    return not isinstance(value, dict) or bool((value["intermediate"] > -0.17).all())


def _feed_forward_first(layer: nn.Module, hidden_states: Tensor) -> dict[str, Tensor]:
    intermediate = layer.intermediate(hidden_states)
    middle = layer.output(intermediate, hidden_states)
    context = layer.attention.self(middle)[0]
    attention_output = layer.attention.output(context, middle)
    return {
        "context": context,
        "attention_output": attention_output,
        "intermediate": intermediate,
        "layer_output": attention_output,
    }


def _only_the_end(layer: nn.Module, hidden_states: Tensor) -> dict[str, Tensor]:
    return {"layer_output": layer(hidden_states)}


_HIDDEN = ("batch", "tokens", "hidden")

check = Check(
    replay_layer,
    cases,
    small=small,
    axes={
        "context": _HIDDEN,
        "attention_output": _HIDDEN,
        "intermediate": ("batch", "tokens", "intermediate"),
        "layer_output": _HIDDEN,
    },
    properties=(
        Property(_holds_all_four, "This is one tensor. Keep what each of the four parts gives, in a dict."),
        Property(_ends_as_the_layer, "Your `layer_output` is not what the whole layer gives: `layer(hidden_states)`."),
        Property(_gelu_was_applied, "Your `intermediate` has numbers below -0.17, which GELU never gives."),
    ),
    functions=(
        Mistake(
            "feed_forward_first",
            "You run the feed-forward first; in BERT self-attention comes before it.",
            function=_feed_forward_first,
        ),
        Mistake(
            "only_layer_output",
            "You call the layer as a whole, which returns only its output. Call its four parts one by one, so that you hold "
            "what each of them gives.",
            function=_only_the_end,
        ),
    ),
)

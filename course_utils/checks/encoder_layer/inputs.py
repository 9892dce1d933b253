"""Small layers and encoders, their config, and what is compared of their results. Nothing here knows the answers."""

import copy
from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import Draw, in_float64, small_config
from course_utils.judge import Case
from course_utils.judge.weights import Misfit

HEADS, HIDDEN, INTERMEDIATE, LAYERS, BATCH, TOKENS = 3, 12, 17, 4, 2, 5  # heads of 4: no size can stand in for another


def encoder_config(eps: float = 1e-12, **sizes: int) -> SimpleNamespace:
    """The config of an encoder of these sizes, or of the usual ones of this module."""
    usual = {
        "hidden_size": HIDDEN,
        "num_attention_heads": HEADS,
        "intermediate_size": INTERMEDIATE,
        "num_hidden_layers": LAYERS,
    }
    return small_config(eps, **usual | sizes)


def draw_layer(draw: Draw, hidden: int = HIDDEN, intermediate: int = INTERMEDIATE) -> dict[str, Tensor]:
    """One layer's 16 tensors."""
    return draw.layer_params(hidden, intermediate)


def draw_encoder(draw: Draw, layers: int, hidden: int = HIDDEN, intermediate: int = INTERMEDIATE) -> dict[str, Tensor]:
    """A state dict as a model has it: with some tensors of the embeddings and of the pooler, too."""
    tensors = {"embeddings.LayerNorm.weight": draw.normal(hidden)}
    for layer in range(layers):
        params = draw_layer(draw, hidden, intermediate)
        tensors |= {f"encoder.layer.{layer}.{name}": tensor for name, tensor in params.items()}
    return tensors | {"pooler.dense.bias": draw.normal(hidden)}


def padding_mask(draw: Draw) -> Tensor:
    """(batch, 1, 1, tokens): the second sequence is padded."""
    return draw.additive_mask(draw.attention_mask(BATCH, TOKENS))


def draw_states(draw: Draw, eps: float = 1e-12) -> Tensor:
    """Hidden states; for a large eps, small ones, so that it counts in the first norm, too."""
    return draw.hidden_states(BATCH, TOKENS, HIDDEN) * (1.0 if eps < 0.01 else 0.2)


def real_tokens(value: Tensor, hidden_states: Tensor, params: dict, config: SimpleNamespace, mask=None) -> Tensor:
    """The value without the rows of padding tokens, which are arbitrary, since nothing ever looks at them: they become 0."""
    return value if mask is None else value * (mask[:, 0, 0, :, None] == 0)


def pick(answer: Callable, state_dict: dict[str, Tensor], layer: int) -> object:
    """What an answer picks. Raises Misfit where a tensor of its dict is none of the state dict's: they must not be copied."""
    picked = answer(state_dict, layer)
    if isinstance(picked, dict):
        own = {tensor.data_ptr() for tensor in state_dict.values()}
        for name, tensor in picked.items():
            if isinstance(tensor, Tensor) and tensor.data_ptr() not in own:
                raise Misfit(
                    f"`{name}` is a new tensor: the dict has to hold the state dict's own tensors, not copies."
                )
    return picked


def build(answer: Callable, params: dict[str, Tensor], config: SimpleNamespace) -> nn.Module:
    """The layer. Its random weights are the same at every call, so one that kept them is known by what it computes."""
    torch.manual_seed(0)
    return answer(params, config)


def computed(value: object, *_: object) -> object:
    """What counts of a layer: its mode, and what it computes in eval mode from the same inputs on both sides."""
    if not isinstance(value, nn.TransformerEncoderLayer):
        return value
    draw, mode = Draw(0), "train" if value.training else "eval"
    x, padding = 0.3 * draw.hidden_states(BATCH, TOKENS, HIDDEN), draw.attention_mask(BATCH, TOKENS) == 0
    try:
        layer, x = copy.deepcopy(value).eval(), x.to(value.linear1.weight.dtype)
        keys = padding if layer.self_attn.batch_first else padding.T
        with torch.no_grad():
            return {
                "mode": mode,
                "unmasked": layer(x),
                "masked": layer(x, src_key_padding_mask=keys) * ~padding[:, :, None],
            }
    except Exception as error:  # weights of wrong shapes, set in a way that PyTorch does not check
        return {"mode": mode, "unmasked": error, "masked": error}


def output_alone(
    answer: Callable, hidden_states: Tensor, params: dict, config: SimpleNamespace, mask: Tensor | None = None
) -> object:
    """A mended layer's dict with nothing but the layer's output; whatever is no such dict stays as it is."""
    value = answer(hidden_states, params, config, mask)
    found = isinstance(value, dict) and "layer_output" in value
    return {"layer_output": value["layer_output"]} if found else value


def layer_cases(draw: Draw) -> list[Case]:
    """The inputs of one whole layer: padding with BERT's own eps, a large eps without a mask, fewer tokens than heads."""
    padded = (draw_states(draw), draw_layer(draw), encoder_config(), padding_mask(draw))
    return [
        Case(padded, "the second sequence is padded"),
        in_float64(Case((draw_states(draw, 0.1), draw_layer(draw), encoder_config(0.1)), "no mask, and an eps of 0.1")),
        Case((draw.hidden_states(1, 2, HIDDEN), draw_layer(draw), encoder_config()), "fewer tokens than heads"),
    ]

"""The encoder in 16 and in 8 bits, and how often it still finds the same neighbour."""

import contextlib
import copy
import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from course_utils.given.encoders import Encoder, embed_sorted, with_sdpa
from course_utils.given.packed import DENSE, fused_layers

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer


class Int8Linear(nn.Module):
    """A dense layer whose weights are whole numbers from -127 to 127.

    linear: the dense layer to round.

    There is one scale per output. The input is rounded to 8 bits as well, with a scale
    of its own at each call ("dynamic quantisation").
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scale = weight.abs().amax(dim=1).clamp(min=1e-8) / 127  # (out,)
        zero = torch.zeros(len(scale), dtype=torch.int64)
        with warnings.catch_warnings():  # these types are to move from torch to torchao
            warnings.simplefilter("ignore")
            rounded = torch.quantize_per_channel(weight, scale, zero, 0, torch.qint8)
            self.packed = torch.ops.quantized.linear_prepack(rounded, linear.bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        """Multiply in 8 bits.

        x: (..., in), float32.

        Returns: (..., out), float32.
        """
        return torch.ops.quantized.linear_dynamic(x, self.packed)


def in_int8(model: "BertModel") -> "BertModel":
    """Do what `with_sdpa` does, with every dense layer of the encoder in 8 bits.

    model: a `BertModel`.

    Returns: the copy.
    Raises: RuntimeError if this build of torch has no such products.
    """
    model = with_sdpa(model)
    try:
        for parent in list(model.encoder.modules()):
            for name, part in list(parent.named_children()):
                if isinstance(part, nn.Linear):
                    setattr(parent, name, Int8Linear(part))
    except (AttributeError, RuntimeError, NotImplementedError) as error:
        raise RuntimeError("this build of torch has no 8-bit products for this processor") from error
    return model


def int8_layers(
    model: "BertModel",
    in_float32: tuple[str, ...] = (),
) -> list[dict[str, Tensor | Int8Linear]]:
    """Do what `fused_layers` does, with the dense layers in 8 bits.

    model: a `BertModel`.
    in_float32: which of the dense layers keep all their bits, for example
        `("intermediate.dense",)`.

    Returns: one dict per layer, for `packed_encode`.
    Raises: RuntimeError if this build of torch has no such products.
    """
    layers = fused_layers(model.state_dict(), model.config)
    for params in layers:
        for name in set(DENSE) - set(in_float32):
            weight, bias = params[f"{name}.weight"], params[f"{name}.bias"]
            linear = nn.Linear(weight.shape[1], weight.shape[0])
            linear.weight.data, linear.bias.data = weight.to_dense() if weight.is_mkldnn else weight, bias
            params[f"{name}.weight"] = Int8Linear(linear)
    return layers


def in_bfloat16(model: "BertModel") -> "BertModel":
    """Copy a model, with torch's own attention and all weights and results in bfloat16.

    model: a `BertModel`.

    Returns: the copy.
    """
    model = copy.deepcopy(model).to(torch.bfloat16)
    model.set_attn_implementation("sdpa")
    return model


def fewer_bits(tokenizer: "BertTokenizer", model: "BertModel") -> dict[str, Encoder]:
    """Make encoders in float32, bfloat16 and, where torch can, int8.

    tokenizer: a `BertTokenizer`.
    model: a `BertModel`.

    All of them run sorted batches with torch's own attention.

    Returns: a dict from name to function of a list of texts.
    """
    models = {"float32": with_sdpa(model), "bfloat16": in_bfloat16(model)}
    with contextlib.suppress(RuntimeError):
        models["int8"] = in_int8(model)
    return {name: lambda texts, one=one: embed_sorted(texts, tokenizer, one) for name, one in models.items()}


def same_neighbour(vectors: Tensor, reference: Tensor) -> float:
    """Measure how many texts keep their nearest other text.

    vectors: (texts, hidden), unit vectors.
    reference: (texts, hidden), the unit vectors to compare with.

    A text that occurs twice has two that are equally near; either of them counts.

    Returns: a share between 0 and 1.
    """
    nearest = (vectors @ vectors.T).fill_diagonal_(-1).argmax(dim=-1)  # (texts,)
    cosines = (reference @ reference.T).fill_diagonal_(-1)  # (texts, texts)
    chosen = cosines.gather(1, nearest[:, None])[:, 0]
    return float((chosen > cosines.amax(dim=-1) - 1e-5).float().mean())

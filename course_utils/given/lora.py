"""LoRA for lesson 12: the dense layers that it corrects, put into a model and merged into its weights again."""

import torch
from torch import Tensor, nn

from course_utils.reference.fine_tuning import lora_linear, merge_lora, trainable

CORRECTED = ("query", "value")  # of each layer: those that Hu et al. 2021 correct, section 5.1


class LoRALinear(nn.Module):
    """A module in the place of a dense layer: the layer, frozen, and a correction.

    linear: the dense layer; its weight and its bias keep their names.
    rank: how many numbers a token's vector is squeezed into.
    alpha: the correction is multiplied by alpha / rank.
    generator: where the random numbers come from.

    `a` is random and `b` is 0, so that at first nothing is corrected.
    """

    def __init__(self, linear: nn.Linear, rank: int, alpha: float, generator: torch.Generator) -> None:
        super().__init__()
        size_out, size_in = linear.weight.shape
        self.alpha = alpha
        self.weight = linear.weight.requires_grad_(False)
        self.bias = linear.bias.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(rank, size_in, generator=generator) / size_in**0.5)
        self.b = nn.Parameter(torch.zeros(size_out, rank))

    def forward(self, x: Tensor) -> Tensor:
        """Compute the dense layer and its correction.

        x: (batch, tokens, in).

        Returns: (batch, tokens, out).
        """
        return lora_linear(x, self.weight, self.bias, self.a, self.b, self.alpha)


def add_lora(
    model: nn.Module,
    rank: int,
    alpha: float,
    generator: torch.Generator,
) -> list[str]:
    """Freeze a model's BERT, and give every layer's query and value a correction.

    model: an `IntentModel`, which is changed.
    rank: the rank of each correction.
    alpha: each correction is multiplied by alpha / rank.
    generator: where the random numbers come from.

    Returns: the names of the parameters that are trained: the corrections and the head.
    """
    trainable(model, 0)
    for layer in model.bert.encoder.layer:
        part = layer.attention.self
        for name in CORRECTED:
            setattr(part, name, LoRALinear(getattr(part, name), rank, alpha, generator))
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


@torch.no_grad()
def merge(model: nn.Module) -> None:
    """Put every correction into its weight: afterwards all dense layers are ordinary.

    model: an `IntentModel` after `add_lora`, which is changed.
    """
    for layer in model.bert.encoder.layer:
        part = layer.attention.self
        for name in CORRECTED:
            old = getattr(part, name)
            size_out, size_in = old.weight.shape
            dense = nn.Linear(size_in, size_out)
            dense.weight = nn.Parameter(merge_lora(old.weight, old.a, old.b, old.alpha), requires_grad=False)
            dense.bias = old.bias
            setattr(part, name, dense)

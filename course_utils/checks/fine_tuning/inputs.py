"""Tiny models with the names of a classifier, and what the checks of lesson 12 compare. Nothing here knows the answers."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import Draw, small_config

# cross_entropy --------------------------------------------------------------------------------------------------------


def use_cross_entropy(answer: Callable, logits: Tensor, labels: Tensor) -> dict[str, object]:
    """The loss, and the gradient that training gets from it.

    The answer is given a tensor that has been computed, as a model's logits are: torch lets it be changed in place. What an
    answer did to it is done to `logits`, too, so that the card says so; torch may find no way back from there.
    """
    start = logits.clone().requires_grad_()
    given = start.clone()
    loss = answer(given, labels)
    logits.copy_(given.detach())
    gradient = None
    if isinstance(loss, Tensor) and loss.requires_grad and torch.equal(given, start):
        (gradient,) = torch.autograd.grad(loss.sum(), start, allow_unused=True)
    return {
        "loss": loss.detach() if isinstance(loss, Tensor) else loss,
        "gradient": torch.zeros_like(start) if gradient is None else gradient,
    }


# trainable ------------------------------------------------------------------------------------------------------------

_TABLES = ("word_embeddings", "position_embeddings", "token_type_embeddings")
_DENSE = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")


class Model(nn.Module):
    """A model of nothing but names: what an answer asks for and it lacks is told as "'Model' object has no attribute ..."."""


@dataclass(frozen=True)
class Sketch:
    """A model to be made, `sketch()`: how many layers it has, and which of its parameters are trained at first, in order."""

    layers: int
    trained: tuple[bool, ...]

    @property
    def __name__(self) -> str:  # what a card says of it
        return f"a model of {self.layers} layer{'s' * (self.layers != 1)}"

    def __call__(self) -> nn.Module:
        """The model: parts and names as `BertForSequenceClassification` has them, one number in each parameter."""
        model, number = Model(), torch.zeros(1)
        model.config = small_config(
            hidden_size=1, num_attention_heads=1, intermediate_size=1, num_hidden_layers=self.layers, num_labels=1
        )
        for name, trained in zip(names(self.layers), self.trained, strict=True):
            *parts, last = name.split(".")
            part = model
            for step in parts:
                if step not in part._modules:  # put in directly: `add_module` takes its time, and many models are made
                    part._modules[step] = nn.ModuleList() if step == "layer" else nn.Module()
                part = part._modules[step]
            part._parameters[last] = nn.Parameter(number, requires_grad=trained)
        return model


def names(layers: int) -> list[str]:
    """The names of a classifier's parameters, in the order in which `BertForSequenceClassification` has them."""
    found = [f"bert.embeddings.{table}.weight" for table in _TABLES]
    parts = ["bert.embeddings.LayerNorm"]
    for number in range(layers):
        one = (*_DENSE, "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")
        parts += [f"bert.encoder.layer.{number}.{part}" for part in one]
    parts += ["bert.pooler.dense", "classifier"]
    return found + [f"{part}.{kind}" for part in parts for kind in ("weight", "bias")]


def sketch(draw: Draw, layers: int, mixed: bool = True) -> Sketch:
    """A model of which all is trained at first or, `mixed`, of each weight and its bias by chance the one or the other."""
    every = names(layers)
    if not mixed:
        return Sketch(layers, (True,) * len(every))
    flags: dict[str, bool] = {}
    for name in every:
        weight = name.removesuffix("bias") + "weight"
        flags[name] = not flags[weight] if weight in flags else draw.number(0, 2) == 1
    return Sketch(layers, tuple(flags.values()))


def use_trainable(answer: Callable, model: Sketch, last_layers: int) -> dict[str, object]:
    """What is trained after the call, in words and parameter by parameter; and what it returned."""
    made = model()
    returned = answer(made, last_layers)
    flags = dict.fromkeys(names(model.layers), False) | {n: p.requires_grad for n, p in made.named_parameters()}
    return {
        "trained afterwards": in_words(flags),
        "returned": returned,
        "each": torch.tensor(list(flags.values())),
    }


def in_words(flags: dict[str, bool]) -> str:
    """The parts of a model that are trained, and those of which something is: "part of layer 0, layer 1, classifier"."""
    parts: dict[str, list[bool]] = {}
    for name, trained in flags.items():
        path = name.removeprefix("bert.").removeprefix("encoder.").split(".")
        parts.setdefault(" ".join(path[:2]) if path[0] == "layer" else path[0], []).append(trained)
    told = [part if all(some) else f"part of {part}" for part, some in parts.items() if any(some)]
    return ", ".join(told) or "nothing"


# lora_linear, merge_lora ----------------------------------------------------------------------------------------------


def low_rank(draw: Draw, out_size: int, in_size: int, rank: int) -> tuple[Tensor, Tensor]:
    """The two matrices of a correction, a (rank, in) and b (out, rank), both random: with b = 0 no mistake shows."""
    return draw.normal(rank, in_size, scale=in_size**-0.5), draw.normal(out_size, rank)

"""Inputs in which no mistake can hide: sizes all different and coprime, weights and biases all random.

In tidy inputs most mistakes are invisible: with as many tokens as head dimensions a wrong axis fits, with a weight of 1 and a
bias of 0 a missing norm weight cannot be seen, without padding nobody misses the mask.
"""

import copy
import functools
import importlib
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from course_utils import judge

BATCH, TOKENS, HEADS, HEAD_SIZE, INTERMEDIATE = 2, 5, 3, 7, 26
HIDDEN = HEADS * HEAD_SIZE

# What a BertConfig has besides its sizes, for answers with dropout (off in eval mode) or with transformers' own modules.
USUAL_SETTINGS = {
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "pad_token_id": 0,
    "initializer_range": 0.02,
    "chunk_size_feed_forward": 0,
    "is_decoder": False,
    "add_cross_attention": False,
}


class Config(SimpleNamespace):
    """A BertConfig to every answer: its own entries, and for any other name what a real one with these entries says.

    A namespace, since a check need not import transformers for its sizes, and a diagnosis copies a config a thousand times.
    """

    _real = ("transformers.models.bert.configuration_bert", "BertConfig")  # its module and its name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy and pickle ask for these
            raise AttributeError(name)
        real = copy.copy(_real_config(*self._real))
        vars(real).update(vars(self))
        return getattr(real, name)

    def __deepcopy__(self, memo: dict) -> "Config":
        return type(self)(**vars(self))

    @property
    def __class__(self) -> type:
        """What `isinstance` sees, so that transformers' own modules can be built from it once they are imported."""
        module, name = self._real
        return getattr(sys.modules.get(module), name, type(self))


@functools.cache
def _real_config(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)()


def small_config(eps: float = 1e-12, **sizes: int) -> Config:
    """A config with these sizes."""
    return Config(**sizes, layer_norm_eps=eps, hidden_act="gelu", **USUAL_SETTINGS)


def in_float64(case: judge.Case) -> judge.Case:
    """The case with its numbers in float64: what always computes or returns float32 shows."""
    return case._replace(args=_wide(case.args), about=f"{case.about}, in float64")


def _wide(thing: Any) -> Any:
    if isinstance(thing, Tensor):
        return thing.double() if thing.is_floating_point() else thing
    if isinstance(thing, dict):
        return {name: _wide(each) for name, each in thing.items()}
    return tuple(map(_wide, thing)) if type(thing) is tuple else thing


class Draw(judge.Draw):
    """Random inputs as BERT has them."""

    def hidden_states(self, batch: int = BATCH, tokens: int = TOKENS, hidden: int = HIDDEN) -> Tensor:
        """(batch, tokens, hidden) with a mean that is not 0 and one row of low variance, where eps counts."""
        x = self.normal(batch, tokens, hidden) * 1.5 + 0.4
        x[0, 1] = 0.3 + self.normal(hidden, scale=0.05)
        return x

    def attention_mask(self, batch: int = BATCH, tokens: int = TOKENS, padding: int = 2) -> Tensor:
        """(batch, tokens) of 1 and 0: the first row is full, the others end in padding."""
        mask = torch.ones(batch, tokens, dtype=torch.int64)
        mask[1:, tokens - padding :] = 0
        return mask

    def additive_mask(self, attention_mask: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """(batch, 1, 1, tokens): 0 for real tokens, the dtype's smallest number for padding."""
        padding = attention_mask[:, None, None, :] == 0  # (a product with the mask would give -0.0)
        return torch.zeros(padding.shape, dtype=dtype).masked_fill(padding, torch.finfo(dtype).min)

    def token_type_ids(self, batch: int = BATCH, tokens: int = TOKENS) -> Tensor:
        """(batch, tokens) of mixed 0 and 1, different in each row."""
        ids = torch.zeros(batch, tokens, dtype=torch.int64)
        for row in range(batch):
            ids[row, 1 + row % (tokens - 1) :] = 1
        return ids

    def linear(self, out_size: int, in_size: int) -> tuple[Tensor, Tensor]:
        """weight (out, in) and bias (out,) as nn.Linear has them."""
        return self.normal(out_size, in_size, scale=in_size**-0.5), self.normal(out_size, scale=0.5)

    def norm(self, size: int) -> tuple[Tensor, Tensor]:
        """A LayerNorm's weight and bias, neither of them 1 or 0."""
        return 1 + self.normal(size, scale=0.4), self.normal(size, scale=0.5)

    def layer_params(self, hidden: int = HIDDEN, intermediate: int = INTERMEDIATE) -> dict[str, Tensor]:
        """One layer's 16 tensors under the checkpoint's own names."""
        params: dict[str, Tensor] = {}
        for name, out_size, in_size in (
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", intermediate, hidden),
            ("output.dense", hidden, intermediate),
        ):
            params[f"{name}.weight"], params[f"{name}.bias"] = self.linear(out_size, in_size)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            params[f"{name}.weight"], params[f"{name}.bias"] = self.norm(hidden)
        return params


def filled(draw: Draw, make: Callable[[], nn.Module], scale: float = 0.3) -> nn.Module:
    """The module that `make` makes, in eval mode, with every weight, bias and norm drawn from `draw`.

    Making a module draws from torch's own generator, which is the learner's: its state is put back.
    """
    with torch.random.fork_rng(devices=[]):
        module = make()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            mean = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_(mean + draw.normal(*parameter.shape, scale=scale))
    return module.eval()


def want_ids(input_ids: object) -> None:
    """Raises where a model is not given a tensor of ids: torch and transformers would say no more than "no attribute"."""
    if not isinstance(input_ids, Tensor):
        advice = (
            "lists: `return_tensors='pt'` lets the tokenizer make tensors"
            if isinstance(input_ids, list)
            else f"a {type(input_ids).__name__}: `model(**batch)` passes on a dict's tensors by name"
        )
        raise TypeError(f"the model wants a tensor of ids, and got {advice}.")
    if input_ids.dim() != 2:
        shape = tuple(input_ids.shape)
        raise ValueError(f"the model wants ids (batch, tokens), and got {shape}: one text alone is a batch of 1.")

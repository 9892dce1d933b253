"""Weights loaded by name into a class that a learner wrote, with one sentence for what does not fit."""

import difflib
import functools
from collections.abc import Sequence

from torch import Tensor, nn


class Misfit(Exception):
    """A model whose parameters are not those of a checkpoint; the text says which, and what to do."""


def load_by_name(model: object, state_dict: dict[str, Tensor]) -> nn.Module:
    """The model with the checkpoint's tensors in its parameters of the same names.

    Raises Misfit where it is no module, or where its names or shapes are not the checkpoint's: an error to compare by its
    text, since models that lack different parameters have different bugs.
    """
    if not isinstance(model, nn.Module):
        what = "None" if model is None else f"a {type(model).__name__}"
        raise Misfit(f"Building it gives {what}, not a model: the class must inherit from `nn.Module`.")
    own = model.state_dict()
    missing = [name for name in state_dict if name not in own]
    unexpected = [name for name in own if name not in state_dict]
    if missing:
        raise Misfit(_missing(tuple(missing), tuple(unexpected), len(state_dict)))
    buffers = [name for name in unexpected if name in dict(model.named_buffers())]
    if unexpected and buffers == unexpected:
        raise Misfit(
            f"The model would save {_listed(buffers)} with its weights, and the checkpoint has no such tensor. A buffer that "
            "holds no weight is registered with `persistent=False`."
        )
    if unexpected:
        raise Misfit(
            f"The model has {_listed(unexpected)}, which the checkpoint does not know: it would stay random. "
            "Every parameter must have a name of the checkpoint."
        )
    for name, tensor in state_dict.items():
        if own[name].shape != tensor.shape:
            raise Misfit(
                f"The model's `{name}` has shape {tuple(own[name].shape)}; "
                f"the checkpoint's has {tuple(tensor.shape)}. Sizes come from the config."
            )
        # A state dict shares its memory with the model, and load_state_dict takes three times as long.
        own[name].copy_(tensor)
    return model


@functools.lru_cache(maxsize=256)  # a diagnosis builds hundreds of models that lack the same names
def _missing(missing: tuple[str, ...], unexpected: tuple[str, ...], total: int) -> str:
    count = "None" if len(missing) == total else f"Only {total - len(missing)}"
    says = f"{count} of the checkpoint's {total} tensors have a place in the model: it has no {_listed(missing)}. "
    close = difflib.get_close_matches(missing[0], unexpected, n=1, cutoff=0.3)
    if close:
        return says + f"Did you call it `{close[0]}`? The names must be the checkpoint's own, to the letter."
    if unexpected:
        return says + f"It has {_listed(unexpected)} instead: the names must be the checkpoint's own, to the letter."
    return says + (
        "A module counts only as an attribute (`self.pooler = ...`), in an `nn.ModuleDict` or an `nn.ModuleList`: "
        "PyTorch does not look into a plain list or dict."
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(f"`{name}`" for name in names[:2]) + more

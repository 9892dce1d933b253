"""What several lessons' steps need of the real model: what its parts are given and give, a layer's tensors, and pairs to read."""

from collections.abc import Iterable

from torch import Tensor, nn

FIRSTS = ["this is a 12212121 test sentence", "The river bank was muddy.", "naïve café"]
SECONDS = ["She never saw it.", "Is it?", "3,456,789 unaffable people stood in a long line there."]


def heard(model: nn.Module, batch: dict, parts: Iterable[nn.Module]) -> dict[nn.Module, tuple[tuple, Tensor]]:
    """What each of these parts is given and what it gives, while the model reads the batch."""
    found: dict[nn.Module, tuple[tuple, Tensor]] = {}
    hooks = [part.register_forward_hook(lambda p, given, result: found.update({p: (given, result)})) for part in parts]
    try:
        model(**batch)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def params_of(layer: nn.Module) -> dict[str, Tensor]:
    """A layer's tensors by their names."""
    return {name: parameter.detach() for name, parameter in layer.named_parameters()}

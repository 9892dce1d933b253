"""How cards say arguments that are known by their meaning: a config by its sizes, a mask by the tokens that it hides."""

from torch import Tensor

_SIZES = {
    "hidden_size": "d",
    "num_attention_heads": "heads",
    "num_hidden_layers": "layers",
    "intermediate_size": "intermediate",
}
_ORDINALS = ("first", "second", "third", "fourth")


def say(name: str, value: object) -> str | None:
    """The words for an argument, or None where its value speaks for itself."""
    if isinstance(value, Tensor):
        return _mask(value) if "mask" in name else None
    if hasattr(value, "hidden_size") and not callable(value):
        return _config(value)
    return None


def _config(config: object) -> str:
    sizes = [f"{word} {getattr(config, name)}" for name, word in _SIZES.items() if name in vars(config)]
    eps = getattr(config, "layer_norm_eps", None)
    return f"({', '.join(sizes + ([f'eps {eps:g}'] if eps is not None else []))})"


def _mask(mask: Tensor) -> str | None:
    """For (batch, tokens) of 1 and 0, and for (batch, 1, 1, tokens) of 0 and a large negative number."""
    if mask.dim() == 4 and mask.shape[1:3] == (1, 1):
        hidden = mask[:, 0, 0] < 0
    elif mask.dim() == 2:
        hidden = mask == 0
    else:
        return None
    counts = [int(count) for count in hidden.sum(1)]
    told = [
        f"{count} token{'s' * (count != 1)} of the {_ORDINALS[row]} sequence"
        for row, count in enumerate(counts[: len(_ORDINALS)])
        if count
    ]
    if any(counts[len(_ORDINALS) :]):
        return None
    return f"(hides {' and '.join(told)})" if told else "(hides nothing)"

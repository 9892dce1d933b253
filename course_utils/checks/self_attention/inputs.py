"""What is compared of an attention's result. Nothing here knows the answers."""

from torch import Tensor


def real_queries(value: Tensor | tuple, *args: object) -> Tensor | tuple:
    """The value without what padded queries give, which is arbitrary and which nobody reads: it becomes 0.

    The mask, (batch, 1, 1, tokens), is the fourth argument.
    """
    mask = args[3] if len(args) > 3 else None
    if mask is None:
        return value
    if isinstance(value, tuple):
        return tuple(real_queries(item, *args) for item in value)
    padded = mask[:, 0, 0, :] < 0  # (batch, tokens)
    padded = padded[:, :, None] if value.dim() == 3 else padded[:, None, :, None]
    return value.masked_fill(padded, 0)

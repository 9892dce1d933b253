"""What is compared of an attention's result. Nothing here knows the answers."""

import torch
from torch import Tensor

from course_utils.judge.weights import Misfit
from course_utils.judge.words import describe

ENOUGH = 0.9  # of its attention a token has to pay to the one before


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


def use_look_at_previous(answer, positions):
    """Where tokens with these vectors look, by the answer's weights: in words, and the numbers that they are made of.

    Raises ValueError for a table that the statement excludes: no smaller example may be made of it.
    """
    if torch.linalg.matrix_rank(positions) < len(positions):
        raise ValueError("the rows are not linearly independent")
    query, key = (
        positions.double() @ weight.detach().double().T for weight in _two_weights(answer(positions), positions)
    )
    weights = torch.softmax(query @ key.T / query.shape[-1] ** 0.5, dim=-1)  # (tokens, tokens)
    before = weights.diagonal(offset=-1)
    return {
        "the tokens look": _where_they_look(weights),
        "weight of the one before": round(float(before.min()), 3),
        "largest weight": round(float(weights[1:].amax(dim=-1).min()), 3),
    }


def _where_they_look(weights: Tensor) -> str:
    """In words, of all tokens that have one before them; of the last there is no next."""
    if not weights.isfinite().all():
        return "nowhere: their scores are not finite"
    count = len(weights)
    places = weights.argmax(dim=-1)
    steps = (places - torch.arange(count))[1:]
    if bool((weights.diagonal(offset=-1) >= ENOUGH).all()):
        return "at the one before"
    if bool((weights[1:].amax(dim=-1) - weights[1:].amin(dim=-1) < 0.01).all()):
        return "at all tokens alike"
    if bool((steps == -1).all()):
        return f"at the one before, but it gets less than {ENOUGH}"
    if bool((steps == 0).all()):
        return "at themselves"
    if bool((steps[:-1] == 1).all()):
        return "at the one after"
    return f"from 1 to {count - 1} most at {', '.join(map(str, places[1:].tolist()))}"


def _two_weights(value: object, positions: Tensor) -> tuple[Tensor, Tensor]:
    """The two weights. Raises Misfit, which says what the answer returned, where there is nothing to compute with."""
    tokens, hidden = positions.shape
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Misfit(f"Expected a tuple of 2 items, the query weight and the key weight, got {describe(value)}.")
    if not all(isinstance(each, Tensor) for each in value):
        raise Misfit(
            f"Expected two tensors, the query weight and the key weight, got {' and '.join(map(describe, value))}."
        )
    for name, each in zip(("query", "key"), value, strict=True):
        if each.dim() != 2 or each.shape[1] != hidden:
            is_ready = each.dim() == 2 and each.shape[0] == tokens
            turned = each.dim() == 2 and each.shape[0] == hidden
            advice = " Is that the queries or keys themselves? Return the weights that make them." if is_ready else ""
            advice = " `nn.Linear` stores a weight as (out, in)." if turned else advice
            raise Misfit(
                f"The {name} weight has the shape {tuple(each.shape)}, where (dh, hidden) is wanted, and hidden is {hidden}."
                + advice
            )
    query, key = value
    if len(query) != len(key):
        raise Misfit(
            f"The queries would have {len(query)} features and the keys {len(key)}: a dot product needs the same of both."
        )
    return query, key

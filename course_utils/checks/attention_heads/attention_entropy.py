"""Weights of exactly 0, as padding gets them, and very small ones, which a large guard against 0 would spoil."""

import math

import torch
from torch import Tensor

from course_utils.checks.attention_heads.inputs import draw_probs
from course_utils.checks.inputs import Draw, in_float64
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.attention_heads import attention_entropy


def cases(draw: Draw) -> list[Case]:
    probs, masked = draw_probs(draw), draw_probs(draw, 2, 7)
    # Always with small weights: or a guard against 0 that is too large for them would pass now and then.
    probs[0, 2] = torch.tensor([4e-4, 1 - 4.9e-4, 2e-5, 3e-5, 4e-5])
    masked[:, :, 5:] = 0.0  # as under a mask: padding gets exactly 0
    masked = masked / masked.sum(dim=-1, keepdim=True)
    masked[1, 3] = torch.eye(7)[2]  # one query looks at one token only
    return [
        Case((probs,), "no weight is 0"),
        in_float64(Case((masked,), "two padded keys with a weight of exactly 0")),
    ]


def _at_most_ln_tokens(value: Tensor, probs: Tensor) -> bool:
    return not bool((value > math.log(probs.shape[-1]) + 1e-4).any())


def _taken_as_scores(probs: Tensor) -> Tensor:
    return torch.special.entr(torch.softmax(probs, dim=-1)).sum(dim=-1)


check = Check(
    attention_entropy,
    cases,
    axes=("heads", "query tokens"),
    properties=(
        Property(lambda value, probs: not bool((value < -1e-4).any()), "Some entropies are negative."),
        Property(_at_most_ln_tokens, "Some entropies are above ln(tokens), which is what the most even row has."),
    ),
    functions=(
        Mistake(
            "taken_as_scores",
            "The weights have gone through another softmax, as if they were scores (`Categorical(logits=...)` does "
            "that, too). They are probabilities already.",
            function=_taken_as_scores,
        ),
    ),
)

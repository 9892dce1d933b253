"""As many tokens as features, where a wrong axis fits, and one very short value."""

import torch

from course_utils.checks.attention_heads.inputs import draw_probs
from course_utils.checks.inputs import HEAD_SIZE, HEADS, TOKENS, Draw, in_float64
from course_utils.judge import Case, Check, Property
from course_utils.reference.attention_heads import value_weighted_attention


def cases(draw: Draw) -> list[Case]:
    short = draw.normal(HEADS, TOKENS, HEAD_SIZE, scale=2.0)
    short[:, 0] *= 0.05  # as the value of [CLS] in this model
    return [
        Case((draw_probs(draw, 2, 5), draw.normal(2, 5, 5)), "as many tokens as features"),
        in_float64(Case((draw_probs(draw), short), "the first token's value is short")),
    ]


check = Check(
    value_weighted_attention,
    cases,
    axes=("heads", "query tokens", "key tokens"),
    properties=(
        Property(
            lambda value, probs, vectors: (
                value.shape != (mix := probs @ vectors).shape or not torch.allclose(value, mix)
            ),
            "This is the mix itself. The exercise asks what each weight carries, before anything is added up.",
        ),
        Property(lambda value, *_: not bool((value < 0).any()), "Some entries are negative, but lengths are not."),
    ),
)

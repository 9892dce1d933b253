"""A head whose every weight, bias and norm counts, with BERT's eps and one that shows."""

from course_utils.checks.inputs import Draw
from course_utils.checks.masked_lm.inputs import BATCH, TOKENS, VOCABULARY
from course_utils.judge import Case, Check
from course_utils.reference.masked_lm import mlm_head

WIDE = 13  # features of the head: with fewer, a row may be so even that its norm magnifies rounding errors


def cases(draw: Draw) -> list[Case]:
    return [
        Case(_head(draw, 1.0, 1e-12), "five tokens of three sentences", 3e-5),
        Case(_head(draw, 0.2, 0.1), "an eps of 0.1"),
    ]


def _head(draw: Draw, scale: float, eps: float) -> tuple:
    params = dict(zip(("transform.dense.weight", "transform.dense.bias"), draw.linear(WIDE, WIDE), strict=True))
    params["transform.LayerNorm.weight"], params["transform.LayerNorm.bias"] = draw.norm(WIDE)
    params["bias"] = draw.normal(VOCABULARY, scale=0.5)
    return draw.hidden_states(BATCH, TOKENS, WIDE) * scale, params, draw.normal(VOCABULARY, WIDE), eps


check = Check(
    mlm_head,
    cases,
    axes=("batch", "tokens", "vocabulary"),
)

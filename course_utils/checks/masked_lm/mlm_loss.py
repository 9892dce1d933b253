"""Labels of 0 and of 100, which are tokens like others, and scores so large that only a softmax of differences survives them.

The gradient is compared, too: a loss without one teaches nothing.
"""

from course_utils.checks.inputs import Draw
from course_utils.checks.masked_lm.inputs import BATCH, TOKENS, draw_labels, use_mlm_loss
from course_utils.judge import Case, Check
from course_utils.reference.masked_lm import mlm_loss


def cases(draw: Draw) -> list[Case]:
    large, labels = draw.normal(1, 4, 103, scale=30), draw_labels(draw, 1, 4, 103)
    labels[0, 0] = 100  # a token, [UNK] in BERT's vocabulary: only -100 is not one
    large[0, 0, 100] = -150.0  # in float32 its probability is 0, and e to the highest score is infinite
    large[0, 0] += 100 - large[0, 0].max()
    large[0, -1, 0], large[0, -1, 1] = 60.0, -300.0  # a likely word is right, and another has no probability
    few = draw.normal(BATCH, TOKENS, 11, scale=2), draw_labels(draw, BATCH, TOKENS, 11)
    return [Case(few, "7 of 15 tokens to be guessed"), Case((large, labels), "large scores", 1e-4)]


check = Check(
    mlm_loss,
    cases,
    axes={"gradient": ("batch", "tokens", "vocabulary")},
    use=use_mlm_loss,
    words={"loss": "", "gradient": "its gradient"},
)

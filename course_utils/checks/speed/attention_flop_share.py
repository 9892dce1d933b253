"""Sizes of two real models, where attention is the smaller part, and of a narrow one, where it is the larger."""

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.speed import attention_flop_share


def cases(draw: Draw) -> list[Case]:
    return [
        Case((128, 384), "128 tokens in MiniLM"),
        Case((512, 768), "512 tokens in bert-base"),
        Case((draw.number(700, 900), draw.number(40, 70)), "a long text in a narrow model"),
    ]


def _is_a_share(value: float, seq_len: int, hidden_size: int) -> bool:
    return 0 < value < 1


def _is_not_just_missed(value: float, seq_len: int, hidden_size: int) -> bool:
    expected = attention_flop_share(seq_len, hidden_size)
    return not abs(value - expected) < 0.05 * expected  # NaN has not just missed it


check = Check(
    attention_flop_share,
    cases,
    properties=(
        Property(_is_a_share, "It is not between 0 and 1."),
        Property(
            _is_not_just_missed,
            "That is close. Is it rounded? Or do you count biases, the norms or the softmax, too? Count only matrix products.",
        ),
    ),
)

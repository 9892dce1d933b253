"""Sizes small enough to count by hand, drawn ones where nothing is four times as wide, and bert-base's."""

from course_utils.checks.inputs import Config, Draw
from course_utils.judge import Case, Check, Property
from course_utils.reference.feed_forward import ffn_parameter_share


def cases(draw: Draw) -> list[Case]:
    return [
        Case((_sizes(4, 7, 2),), "small enough to count by hand"),
        Case((_sizes(3 * draw.number(4, 9), draw.number(30, 60), 3),), "not four times as wide"),
        Case((_sizes(768, 3072, 12),), "bert-base"),
    ]


def _sizes(hidden: int, intermediate: int, heads: int) -> Config:
    """A config of so few entries of its own that a card can show it."""
    return Config(hidden_size=hidden, intermediate_size=intermediate, num_attention_heads=heads)


def _is_a_share(value: float, config: Config) -> bool:
    return 0 < value < 1


check = Check(
    ffn_parameter_share,
    cases,
    properties=(Property(_is_a_share, "A share lies between 0 and 1; yours does not."),),
)

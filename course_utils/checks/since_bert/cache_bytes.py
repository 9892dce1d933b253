"""Sizes of real models, with and without shared keys, and drawn ones in which all numbers differ."""

from course_utils.checks.inputs import Config, Draw, small_config
from course_utils.judge import Case, Check
from course_utils.reference.since_bert import cache_bytes


def _config(layers: int, heads: int, hidden: int, **shared: int) -> Config:
    return small_config(num_hidden_layers=layers, num_attention_heads=heads, hidden_size=hidden, **shared)


def cases(draw: Draw) -> list[Case]:
    drawn = _config(draw.number(5, 8), 6, 6 * draw.number(9, 14), num_key_value_heads=3)
    return [
        Case((_config(12, 12, 768), 1024, 1, 4), "the sizes of GPT-2, which has no `num_key_value_heads`"),
        Case(
            (_config(32, 32, 4096, num_key_value_heads=8), 8192, 1, 2),
            "the sizes of Llama 3 8B: of 32 heads 8 are kept",
        ),
        Case((drawn, draw.number(100, 300), draw.number(2, 5), 2), "several texts, and of 6 heads 3 are kept"),
    ]


check = Check(
    cache_bytes,
    cases,
)

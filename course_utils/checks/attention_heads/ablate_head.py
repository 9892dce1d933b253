"""The first, a middle and the last head, in layers with more heads than features per head and with fewer."""

from collections.abc import Callable

from torch import Tensor

from course_utils.checks.inputs import HEADS, Draw
from course_utils.judge import Case, Check, Mistake
from course_utils.reference.attention_heads import ablate_head


def cases(draw: Draw) -> list[Case]:
    return [
        Case((draw.layer_params(), 1, HEADS), "the second of 3 heads"),
        Case((draw.layer_params(hidden=10, intermediate=14), 0, 5), "the first of 5 heads"),
        Case((draw.layer_params(hidden=10, intermediate=14), 4, 5), "the last of 5 heads"),
    ]


def _silenced(name: str) -> Callable:
    """A wrong ablation that zeroes the head's rows of the query, key or value projection."""

    def ablate(params: dict[str, Tensor], head: int, num_heads: int) -> dict[str, Tensor]:
        weight = params[f"attention.self.{name}.weight"].clone()
        size = weight.shape[0] // num_heads
        weight[head * size : (head + 1) * size] = 0.0
        return params | {f"attention.self.{name}.weight": weight}

    return ablate


check = Check(
    ablate_head,
    cases,
    axes=("out", "in"),
    functions=(
        Mistake(
            "query_silenced",
            "The head's query weights are 0. Its scores then hardly depend on the query, but its weights still sum to "
            "1: the head goes on mixing values and writing.",
            function=_silenced("query"),
        ),
        Mistake(
            "key_silenced",
            "The head's key weights are 0. All its scores are then the same, and it looks at all tokens alike; its "
            "weights still sum to 1, and it goes on writing.",
            function=_silenced("key"),
        ),
        Mistake(
            "value_silenced",
            "The head's value weights are 0, but its value bias is still there and is written into every token. "
            "Change the dense layer after it, W_O.",
            function=_silenced("value"),
        ),
    ),
)

"""A model that repeats itself or not, whatever its mode: the odd run, and what changes in it, differ from case to case."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_utils.checks.inputs import BATCH, TOKENS, Draw, filled
from course_utils.checks.orientation import inputs as change
from course_utils.checks.orientation.inputs import VOCABULARY, AlmostSteady
from course_utils.judge import Case, Check, Mistake
from course_utils.reference.orientation import is_deterministic


def cases(draw: Draw) -> list[Case]:
    inputs = {"input_ids": draw.integers(0, VOCABULARY, BATCH, TOKENS), "attention_mask": draw.attention_mask()}

    def almost(what: Callable[[Tensor], None], *odd_runs: int) -> nn.Module:
        return filled(draw, lambda: AlmostSteady(what, *odd_runs))

    dropout = nn.Dropout(0.3, inplace=True)
    return [
        Case((almost(change.one_number), inputs), "a model that repeats itself"),
        Case((almost(change.last_bit, 2), inputs), "the second run differs in the last bit of one number"),
        Case((almost(change.one_number, 2), inputs), "the second run differs in the last sentence's last token"),
        Case((almost(change.first_sentence, 2), inputs), "the second run differs in the first sentence's third token"),
        Case((almost(change.first_tokens, 2), inputs), "the second run differs in the first token of both sentences"),
        Case((almost(change.all_but_one, 2), inputs), "the second run agrees in one number only"),
        Case((almost(change.swapped, 2), inputs), "the second run differs, but its numbers have the same sum"),
        Case((almost(change.noise, 1, 2), inputs), "eval mode, with randomness of its own"),
        Case((almost(change.one_number, 2), inputs, 3), "only the second of three runs differs"),
        Case((almost(change.one_number, 3), inputs, 3), "only the third of three runs differs"),
        Case((almost(change.one_number, 2), inputs, 1), "one run, which is equal to itself"),
        Case(
            (almost(change.one_number, 4).train(), inputs, 3), "train mode, no dropout; only a fourth run would differ"
        ),
        Case((almost(dropout, 1, 2).train(), inputs), "train mode, with active dropout"),
    ]


def _in_eval_mode(model: nn.Module, inputs: dict[str, Tensor], runs: int = 2) -> bool:
    mode = model.training
    answer = is_deterministic(model.eval(), inputs, runs)
    model.train(mode)
    return answer


def _last_comparison(model: nn.Module, inputs: dict[str, Tensor], runs: int = 2) -> bool:
    first, same = model(**inputs).last_hidden_state, True
    for _ in range(runs - 1):
        same = torch.equal(first, model(**inputs).last_hidden_state)
    return same


check = Check(
    is_deterministic,
    cases,
    functions=(
        Mistake(
            "in_eval_mode",
            "You run the model in eval mode, so you never catch dropout. The question is how the model behaves in the mode "
            "that it is in.",
            function=_in_eval_mode,
        ),
        Mistake(
            "last_comparison",
            "Only the last run counts: either you compare no other run with the first, or each comparison replaces the one "
            "before. One run that differs settles it.",
            function=_last_comparison,
        ),
    ),
)

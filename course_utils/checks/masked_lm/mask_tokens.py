"""Many ids, so that a random one is rarely the right one by chance; few ids, to see which come up; and special tokens as 0 and 1.

What is compared are shares and habits, `masking.py`: two right answers need not choose the same tokens.
"""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.checks.masked_lm.inputs import MASK, use_mask_tokens
from course_utils.checks.masked_lm.masking import masking_in_words
from course_utils.judge import Case, Check, Mistake
from course_utils.reference.masked_lm import mask_tokens


def cases(draw: Draw) -> list[Case]:
    def of(batch: int, tokens: int, low: int, high: int) -> tuple[Tensor, Tensor, int]:
        return draw.integers(low, high, batch, tokens), _special(batch, tokens, draw), draw.number(0, 10**6)

    many, special, seed = of(45, 160, 5, 2003)
    few, few_special, few_seed = of(25, 160, 5, 10)
    usual, usual_special, usual_seed = of(20, 50, 1000, 1500)
    return [
        Case((many, special == 1, 2003, MASK, seed, 0.8), "7,200 tokens, 80 % of them to be chosen"),
        Case((few, few_special == 1, 11, MASK, few_seed, 0.8), "4,000 tokens, a vocabulary of 11"),
        Case((usual, usual_special, 1501, 7, usual_seed), "1,000 tokens, the usual 15 %, special tokens as 0 and 1"),
    ]


def small(draw: Draw) -> Case:
    """Two short texts of which all tokens are to be chosen, or none: what is compared is no matter of chance then."""
    tokens = 2 + draw.number(0, 2)
    special = torch.zeros(2, tokens, dtype=torch.int64)
    special[:, 0] = 1
    chance = (1.0, 0.0)[draw.number(0, 2)]
    return Case((draw.integers(5, 9, 2, tokens), special == 1, 30, MASK, draw.number(0, 8), chance))


def _special(batch: int, tokens: int, draw: Draw) -> Tensor:
    """(batch, tokens), 1 for the first token, for the padding at the end, and for the token before it."""
    length = tokens - draw.integers(1, tokens // 5, batch, 1)  # (batch, 1)
    places = torch.arange(tokens)
    return ((places == 0) | (places >= length - 1)).long()


def _exact_number_per_row(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    scores = torch.rand(input_ids.shape, generator=generator).masked_fill(special_tokens_mask.bool(), 2.0)
    ranks = scores.argsort(dim=1).argsort(dim=1)
    eligible = (~special_tokens_mask.bool()).sum(dim=1, keepdim=True)
    picked = ranks < (mlm_probability * eligible).round()
    return mask_tokens(input_ids, ~picked, vocab_size, mask_token_id, generator, 1.0)


check = Check(
    mask_tokens,
    cases,
    axes={"inputs": ("batch", "tokens"), "labels": ("batch", "tokens")},
    use=use_mask_tokens,
    small=small,
    view=masking_in_words,
    functions=(
        Mistake(
            "fixed_number",
            "Every row has exactly the expected number of chosen tokens. Choose each token by itself, which leaves the number "
            "to chance, as `DataCollatorForLanguageModeling` does.",
            function=_exact_number_per_row,
        ),
    ),
)

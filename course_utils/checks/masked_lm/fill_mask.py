"""Several [MASK]s per sentence, in an order in which rows differ from columns; all words ranked; and no [MASK] at all."""

import torch
from torch import Tensor

from course_utils.checks.inputs import Draw
from course_utils.checks.masked_lm.inputs import BATCH, MASK, TOKENS, VOCABULARY, draw_weights, use_fill_mask
from course_utils.judge import Case, Check, Mistake
from course_utils.reference.masked_lm import fill_mask


def cases(draw: Draw) -> list[Case]:
    three = draw.integers(5, VOCABULARY, BATCH, TOKENS)
    three[0, 1] = three[0, 2] = three[1, 0] = three[2, 4] = MASK
    two = draw.integers(5, VOCABULARY, 1, 4)
    two[0, 1] = two[0, 2] = MASK
    return [
        Case((_weights(draw), three, MASK, 11), "four [MASK]s in three sentences"),
        Case((_weights(draw), two, MASK, VOCABULARY), "two [MASK]s, and all words ranked"),
        Case((_weights(draw), draw.integers(5, VOCABULARY, 2, 3), MASK, 2), "no [MASK] at all"),
    ]


def _weights(draw: Draw) -> dict[str, Tensor]:
    """With them [MASK] is never the best guess: filled with itself it would still be a [MASK]."""
    weights = draw_weights(draw)
    weights["bias"][MASK] -= 100.0
    return weights


def small(draw: Draw) -> Case:
    """A vocabulary of a few words, of which number 1 is the [MASK], in one or two short sentences."""
    words, hidden = 2 + draw.number(0, 3), 1 + draw.number(0, 2)
    weights = {"words": draw.normal(words, hidden), "mix": draw.normal(hidden, hidden), "bias": draw.normal(words)}
    weights["bias"][1] = -9.0
    ids = torch.tensor([[draw.number(0, words) for _ in range(1 + draw.number(0, 3))]])
    if draw.number(0, 2):
        ids = torch.cat([ids, ids.flip(1)])
    return Case((weights, ids, 1, 1 + draw.number(0, words)))


def _by_columns(model, input_ids, mask_token_id, k):
    places = (mask_token_id == input_ids.T).nonzero().tolist()
    scores = model(input_ids, torch.ones_like(input_ids)).detach()
    return [scores[row, column].argsort(descending=True)[:k].tolist() for column, row in places]


def _by_sentence(model, input_ids, mask_token_id, k):
    return [fill_mask(model, row[None], mask_token_id, k) for row in input_ids]


def _first_of_each_sentence(model, input_ids, mask_token_id, k):
    return [guesses[0] for guesses in _by_sentence(model, input_ids, mask_token_id, k) if guesses]


def _one_by_one(model, input_ids, mask_token_id, k):
    filled, found = input_ids.clone(), []
    for row, column in (input_ids == mask_token_id).nonzero().tolist():
        scores = model(filled, torch.ones_like(filled)).detach()[row, column]
        found.append(scores.argsort(descending=True)[:k].tolist())
        filled[row, column] = found[-1][0]
    return found


check = Check(
    fill_mask,
    cases,
    use=use_fill_mask,
    small=small,
    functions=(
        Mistake(
            "one_per_sentence",
            "Only the first [MASK] of each sentence is answered.",
            function=_first_of_each_sentence,
        ),
        Mistake(
            "grouped",
            "The lists are grouped by sentence. Return one list of k ids per [MASK], without another level.",
            function=_by_sentence,
        ),
        Mistake(
            "by_columns",
            "The [MASK]s are taken column by column. Reading order is row by row, from left to right.",
            function=_by_columns,
        ),
        Mistake(
            "one_by_one",
            "Each [MASK] is filled with its best word before the next is looked at. BERT guesses all of them at once, from the "
            "same sentence.",
            function=_one_by_one,
        ),
    ),
)

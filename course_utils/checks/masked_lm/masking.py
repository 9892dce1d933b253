"""A masking in words: what is the same for every right answer, whichever tokens it draws.

A right answer may draw its random numbers in any order, so no two need agree on a single token. They agree on shares of many
tokens, within bounds that chance exceeds once in 10^9 draws.
"""

import numpy as np
from numpy import ndarray

CLOSE_TO = 0.04  # for shares of many tokens; of few, 0.1
KNOWN_SHARES = (0, 0.02, 0.1, 0.15, 0.2, 0.28, 0.4, 0.5, 0.64, 0.72, 0.8, 0.9, 1)  # of right answers and of mistakes


def masking_in_words(value, input_ids, special_tokens_mask, vocab_size, mask_token_id, seed, mlm_probability=0.15):
    """What `use_mask_tokens` gives, as a dict of words and booleans."""
    inputs, labels, ids = (tensor.numpy() for tensor in (value["inputs"], value["labels"], input_ids))
    special, chosen, changed = special_tokens_mask.bool().numpy(), labels != -100, inputs != ids
    odd = chosen & (labels != ids)
    columns = slice(1, ids.shape[1] * 3 // 4)
    words = {
        "labels of chosen tokens": _odd_labels(labels[odd]) if odd.any() else "their own ids",
        "chosen special tokens": _some(chosen[special]),
        "chosen of the other tokens": _share(chosen[~special], mlm_probability),
        "changed where not chosen, special tokens": _some(changed[special & ~chosen]),
        "changed where not chosen, other tokens": _some(changed[~special & ~chosen]),
        "one row like another": bool((chosen[0, columns] == chosen[1, columns]).all()),
        "chosen in a row": _spread(chosen & ~special, ~special, mlm_probability),
        "a second call draws the same": value["draws"][:1] == [True],
        "another seed draws the same": value["draws"][1:] == [True],
    }
    real = chosen & ~special
    masked, random = inputs == mask_token_id, changed & (inputs != mask_token_id)
    if vocab_size > 2000:  # a random id is hardly ever the right one by chance
        fates = np.where(masked, "[MASK]", np.where(changed, "random", "kept"))
        words["what becomes of a chosen token"] = _drawn(fates, real)
        words["which random id"] = _drawn(inputs, real & random)
        words["where the [MASK]s are"] = _evenly(masked, real)
        words["of the chosen, now [MASK]"] = _share(masked[real], 0.8)
        words["of the chosen, now a random id"] = _share(random[real], 0.1)
        words["of the chosen, kept"] = _share(~changed[real], 0.1)
    if vocab_size < 20:  # each id comes up somewhere
        words["random ids"] = _range(inputs[real & random], vocab_size)
    return words


def _drawn(what: ndarray, where: ndarray) -> str:
    """Whether what is at some places was drawn for each of them, or once for a whole row, or once for all rows."""
    found = what[where]
    if (found != found[:1]).any():
        for these, those, says in ((what, where, "one for a whole row"), (what.T, where.T, "the same in every row")):
            first = these[np.arange(len(these)), those.argmax(axis=1)]
            alike, several = ((these == first[:, None]) | ~those).all(axis=1), those.sum(axis=1) > 1
            if alike[several].sum() > 0.9 * several.sum():  # a random id may be the old one
                return says
    return "drawn for each place"


def _evenly(these: ndarray, where: ndarray) -> str:
    """Whether they are as frequent in the batch's first half as in its second, and in the rows' first halves as in the others."""
    for found in (these[where], these.T[where.T]):
        half = len(found) // 2
        if len(found) > 4000 and abs(found[:half].mean() - found[half:].mean()) > 0.1:
            return "more at one end than at the other"
    return "everywhere alike"


def _some(these: ndarray) -> str:
    return "none" if not these.any() else "all" if these.all() else "some"


def _share(these: ndarray, expected: float) -> str:
    """A share in words; one that is close to the expected share may be chance and counts as it."""
    share = float(these.mean()) if these.size else 0.0
    if abs(share - expected) > (CLOSE_TO if these.size > 4000 else 0.1):
        expected = min(KNOWN_SHARES, key=lambda known: abs(known - share))
    return f"about {expected:.0%}"


def _odd_labels(labels: ndarray) -> str:
    """Labels that are not the tokens' own ids: one number for all of them, or several."""
    values = np.unique(labels).tolist()
    return f"{values[0]}" if len(values) == 1 else "other ids"


def _range(ids: ndarray, vocab_size: int) -> str:
    if not ids.size:
        return "there are none"
    low, high = int(ids.min()), int(ids.max())
    if low == high:
        return "one and the same everywhere"
    return f"{low} to {high}" if high <= vocab_size else "far outside of the vocabulary"


def _spread(chosen: ndarray, eligible: ndarray, probability: float) -> str:
    """Whether each row has its own number of chosen tokens, or exactly the expected one, or all or none."""
    counts, of = chosen.sum(axis=1), eligible.sum(axis=1)
    if ((counts == 0) | (counts == of)).all():
        return "all or none"
    if (abs(counts - probability * of) <= 1).all():
        return "exactly the expected one"
    return "left to chance"

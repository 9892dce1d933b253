"""Named mistakes: whose they are, and what the bank says of them."""

import functools
from collections.abc import Sequence
from typing import NamedTuple


class Named(NamedTuple):
    """A mistake of the bank: the exercise that it belongs to, and its label there."""

    exercise: str
    label: str


# These two are given by the verdict itself; a bank need not know them.
_OWN_WORDS = {
    "changes_inputs": "The answer changes the values that it is given.",
    "not_deterministic": "Two calls with the same arguments give two different results.",
}


def owner(exercise: str, label: str) -> Named:
    """Whose mistake a label is: `softmax: over_queries` is softmax's, whichever exercise shows it."""
    part, _, own = label.rpartition(": ")
    return Named(part or exercise, own)


@functools.lru_cache(10_000)  # labels come from records
def says(named: Named) -> str:
    """What the card says of a mistake, or "" where the bank does not know it (any more)."""
    from course_utils.checks.course import find  # takes torch along

    check = find(named.exercise)
    known = {each.label: each.says for each in check.mistakes} if check else {}
    return known.get(named.label, _OWN_WORDS.get(named.label, ""))


def sentence(exercise: str, label: str) -> str:
    """What the card of an exercise says of one of its labels."""
    return says(owner(exercise, label))


def told_apart(exercise: str, labels: Sequence[Sequence[str]]) -> list[tuple[Named, ...]]:
    """The mistakes of an answer, each alone; those of which only one is made, and it is not known which, together.

    labels: a group for every set of mistakes that explains the answer, as in `Graded`.
    """
    groups = [tuple(owner(exercise, label) for label in group) for group in labels if group]
    every = list(dict.fromkeys(named for group in groups for named in group))
    sure = [named for named in every if all(named in group for group in groups)]
    unsure = tuple(sorted(named for named in every if named not in sure))
    return [(named,) for named in sure] + ([unsure] if unsure else [])

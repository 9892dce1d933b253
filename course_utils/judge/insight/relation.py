"""A relation: how a wrong result may follow from the right one."""

from collections.abc import Callable
from typing import NamedTuple


class Relation(NamedTuple):
    """`becomes(expected, mine)` is what the answer would return in this relation to the right result; it may raise.

    It looks at `mine` only for its shape and for the numbers or items that it is fitted to: `free` of them for one case, and
    `once` for all cases together. `phrase` ends the sentence "Yours is the right result ..."; if it `is_step`, an answer may
    also lack it: "Yours becomes the right result once it is ...".
    """

    phrase: str
    becomes: Callable[[object, object], object]
    free: Callable[[object, object], float] = lambda expected, mine: 0
    once: int = 0
    is_step: bool = False


def of_expected(function: Callable) -> Callable:
    """`becomes` of a relation that takes nothing over from the answer."""
    return lambda expected, mine: function(expected)

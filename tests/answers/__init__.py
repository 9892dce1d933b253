"""Answers that learners might write, one module per topic, in three tables by exercise.

    RIGHT    other right ways to write it: each passes on 200 seeds
    UNNAMED  wrong ones that no known mistake gives: each fails, and without a name
    TOLD     wrong ones with the sentences that their card must say, and those that it must not say

The mistakes that have a name are in the exercise's `.diff` beside its check, and nowhere else.
"""

from collections.abc import Callable
from typing import NamedTuple


class Told(NamedTuple):
    """A wrong answer and what its card says of it.

    says: parts of sentences that the card must have; never: that it must not have. diagnosis: the labels it must have, if
    given. nothing_broken: no property of the exercise may be said to be broken.
    """

    answer: Callable
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    diagnosis: tuple[str, ...] | None = None
    nothing_broken: bool = False

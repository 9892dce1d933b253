"""A mistake: one way to get an exercise wrong, as edits of the answer key."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

# Two labels are given by the verdict itself, whatever the exercise. A bank may describe them, too.
CHANGES_INPUTS = "changes_inputs"
NOT_DETERMINISTIC = "not_deterministic"


class Unplantable(ValueError):
    """Mistakes that cannot be in one function together."""


class Edit(NamedTuple):
    """One change of a text: `text[start:end]` becomes `now`."""

    start: int
    end: int
    now: str

    def overlaps(self, other: "Edit") -> bool:
        """Whether the two cannot both be made, since they change the same characters."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Mistake:
    """One way to get a function wrong, and what to tell the learner.

    label: its name in a diagnosis. says: one or two sentences for the card. edits: what to change in the body of the key.
    function: the whole function, where no edit can express the mistake. endless: it never returns for some input.
    line: where it is written, for messages.
    """

    label: str
    says: str
    edits: tuple[Edit, ...] = ()
    function: Callable | None = None
    endless: bool = False
    line: int = field(default=0, compare=False)


def replacing(text: str, was: str, now: str) -> Edit:
    """The edit that replaces `was`, which must be in the text exactly once; raises Unplantable."""
    if text.count(was) != 1:
        raise Unplantable(f"{was!r} is in the text {text.count(was)} times, not once")
    start = text.index(was)
    return Edit(start, start + len(was), now)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; raises Unplantable where two of them overlap.

    Of two insertions at one place the one listed last comes first.
    """
    placed = sorted(edits, key=lambda edit: edit[:2], reverse=True)  # from the end, so that places stay where they are
    if any(one.overlaps(other) for number, one in enumerate(placed) for other in placed[:number]):
        raise Unplantable("two mistakes change the same text")
    for edit in placed:
        text = text[: edit.start] + edit.now + text[edit.end :]
    return text

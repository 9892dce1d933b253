"""Any text with the properties passes: what is compared is what three planted tokenizers make of it, not the text."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from course_utils.checks.inputs import Draw
from course_utils.checks.tokenization.inputs import Text, use_telltale_text
from course_utils.judge import Case, Check
from course_utils.model import embedded_folder
from course_utils.reference.tokenization import encode, telltale_text

LONGEST, SHORTEST_KNOWN = 8, 6  # characters
WRONG = {
    "NFKD": "normalize: compatibility_form",
    "keeps pieces": "wordpiece: pieces_before_unk_kept",
    "from the end": "wordpiece: from_the_end",
}


@dataclass(frozen=True, eq=False)
class Telling:
    """What a text tells: its length, its pieces, and the names of the wrong tokenizers that make BERT's own ids of it.

    Two are equal if they have the same names and are both short enough, or both too long.
    """

    characters: int
    pieces: str
    unseen: tuple[str, ...]

    @property
    def _counts(self) -> tuple[bool, tuple[str, ...]]:
        return self.characters <= LONGEST, self.unseen

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Telling) and self._counts == other._counts

    def __hash__(self) -> int:
        return hash(self._counts)

    def __repr__(self) -> str:
        if self == Telling(0, "", ()):
            return f"at most {LONGEST} characters; not given away: none"
        plural = "s" * (self.characters != 1)
        return (
            f"{self.characters} character{plural} ({self.pieces}); not given away: {', '.join(self.unseen) or 'none'}"
        )


def cases(draw: Draw) -> list[Case]:
    return [Case(())]


@functools.cache
def _planted(label: str) -> Callable:
    from course_utils.checks.course import planted

    return planted("encode", label)


@functools.cache
def uncased_vocabulary() -> dict[str, int]:
    """The vocabulary of bert-base-uncased, which the course's own model has, too: every token and its id, in order."""
    lines = (embedded_folder() / "vocab.txt").read_text(encoding="utf-8").split("\n")
    return {token: number for number, token in enumerate(lines) if token}


def _telling(value: Text) -> Telling:
    some, vocab = value.text[:1000], uncased_vocabulary()
    right = encode(some, None, vocab)["input_ids"]
    names = list(vocab)
    pieces = " ".join(names[number] for number in right[1:-1]) or "no pieces"
    unseen = [name for name, label in WRONG.items() if _planted(label)(some, None, vocab)["input_ids"] == right]
    return Telling(len(value.text), pieces, tuple(unseen))


def _how_short(value: Text) -> str:
    count = len(value.text)
    if count <= SHORTEST_KNOWN:
        return f"Your text gives all three away with {count} characters. We know of none that is shorter."
    return f"Your text gives all three away with {count} characters; {SHORTEST_KNOWN} can be enough."


check = Check(
    telltale_text,
    cases,
    view=_telling,
    remark=_how_short,
    use=use_telltale_text,
)

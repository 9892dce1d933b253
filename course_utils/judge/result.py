"""What a check returns: a verdict that prints as plain text and shows as a card in a notebook (card.py)."""

from dataclasses import asdict, dataclass, field

from . import card

# Facts that a smaller input makes unnecessary in plain text; a card folds them away.
_OF_THE_CASE = ("called with", "expected", "you returned")


@dataclass(frozen=True)
class Result:
    """The verdict on one answer.

    status: "passed", "failed", "error" or "not_attempted"; explanations: the labels of
    the mistakes recognised, one group each where output cannot tell several apart; `diagnosis` is all of them.
    argument: which other call of the reference gives these values; relations: what they are to the right ones;
    place: (line, sentence) of what is to be changed; smallest: a small call, what is expected of it and what is returned.
    Each is empty where nothing is known for certain.
    facts: (name, text) pairs such as ("you returned", "['una', 'ffa']"); heat: rows of numbers from 0 to 1, the difference.
    """

    exercise: str
    status: str
    headline: str
    explanations: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    argument: str = ""
    relations: tuple[str, ...] = ()
    place: tuple[int, str] | None = None
    smallest: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    heat: tuple[tuple[float, ...], ...] = field(default=())
    heat_says: str = ""
    next_step: str = ""

    @property
    def diagnosis(self) -> tuple[str, ...]:
        """The labels of the mistakes recognised, each once; empty if none."""
        return tuple(dict.fromkeys(label for group in self.explanations for label in group))

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def to_dict(self) -> dict[str, object]:
        """Everything as plain data, ready for JSON: the fields by their names, and `diagnosis` and `passed`."""
        return _plain(asdict(self)) | {"diagnosis": list(self.diagnosis), "passed": self.passed}

    def __repr__(self) -> str:
        sign, word, _ = card.LOOK[self.status]
        lines = [f"{sign} {self.exercise}: {word}. {self.headline}"]
        lines += [f"  {note}" for note in self.notes]
        if self.place:
            lines.append(f"  {self.place[1]}")
        if self.smallest:
            lines += [f"  {card.SMALLEST}", *(f"    {line}" for line in self.smallest.splitlines())]
        facts = [fact for fact in self.facts if not (self.smallest and fact[0] in _OF_THE_CASE)]
        width = max((len(name) for name, _ in facts), default=0)
        for name, text in facts:
            indented = text.replace("\n", "\n" + " " * (width + 4))
            lines.append(f"  {name:<{width}}  {indented}")
        if self.heat_says:
            lines.append(f"  {self.heat_says}")
        if self.next_step:
            lines.append(f"  {self.next_step}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return card.of_result(self)


@dataclass(frozen=True)
class Note:
    """A hint or a solution: a title and prose or code."""

    title: str
    text: str
    is_code: bool = False

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.text}" if self.is_code else f"{self.title}: {self.text}"

    def _repr_html_(self) -> str:
        return card.of_note(self)


def _plain(value: object) -> object:
    """Tuples as lists, also inside lists and dicts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value

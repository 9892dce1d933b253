"""What is known already of the same code: thousands of learners write the same line."""

import ast
import hashlib
from collections.abc import Hashable, Iterable
from typing import Any

from .judging import Verdict

_MOST = 20_000  # of each kind


class Known:
    """Verdicts by exercise and code, and cards by the code to the letter, since they quote it."""

    def __init__(self) -> None:
        self._verdicts: dict[Hashable, Verdict] = {}
        self._cards: dict[Hashable, dict[str, Any]] = {}
        self._met: dict[Hashable, bool] = {}

    def verdict(self, key: Hashable) -> Verdict | None:
        """The verdict on this code, None where nobody has written it yet."""
        return self._verdicts.get(key)

    def met(self, key: Hashable) -> bool:
        """Whether this code has been met before; from now on it has."""
        before = key in self._met
        _keep(self._met, key, True)
        return before

    def keep(self, key: Hashable, verdict: Verdict) -> None:
        """Remembers a verdict. A time-out is not one: it may be the machine's."""
        if not verdict.time_is_up:
            _keep(self._verdicts, key, verdict)

    def card(self, key: Hashable) -> dict[str, Any] | None:
        """The card for this code, written to the letter like this."""
        return self._cards.get(key)

    def keep_card(self, key: Hashable, card: dict[str, Any] | None) -> None:
        """Remembers a card."""
        if card is not None:
            _keep(self._cards, key, card)

    def code(self, cells: Iterable[list]) -> str:
        """The kept statements of cells without comments, spaces and line numbers, as a short text."""
        digest = hashlib.sha256()
        for _, source, kept in cells:
            try:
                body = ast.parse(source).body
                text = "\n".join(ast.dump(body[number]) for number in kept)
            except (ValueError, RecursionError, MemoryError):  # numbers too long or terms too deep to be written out
                text = f"{source}\n{kept}"
            digest.update(f"{len(text)} {text}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def _keep(where: dict, key: Hashable, value: Any) -> None:
    if len(where) >= _MOST:
        where.clear()
    where[key] = value

"""The map of the course, coloured by a class: the redder a part, the fewer of the class's answers to it pass."""

from collections.abc import Mapping
from typing import Any

from .architecture import Sheet
from .style import COLOURS, INK, MUTED, PAPER, Picture, mix
from .svg import text_width

Shares = Mapping[str, float | None]  # topic: the share of answers that pass, None where there are none

_REDDEST = 0.34  # how much of the colour a ground gets where nothing passes: all text on it is still 4.5 to 1


def class_map(config: Any, shares: Shares) -> Picture:
    """The map for a model's config and a class's shares; a topic that is missing was not handed in."""
    sheet = _ClassSheet(shares)
    sheet.fill(config)
    known = [share for share in shares.values() if share is not None]
    if not known:
        return sheet.picture("The map of the whole model. Nobody has handed in a lesson yet.")
    low, high = min(known), max(known)
    return sheet.picture(
        f"The map of the whole model, coloured by the class: of {len(known)} lessons, the one that went best has "
        f"{words(high)}, the one that went worst {words(low)}. The table below has the same numbers."
    )


def words(share: float | None) -> str:
    """A share as the map says it: `72 % pass`; all is said only of all, and none of none."""
    if share is None:
        return "not handed in"
    whole = round(100 * share)
    return f"{max(1, min(99, whole)) if 0 < share < 1 else whole} % pass"


class _ClassSheet(Sheet):
    """The sheet of the map with a class's shares where a learner's map has what is proven."""

    def __init__(self, shares: Shares):
        super().__init__(None)
        self.shares = shares
        self.states = {}  # not None: the sheet asks for a state at every lesson

    def text(self, x: float, y: float, text: object, size: float = 13, colour: str = INK, **look: Any) -> None:
        """As on every canvas; what is muted on paper would be too pale on a coloured ground."""
        super().text(x, y, text, size, INK if colour == MUTED else colour, **look)

    def state(self, x: float, y: float, topic: str) -> None:
        """The pill that says `72 % pass`, filled as far."""
        share = self.shares.get(topic)
        says, colour = words(share), COLOURS["padding" if share is None else "passed"]
        width = text_width(says, 13) + 18
        self.rect(x, y - 1, width, 20, PAPER, radius=10)
        if share:
            self.rect(x, y - 1, max(20, width * share), 20, mix(colour.line, PAPER, 0.6), radius=10)
        edge, dash = (MUTED, "3 2") if share is None else (INK, "")
        self.rect(x, y - 1, width, 20, stroke=edge, radius=10, line=1.5, dash=dash)
        self.text(x + width / 2, y + 9, says, 13, INK, anchor="middle", bold=share is not None)

    def frame(self, x: float, y: float, width: float, height: float, role: str, topic: str) -> None:
        """A section's ground, the redder the less passes, and its edge, the thicker."""
        share = self.shares.get(topic)
        trouble = 0.0 if share is None else 1 - share
        red = COLOURS["failed"].line
        edge = mix(MUTED, PAPER, 0.3) if share is None else mix(red, PAPER, 0.6 - 0.6 * trouble)
        self.rect(x, y, width, height, mix(PAPER, red, _REDDEST * trouble), edge, radius=8, line=1 + 2 * trouble)

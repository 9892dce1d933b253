"""What a card shows besides its sentences: how the answer was called, what was expected, what it returned and printed."""

from typing import TYPE_CHECKING

from torch import Tensor, nn

from .compare import Difference
from .running import Outcome
from .trial import Run, arguments
from .words import brief

if TYPE_CHECKING:
    from .check import Check

Facts = tuple[tuple[str, str], ...]  # (name, text) pairs


def called_with(check: "Check", run: Run) -> Facts:
    """What the case is about, and its arguments."""
    shown = ", ".join(
        f"{name}={check.course.say(name, value) or _shown(value)}" for name, value in arguments(check, run.case).items()
    )
    about = (("case", run.case.about),) if run.case.about else ()
    return (*about, ("called with", shown))


def expected_and_returned(check: "Check", run: Run, difference: Difference) -> Facts:
    """How the answer was called and, if that can be read, what was expected and what it returned."""
    facts = called_with(check, run)
    if isinstance(run.value, Tensor) and run.value.numel() > 12:
        return facts
    if any(isinstance(item, Tensor) for item in _items(run.value)):
        return facts
    expected, returned = brief(run.expected, 300), brief(run.value, 300)
    if expected == returned:  # they differ in what a text does not show
        return facts
    return (*facts, ("expected", expected), ("you returned", returned))


def printed(outcome: Outcome) -> Facts:
    """The learner's own prints, if there are any."""
    return (("your prints", outcome.printed.rstrip()),) if outcome.printed.strip() else ()


def _shown(value: object) -> str:
    if isinstance(value, dict):
        items = ", ".join(f"{key!r}: {_shown(item)}" for key, item in value.items())
        return f"{{{items}}}" if len(value) <= 4 and len(items) < 120 else f"a dict of {len(value)}"
    if isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
        return f"{len(value)} tensors"
    if callable(value):
        mode = f" in {'train' if value.training else 'eval'} mode" if isinstance(value, nn.Module) else ""
        return getattr(value, "__name__", type(value).__name__) + mode
    return brief(value, 80)


def _items(value: object) -> list:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (tuple, list)) else []

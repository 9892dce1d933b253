"""Draws all states of a lesson's widgets for the web edition, while the builder runs the lesson.

The models and texts that a widget draws with exist only in the lesson's kernel. So the builder calls `record` there,
before the first cell; each `explore` then also draws its states, and `states.py` says how they are kept and shown.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .packing import Pack
from .states import as_script

if TYPE_CHECKING:
    from .base import Control

Values = dict[str, Any]  # the controls' values by their names

MOST_STATES = 3_000  # a drawing takes some milliseconds
MOST_BYTES = 3_000_000

_path: Path | None = None
_widgets: list[dict[str, Any]] = []


def record(path: str | None) -> None:
    """From now on every `explore` also writes its states into this file; None: no longer."""
    global _path
    _path = Path(path) if path else None
    _widgets.clear()


def keep(draw: Callable[[Values], str], controls: Mapping[str, "Control"], own_twin: bool) -> None:
    """Draw all states of a widget and add them to the file; does nothing if nobody records.

    draw: makes HTML of the controls' values. own_twin: whether the notebook shows something else than the first state.
    """
    if _path is None:
        return
    live = movable(controls)
    while True:
        widget = drawn_states(draw, controls, live) | {"own_twin": own_twin}
        script = as_script(_path.stem, [*_widgets, widget])
        if len(script.encode()) <= MOST_BYTES or not live:
            break
        live = live[:-1]
    _widgets.append(widget)
    _path.write_text(script, encoding="utf-8", newline="\n")


def movable(controls: Mapping[str, "Control"]) -> list[str]:
    """The controls that move on the web: those with the fewest values first, as long as there are not too many states."""
    live, states = [], 1
    for name in sorted(controls, key=lambda name: len(controls[name].options)):
        count = len(controls[name].options)
        if count > 1 and states * count <= MOST_STATES:
            live.append(name)
            states *= count
    return live


def drawn_states(draw: Callable[[Values], str], controls: Mapping[str, "Control"], live: list[str]) -> dict[str, Any]:
    """The description of each control, and every drawing that can be reached by moving those in `live`."""
    found = list(reached(controls, live))
    options = {name: _options(name, control, found, name in live) for name, control in controls.items()}
    places = {name: {value: at for at, (_, value) in enumerate(options[name])} for name in controls}
    pack, drawings = Pack(), {}
    for values in found:
        drawings[".".join(str(places[name][value]) for name, value in values.items())] = values
    for key in sorted(drawings, key=lambda key: [int(place) for place in key.split(".")]):
        pack.add(key, draw(drawings[key]))
    described = []
    for name, control in controls.items():
        others = list(controls)
        sets = [
            {str(others.index(other)): places[other][value] for other, value in control.sets(of).items()}
            for _, of in options[name]
        ]
        described.append(
            {
                "label": control.label,
                "kind": control.kind,
                "live": name in live,
                "options": [shown for shown, _ in options[name]],
                "first": places[name][control.value],
                "follows": control.high is not None,
                "sets": sets if any(sets) else [],
            }
        )
    return {"controls": described} | pack.as_dict()


def _options(name: str, control: "Control", found: list[Values], live: bool) -> list[tuple[str, Any]]:
    """What a control can show on the web, and its value: all that were reached, in the order of its own options."""
    values = dict.fromkeys(each[name] for each in found)
    names = {value: shown for shown, value in control.options}
    if control.high:
        return [(str(value), value) for value in sorted(values)]
    if live:
        return list(control.options)
    return [(names.get(value, f"{value:g}" if isinstance(value, float) else str(value)), value) for value in values]


def reached(controls: Mapping[str, "Control"], live: list[str]) -> Iterable[Values]:
    """All values that the controls can have together, from their first on, if only those in `live` are moved."""
    first = {name: control.value for name, control in controls.items()}
    seen, waiting = {tuple(first.values()): first}, deque([first])
    while waiting:
        values = waiting.popleft()
        for name in live:
            for value in values_of(controls[name], values):
                after = moved(controls, values, name, value)
                if tuple(after.values()) not in seen:
                    seen[tuple(after.values())] = after
                    waiting.append(after)
    return seen.values()


def values_of(control: "Control", values: Values) -> list[Any]:
    """The values that a control can be moved to, when the controls have these `values`."""
    options = [value for _, value in control.options]
    return list(range(options[0], control.high(values) + 1)) if control.high else options


def moved(controls: Mapping[str, "Control"], values: Values, name: str, value: Any) -> Values:
    """The controls' values after one was moved: what it sets is set, and what follows goes to its end."""
    after = values | {name: value} | dict(controls[name].sets(value))
    for other, control in controls.items():
        if control.high and other != name:
            after[other] = control.high(after)
    return after

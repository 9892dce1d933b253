"""The widgets of the web edition: the file of a lesson's states, and the HTML of a widget's controls.

A file `docs/states/03_self_attention.js` calls `insideBertStates` with the lesson's name and its widgets, so that a page
can load it by a `<script>`, from a folder as well as from a server. `packing.py` says how the drawings are kept in it.
A drawing's key is the place of each control's value among its options: "0.3.1".
"""

import html
import json
from pathlib import Path
from typing import Any

from .packing import unpacked

FOLDER = Path(__file__).parents[2] / "docs" / "states"


def as_script(stem: str, widgets: list[dict[str, Any]]) -> str:
    """The file's text: a line for each piece, so that a difference can be read."""
    described = json.dumps(widgets, ensure_ascii=False, indent=0, separators=(",", ":"))
    return f"insideBertStates({json.dumps(stem)}, {described});\n"


def load(stem: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """The widgets of a lesson, in order; none if the lesson has no file of states."""
    path = folder / f"{stem}.js"
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    return json.loads(text[text.index(", ") + 2 : text.rindex(")")])


def first_key(widget: dict[str, Any]) -> str:
    """The key of the state that a widget begins with."""
    return ".".join(str(control["first"]) for control in widget["controls"])


def panel_html(stem: str, number: int, twin: str = "", path: str = "") -> str:
    """A lesson's widget, counted from 0, for a page that has `widgets.js` and, better, `widgets.css`.

    twin: the HTML of what the notebook's cell shows, picture and caption. It goes into the panel, at its end: until a
    control is touched, and where scripts are off, it is what the page shows. Left out, the first state is shown.
    path: where the page finds the file of the states, with a slash at its end.
    """
    widget = load(stem)[number]
    ids = f"explore-{stem}-{number}"
    controls = "\n".join(_control(f"{ids}-{at}", at, control) for at, control in enumerate(widget["controls"]))
    drawing, caption = unpacked(widget, first_key(widget))
    said = f'<p class="inside-bert-caption">{caption}</p>' if caption else ""
    other = twin and widget["own_twin"]  # then scripts show the first state at once
    return f"""<div class="inside-bert-explore" data-states="{path}{stem}.js" data-number="{number}">
<form class="inside-bert-controls" autocomplete="off" aria-label="What the picture shows" hidden>
{controls}
{_remark(widget["controls"])}
</form>
<div class="inside-bert-drawing" hidden>{drawing if other else ""}</div>
<div class="inside-bert-said" aria-live="polite" hidden>{said if other else ""}</div>
<div class="inside-bert-twin">{twin or drawing + said}</div>
</div>"""


def _control(name: str, at: int, control: dict[str, Any]) -> str:
    """A control's label and its HTML; `at`: its place in the key."""
    label, options, first = html.escape(control["label"]), control["options"], control["first"]
    known = f'id="{name}" data-control="{at}"'
    value = f'<span class="inside-bert-value" aria-hidden="true">{html.escape(options[first])}</span>'
    if not control["live"]:
        inside = f'{label}: <span class="inside-bert-value" data-fixed="{at}">{html.escape(options[first])}</span>'
    elif control["kind"] == "switch":
        checked = " checked" if first else ""
        inside = f'<input type="checkbox" {known}{checked}> <label for="{name}">{label}</label>'
    elif control["kind"] == "slider":
        end = f'min="0" max="{len(options) - 1}" value="{first}" aria-valuetext="{html.escape(options[first])}"'
        inside = f'<label for="{name}">{label}</label> <input type="range" {known} {end}> {value}'
    else:
        listed = "".join(
            f"<option{' selected' if place == first else ''}>{html.escape(words) or '(nothing)'}</option>"
            for place, words in enumerate(options)
        )
        inside = f'<label for="{name}">{label}</label> <select {known}>{listed}</select>'
    return f'<span class="inside-bert-control">{inside}</span>'


def _remark(controls: list[dict[str, Any]]) -> str:
    """What the notebook can do, and this page cannot; "" if there is nothing."""
    fixed = [control["label"] for control in controls if not control["live"] and control["kind"] != "text"]
    own = [control["label"] for control in controls if control["kind"] == "text"]
    can = [f"move {_and(fixed) if len(fixed) < 5 else f'“{fixed[0]}” to “{fixed[-1]}”'}"] if fixed else []
    can += [f"type your own words for {_and(own)}"] if own else []
    said = html.escape(f"In the notebook you can also {' and '.join(can)}.", quote=False)
    return f'<p class="inside-bert-remark">{said}</p>' if can else ""


def _and(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"

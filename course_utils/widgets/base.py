"""How a widget is made, and how it has its static twin.

    def explore_softmax() -> None:
        explore(draw_softmax, query=slider("query", 0, 10), scaled=switch("divide by √dh"))

    def draw_softmax(query: int, scaled: bool) -> Picture: ...

`draw` is a plain function of the controls' values. It returns a `Picture` (SVG: it has 100 ms, so no matplotlib) or a
string of HTML; it prints nothing and keeps nothing. In a notebook the controls are above the drawing, which is drawn
again at every change. With COURSE_CI=1, or without a notebook front end, `explore` shows the drawing once with the
first values: that is the static twin. What `draw` raises for odd input becomes one sentence in place of the drawing;
where it knows what is wrong, it raises `ValueError("a sentence for the learner")`.

The web edition has the widget, too, without a line of yours: `recording.py` draws its states when the builder runs the
lesson. A text moves there by its `examples`.
"""

import functools
import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from course_utils.figures.style import Picture
from course_utils.modes import is_live

from . import frontend, recording

if TYPE_CHECKING:
    from ipywidgets import VBox, Widget


class Control(NamedTuple):
    """One value that the reader can change: its first value, and what makes the ipywidget for it.

    The widget is made late: a static twin must make none, or its random id would be stored in the notebook.
    `kind` and `options` are for the web edition: slider, choice, switch or text, and each value that it can have there,
    as shown and as it is; none where they are too many to be drawn.
    `high`, where a slider's end depends on the other controls, is a function of their values by name; when one of them
    is changed, the slider moves to its end. `sets`: what this control's new value gives to others, by their names.
    """

    value: Any
    make: Callable[[], "Widget"]
    label: str
    kind: str
    options: tuple[tuple[str, Any], ...] = ()
    high: Callable[[dict[str, Any]], int] | None = None
    sets: Callable[[Any], Mapping[str, Any]] = lambda value: {}


def slider(
    label: str,
    low: int,
    high: int,
    value: int | None = None,
    follow: Callable[[dict[str, Any]], int] | None = None,
    step: int = 1,
) -> Control:
    """A whole number from `low` to `high`, both included. `follow` gives a new end for the other controls' values.

    When another control is changed, a slider that follows moves to its new end.
    """
    first = low if value is None else value

    def make() -> "Widget":
        import ipywidgets

        return ipywidgets.IntSlider(first, low, high, step, description=label, **_look("340px"))

    options = tuple((str(number), number) for number in range(low, high + 1, step))
    return Control(first, make, label, "slider", options, follow)


def decimal(label: str, low: float, high: float, value: float, step: float = 0.1, width: str = "340px") -> Control:
    """A decimal number from `low` to `high`. A smaller `width` lets several fit side by side."""

    def make() -> "Widget":
        import ipywidgets

        return ipywidgets.FloatSlider(value, min=low, max=high, step=step, description=label, **_look(width))

    return Control(value, make, label, "slider")


def choice(label: str, options: Mapping[str, Any] | Sequence[str], value: Any = None) -> Control:
    """One of several: a mapping from what is shown to the value, or just the words. Starts with the first."""
    pairs = list(options.items()) if isinstance(options, Mapping) else [(word, word) for word in options]
    first = pairs[0][1] if value is None else value

    def make() -> "Widget":
        import ipywidgets

        return ipywidgets.Dropdown(options=pairs, value=first, description=label, **_look("280px"))

    return Control(first, make, label, "choice", tuple(pairs))


def switch(label: str, value: bool = True) -> Control:
    """On or off."""

    def make() -> "Widget":
        import ipywidgets

        return ipywidgets.Checkbox(
            value, description=label, indent=False, layout={"width": "auto", "margin": "2px 16px 2px 2px"}
        )

    return Control(value, make, label, "switch", (("off", False), ("on", True)))


def text(label: str, value: str, lines: int = 1, examples: Sequence[str] = ()) -> Control:
    """Words that the reader types; the drawing follows every key. `examples`: what the web edition offers instead."""

    def make() -> "Widget":
        import ipywidgets

        kind = ipywidgets.Text if lines == 1 else ipywidgets.Textarea
        more = {} if lines == 1 else {"rows": lines}
        return kind(value, description=label, continuous_update=True, **more, **_look("640px"))

    offered = dict.fromkeys([value, *examples])  # each once
    return Control(value, make, label, "text", tuple((_one_line(words), words) for words in offered))


def _one_line(words: str) -> str:
    """A text as it can be chosen from a list: its lines one after the other, the end left out."""
    joined = " / ".join(line.strip() for line in words.splitlines() if line.strip())
    return joined if len(joined) <= 72 else joined[:71].rstrip() + "…"


def _look(width: str) -> dict[str, Any]:
    return {
        "style": {"description_width": "initial"},
        "layout": {"width": width, "max_width": "98%", "margin": "2px 16px 2px 2px"},
    }


def explore(draw: Callable[..., Picture | str], twin: Callable[[], None] | None = None, **controls: Control) -> None:
    """Show `draw` with its controls above it, or, without a front end, once with their first values.

    twin: shows something else in the notebook where there is no front end.
    """
    from IPython.display import HTML, display

    if is_live():
        put(panel(draw, **controls))
        return
    if twin:
        twin()
    else:
        drawing = draw(**{name: control.value for name, control in controls.items()})
        drawing.show() if isinstance(drawing, Picture) else display(HTML(drawing))
    recording.keep(functools.partial(drawn, draw, only_known=True), controls, own_twin=twin is not None)


def put(widget: "Widget") -> None:
    """Display a live widget whose keys are its own, and whose controls a screen reader can name."""
    from IPython.display import display

    widget.add_class(frontend.CLASS)
    display(widget)
    display({"application/javascript": frontend.SCRIPT, "text/plain": ""}, raw=True)  # no words where scripts are off


def panel(draw: Callable[..., Picture | str], **controls: Control) -> "VBox":
    """The live widget: a row of labelled controls, and below it the drawing, which follows them."""
    import ipywidgets

    made = {name: control.make() for name, control in controls.items()}
    drawing = ipywidgets.HTML(layout={"width": "100%", "margin": "0"})  # with a margin its right edge is cut off

    def redraw(change: Any = None) -> None:
        for name, control in controls.items():
            for other, value in control.sets(change.new).items() if change and change.owner is made[name] else ():
                made[other].value = value
            if control.high and change and change.owner is not made[name]:
                made[name].max = control.high({other: widget.value for other, widget in made.items()})
                made[name].value = made[name].max
        drawing.value = drawn(draw, {name: widget.value for name, widget in made.items()})

    for widget in made.values():
        widget.observe(redraw, names="value")
    redraw()
    row = ipywidgets.HBox(list(made.values()), layout={"flex_flow": "row wrap", "align_items": "center"})
    return ipywidgets.VBox([row, drawing])


def drawn(draw: Callable[..., Picture | str], values: dict[str, Any], only_known: bool = False) -> str:
    """The drawing as HTML, or one sentence where it cannot be drawn; `only_known`: other errors than a ValueError go on."""
    try:
        drawing = draw(**values)
    except Exception as error:  # a learner may type anything: never a traceback
        if only_known and not isinstance(error, ValueError):
            raise
        reason = " ".join(str(error).split()) if isinstance(error, ValueError) and str(error) else type(error).__name__
        return f"<p><b>This cannot be drawn:</b> {html.escape(reason[:300])}</p>"
    return drawing.to_html() if isinstance(drawing, Picture) else drawing

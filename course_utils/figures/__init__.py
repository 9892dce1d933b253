"""The course's pictures: one module per topic, in one visual language.

How to draw a figure for a topic, in four steps:

1. `draw_x(...) -> Picture` builds it. Diagrams, tensors, token strips and maps of a few hundred numbers are
   SVG: start a `Canvas` (`svg.py`), put `box`, `strip`, `grid`, `arrow` and `text` on it, or `heat` and `bars`
   (`charts.py`). Curves, scatter plots and everything with thousands of numbers are matplotlib PNG (`plots.py`):
   the last digits of a float differ between machines, and stored SVG is compared letter by letter, PNG is not.
2. It ends with `canvas.picture(caption)`. The caption is one sentence, or two, that says with numbers what the
   picture shows: it is printed below it, and a screen reader reads it. Compute the numbers, never type them in.
3. A lesson calls `show_x(...)`, which displays the picture and returns nothing. You need not write it: `shown` makes
   it of `draw_x`. Tests and widgets use `draw_x`.
4. Look at it, in a browser, in both of JupyterLab's themes: `draw_x(...).save("x.svg")`.

Colours come from `style.COLOURS` by role: query, key, value, attention, residual, norm, feed_forward, embedding,
token, padding. A colour is never alone: write the role's name beside it, and hatch what is padded.
The text at 850 pixels is never smaller than 11: `Canvas.text` refuses it.
"""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .style import Picture


@functools.cache  # the same function every time
def shown(draw: "Callable[..., Picture]") -> Callable[..., None]:
    """`show_x` made of `draw_x`: its arguments, its docstring, but it displays the picture and returns nothing."""

    @functools.wraps(draw)
    def show(*args: object, **options: object) -> None:
        draw(*args, **options).show()

    show.__name__ = show.__qualname__ = draw.__name__.replace("draw_", "show_", 1)
    show.__signature__ = inspect.signature(draw).replace(return_annotation=None)
    show.__annotations__ = {**draw.__annotations__, "return": None}
    return show

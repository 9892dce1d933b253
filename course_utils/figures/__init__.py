"""The course's pictures: one module a topic, in one visual language.

How to draw a figure for a topic, in four steps:

1. `draw_x(...) -> Picture` builds it. Diagrams, tensors, token strips and maps of a few hundred numbers are
   SVG: start a `Canvas` (`svg.py`), put `box`, `strip`, `grid`, `arrow` and `text` on it, or `heat` and `bars`
   (`charts.py`). Curves, scatter plots and everything with thousands of numbers are matplotlib PNG (`plots.py`):
   the last digits of a float differ between machines, and stored SVG is compared letter by letter, PNG is not.
2. It ends with `canvas.picture(caption)`. The caption is one sentence, or two, that says with its numbers what is
   to be seen: it stands below the picture, and a screen reader gets it. Compute the numbers, never type them in.
3. `show_x(...)` is what a lesson calls: `draw_x(...).show()`, and returns nothing. Tests and widgets use `draw_x`.
4. Look at it, in a browser, in both of JupyterLab's themes: `draw_x(...).save("x.svg")`.

Colours come from `style.COLOURS` by role: query, key, value, attention, residual, norm, feed_forward, embedding,
token, padding. A colour never stands alone: write the role's name beside it, and hatch what is padded.
The text at 850 pixels is never smaller than 11: `Canvas.text` refuses it.
"""

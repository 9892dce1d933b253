"""Curves: PNG on the course's panel, with matplotlib left as it was."""

import base64
import io

import pytest

from course_utils.figures import plots
from course_utils.figures.style import PAPER


def test_curves_are_png_on_the_courses_panel(shown):
    import matplotlib
    from matplotlib.image import imread

    before = dict(matplotlib.rcParams)
    with plots.styled():
        figure, axes = plots.sheet(400, 200)
        axes.plot([0, 1], [0, 1], label="a")
        axes.imshow([[0, 1]], cmap=plots.colour_map())
        picture = plots.finish(figure, "A line from 0 to 1.")
    assert dict(matplotlib.rcParams) == before
    picture.show()
    data, about = shown[0]
    assert about["image/png"] == {"alt": "A line from 0 to 1.", "width": 400, "height": 200}
    assert base64.b64decode(data["image/png"]) == picture.png
    assert data["text/plain"] == "A line from 0 to 1."
    pixels = imread(io.BytesIO(picture.png))
    assert pixels.shape == (400, 800, 4)
    paper = [int(PAPER[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    assert pixels[20, 400, :3] == pytest.approx(paper, abs=0.01)
    assert pixels[0, 0, 3] == 0  # outside of the rounded corner

"""The canvas: valid SVG whatever the text, the same on every machine, and nothing too small to read."""

import re
import xml.etree.ElementTree as ET

import pytest

from course_utils.figures.style import PAPER
from course_utils.figures.svg import Canvas, number, shorten, text_width
from tests.figures.drawings import elements, words


def test_any_text_makes_a_valid_picture_without_ids():
    hostile = "\x00\x1b <b>&amp;\"'\ud800 \ufffe 北京 ☃"
    canvas = Canvas(400, 200)
    canvas.text(10, 20, hostile)
    canvas.strip(10, 40, [hostile, "a"], padded=[False, True], below=[1, hostile])
    canvas.box(10, 90, 100, 40, hostile, "query", note=hostile)
    canvas.cell(200, 90, 40, 40, PAPER, "1", title=hostile)
    picture = canvas.picture("A caption with <, & and \x00.")
    assert "<b>&amp;" in words(picture)[0]
    assert " id=" not in picture.svg
    assert ET.fromstring(picture.svg).get("role") == "img"
    assert ET.fromstring(picture.svg).get("aria-label") == "A caption with <, & and �."
    picture.svg.encode("utf-8")


def test_the_same_calls_give_the_same_text():
    def draw() -> str:
        canvas = Canvas(300, 100)
        canvas.grid(20, 30, 2, 3, "value", values=[[0.1, 0.5, 1 / 3]] * 2, row_axis="T", column_axis="d")
        canvas.arrow([(0, 0), (10, 1 / 3), (10, 50)])
        return canvas.picture("x").svg

    assert draw() == draw()
    assert max(len(digits) for digits in re.findall(r"\.(\d+)", draw())) <= 2
    assert (number(-0.001), number(2.0), number(1 / 3)) == ("0", "2", "0.33")


def test_small_text_is_refused_and_long_text_fits():
    canvas = Canvas(300, 100)
    with pytest.raises(ValueError, match="too small"):
        canvas.text(0, 0, "a", 10)
    canvas.text(10, 20, "a text that is far too long for its place", 16, width=80)
    text = elements(canvas.picture("x"), "text")[0]
    assert float(text.get("font-size")) == 11
    assert text.text.endswith("…")
    assert text_width(text.text, 11) <= 80
    assert shorten("ab", 100, 12) == "ab"


def test_hatch_stays_inside():
    canvas = Canvas(300, 100, panel=False)
    canvas.hatch(20, 30, 41, 17)
    path = elements(canvas.picture("x"), "path")[0].get("d")
    points = [tuple(map(float, pair.split())) for pair in re.split("[ML]", path) if pair]
    assert len(points) >= 14
    assert all(20 <= x <= 61 and 30 <= y <= 47 for x, y in points)


def test_the_width_of_a_text_is_the_same_in_every_version_of_python():
    """Python 3.12 adds up fractions in another way than 3.11; the order of whole numbers does not matter in any."""
    text = "12 iIl W m. 345 (B,T,d) " * 3
    assert len({text_width(text[at:] + text[:at], 12, mono) for at in range(24) for mono in (False, True)}) == 2

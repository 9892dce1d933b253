"""Maps and bars: every number and label is there and fits."""

import pytest
import torch

from course_utils.figures.charts import bar_chart, heat_map
from course_utils.figures.style import ramp
from tests.figures.drawings import SVG, elements, outside, words


def test_heat_map_has_tokens_on_both_axes_and_its_numbers():
    tokens = ["[CLS]", "one", "two", "[SEP]"]
    matrix = torch.tensor([[0.7, 0.1, 0.1, 0.1]] * 4)
    picture = heat_map(matrix, tokens, tokens, caption="x", title="head 0", padded_columns=[False] * 3 + [True])
    shown = words(picture)
    assert all(shown.count(token) == 2 for token in tokens)
    assert (shown.count("0.70"), shown.count("0.10")) == (5, 12)  # the key to the colours repeats the largest
    assert {"query", "key", "head 0"} <= set(shown)
    fills = [cell.get("fill") for cell in elements(picture, "rect") if cell.find(SVG + "title") is not None]
    assert fills[0] == ramp(1)
    assert fills[1] == ramp(1 / 7)
    assert not outside(picture)


@pytest.mark.parametrize("count", [2, 12, 30, 64])
def test_heat_map_fits_the_notebook(count):
    tokens = [f"token{i}" for i in range(count)]
    picture = heat_map(torch.randn(count, count), tokens, tokens, caption="x", diverging=True)
    assert not outside(picture)
    cells = [cell for cell in elements(picture, "rect") if cell.find(SVG + "title") is not None]
    assert max(float(cell.get("x")) + float(cell.get("width")) for cell in cells) <= 850


@pytest.mark.parametrize(("count", "numbers"), [(4, True), (20, True), (50, False)])
def test_a_map_shows_all_numbers_or_none(count, numbers):
    matrix = torch.full((count, count), 0.25)
    matrix[0, 0] = 0
    labels = ["x"] * count
    shown = words(heat_map(matrix, labels, labels, caption="x"))
    assert shown.count("0.25") + shown.count(".25") == (count * count if numbers else 1)  # and once in the key
    assert shown.count("0") == int(numbers)


def test_bars_are_as_long_as_their_numbers():
    picture = bar_chart(["a", "b", "c"], [0.25, 1.0, -0.5], caption="x")
    lengths = [float(bar.get("width")) for bar in elements(picture, "rect")[1:]]
    assert lengths[0] / lengths[1] == pytest.approx(0.25, abs=0.01)
    assert lengths[2] / lengths[1] == pytest.approx(0.5, abs=0.01)
    assert {"0.25", "1.00", "-0.50"} <= set(words(picture))
    assert not outside(bar_chart(["one", "two"], [float("nan"), float("inf")], caption="x"))

"""The visual language: colours that can be told apart and read on, and the picture with its caption."""

import pytest
import torch

from course_utils.figures.style import (
    COLOURS,
    DIVERGING,
    INK,
    PAPER,
    SEQUENTIAL,
    Picture,
    contrast,
    luminance,
    ramp,
    text_on,
)
from course_utils.figures.svg import Canvas

# colours


def test_text_can_be_read_on_its_ground():
    for role, colour in COLOURS.items():
        assert contrast(INK, colour.fill) >= 7, role
        assert min(contrast(colour.ink, colour.fill), contrast(colour.ink, PAPER)) >= 4.5, role
    for colours in (SEQUENTIAL, DIVERGING):
        assert min(contrast(text_on(ramp(i / 64, colours)), ramp(i / 64, colours)) for i in range(65)) >= 4.5


def test_sequential_map_only_gets_darker():
    shades = [luminance(ramp(i / 64)) for i in range(65)]
    assert shades == sorted(shades, reverse=True)
    assert len(set(shades)) == 65
    assert ramp(-1) == ramp(0) == PAPER
    assert ramp(2) == ramp(1)
    assert ramp(float("nan")) not in (ramp(0), ramp(1))


@pytest.mark.parametrize(
    "seen",  # Machado 2009: what is seen without the long-, and without the medium-wavelength cones
    [
        ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
        ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ],
)
def test_roles_differ_for_colour_blind_readers(seen):
    def linear(colour: str) -> torch.Tensor:
        values = torch.tensor([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        return torch.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)

    roles = ("query", "key", "value", "attention", "norm", "feed_forward", "embedding", "residual")
    for i, one in enumerate(roles):
        for other in roles[:i]:
            a, b = (torch.tensor(seen) @ linear(COLOURS[role].line) for role in (one, other))
            assert (a.clamp(0, 1).sqrt() - b.clamp(0, 1).sqrt()).norm() > 0.1, (one, other)


# the picture


def test_a_picture_shows_its_caption_as_text(shown):
    canvas = Canvas(100, 100)
    canvas.picture("Three of\n 4 <pass>.").show()
    (drawing, about), (caption, _) = shown
    assert set(drawing) == {"image/svg+xml", "text/plain"}
    assert drawing["text/plain"] == caption["text/plain"] == "Three of 4 <pass>."
    assert about["image/svg+xml"]["alt"] == "Three of 4 <pass>."
    assert "Three of 4 &lt;pass&gt;." in caption["text/html"]
    assert repr(canvas.picture("It.")) == "It."


def test_a_picture_takes_one_drawing_and_a_caption():
    with pytest.raises(ValueError, match="either"):
        Picture("x")
    with pytest.raises(ValueError, match="either"):
        Picture("x", svg="<svg/>", png=b"x")
    with pytest.raises(ValueError, match="caption"):
        Picture(" ", svg="<svg/>")

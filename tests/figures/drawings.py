"""What the tests ask of a drawing: its elements, its words, and which of them leave the page."""

import xml.etree.ElementTree as ET

from course_utils.figures.style import Picture
from course_utils.figures.svg import text_width

SVG = "{http://www.w3.org/2000/svg}"


def elements(picture: Picture, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(picture.svg).iter(SVG + tag))


def words(picture: Picture) -> list[str]:
    return [element.text for element in elements(picture, "text")]


def outside(picture: Picture) -> list[str]:
    """The texts that leave the picture, by the estimate that is wide for every font of the list."""
    root = ET.fromstring(picture.svg)
    right, bottom, found = float(root.get("width")), float(root.get("height")), []
    for text in root.iter(SVG + "text"):
        if text.get("transform"):
            continue
        size, x, y = (float(text.get(name)) for name in ("font-size", "x", "y"))
        width = text_width(text.text or "", size, mono=bool(text.get("font-family")))
        start = x - {"middle": width / 2, "end": width}.get(text.get("text-anchor"), 0)
        if start < -1 or start + width > right + 1 or not size / 2 < y < bottom:
            found.append(text.text)
    return found

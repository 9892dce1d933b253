"""The strip at the top of lessons 02 to 06: the model in one line, with today's part lit."""

from course_utils.lessons import LESSONS

from .style import COLOURS, HAIRLINE, INK, MUTED, PAPER, WIDTH, Picture
from .svg import Canvas

_NUMBERS = {lesson.topic: f"{lesson.number:02}" for lesson in LESSONS}
_TITLES = {lesson.topic: lesson.title for lesson in LESSONS}
_LAYER = "encoder_layer"
# the stations from left to right: topic, x, width, role
_STATIONS = (
    ("embeddings", 20, 138, "embedding"),
    ("self_attention", 206, 138, "attention"),
    ("add_and_norm", 364, 118, "norm"),
    ("feed_forward", 502, 138, "feed_forward"),
    ("add_and_norm", 660, 118, "norm"),
)
_TOP, _HEIGHT = 48, 40


def draw_here(topic: str) -> Picture:
    """The way from ids to the output of a layer, with the part of a lesson lit: `draw_here("self_attention")`.

    topic: embeddings, self_attention, add_and_norm, feed_forward or encoder_layer. Raises ValueError on others.
    """
    known = [*dict.fromkeys(station[0] for station in _STATIONS), _LAYER]
    if topic not in known:
        raise ValueError(f"The strip has no part {topic!r}; its parts are {', '.join(known)}.")
    canvas = Canvas(WIDTH, 118)
    _layer(canvas, topic == _LAYER)
    for x, end in ((0, 20), (158, 206), (344, 364), (482, 502), (640, 660), (778, 846)):
        canvas.arrow([(x + 4, _TOP + _HEIGHT / 2), (end - 1, _TOP + _HEIGHT / 2)], MUTED)
    for name, x, width, role in _STATIONS:
        _station(canvas, name, x, width, role, lit=(topic in (name, _LAYER) and name != "embeddings") or topic == name)
    canvas.text(20, 104, "ids in", 12, MUTED)
    canvas.text(182, 104, f"the residual: each {_TITLES['add_and_norm']} adds what came in", 12, MUTED)
    canvas.text(830, 104, "hidden states out", 12, MUTED, anchor="end")
    where = "the whole layer" if topic == _LAYER else _TITLES[topic]
    twice = ", which comes twice in a layer" if topic == "add_and_norm" else ""
    return canvas.picture(
        f"You are here: lesson {_NUMBERS[topic]}, {where}{twice}, on the way from ids to a layer's hidden states."
    )


def _layer(canvas: Canvas, lit: bool) -> None:
    """The frame of a layer and the residuals in it."""
    edge = COLOURS["residual"].line if lit else HAIRLINE
    canvas.rect(182, 22, 614, 74, PAPER, edge, radius=8, line=2.5 if lit else 1.5)
    canvas.text(190, 12, f"{_NUMBERS[_LAYER]} one layer, many times over", 12, INK if lit else MUTED, bold=lit)
    for start, end in ((194, 423), (492, 719)):
        line = [(start, _TOP + _HEIGHT / 2), (start, 32), (end, 32), (end, _TOP - 1)]
        canvas.arrow(line, COLOURS["residual"].line)


def _station(canvas: Canvas, topic: str, x: float, width: float, role: str, lit: bool) -> None:
    colour = COLOURS[role]
    fill, edge = (colour.fill, colour.line) if lit else (PAPER, HAIRLINE)
    canvas.rect(x, _TOP, width, _HEIGHT, fill, edge, radius=6, line=3 if lit else 1.5)
    words = f"{_NUMBERS[topic]} {_TITLES[topic]}"
    canvas.text(
        x + width / 2, _TOP + _HEIGHT / 2, words, 13, INK if lit else MUTED, anchor="middle", bold=lit, width=width - 8
    )

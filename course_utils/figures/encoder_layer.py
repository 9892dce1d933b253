"""Lesson 06's figure: one layer as a circuit whose nodes say whether they carry the right numbers."""

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from .proof import TOLERANCE, largest_difference
from .style import COLOURS, INK, MUTED, Picture
from .svg import Canvas

NODE_WIDTH, NODE_HEIGHT = 176, 62


class Node(NamedTuple):
    """One intermediate result: its place on the sheet, its colour, and what it is computed from."""

    x: float
    y: float
    role: str
    sources: tuple[str, ...]
    words: str  # what happens on the way into it


NODES = {
    "query": Node(24, 96, "query", ("input",), "dense, split"),
    "key": Node(24, 186, "key", ("input",), "dense, split"),
    "value": Node(24, 276, "value", ("input",), "dense, split"),
    "scores": Node(236, 140, "attention", ("query", "key"), "q · k / √dh + mask"),
    "probabilities": Node(446, 140, "attention", ("scores",), "softmax"),
    "context": Node(446, 276, "value", ("probabilities", "value"), "weights · v, merge"),
    "attention_output": Node(654, 276, "norm", ("context", "input"), "dense, add, norm"),
    "intermediate": Node(654, 186, "feed_forward", ("attention_output",), "dense, gelu"),
    "layer_output": Node(654, 96, "norm", ("intermediate", "attention_output"), "dense, add, norm"),
}


def draw_circuit(
    mine: Mapping[str, Tensor], reference: Mapping[str, Tensor], title: str = "", tolerance: float = TOLERANCE
) -> Picture:
    """One layer's nodes: ✓ where `mine` equals `reference` within the tolerance, elsewhere ✗ and the difference.

    mine, reference: what `trace_layer` returns; a node that `mine` lacks is marked as not run.
    """
    canvas = Canvas(850, 392)
    canvas.text(24, 28, title or "One encoder layer, node by node", 15, bold=True, width=800)
    states = {name: _state(name, mine, reference) for name in NODES}
    legend = {24: "✓ equal to the real layer", 196: "✗ different, and by how much"}  # SVG would merge runs of spaces
    if None in states.values():
        legend[392] = "· not run"
    for x, words in legend.items():
        canvas.text(x, 52, words, 12, MUTED)
    _wires(canvas)
    for name, node in NODES.items():
        _node(canvas, name, node, states[name], reference.get(name), tolerance)
    canvas.text(112, 372, "hidden_states in", 13, MUTED, anchor="middle")
    return canvas.picture(_caption(states, tolerance))


def _state(name: str, mine: Mapping[str, Tensor], reference: Mapping[str, Tensor]) -> float | None:
    return largest_difference(mine[name], reference[name]) if name in mine else None


def _wires(canvas: Canvas) -> None:
    """Arrows between the nodes, drawn first so that the boxes cover their ends; residuals run below and at the right."""
    line, residual = MUTED, COLOURS["residual"].line
    for y in (127, 217, 307):  # the input to query, key and value
        canvas.arrow([(10, 356), (10, y), (24, y)], line)
    canvas.arrow([(200, 127), (218, 127), (218, 160), (236, 160)], line)
    canvas.arrow([(200, 217), (218, 217), (218, 184), (236, 184)], line)
    canvas.arrow([(412, 171), (446, 171)], line)
    canvas.arrow([(534, 202), (534, 276)], line)
    canvas.arrow([(200, 307), (446, 307)], line)
    canvas.arrow([(622, 307), (654, 307)], line)
    canvas.arrow([(742, 276), (742, 248)], line)
    canvas.arrow([(742, 186), (742, 158)], line)
    canvas.arrow([(10, 356), (742, 356), (742, 338)], residual)
    canvas.text(600, 347, "+ residual", 12, residual)
    canvas.arrow([(830, 307), (842, 307), (842, 127), (830, 127)], residual)
    canvas.text(836, 172, "+ residual", 12, residual, anchor="end", width=90)


def _node(canvas: Canvas, name: str, node: Node, gap: float | None, right: Tensor | None, tolerance: float) -> None:
    colour = COLOURS[node.role]
    verdict = None if gap is None else COLOURS["passed" if gap < tolerance else "failed"]
    edge = verdict.line if verdict else colour.line
    canvas.rect(node.x, node.y, NODE_WIDTH, NODE_HEIGHT, colour.fill, edge, radius=6, line=3 if verdict else 1)
    canvas.text(node.x + 10, node.y + 15, name, 14, INK, bold=True, width=NODE_WIDTH - 20)
    canvas.text(node.x + 10, node.y + 33, node.words, 12, colour.ink, width=NODE_WIDTH - 16)
    if right is not None:
        canvas.text(node.x + 10, node.y + 50, "×".join(map(str, right.shape)), 12, MUTED, width=NODE_WIDTH - 84)
    sign = "·" if gap is None else "✓" if gap < tolerance else f"✗ {one_digit(gap)}"
    ink = MUTED if verdict is None else verdict.ink
    canvas.text(node.x + NODE_WIDTH - 8, node.y + 50, sign, 13, ink, anchor="end", bold=True)


def one_digit(gap: float) -> str:
    """A difference to one digit, since the others may be noise: 100 rather than 1e+02."""
    rounded = float(f"{gap:.1g}")
    return f"{rounded:,.0f}" if 10 <= rounded < 10_000 else f"{rounded:.1g}"


def _caption(states: Mapping[str, float | None], tolerance: float) -> str:
    run = {name: gap for name, gap in states.items() if gap is not None}
    wrong = [name for name, gap in run.items() if not gap < tolerance]
    if not run:
        return "One encoder layer with its nine intermediate results; none of them has been run yet."
    if not wrong:
        return f"{len(run)} of the {len(states)} nodes were run, and all of them equal the real layer's within {tolerance:g}."
    after = len(wrong) - 1
    more = f", and {after} after it {'is' if after == 1 else 'are'} off as well" if after else ""
    first = run[wrong[0]]
    masked = ", since only one of the two has the mask's lowest number in it" if first > 1e30 else ""
    return (
        f"{len(run) - len(wrong)} of {len(run)} nodes equal the real layer's. The first that differs is {wrong[0]}, by up to "
        f"{one_digit(first)}{masked}{more}."
    )

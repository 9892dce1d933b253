"""Lesson 13's pictures, its table and its widget."""

import math
import xml.etree.ElementTree as ET

import pytest
import torch
from transformers import LlamaConfig, ModernBertConfig
from transformers.models.modernbert.modeling_modernbert import ModernBertEncoderLayer

from course_utils.figures import since_bert as figures
from course_utils.figures import then_and_now
from course_utils.figures.style import COLOURS, INK
from course_utils.reference.since_bert import (
    cache_bytes,
    causal_mask,
    modern_layer,
    rotary_tables,
    rotate,
    sliding_window_mask,
)
from course_utils.widgets import since_bert as widgets
from course_utils.widgets.packing import unpacked
from course_utils.widgets.recording import drawn_states, movable
from tests.figures.drawings import elements, outside, words


def filled(picture, colour: str) -> int:
    """How many rectangles have this colour."""
    return sum(element.get("fill") == colour for element in elements(picture, "rect"))


def test_every_picture_keeps_to_its_page():
    reached = (torch.eye(4).bool(), ["local", "local", "global"])
    window = sliding_window_mask(5, 1, torch.float32)
    for picture in (
        figures.draw_two_layers(),
        figures.draw_rotation(),
        figures.draw_masks({"one": window, "another, with a rather long name": window, "a third": window}),
        figures.draw_reach({"a stack": reached, "another": reached}, start=0),
        figures.draw_cache(8),
        widgets.draw_turned(12, 0, 100),
    ):
        ET.fromstring(picture.svg)
        assert not outside(picture), outside(picture)


def test_two_layers_show_what_each_has():
    """The boxes without a bias are as many as the library's layer has weights, but for two that have one name."""
    layer = ModernBertEncoderLayer(ModernBertConfig(hidden_size=12, num_attention_heads=2, intermediate_size=5), 1)
    assert not any(name.endswith("bias") for name, _ in layer.named_parameters())
    said = words(figures.draw_two_layers())
    assert sum("no bias" in text for text in said) == len(list(layer.parameters()))
    assert said.count("rotate") == 1
    assert said.index("layer norm") < said.index("rotate")


def test_the_hands_turn_as_the_key_turns():
    head_size, positions = 8, (0, 3, 100)
    cos, sin = rotary_tables(torch.tensor(positions), head_size, 10_000.0)
    picture = figures.draw_rotation(head_size, 10_000.0, positions)
    clocks = [c for c in elements(picture, "circle") if c.get("fill") != INK]
    heads = [path.get("d") for path in elements(picture, "path") if path.get("fill") == COLOURS["query"].line]
    assert len(clocks) == len(heads) == len(positions) * head_size // 2
    for number, (clock, head) in enumerate(zip(clocks, heads, strict=True)):
        pair, column = divmod(number, len(positions))
        x, y = (float(part) for part in head[1:].split("L")[0].split())
        dx, dy = x - float(clock.get("cx")), float(clock.get("cy")) - y
        assert math.hypot(dx, dy) == pytest.approx(float(clock.get("r")) - 3, abs=0.2)
        assert (dx, dy) == pytest.approx((28 * float(cos[column, pair]), 28 * float(sin[column, pair])), abs=0.2)
    assert f"once round in {2 * math.pi:.1f} positions" in picture.caption
    assert f"once round in {2 * math.pi * 1000:,.0f}." in picture.caption


def test_masks_count_the_pairs_that_may_meet():
    masks = {"local": sliding_window_mask(6, 1, torch.float32), "causal": causal_mask(6, torch.float32)}
    picture = figures.draw_masks(masks)
    assert filled(picture, COLOURS["attention"].line) == (6 + 2 * 5) + 21
    assert "local: 16 of 36; causal: 21 of 36" in picture.caption


def test_reach_counts_what_has_changed():
    reached = torch.tensor([[0, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]).bool()
    picture = figures.draw_reach({"mine": (reached, ["local", "global"])}, start=1)
    assert picture.caption.endswith("mine: 1, 3, 4.")
    assert "Token 1 is changed" in picture.caption
    assert filled(picture, COLOURS["attention"].line) == 3
    assert filled(picture, COLOURS["key"].line) == 4
    assert [text for text in words(picture) if text.split()[-1] in "input local global"] == [
        "input",
        "1 local",
        "2 global",
    ]


def test_the_cache_counts_tokens():
    picture = figures.draw_cache(5)
    assert filled(picture, COLOURS["value"].line) == 15 + 5
    assert filled(picture, COLOURS["padding"].fill) == 10
    assert "15 tokens in all" in picture.caption
    assert "5 in all" in picture.caption


def test_cache_bytes_are_the_keys():
    config = LlamaConfig(num_key_value_heads=8)
    caption = figures.draw_cache_bytes({"few": config}, 16_384, 2, 5 * 2**30).caption
    assert f"{cache_bytes(config, 16_384, 1, 2) / 2**30:.1f} GiB with few; the weights take 5.0 GiB" in caption


@pytest.fixture
def table(monkeypatch):
    """What the table of 2018 and today displays, as text and as HTML."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))

    def show():
        shown.clear()
        then_and_now.show_then_and_now()
        return shown[0]

    return show


def test_every_line_of_the_table_is_in_the_library(table):
    shown = table()
    places = {place for row in then_and_now.CHANGES for place in row[1:] if place[0]}
    assert f"{len(places)} of {len(places)} lines found" in shown["text/plain"]
    assert "not in your version" not in shown["text/html"]
    assert shown["text/html"].count("<tr>") == len(then_and_now.CHANGES) + 1


def test_a_line_that_is_not_there_is_told(table, monkeypatch):
    gone = then_and_now.Change("a part", ("BertModel", "no such line"), ("ModernBertNothing", "self.x = 1"))
    monkeypatch.setattr(then_and_now, "CHANGES", (gone, then_and_now.CHANGES[0]))
    shown = table()
    assert "2 of 4 lines found" in shown["text/plain"]
    assert shown["text/html"].count("not in your version") == 2


# the widget


def score_by_the_key(query_at: int, key_at: int) -> float:
    turned = []
    for features, position in ((widgets.QUERY, query_at), (widgets.KEY, key_at)):
        tables = rotary_tables(torch.tensor([position]), len(features), widgets.THETA)
        turned.append(rotate(torch.tensor(features)[None, None, None], *tables))
    return float((turned[0] * turned[1]).sum()) / len(widgets.QUERY) ** 0.5


@pytest.mark.parametrize(("query_at", "key_at"), [(0, 0), (3, 1), (12, 0), (0, 12), (103, 101)])
def test_the_widgets_score_is_the_keys(query_at, key_at):
    assert widgets.score(query_at, key_at) == pytest.approx(score_by_the_key(query_at, key_at), abs=1e-5)


def test_only_the_distance_counts_in_the_widget():
    def told(picture):
        return [text for text in words(picture) if text.startswith("score") or "between" in text or "adds" in text]

    here = told(widgets.draw_turned(3, 1, 0))
    assert any(text.startswith("score: ") for text in here)
    for same in ((5, 3, 0), (3, 1, 1), (3, 1, 100)):
        assert told(widgets.draw_turned(*same)) == here
    assert told(widgets.draw_turned(1, 3, 0)) != here


def test_the_best_distance_is_the_token_before():
    """The lesson asks for it."""
    every = {distance: widgets.score(max(distance, 0), max(-distance, 0)) for distance in range(-12, 13)}
    assert max(every, key=every.get) == 1


def test_the_present_distance_is_marked():
    picture = widgets.draw_turned(2, 7, 10)
    marked = [element.text for element in elements(picture, "text") if element.get("font-weight") == "bold"]
    assert "-5" in marked
    assert "query at 12, key at 17: the query is 5 before the key" in words(picture)
    assert filled(picture, COLOURS["attention"].ink) == 1
    assert "at the same place as the key" in widgets.draw_turned(4, 4, 0).caption


def test_the_web_has_every_state_of_the_widget(monkeypatch):
    kept = {}
    monkeypatch.setattr(widgets, "explore", lambda draw, **controls: kept.update(draw=draw, controls=controls))
    widgets.explore_rotation()
    controls, draw = kept["controls"], kept["draw"]
    live = movable(controls)
    assert set(live) == set(controls)
    few = controls | {"key_at": controls["key_at"]._replace(options=controls["key_at"].options[:2])}
    packed = drawn_states(lambda values: draw(**values).to_html(), few, live)
    drawing, caption = unpacked(packed, "5.1.3")
    assert "query at 105, key at 101" in drawing
    assert caption == draw(5, 1, 100).caption.replace("'", "&#x27;")


def test_static_twin(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    widgets.explore_rotation()
    assert shown[0]["image/svg+xml"] == widgets.draw_turned(3, 1, 0).svg


def test_a_local_layer_reaches_as_far_as_its_window():
    """What the lesson measures with `draw_reach`: window times layers."""
    config = ModernBertConfig(
        hidden_size=12, num_attention_heads=2, intermediate_size=5, local_attention=4, num_hidden_layers=4
    )
    torch.manual_seed(0)
    params = ModernBertEncoderLayer(config, 1).state_dict()
    before = torch.randn(1, 20, 12)
    after = before.clone()
    after[0, 9] = torch.randn(12)
    for layer in (1, 2):
        before, after = (modern_layer(x, params, config, layer) for x in (before, after))
        changed = (before - after).abs().amax(dim=-1)[0].nonzero().flatten()
        assert (int(changed.min()), int(changed.max())) == (9 - 2 * layer, 9 + 2 * layer)

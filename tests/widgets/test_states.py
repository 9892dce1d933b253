"""The widgets of the web edition: which controls move there, how their drawings are packed, and what is committed."""

import itertools
import re

import nbformat
import pytest

from course_utils.figures.style import Picture
from course_utils.figures.svg import Canvas
from course_utils.lessons import CLOSING, LESSONS
from course_utils.widgets import base, recording, states
from course_utils.widgets.packing import GAP, Pack, numbers, packed, unpacked, without_caption
from tools import states as kept
from tools.sources import ROOT

STEMS = [lesson.stem for lesson in LESSONS if lesson != CLOSING]
WIDGET = re.compile(r"^explore_\w+\(", re.MULTILINE)


def draw(**values) -> Picture:
    canvas = Canvas(300, 100)
    for row, (name, value) in enumerate(values.items()):
        canvas.text(10, 20 + 20 * row, f"{name}: {value}")
        canvas.rect(100, 20, 10 * row, 10, "#00805d", title=f"{name} 0.{row}")
    return canvas.picture(f"It shows {values!r}, <so> & “that”.")


def recorded(tmp_path, draw, **controls) -> dict:
    """What the builder would keep of a widget."""
    path = tmp_path / "00_test.js"
    recording.record(str(path))
    try:
        base.explore(draw, **controls)
    finally:
        recording.record(None)
    (widget,) = states.load("00_test", tmp_path)
    return widget


def test_numbers_are_packed_and_unpacked():
    for many in ([], [0], [35, 36, 37, 5, 5, 5, 9], [7, 7, 8, 9, 1], list(range(2000)), [1, 0, 1]):
        assert numbers(packed(many)) == many
    assert packed([1, 4, 5, 6, 7, 7, 40]) == "1,4-7,7,14"
    assert packed([7] * 5) == "7*5"


def test_every_drawing_can_be_put_together_again():
    pack, drawn = Pack(), {}
    for number, word in itertools.product(range(4), ("a", "<b> & “c”")):
        drawn[f"{number}.{word}"] = draw(number=number, word=word).to_html()
        pack.add(f"{number}.{word}", drawn[f"{number}.{word}"])
    more = Picture("Right! And “more”, it's so.", svg=draw(number=1).svg).to_html()
    pack.add("more", more)
    pack.add("none", "<p><b>This cannot be drawn:</b> no\nword.</p>")
    widget = pack.as_dict()
    for key, was in drawn.items():
        drawing, caption = unpacked(widget, key)
        assert f'aria-label="{caption}"' in drawing
        assert drawing == re.sub(r"<desc>.*?</desc>|<p .*", "", was, flags=re.DOTALL)
    assert unpacked(widget, "more")[1] == "Right! And “more”, it's so.", "the caption that is printed"
    assert unpacked(widget, "none") == ("<p><b>This cannot be drawn:</b> no\nword.</p>", "")
    with pytest.raises(ValueError, match="take another sign"):
        pack.add("odd", f"<p>{GAP}</p>")


def test_those_controls_move_whose_states_are_few(monkeypatch):
    controls = {
        "long": base.slider("long", 0, 99),
        "words": base.text("words", "one", examples=("two", "one")),
        "decimal": base.decimal("decimal", 0.0, 1.0, 0.5),
        "alone": base.text("alone", "no examples"),
        "on": base.switch("on"),
    }
    assert recording.movable(controls) == ["words", "on", "long"]
    monkeypatch.setattr(recording, "MOST_STATES", 4)
    assert recording.movable(controls) == ["words", "on"]
    monkeypatch.setattr(recording, "MOST_STATES", 3)
    assert recording.movable(controls) == ["words"]


def test_a_file_that_is_too_large_has_fewer_moving_controls(tmp_path, monkeypatch):
    controls = {"short": base.slider("short", 0, 3), "long": base.slider("long", 0, 99)}
    whole = recorded(tmp_path, draw, **controls)
    assert len(whole["states"]) == 400
    monkeypatch.setattr(recording, "MOST_BYTES", 5_000)
    small = recorded(tmp_path, draw, **controls)
    assert [control["live"] for control in small["controls"]] == [True, False]
    assert len(small["states"]) == 4


def test_what_a_control_sets_is_set_also_where_it_cannot_be_moved(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MOST_STATES", 3)
    sizes = {"small": {"d": 7}, "large": {"d": 1000}}
    widget = recorded(
        tmp_path,
        draw,
        start=base.choice("start", list(sizes))._replace(sets=sizes.get),
        d=base.slider("d", 1, 1000, 500),
    )
    start, d = widget["controls"]
    assert d["options"] == ["500", "7", "1000"]
    assert start["sets"] == [{"1": 1}, {"1": 2}]
    assert list(widget["states"]) == ["0.0", "0.1", "1.2"]
    assert "1000" in unpacked(widget, "1.2")[1]


def test_a_slider_that_follows_has_as_many_states_as_it_can_reach(tmp_path):
    def high(values):
        return len(values["word"])

    word = base.text("word", "abc", examples=("a", "abcd"))
    widget = recorded(tmp_path, draw, word=word, step=base.slider("step", 1, 3, 3, follow=high))
    assert list(widget["states"]) == ["0.0", "0.1", "0.2", "1.0", "2.0", "2.1", "2.2", "2.3"]
    assert states.first_key(widget) == "0.2"
    assert widget["controls"][1]["options"] == ["1", "2", "3", "4"]


def test_a_state_says_what_cannot_be_drawn_and_a_broken_widget_stops_the_builder(tmp_path):
    def refuses(number):
        if number:
            raise ValueError("one is too many.") if number == 1 else KeyError("number")
        return draw(number=number)

    widget = recorded(tmp_path, refuses, number=base.slider("number", 0, 1))
    assert unpacked(widget, "1") == ("<p><b>This cannot be drawn:</b> one is too many.</p>", "")
    with pytest.raises(KeyError):
        recorded(tmp_path, refuses, number=base.slider("number", 0, 2))


def test_nothing_is_drawn_while_nobody_records(tmp_path):
    calls = []
    base.explore(lambda number: calls.append(number) or "<p>words</p>", number=base.slider("number", 0, 9))
    assert calls == [0]


def test_rounding_is_no_difference_and_another_word_is(tmp_path, monkeypatch):
    def many(number: int, of: str = "cell", round: str = "0.25") -> Picture:
        canvas = Canvas(300, 900)
        for row in range(60):
            canvas.rect(0, 10 * row, 9, 9, "#aabbcc", title=f"{of} {row}: {round if row == 7 else '0.31'}")
        return canvas.picture(f"Number {number}.")

    number = base.slider("number", 0, 1)
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    monkeypatch.setattr(states, "FOLDER", tmp_path / "committed")
    states.FOLDER.mkdir()
    committed = states.FOLDER / "00_test.js"
    assert "has 0 widgets instead of 1" in differences(tmp_path, many, number)
    (tmp_path / "00_test.js").replace(committed)
    assert differences(tmp_path, many, number) == ""
    assert differences(tmp_path, lambda number: many(number, round="0.26"), number) == ""
    assert "2 drawings of widget 0 differ, first 0" in differences(tmp_path, lambda number: many(number, "row"), number)
    assert "the controls of widget 0" in differences(tmp_path, many, number._replace(label="other"))


def test_a_lesson_runs_again_when_its_states_are_missing_or_edited(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    monkeypatch.setattr(states, "FOLDER", tmp_path / "committed")
    committed, digests = states.FOLDER / "00_test.js", {}
    assert not kept.are_kept("00_test", digests)
    recorded(tmp_path, draw, number=base.slider("number", 0, 1))
    kept.keep(tmp_path / "00_test.js", digests)
    assert kept.are_kept("00_test", digests)
    before = committed.stat().st_mtime_ns
    recorded(tmp_path, draw, number=base.slider("number", 0, 1))
    kept.keep(tmp_path / "00_test.js", digests)
    assert committed.stat().st_mtime_ns == before, "what is the same is left alone"
    committed.write_text(committed.read_text("utf-8") + "\n", "utf-8")
    assert not kept.are_kept("00_test", digests)
    committed.unlink()
    assert not kept.are_kept("00_test", digests)
    kept.keep(tmp_path / "none.js", digests)  # a lesson without a widget
    assert kept.are_kept("none", digests)


def differences(tmp_path, draw, number) -> str:
    recorded(tmp_path, draw, number=number)
    return "\n".join(kept.differences(tmp_path / "00_test.js"))


# the panel of a page


def test_the_panel_has_a_label_for_each_control_and_says_what_the_notebook_can(tmp_path, monkeypatch):
    widget = recorded(
        tmp_path,
        draw,
        way=base.choice("the <way>", {"up & away": 1, "down": 2}, 2),
        size=base.slider("size", 3, 5, 4),
        on=base.switch("switched on"),
        words=base.text("text", "one\ntwo", lines=2, examples=("three",)),
        far=base.decimal("far", 0.0, 9.0, 0.5),
    )
    monkeypatch.setattr(states, "load", lambda stem: [widget])
    panel = states.panel_html("00_test", 0, "<p>the twin</p>", "../states/")
    assert 'data-states="../states/00_test.js"' in panel
    ids = re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', panel)
    assert len(ids) == len(set(ids)) == 4
    assert re.findall(r'<label for="([^"]+)"', panel) == ids
    assert "<option>up &amp; away</option><option selected>down</option>" in panel
    assert "<option selected>one / two</option><option>three</option>" in panel
    assert 'min="0" max="2" value="1" aria-valuetext="4"' in panel
    assert 'far: <span class="inside-bert-value" data-fixed="4">0.5</span>' in panel
    assert "In the notebook you can also move “far” and type your own words for “text”." in panel
    assert panel.index("hidden>\n<span") < panel.index("<p>the twin</p>")
    assert "<svg" not in panel
    assert "<svg" in states.panel_html("00_test", 0)


# what is committed


def stored(stem: str) -> list[list]:
    """The outputs of the cells of a lesson that show a widget."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code" and WIDGET.search(cell.source)]


@pytest.mark.parametrize("stem", STEMS)
def test_the_first_state_is_what_the_notebook_stores(stem):
    widgets, outputs = states.load(stem), stored(stem)
    assert len(widgets) == len(outputs) > 0, "run make notebooks"
    for widget, (picture, *_) in zip(widgets, outputs, strict=True):
        key = states.first_key(widget)
        if widget["own_twin"]:
            assert key in widget["states"]
            continue
        shown = Picture(picture.data["text/plain"], svg=picture.data["image/svg+xml"]).to_html()
        assert unpacked(widget, key) == without_label(shown)


def without_label(shown: str) -> tuple[str, str]:
    bare, caption = without_caption(shown)
    return bare.replace('aria-label=""', f'aria-label="{caption}"', 1), caption


@pytest.mark.parametrize("stem", STEMS)
def test_the_states_of_a_lesson_are_whole(stem):
    path = states.FOLDER / f"{stem}.js"
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f'insideBertStates("{stem}", [')
    assert len(text.encode()) <= recording.MOST_BYTES
    assert not re.search(r"(?<!xmlns=\\)\"\w+://|url\(|<script|<image|/home/|/tmp/", text), "a reference to outside"
    for widget in states.load(stem):
        moving = [control for control in widget["controls"] if control["live"]]
        assert moving, "something moves on the page"
        assert all(len(control["options"]) > 1 for control in moving)
        places = [range(len(control["options"])) for control in widget["controls"]]
        for key in widget["states"]:
            assert all(int(place) in each for place, each in zip(key.split("."), places, strict=True))
            drawing, caption = unpacked(widget, key)
            assert drawing.count("<svg") == drawing.count("</svg>") > 0
            assert GAP not in drawing
            assert caption
        for at, control in enumerate(widget["controls"]):
            for place in range(len(control["options"])) if control["live"] else ():
                assert any(key.split(".")[at] == str(place) for key in widget["states"]), (control["label"], place)

"""Widgets and their static twins; the shape tracker's claims against the real model."""

import html
import re

import ipywidgets
import pytest
import torch
from ipywidgets import Widget

from course_utils.figures.style import Picture
from course_utils.figures.svg import Canvas
from course_utils.widgets import base, frontend
from course_utils.widgets.orientation import draw_shapes, explore_shapes, tensors


def draw(number: int, word: str, on: bool) -> Picture:
    if number == 13:
        raise ValueError("thirteen <cannot> be drawn.")
    canvas = Canvas(200, 100)
    canvas.text(10, 20, f"{number} {word} {on} {1 / (number - 7):.2f}")
    return canvas.picture(f"It shows {number}.")


CONTROLS = {
    "number": base.slider("number", 3, 20),
    "word": base.choice("word", {"first": "a", "second": "b"}),
    "on": base.switch("switched on"),
}


@pytest.fixture
def shown(monkeypatch) -> list:
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: outputs.append(data))
    return outputs


@pytest.fixture(scope="module")
def loaded():
    from course_utils.model import load_model

    return load_model()


def test_static_twin_shows_the_first_values_and_makes_no_widget(shown, monkeypatch):
    monkeypatch.setattr(ipywidgets.Widget, "open", lambda self: pytest.fail("a widget was made"))
    assert not base.is_live()
    base.explore(draw, **CONTROLS)
    assert shown[0]["image/svg+xml"] == draw(3, "a", True).svg
    assert shown[0]["text/plain"] == "It shows 3."
    base.explore(lambda: "<p>words</p>")
    assert shown[2].data == "<p>words</p>"


def test_static_twin_hides_no_error():
    with pytest.raises(ValueError, match="thirteen"):
        base.explore(draw, number=base.slider("number", 3, 20, 13), word=CONTROLS["word"], on=CONTROLS["on"])


def test_live_only_in_a_notebook(monkeypatch):
    class Shell:
        kernel = object()

    monkeypatch.setattr("IPython.get_ipython", Shell)
    assert not base.is_live()  # COURSE_CI=1
    monkeypatch.setenv("COURSE_CI", "")
    assert base.is_live()
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    assert not base.is_live()


def test_live_widget_follows_its_controls(shown, monkeypatch):
    monkeypatch.setattr(base, "is_live", lambda: True)
    base.explore(draw, **CONTROLS)
    widget, script = shown
    assert all(frontend.CLASS in part for part in (widget._dom_classes, script["application/javascript"]))
    row, drawing = widget.children
    number, word, on = row.children
    assert all(control.description for control in row.children)
    assert drawing.value == draw(3, "a", True).to_html()
    number.value = 9
    assert drawing.value == draw(9, "a", True).to_html()
    word.value, on.value = "b", False
    assert drawing.value == draw(9, "b", False).to_html()


def test_a_control_that_sets_another():
    def draw(which, number):
        return f"{which or number}"

    options = {"the third": (3,), "any": ()}
    number = base.slider("number", 0, 9)._replace(sets=lambda moved_to: {"which": ()})
    widget = base.panel(draw, which=base.choice("which", options), number=number)
    row, drawing = widget.children
    assert drawing.value == "(3,)"
    row.children[1].value = 7
    assert row.children[0].label == "any"
    assert drawing.value == "7"


def test_what_cannot_be_drawn_is_one_sentence():
    widget = base.panel(draw, **CONTROLS)
    row, drawing = widget.children
    row.children[0].value = 13
    assert drawing.value == "<p><b>This cannot be drawn:</b> thirteen &lt;cannot&gt; be drawn.</p>"
    row.children[0].value = 7
    assert drawing.value == "<p><b>This cannot be drawn:</b> ZeroDivisionError</p>"
    row.children[0].value = 8
    assert drawing.value == draw(8, "a", True).to_html()


@pytest.mark.parametrize(
    ("control", "value", "kind"),
    [
        (base.slider("s", 1, 5, 2), 2, ipywidgets.IntSlider),
        (base.decimal("d", 0.0, 1.0, 0.5), 0.5, ipywidgets.FloatSlider),
        (base.choice("c", ["x", "y"], "y"), "y", ipywidgets.Dropdown),
        (base.switch("b", False), False, ipywidgets.Checkbox),
        (base.text("t", "words"), "words", ipywidgets.Text),
        (base.text("t", "more\nwords", lines=3), "more\nwords", ipywidgets.Textarea),
    ],
)
def test_a_control_begins_as_its_static_twin(control, value, kind):
    widget = control.make()
    assert type(widget) is kind
    assert widget.value == control.value == value
    assert widget.description


# the shape tracker


def test_the_claimed_tensors_are_the_real_ones(tiny_bert, monkeypatch):
    from transformers import BertModel
    from transformers.models.bert import modeling_bert

    model = BertModel.from_pretrained(tiny_bert, attn_implementation="eager").eval()
    layer, seen, real_softmax = model.encoder.layer[0], {}, torch.nn.functional.softmax

    def keep(name):
        def hook(module, inputs, result) -> None:
            seen.setdefault(name, result[0] if isinstance(result, tuple) else result)

        return hook

    def attention(module, query, key, value, *arguments, **options):
        seen.setdefault("query", query)
        seen.setdefault("key", key)
        seen.setdefault("value", value)
        return eager(module, query, key, value, *arguments, **options)

    def softmax(scores, *arguments, **options):
        probabilities = real_softmax(scores, *arguments, **options)
        seen.setdefault("scores", scores)
        seen.setdefault("probabilities", probabilities)
        return probabilities

    eager = modeling_bert.eager_attention_forward
    monkeypatch.setattr(modeling_bert, "eager_attention_forward", attention)
    monkeypatch.setattr(torch.nn.functional, "softmax", softmax)
    for name, module in {
        "context": layer.attention.self,
        "attention_output": layer.attention,
        "intermediate": layer.intermediate,
        "layer_output": layer,
        "hidden_states[0]": model.embeddings,
        "pooler_output": model.pooler,
    }.items():
        module.register_forward_hook(keep(name))

    from transformers import BertTokenizer

    tokenizer = BertTokenizer.from_pretrained(tiny_bert)
    batch = tokenizer(["this is a test", "Hello world! And more."], padding=True, return_tensors="pt")
    with torch.no_grad():
        model(**batch)
    claimed = tensors(model.config, *batch["input_ids"].shape)
    assert {tensor.name for tensor in claimed} == {*batch, *seen}
    for tensor in claimed:
        real = {**batch, **seen}[tensor.name]
        assert tensor.shape == tuple(real.shape), tensor.name
        assert tensor.dtype == str(real.dtype).removeprefix("torch."), tensor.name
        assert tensor.bytes == real.numel() * real.element_size(), tensor.name


def caption(loaded, sentences: str, axis: str = "") -> str:
    tokenizer, model = loaded
    return draw_shapes(tokenizer, model.config, sentences, axis).caption


def test_the_caption_counts_sentences_and_padding(loaded):
    tokenizer, _ = loaded
    both = ["this is a 12212121 test sentence", "Hello world!"]
    longest, shortest = (len(tokenizer(sentence)["input_ids"]) for sentence in both)
    assert caption(loaded, "\n \n".join(both)).startswith(
        f"2 sentences become a batch of shape 2 × {longest}, of which {longest - shortest} places are padding"
    )
    assert caption(loaded, "a").startswith("1 sentence becomes a batch of shape 1 × 3, of which no places are padding")
    assert "twice in scores and probabilities" in caption(loaded, "a", "T")
    assert "The axis I is in 1 of 14 tensors." in caption(loaded, "a", "I")


def test_odd_sentences_are_drawn(loaded):
    tokenizer, model = loaded
    assert "Only the first 8 lines" in caption(loaded, "a\n" * 9)
    assert f"longer than {model.config.max_position_embeddings} tokens is cut" in caption(loaded, "a " * 3000)
    for odd in ("\x00\x01", "北京 ☃ \u202e", "<svg>&lt;", "x" * 5000, "[PAD] [MASK]"):
        assert draw_shapes(tokenizer, model.config, odd).svg.endswith("</svg>")
    with pytest.raises(ValueError, match="no sentence"):
        draw_shapes(tokenizer, model.config, " \n\t\n")


def test_the_tracker_answers_to_typing(loaded, shown, monkeypatch):
    tokenizer, model = loaded
    monkeypatch.setattr(base, "is_live", lambda: True)
    explore_shapes(tokenizer, model.config)
    row, drawing = shown[0].children
    sentences, axis = row.children
    first = drawing.value
    sentences.value = "One more word"
    assert "1 sentence becomes a batch of shape 1 × 5" in drawing.value
    axis.value = "H"
    assert "The axis H is in 5 of 14 tensors" in drawing.value
    sentences.value = ""
    said = html.unescape(re.sub("<[^>]+>", "", drawing.value))
    assert said == "This cannot be drawn: there is no sentence; type at least one, one on each line."
    sentences.value, axis.value = "this is a 12212121 test sentence\nHello world!", ""
    assert drawing.value == first
    assert isinstance(drawing, Widget)


def test_the_trackers_static_twin(loaded, shown):
    tokenizer, model = loaded
    explore_shapes(tokenizer, model.config)
    assert shown[0]["text/plain"].startswith("2 sentences become a batch of shape 2 × 11")

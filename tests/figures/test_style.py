"""The visual language, the canvas, and the pictures of the map and of lesson 00."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import pytest
import torch

from course_utils.figures import plots
from course_utils.figures.architecture import IDS, SENTENCE, TOKENS, draw_architecture, parts, show_architecture
from course_utils.figures.charts import bar_chart, heat_map
from course_utils.figures.orientation import draw_tower
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
from course_utils.figures.svg import Canvas, number, shorten, text_width
from course_utils.lessons import LESSONS

SVG = "{http://www.w3.org/2000/svg}"
STATES = {lesson.topic: (lesson.number % 4, 3) if lesson.number % 4 else None for lesson in LESSONS}


def elements(picture: Picture, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(picture.svg).iter(SVG + tag))


def words(picture: Picture) -> list[str]:
    return [element.text for element in elements(picture, "text")]


@pytest.fixture
def shown(monkeypatch) -> list[tuple[dict, dict]]:
    """What was displayed: the data and the metadata of each output."""
    outputs = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, raw=False, metadata=None: outputs.append((data, metadata or {}))
    )
    return outputs


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


@pytest.fixture(scope="module")
def loaded():
    from course_utils.model import load_model

    return load_model()


@pytest.fixture(scope="module")
def small():
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=53, hidden_size=12, num_hidden_layers=3, num_attention_heads=2, intermediate_size=20,
        max_position_embeddings=17, type_vocab_size=3,
    )  # fmt: skip
    return BertModel(config)


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


# the canvas


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


# charts


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


# the map


def test_the_boxes_hold_every_parameter_of_the_model(small, loaded):
    for model in (small, loaded[1]):
        boxes = parts(model.config)
        layers = model.config.num_hidden_layers
        drawn = sum(box.parameters * (layers if box.in_layer else 1) for box in boxes.values())
        total = sum(parameter.numel() for parameter in model.parameters())
        assert drawn == total
        picture = draw_architecture(model.config)
        assert f"{total:,} parameters in all" in words(picture)
        shown = words(picture)
        for box in boxes.values():
            assert not box.parameters or f"{box.parameters:,}" in shown


def test_the_boxes_say_the_real_shapes(small):
    layer, seen = small.encoder.layer[0], {}

    def keep(name):
        def hook(module, inputs, result) -> None:
            seen[name] = result[0] if isinstance(result, tuple) else result

        return hook

    places = {
        "word": small.embeddings.word_embeddings, "embedding_norm": small.embeddings.LayerNorm,
        "context": layer.attention.self, "attention_dense": layer.attention.output.dense,
        "attention_norm": layer.attention.output, "widen": layer.intermediate.dense, "gelu": layer.intermediate,
        "narrow": layer.output.dense, "output_norm": layer.output, "pooler": small.pooler,
    }  # fmt: skip
    for name, module in places.items():
        module.register_forward_hook(keep(name))
    small(torch.arange(22).view(2, 11))
    boxes = parts(small.config, tokens=11, batch=2)
    for name in places:
        assert boxes[name].shape == f"({','.join(map(str, seen[name].shape))})", name


def test_the_maps_sentence_is_the_tokenizers(loaded):
    tokenizer, model = loaded
    assert tuple(tokenizer(SENTENCE)["input_ids"]) == IDS
    assert tuple(tokenizer.convert_ids_to_tokens(list(IDS))) == TOKENS
    assert draw_architecture(model.config, None, tokenizer).svg == draw_architecture(model.config).svg


def test_every_lesson_is_on_the_map_and_what_is_proven_in_words(small, shown):
    plain, mine = draw_architecture(small.config), draw_architecture(small.config, STATES)
    for lesson in LESSONS:
        assert f"{lesson.number:02}" in words(plain)
        assert lesson.title.split()[0] in " ".join(words(plain))
    assert not any("proven" in text for text in words(plain))
    assert {"1 of 3 proven", "2 of 3 proven", "✓ all 3 proven", "coming"} <= set(words(mine))
    proven = sum(state[0] for state in STATES.values() if state)
    assert mine.caption.endswith(f"You have proven {proven} of 27 functions.")
    assert mine.svg != plain.svg
    show_architecture(small.config)
    assert shown[0][0]["image/svg+xml"] == plain.svg


@pytest.mark.parametrize("size", [(128, 2, 2), (768, 12, 12), (1024, 16, 24)])
def test_the_map_fits_for_every_bert(size):
    from transformers import BertConfig

    width, heads, layers = size
    config = BertConfig(
        hidden_size=width, num_attention_heads=heads, num_hidden_layers=layers, intermediate_size=4 * width
    )
    assert not outside(draw_architecture(config, STATES))
    assert min(float(text.get("font-size")) for text in elements(draw_architecture(config), "text")) >= 11


# the tower


def test_the_tower_shows_the_lengths_of_the_real_vectors(loaded):
    tokenizer, model = loaded
    picture = draw_tower(tokenizer, model)
    with torch.no_grad():
        states = model(**tokenizer(SENTENCE, return_tensors="pt"), output_hidden_states=True).hidden_states
    shown = words(picture)
    for i, state in enumerate(states):
        assert f"hidden_states[{i}]" in shown
        for length in state[0].norm(dim=-1).tolist():
            assert f"{length:.1f}" in shown
    assert f"longest has length {max(float(s.norm(dim=-1).max()) for s in states):.1f}" in picture.caption
    assert not outside(picture)


def test_the_tower_leaves_the_model_as_it_was(small, loaded):
    tokenizer, model = loaded
    model.train()
    try:
        first = draw_tower(tokenizer, model, "one " * 700).svg
        assert model.training
    finally:
        model.eval()
    assert first == draw_tower(tokenizer, model, "one " * 700).svg
    assert not model.training
    assert any("more" in text for text in words(Picture("x", svg=first)))


def test_the_width_of_a_text_is_the_same_in_every_version_of_python():
    """Python 3.12 adds up fractions in another way than 3.11; the order of whole numbers does not matter in any."""
    text = "12 iIl W m. 345 (B,T,d) " * 3
    assert len({text_width(text[at:] + text[:at], 12, mono) for at in range(24) for mono in (False, True)}) == 2

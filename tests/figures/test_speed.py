"""Lesson 10's pictures, its widget, and what it measures with."""

import time
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import nbformat
import pytest
import torch
from torch import nn

from course_utils import timing
from course_utils.figures import speed as figures
from course_utils.reference.sentence_search import embed
from course_utils.reference.speed import block_diagonal_mask, pack_sequences
from course_utils.widgets import speed as widgets
from tests.reference.fixtures import real_model, real_tokenizer
from tools.build import as_text

LENGTHS = [5, 27, 5, 15, 11, 19]


def test_padding_is_counted():
    assert figures.computed_tokens(LENGTHS, [[0, 1], [2, 3], [4, 5]]) == 2 * (27 + 15 + 19)
    caption = figures.draw_padding(LENGTHS, 2).caption
    assert "6 texts with 82 tokens" in caption
    assert f"{1 - 82 / 122:.0%} of what" in caption  # as they come
    assert f"in a batch {1 - 82 / (2 * (5 + 15 + 27)):.0%}" in caption


def test_packing_counts_places_and_pairs():
    sequences = [[1, 2, 3], [4, 5], [6, 7, 8, 9]]
    _, positions, bounds = pack_sequences(sequences)
    rows = [[str(number) for number in sequence] for sequence in sequences]
    picture = figures.draw_packing(rows, positions, bounds, block_diagonal_mask(bounds, torch.float32))
    ET.fromstring(picture.svg)
    assert "take 12 places, 3 of them padding; packed they take 9" in picture.caption
    assert "0, 3, 5, 9, and the mask lets 29 of 81 pairs" in picture.caption


def test_race_and_parts_say_what_was_measured():
    caption = figures.draw_race({"slow": 6.0, "fast": 1.5}, "fast", 96).caption
    assert "96 texts" in caption
    assert "if “fast” is 1: “slow” 4.0." in caption
    parts = dict.fromkeys([*timing.PARTS, timing.REST, timing.NOT_TORCH], 1.0) | {"GELU": 5.0}
    picture = figures.draw_parts({"one": parts, "other": parts})
    ET.fromstring(picture.svg)
    assert "one: dense layers 10%, attention 10%, GELU 50%" in picture.caption


@pytest.mark.parametrize(("way", "computed"), [("come", 2 * 61), ("sorted", 2 * 47), ("packed", 82)])
def test_the_packer_computes_what_it_says(way, computed):
    picture = widgets.draw_batches(LENGTHS, 2, way)
    ET.fromstring(picture.svg)
    assert f"The model computes {computed} tokens: {1 - 82 / computed:.0%}" in picture.caption
    assert f"{sum(n * n for n in LENGTHS):,}" in picture.caption


def test_the_packer_refuses_in_a_sentence():
    for lengths in ([], [3] * 99, [widgets.MOST_TOKENS + 1]):
        with pytest.raises(ValueError, match="there is"):
            widgets.draw_batches(lengths, 4, "come")


def test_static_twin(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    widgets.explore_batches(real_tokenizer())
    lengths = [len(real_tokenizer()(line)["input_ids"]) for line in widgets.TEXTS.split("\n")]
    assert shown[0]["image/svg+xml"] == widgets.draw_batches(lengths, 4, "come").svg


def test_sentences_are_the_same_for_the_same_seed():
    texts = timing.mixed_sentences(200)
    assert texts == timing.mixed_sentences(200)
    assert texts[:5] != timing.mixed_sentences(5, seed=1)
    words = sorted(len(text.split()) for text in texts)
    assert words[0] < 4
    assert words[-1] > 50


def test_a_larger_model_is_measured_with_fewer_texts(monkeypatch):
    texts = timing.mixed_sentences(200)
    larger = SimpleNamespace(encoder=nn.Linear(2000, 11_000, device="meta"))  # 22 million weights, of no memory
    monkeypatch.delenv("COURSE_CI", raising=False)
    assert timing.all_or_few(texts, real_model()) == texts
    assert timing.all_or_few(texts, larger) == texts[:100]
    monkeypatch.setenv("COURSE_CI", "1")
    assert timing.all_or_few(texts, real_model()) == texts[:48]
    assert timing.all_or_few(texts, larger) == texts[:24]


def test_every_way_gives_the_same_vectors_in_the_order_of_the_texts():
    texts = [*timing.mixed_sentences(10), "", "naïve café 北京"]
    expected = embed(texts, real_tokenizer(), real_model())
    for name, encode in timing.encoders(real_tokenizer(), real_model()).items():
        assert torch.allclose(encode(texts), expected, rtol=0, atol=1e-5), name
    assert real_model().config._attn_implementation == "eager"  # the copies have left it alone


def test_fewer_bits_are_near_and_not_equal():
    texts = timing.mixed_sentences(12)
    expected = embed(texts, real_tokenizer(), real_model())
    for name, encode in timing.fewer_bits(real_tokenizer(), real_model()).items():
        cosine = (encode(texts) * expected).sum(dim=-1)
        assert float(cosine.min()) > 0.9
        assert (float((1 - cosine).max()) < 1e-5) == (name == "float32")
    assert timing.same_neighbour(expected, expected) == 1


def test_operations_are_those_that_torch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    model = real_model()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.encoder(torch.randn(1, 13, model.config.hidden_size))
    assert timing.operations([13], model.config) == counter.get_total_flops()


def test_the_clock():
    calls = []
    seconds = timing.timed(
        {"sleeps": lambda: (calls.append("sleeps"), time.sleep(0.02)), "rests": lambda: calls.append("rests")}, 3
    )
    assert calls == ["sleeps", "rests"] * 3
    assert seconds["sleeps"] >= 0.02
    x = torch.randn(300, 300)
    parts = timing.timed_parts(lambda: (torch.mm(x, x), torch.nn.functional.gelu(x)))
    assert parts["dense layers"] > 0
    assert parts["GELU"] > 0
    assert parts["attention"] == 0
    timing.matrix_products([3, 5, 5], real_model(), 8)()


def test_a_build_check_leaves_timings_out():
    output = nbformat.v4.new_output("stream", text="2.3 seconds")
    cell = nbformat.v4.new_code_cell("timed(ways)", outputs=[output], metadata={"tags": ["nbval-ignore-output"]})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert not any("2.3" in line for line in as_text(notebook, outputs=True))
    cell.metadata.tags = []
    assert any("2.3" in line for line in as_text(notebook, outputs=True))

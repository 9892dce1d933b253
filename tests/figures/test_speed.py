"""Lesson 10's pictures and its widget."""

import xml.etree.ElementTree as ET

import nbformat
import pytest
import torch

from course_utils import clock
from course_utils.figures import speed as figures
from course_utils.given.encoders import encoders
from course_utils.given.race import full_race
from course_utils.reference.speed import block_diagonal_mask, pack_sequences
from course_utils.widgets import speed as widgets
from tests.reference.fixtures import real_model, real_tokenizer
from tools.build import as_text

LENGTHS = [5, 27, 5, 15, 11, 19]


def test_padding_is_counted():
    assert figures.computed_tokens(LENGTHS, [[0, 1], [2, 3], [4, 5]]) == 2 * (27 + 15 + 19)
    caption = figures.draw_padding(LENGTHS, 2).caption
    assert "6 texts with 82 tokens" in caption
    assert f"{1 - 82 / 122:.0%} of what" in caption  # unsorted
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
    assert caption == "Time for 96 texts, measured side by side: “slow” takes 4.0 times as long as “fast”."
    parts = dict.fromkeys([*clock.PARTS, clock.REST, clock.NOT_TORCH], 1.0) | {"GELU": 5.0}
    picture = figures.draw_parts({"one": parts, "other": parts})
    ET.fromstring(picture.svg)
    assert "The dense layers are 10% of “one” and 10% of “other”." in picture.caption
    assert "GELU: 50%, 50%" in picture.svg


def test_the_stored_race_has_every_way_and_says_where_it_was_run():
    race = full_race()
    names = list(encoders(real_tokenizer(), real_model()))
    assert [list(one["seconds"]) for one in race["races"]] == [names] * len(race["races"])
    picture = figures.draw_full_race(race)
    ET.fromstring(picture.svg)
    assert race["processor"] in picture.svg
    assert f"{race['races'][0]['texts']:,} sentences of this lesson, 69% padding" in picture.svg
    assert picture.svg == figures.draw_full_race(full_race()).svg


def test_the_caption_of_the_stored_race():
    seconds = {"plain": 6.0, "sorted": 2.0, "packed": 1.0}
    one = {"what": "texts", "texts": 9, "tokens": 99, "padding": 0.7, "seconds": seconds}
    about = {"date": "2026-11-07", "processor": "a CPU", "cores": 2, "torch": "2", "rounds": 3, "others": 0.25}
    picture = figures.draw_full_race(about | {"races": [one]})
    assert "a CPU, 2 cores, torch 2, 7 November 2026" in picture.svg
    assert picture.caption == (
        "Sorting by length makes plain batches 3.0 times as fast where 70% was padding. The time was measured while other "
        "programs used 25% of the machine, all ways in turn; of 3 rounds the best of each way counts."
    )
    assert "was measured undisturbed" in figures.draw_full_race(about | {"others": 0.02, "races": [one]}).caption


@pytest.mark.parametrize(("way", "computed"), [("unsorted", 2 * 61), ("sorted", 2 * 47), ("packed", 82)])
def test_the_packer_computes_what_it_says(way, computed):
    picture = widgets.draw_batches(LENGTHS, 2, way)
    ET.fromstring(picture.svg)
    assert f"The model computes {computed} tokens: {1 - 82 / computed:.0%}" in picture.caption
    assert f"{sum(n * n for n in LENGTHS):,}" in picture.caption


def test_the_packer_refuses_in_a_sentence():
    for lengths in ([], [3] * 99, [widgets.MOST_TOKENS + 1]):
        with pytest.raises(ValueError, match="there is"):
            widgets.draw_batches(lengths, 4, "unsorted")


def test_static_twin(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    widgets.explore_batches(real_tokenizer())
    lengths = [len(real_tokenizer()(line)["input_ids"]) for line in widgets.TEXTS.split("\n")]
    picture = widgets.draw_batches(lengths, 4, "unsorted")
    assert shown[0]["text/plain"] == picture.caption
    assert "text 0<" in picture.svg
    assert "0 Why not?<" in shown[0]["image/svg+xml"]  # a text's first words tie its bar to the box above


def test_a_build_check_leaves_timings_out():
    output = nbformat.v4.new_output("stream", text="2.3 seconds")
    cell = nbformat.v4.new_code_cell("timed(ways)", outputs=[output], metadata={"tags": ["nbval-ignore-output"]})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert not any("2.3" in line for line in as_text(notebook, outputs=True))
    cell.metadata.tags = []
    assert any("2.3" in line for line in as_text(notebook, outputs=True))

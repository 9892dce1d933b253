"""The learning curve that lesson 12 stores: its measures, and that a run which was stopped goes on."""

import json

import pytest
import torch

from bench import fine_tune
from tests.reference.fixtures import real_model, real_tokenizer


def test_auroc_counts_pairs_and_halves_ties():
    assert fine_tune.auroc(torch.tensor([0.9, 0.5]), torch.tensor([0.5, 0.1])) == 3.5 / 4


def test_sure_and_wrong():
    known, strange = torch.tensor([0.95, 0.99, 0.3, 0.92]), torch.tensor([0.95, 0.2])
    found = fine_tune.sureness(known, strange, torch.tensor([True, False, False, True]))
    assert found == {"held_out": 0.75, "strangers": 0.5, "wrong": pytest.approx(1 / 3, abs=1e-4)}
    assert fine_tune.sureness(strange[1:], strange[1:], torch.tensor([False]))["wrong"] == 0


def test_the_search_is_that_of_lesson_08():
    found = fine_tune.search_quality(real_tokenizer(), real_model())
    assert found["recall@1"] == pytest.approx(4 / 12)
    assert found["recall@3"] == 1
    assert 0.5 < found["same theme"] < 1


def test_a_training_is_done_once_for_the_same_settings(tmp_path, monkeypatch):
    monkeypatch.setattr(fine_tune, "KEPT", tmp_path / "build" / "kept.jsonl")
    done = []

    def work():
        done.append(1)
        return {"accuracy": len(done)}

    assert [fine_tune.kept("these", ("LoRA", 2, 0), work)["accuracy"] for _ in range(2)] == [1, 1]
    assert fine_tune.kept("these", ("LoRA", 2, 1), work)["accuracy"] == 2
    assert fine_tune.kept("others", ("LoRA", 2, 0), work)["accuracy"] == 3


def test_the_settings_change_with_what_decides():
    before = fine_tune.settings()
    assert before == fine_tune.settings()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fine_tune, "RANK", 4)
        assert fine_tune.settings() != before


def test_the_file_has_a_line_for_each_list_of_numbers():
    measured = {"seeds": [0, 1], "ways": [{"name": "a [CLS], b", "accuracy": [[0.5, 1.0], [0.25, 0.75]]}]}
    text = fine_tune.as_text(measured)
    assert json.loads(text) == measured
    assert "[0.5, 1.0]" in text


def test_every_way_is_trained_in_its_own_way():
    models = {
        way: fine_tune.prepare(way, real_model(), torch.Generator().manual_seed(0))
        for way in ("frozen", "LoRA", "whole")
    }
    counts = {way: fine_tune.count_trained(model) for way, model in models.items()}
    head = 12 * 384 + 12
    assert counts == {"frozen": head, "LoRA": head + 6 * 2 * 8 * 2 * 384, "whole": 22_713_216 - 147_840 + head}

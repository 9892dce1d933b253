"""Lesson 12's pictures: captions with the right numbers, none that a processor could change, words inside the frame."""

import itertools

import pytest
import torch

from course_utils.figures import fine_tuning as figures
from course_utils.given.fine_tune import accuracy_interval

from .drawings import outside, words

NAMES = ("renew", "fine", "hours")


@pytest.fixture
def curve():
    def way(name, low, high, **more):
        return {"name": name, "accuracy": [[low - 0.02, low + 0.02], [high - 0.01, high + 0.01]], **more}

    search = {"same theme": [0.5, 0.7]}
    return {
        "date": "2026-11-27", "processor": "a processor", "torch": "2.13.0", "seeds": [0, 1], "sizes": [2, 32],
        "held_out": 228, "search": {"same theme": 0.8},
        "ways": [way("nearest neighbour", 0.5, 0.7), way("LoRA", 0.4, 0.9, search=search)],
    }  # fmt: skip


def test_the_right_class_pulls_the_other_way():
    probabilities = torch.tensor([0.2, 0.5, 0.3])
    picture = figures.draw_logit_gradient(NAMES, probabilities, probabilities - torch.tensor([0.0, 1, 0]), 1)
    assert "The right class, fine, has a probability of 0.50 and a gradient of -0.50." in picture.caption
    assert "from 0.20 to 0.30; all 3 sum to 0.00" in picture.caption
    assert not outside(picture)


@pytest.mark.parametrize(("size", "rank", "share"), [((384, 384), 8, "4.2%"), ((3072, 768), 8, "1.3%")])
def test_a_correction_is_counted(size, rank, share):
    picture = figures.draw_lora(size, rank)
    out, into = size
    assert f"have {rank * (out + into):,}, {share} of that" in picture.caption
    assert f"{out * into:,} numbers" in words(picture)
    assert not outside(picture)


@pytest.mark.parametrize(
    ("right", "said"),
    [(19, "all"), (15, "more than 3 of 4"), (12, "at least half"), (3, "less than half")],
)
def test_a_confusion_is_told_coarsely(right, said):
    counts = torch.tensor([[right, 19 - right], [0, 0]])
    assert f"Of 19 messages {said}" in figures.draw_confusion(counts, NAMES[:2]).caption


def test_the_learning_curve_names_both_ends_and_its_day(curve):
    caption = figures.draw_learning_curve(curve).caption
    assert "nearest neighbour 50% and 70%; LoRA 40% and 90%" in caption
    assert "with 2 and with 32 messages per intent, means over 2 seeds" in caption
    assert "27 November 2026, a processor, torch 2.13.0" in caption


def test_ends_of_lines_are_not_written_on_top_of_each_other(curve):
    from course_utils.figures.plots import sheet

    curve["ways"].append(dict(curve["ways"][1], name="whole"))
    _, axes = sheet()
    figures._name_the_ends(axes, curve["ways"])
    heights = sorted(text.xy[1] for text in axes.texts)
    assert all(upper - lower > 2.5 for lower, upper in itertools.pairwise(heights))
    assert heights[-1] > 90


def test_only_what_was_trained_can_have_forgotten(curve):
    caption = figures.draw_forgetting(curve).caption
    assert caption == "Lesson 08's search, same theme: before 80%; after the training, LoRA 60%."


def test_accuracies_are_drawn_with_their_intervals(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        figures, "accuracy_interval", lambda *counted: drawn.append(counted) or accuracy_interval(*counted)
    )
    picture = figures.draw_accuracies({"frozen": [0.5, 0.75], "whole": [0.25, 1.0]}, (4, 16), 20)
    assert drawn == [(10, 20), (5, 20), (15, 20), (20, 20)]
    assert picture.caption.startswith("Shares of 20 held-out messages")
    assert "for 4 and for 16 messages per intent" in picture.caption
    widths = [high - low for low, high in (accuracy_interval(*counted) for counted in ((10, 20), (20, 20)))]
    assert f"{int(100 * widths[1])} to {int(100 * widths[0]) + 1} points wide" in picture.caption


def test_how_sure_is_drawn_for_each_model():
    sure, unsure = torch.tensor([0.6, 0.99]), torch.tensor([0.4])
    picture = figures.draw_confidence({"frozen": (sure, unsure), "whole": (sure, sure)}, ("known", "strangers"))
    assert picture.png
    assert picture.caption.endswith(
        "frozen, known above 0.5 and strangers below 0.5; whole, known above 0.5 and strangers above 0.5."
    )

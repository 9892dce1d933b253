"""Lesson 11's pictures and widgets: captions with the right words, a training that is watched, a playground."""

import re

import pytest
import torch
from transformers import BertConfig, BertTokenizer

from course_utils.figures import masked_lm as figures
from course_utils.given.tiny_language import tiny_vocabulary
from course_utils.given.tiny_model import TINY_CONFIG, MaskedLM
from course_utils.widgets import base
from course_utils.widgets import masked_lm as widgets

LEVELS = {"knows nothing": 3.47, "counts words": 2.80}


@pytest.fixture(scope="module")
def tokenizer():
    return BertTokenizer(vocab=tiny_vocabulary())


@pytest.fixture(scope="module")
def model():
    return MaskedLM(BertConfig(**TINY_CONFIG), torch.Generator().manual_seed(0))


def certain(tokenizer, model, word: str):
    """A copy of the model that always guesses one word: its bias outweighs all scores."""
    copy = MaskedLM(model.config, torch.Generator().manual_seed(0))
    with torch.no_grad():
        copy.cls["predictions"].bias[tokenizer.vocab[word]] += 1000
    return copy


def test_masking_tells_each_fate(tokenizer):
    ids = torch.tensor(tokenizer("the old birds sing .")["input_ids"])
    inputs, labels = ids.clone(), torch.full_like(ids, -100)
    inputs[2], inputs[3] = tokenizer.mask_token_id, tokenizer.vocab["tree"]
    labels[2:5] = ids[2:5]
    caption = figures.draw_masking(tokenizer, ids, inputs, labels).caption
    assert caption.startswith("3 of 7 tokens are chosen: old became [MASK]; birds became tree; sing stayed.")


def test_a_mean_of_the_last_steps():
    assert figures.smooth([4.0, 2.0, 0.0, 6.0], window=2) == [4.0, 3.0, 1.0, 3.0]


@pytest.mark.parametrize(("loss", "said"), [(0.76, "0.75"), (0.87, "0.75"), (0.88, "1.00"), (1.43, "1.50")])
def test_losses_are_told_coarsely(loss, said):
    assert figures.about(loss) == said


def test_the_curve_of_a_training():
    history = figures.History([3.6] * 20 + [0.76] * 100, [(0, 0.52), (120, 1.0)])
    picture = figures.draw_training(history, LEVELS)
    assert picture.png
    assert picture.caption == (
        "The loss of 120 steps ends at about 0.75. Lines: knows nothing 3.47, counts words 2.80. Right answers: hardly better "
        "than a coin's at first, all at the end."
    )
    assert figures.draw_training(figures.History([1.0], []), {}).caption == "The loss of 1 steps ends at about 1.00."


def test_agreement_says_where_a_coin_is_as_good():
    shares = {
        "whole": {"by a place": 1.0, "near one": 1.0},
        "bag": {"by a place": 0.9, "near one": 0.4},
        "blind": {"by a place": 0.5, "near one": 0.5},
    }
    assert figures.draw_agreement(shares).caption == (
        "Where verbs agree with their subjects. Whole: right everywhere; bag: right, but hardly better than a coin where the "
        "subject is near one; blind: hardly better than a coin anywhere."
    )


def test_attention_before_any_training(tokenizer, model):
    caption = figures.draw_learned_attention(tokenizer, {"before": model}, "the old birds sing [MASK]", "birds").caption
    assert caption.endswith("before, every head spreads its attention over many tokens.")


def test_guesses_are_the_models_probabilities(tokenizer, model):
    text = "the [MASK] birds sing ."
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        probabilities = torch.softmax(model(ids)[0, 2], dim=-1)
    best = int(probabilities.argmax())
    said = f"{tokenizer.convert_ids_to_tokens(best)} {float(probabilities[best]):.2f}"
    assert said in figures.draw_guesses(tokenizer, model, text).caption


def test_every_mask_is_answered(tokenizer, model):
    sure = certain(tokenizer, model, "near")
    caption = figures.draw_guesses(tokenizer, sure, "the birds [MASK] the [MASK] sing .", 0.25).caption
    assert caption == "The likeliest words, to the nearest quarter, for [MASK] 1: near 1.00; for [MASK] 2: near 1.00."


def test_where_no_word_is_likely_the_picture_says_so(tokenizer, model):
    drawn = figures.draw_guesses(tokenizer, model, "[MASK] [MASK] .", 2.5)
    assert drawn.caption.endswith("for [MASK] 1: no word above 1.25; for [MASK] 2: no word above 1.25.")
    assert drawn.svg.count(">no word above 1.25<") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the cat [MASK] .", "never seen 'cat'"),
        ("the " + 9 * "long" + " [MASK] .", "never seen 'longlonglonglonglonglong…'. It knows"),
        ("the birds sing .", "write \\[MASK\\]"),
        ("", "write \\[MASK\\]"),
        ("[MASK] " * 5, "at most four"),
        ("the " * 30, "32 tokens long; the model has 16"),
    ],
)
def test_odd_sentences_get_one_sentence_back(tokenizer, model, text, said):
    with pytest.raises(ValueError, match=said):
        figures.draw_guesses(tokenizer, model, text)


def test_training_runs_with_one_thread_and_gives_the_threads_back(monkeypatch, capsys):
    threads, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)

    def training():
        for loss in (3.0, 2.0, 1.0):
            seen.append(torch.get_num_threads())
            yield loss

    try:
        history = widgets.watch_training(training(), 3, ask=lambda: 0.5, every=2)
        assert seen == [1, 1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert history == ([3.0, 2.0, 1.0], [(0, 0.5), (2, 0.5), (3, 0.5)])
    assert "The loss of 3 steps" in capsys.readouterr().out


def test_threads_come_back_after_an_interruption():
    def training():
        yield 1.0
        raise KeyboardInterrupt

    threads = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        widgets.watch_training(training(), 3)
    assert torch.get_num_threads() == threads


def test_the_live_view_follows(monkeypatch):
    shown = []
    monkeypatch.setattr(base, "is_live", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda *things, **_: shown.extend(things))
    monkeypatch.setattr(widgets, "_PAUSE", -1.0)
    seen = []

    def training():
        for loss in (3.0, 2.0, 1.0):
            yield loss
            row, curve = shown[0].children
            seen.append((row.children[0].value, row.children[1].value, curve.value))

    widgets.watch_training(training(), 3, LEVELS, ask=lambda: 0.5, every=1, picture=False)
    assert [bar for bar, _, _ in seen] == [1, 2, 3]
    assert "step 2 of 3, loss 2.50, right answers 50%" in seen[1][1]
    assert "After 2 of 3 steps the loss is 2.50." in seen[1][2]
    row, curve = shown[0].children
    assert re.search(r"step 3 of 3.* seconds", row.children[1].value)
    assert curve.value == ""


def test_the_playgrounds_static_twin_is_coarse(tokenizer, model, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_CI", "1")
    widgets.explore_masks(tokenizer, {"sure": certain(tokenizer, model, "sing"), "before": model})
    assert "to the nearest quarter, for [MASK] 1: sing 1.00." in capsys.readouterr().out

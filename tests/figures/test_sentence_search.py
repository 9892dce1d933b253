"""Lesson 08's pictures and its search box: what they state is what the model gives."""

import xml.etree.ElementTree as ET

import pytest
import torch
import torch.nn.functional as F

from course_utils.figures.sentence_search import (
    Trial,
    draw_forgotten_mask,
    draw_pairs,
    draw_similarity,
    draw_similarity_by_layer,
    draw_trials,
)
from course_utils.given.corpus import Sentence
from course_utils.reference.sentence_search import embed
from course_utils.widgets import sentence_search as widget
from tests.reference.fixtures import real_model, real_tokenizer, small_model

FEW = [
    Sentence("animals", "Small birds have built their home beneath the eaves."),
    Sentence("money", "The bank turned down her request for a loan."),
    Sentence("sea", "Seals were resting on the <sandbank>."),
]


def test_forgotten_mask_and_layers_state_their_ends():
    picture = draw_forgotten_mask([8, 16, 64], [1.0, 1.0, 1.0], [1.0, 0.75, 0.45])
    assert picture.png.startswith(b"\x89PNG")
    assert "down to a cosine of 0.45; with the mask padding changes nothing." in picture.caption
    assert "changes it, too" in draw_forgotten_mask([8, 16], [1.0, 0.9], [1.0, 0.7]).caption
    picture = draw_similarity_by_layer({"near": [0.6, 0.8, 0.7], "far": [0.5, 0.6, -0.1]})
    assert "the cosine of “far” falls from 0.60 to -0.10." in picture.caption


def test_pairs_compare_the_diagonal_with_the_rest():
    picture = draw_pairs({"all alike": torch.full((3, 3), 0.5), "apart": torch.eye(3)}, ["a", "<b>", "c"])
    ET.fromstring(picture.svg)
    assert "in the mean by 0.00 (all alike) and by 1.00 (apart)." in picture.caption


def test_similarity_tells_the_means_within_and_outside():
    cosines = torch.tensor([[1.0, 0.8, 0.1], [0.8, 1.0, 0.2], [0.1, 0.2, 1.0]])
    picture = draw_similarity(["a", "<b>", "c"], cosines, [0, 0, 1])
    ET.fromstring(picture.svg)
    assert "is 0.80 within the frames and 0.15 outside." in picture.caption
    assert "sentences is 0.37." in draw_similarity(["a", "b", "c"], cosines, [0, 1, 2]).caption


def test_trials_count_what_the_sense_wins():
    won = Trial("number", "a", "b", "c", 0.7, 0.4)
    picture = draw_trials([won, Trial("denial", "d", "e", "f", 0.5, 0.9)])
    ET.fromstring(picture.svg)
    assert "In 1 of 2 trials" in picture.caption


def test_vectors_are_those_of_the_lesson():
    texts = [one.text for one in FEW]
    found = widget.sentence_vectors(real_tokenizer(), real_model(), texts)
    assert torch.allclose(found[widget.MEANING], embed(texts, real_tokenizer(), real_model()), atol=1e-5)
    inputs = real_tokenizer()(texts[1], return_tensors="pt")
    with torch.no_grad():
        first = F.normalize(real_model()(**inputs).last_hidden_state[0, 0], dim=0)
    assert torch.allclose(found[widget.FIRST][1], first, atol=1e-5)


def test_words_are_the_tokenizers_without_punctuation():
    assert widget.words_of(real_tokenizer(), "The unaffable Café, the 2nd!") == {"the", "unaffable", "cafe", "2nd"}


@pytest.fixture
def box(monkeypatch):
    """The search box's drawing function, over three sentences."""
    kept = {}
    monkeypatch.setattr(widget, "explore", lambda draw, **controls: kept.update(draw=draw, controls=controls))
    widget.explore_search(real_tokenizer(), real_model(), corpus=FEW)
    return kept["draw"]


def test_the_search_box_ranks_by_meaning_and_by_words(box):
    picture = box("  a nest under   the roof ", widget.MEANING, 3)
    ET.fromstring(picture.svg)
    assert "Of 3 sentences the nearest to “a nest under the roof”" in picture.caption
    assert "is “Small birds have built" in picture.caption
    by_words = box("a request for credit", widget.WORDS, 3).caption
    assert "is “The bank turned down her request for a loan.” with 0.30; the two have 3 words in common" in by_words
    assert box("credit", widget.FIRST, 2).caption != box("credit", widget.MEANING, 2).caption
    assert "no word in common" in box("?!", widget.WORDS, 10).caption
    endless = box("roof " * 400, widget.MEANING, 3).caption
    assert "…”, by" in endless
    assert len(endless) < 300
    with pytest.raises(ValueError, match="nothing to look for"):
        box(" \t ", widget.MEANING, 3)


def test_the_corpus_is_embedded_once_and_only_when_it_is_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(widget, "explore", lambda draw, **controls: asked.append(draw))
    model = small_model(vocab_size=30_522, max_position_embeddings=300).train()
    widget.explore_search(real_tokenizer(), model, corpus=FEW)
    seen = []
    model.register_forward_hook(lambda part, args, result: seen.append(len(result.last_hidden_state)))
    for query in ("a", "ab", "abc"):
        asked[0](query, widget.MEANING, 3)
    assert sorted(seen) == [1, 1, 1, 3]
    assert model.training, "left as it was"


def test_the_static_twin_shows_the_first_search(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append(data))
    widget.explore_search(real_tokenizer(), real_model(), query="money", corpus=FEW)
    assert "is “The bank turned down her request for a loan.”" in shown[0]["text/plain"]

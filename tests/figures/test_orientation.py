"""Lesson 00's tower: the lengths of the model's own vectors."""

import torch

from course_utils.figures.orientation import draw_tower
from course_utils.figures.parts import SENTENCE
from course_utils.figures.style import Picture
from tests.figures.drawings import outside, words


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
    assert f" to {max(float(s.norm(dim=-1).max()) for s in states):.1f} (" in picture.caption
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

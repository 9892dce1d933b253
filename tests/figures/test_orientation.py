"""Lesson 00's tower: as many hidden states as the model has, all of one shape."""

import torch

from course_utils.figures.orientation import draw_tower
from course_utils.figures.parts import SENTENCE
from tests.figures.drawings import outside, words


def test_the_tower_has_every_hidden_state_with_its_shape(loaded):
    tokenizer, model = loaded
    picture = draw_tower(tokenizer, model)
    with torch.no_grad():
        states = model(**tokenizer(SENTENCE, return_tensors="pt"), output_hidden_states=True).hidden_states
    shown = words(picture)
    assert [text for text in reversed(shown) if text.startswith("hidden_states[")] == [
        f"hidden_states[{i}]" for i in reversed(range(len(states)))
    ]
    assert [text for text in shown if text.startswith("(1, ")] == [str(tuple(state.shape)) for state in states]
    assert sum(text.startswith("layer ") for text in shown) == model.config.num_hidden_layers
    assert not outside(picture)


def test_a_long_text_is_cut(loaded):
    picture = draw_tower(*loaded, "one " * 700)
    assert "(1, 512, 384)" in words(picture)
    assert "and 498 more" in words(picture)
    assert not outside(picture)
